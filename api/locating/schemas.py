"""Shape questions and answers about owners; the answer is the contract's."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from api.input_types import Body, CleanText, Instant, PositionIn

AddressText = Annotated[CleanText, StringConstraints(max_length=2000)]


class LocateIn(Body):
    """Take a position, an address, or both, and an instant (now when absent)."""

    position: PositionIn | None = None
    address: AddressText | None = None
    at: Instant | None = None


class GridOut(BaseModel):
    """Name the owning grid."""

    code: str
    name: str
    kind: str


class UnitOut(BaseModel):
    """Name a unit of any level."""

    level: str
    code: str
    name: str


class WorkerOut(BaseModel):
    """Name who answers; the phone as far as the caller may see it."""

    post: str
    role: str
    name: str
    phone: str | None


class CandidateGridOut(BaseModel):
    """Name a grid that may own the report."""

    code: str
    name: str


class CandidateOut(BaseModel):
    """Say how likely a grid is and what tells it apart."""

    grid: CandidateGridOut
    share: float | None
    distance_m: float | None
    hint: str


class PositionOut(BaseModel):
    """Hold a position in CGCS2000 degrees."""

    lon: float
    lat: float
    crs: str
    accuracy_m: float


class MatterOut(BaseModel):
    """Hold one of several matters of a text, and what it names."""

    text: str
    level: str
    name: str | None


class SpotOut(BaseModel):
    """Hold the point that a text means, in CGCS2000 degrees."""

    lon: float
    lat: float
    crs: str


class AddressMatchOut(BaseModel):
    """Say what the text was matched to, and how.

    ``relation`` and ``spot`` say how the spot lies to the place, ``link`` what several places
    have to do with each other, ``lack`` what is written and not in the gazetteer.
    """

    level: str
    name: str | None
    anchor: str | None
    offset_m: float | None
    direction: str | None
    radius_m: float | None
    match_type: str | None
    point: SpotOut | None = None
    relation: str | None = None
    spot: str | None = None
    link: str | None = None
    mentions: list[str] = []
    possibly: list[str] = []
    lack: str | None = None
    unexplained: str | None = None
    margin: float | None = None
    matters: list[MatterOut] = []


class ReasonOut(BaseModel):
    """Hold one step of the decision in Chinese words."""

    step: str
    detail: str


class LocateOut(BaseModel):
    """Answer who owns it, or who decides, and why."""

    decision: str
    grid: GridOut | None
    path: list[UnitOut]
    worker: WorkerOut | None
    decided_by: UnitOut | None
    candidates: list[CandidateOut]
    position: PositionOut | None
    address_match: AddressMatchOut | None
    revision: str
    at: str
    reasons: list[ReasonOut]
