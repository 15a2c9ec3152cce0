"""Say what the locate rules answer: a decision with its owner, candidates and reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from geo.address.types import AddressMatch
from geo.position import Position


class Verdict(StrEnum):
    """Name the three outcomes: assigned at once, a person confirms, a person decides."""

    AUTO = "auto"
    CONFIRM = "confirm"
    DESK = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Hold one grid that may own the report.

    ``share`` is its part of the accuracy disc (0..1, None for a text), ``distance_m`` the metres
    from the point to the grid (0 inside, None for a text), ``hint`` what tells it apart.
    """

    code: str
    share: float | None
    distance_m: float | None
    hint: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Hold one step of the decision: its slug and a Chinese sentence."""

    step: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Hold the whole answer of the pure rules; the holder on duty is added by the service.

    ``position`` is CGCS2000 and is filled outside the county too. ``path`` holds codes from the
    county down to the lowest level that is certain. ``trace`` holds the figures of the receipt:
    datum steps, edge distance, rule, shares; plain JSON values only, the same for the same input.
    """

    verdict: Verdict
    grid: str | None
    path: tuple[str, ...]
    decided_by: str | None
    candidates: tuple[Candidate, ...]
    position: Position | None
    address_match: AddressMatch | None
    reasons: tuple[Reason, ...]
    trace: dict[str, object] = field(default_factory=dict)
