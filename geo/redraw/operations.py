"""Name the operations that can be done on a coverage: what a plan's log holds.

Shapes are CGCS2000 degrees; they were snapped when the operation was first done, so that a replay
does the same to the byte.
"""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

LonLat = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Give the land inside ``area`` to the grid ``to``."""

    to: str
    area: BaseGeometry
    snap_m: float = 1.0
    cross_parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Cut ``grid`` along ``line``; the part that holds ``keep_at`` keeps the code."""

    grid: str
    line: BaseGeometry
    keep_at: LonLat | None = None
    new_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Make one grid of ``grids``; ``keep`` keeps its code, the others are retired."""

    grids: tuple[str, ...]
    keep: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshape:
    """Make ``line`` the border between two neighbours."""

    between: tuple[str, str]
    line: BaseGeometry
    snap_m: float = 1.0
    cross_parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveNode:
    """Move one node of the coverage, in every grid that holds it."""

    start: LonLat
    end: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class Regroup:
    """Give each piece of ``area`` the owner whose polygon covers it: a whole plan at once.

    ``pieces`` are (code, shape), for ``replan`` and for ``partition``.
    """

    area: str
    pieces: tuple[tuple[str, BaseGeometry], ...]


Operation = Transfer | Split | Merge | Reshape | MoveNode | Regroup
