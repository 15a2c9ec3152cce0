"""Name the operations that can be done on a coverage: what a plan's log holds.

Shapes are CGCS2000 degrees. What is asked may be freehand; what is logged was fitted to the
coverage when the operation was first done (``snap_m=0``, codes fixed), so that a replay does the
same to the byte. ``AssignPlaces`` is logged as a ``Transfer``, ``Replan`` and ``Partition`` as a
``Regroup``.
"""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from geo.codes import parent_of

LonLat = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Give the land inside ``area`` (a polygon or several) to the grid ``to``."""

    to: str
    area: BaseGeometry
    snap_m: float = 1.0
    cross_parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignPlaces:
    """Give the land around the buildings ``places`` (ids) to the grid ``to``."""

    to: str
    places: tuple[str, ...]
    cross_parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Cut ``grid`` along ``line``; the part that holds ``keep_at`` keeps the code.

    ``new_codes`` are for the other parts from west to east.
    """

    grid: str
    line: BaseGeometry
    keep_at: LonLat | None = None
    new_codes: tuple[str, ...] = ()
    snap_m: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Make one grid of ``grids``; ``keep`` keeps its code, the others are retired."""

    grids: tuple[str, ...]
    keep: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshape:
    """Make ``line`` the border between two neighbours.

    A line that begins or ends on their present border replaces only that stretch of it.
    """

    between: tuple[str, str]
    line: BaseGeometry
    snap_m: float = 1.0
    cross_parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveNode:
    """Move one node of the coverage, in every grid that holds it."""

    start: LonLat
    end: LonLat
    cross_parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Regroup:
    """Give each piece of ``area`` the owner whose polygon covers it: a whole plan at once.

    ``pieces`` are (code, shape); grids of the area that no piece names are retired. Each
    community keeps its border, unless ``cross_parent``: then land goes to the piece that covers
    it whosever it was. ``communities`` confine the work to some of the area's.
    """

    area: str
    pieces: tuple[tuple[str, BaseGeometry], ...]
    communities: tuple[str, ...] = ()
    cross_parent: bool = False

    def concerns(self, code: str) -> bool:
        """Say whether a grid is among those whose land is given anew."""
        if not code.startswith(self.area):
            return False
        return not self.communities or parent_of(code) in self.communities

    def land_of(self, code: str) -> str:
        """Return the land of which a grid takes its part: its community's, or all of it."""
        return self.area if self.cross_parent else parent_of(code) or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """Fit a file of new grids to ``area``: (code or None, shape); unknown codes get new ones."""

    area: str
    grids: tuple[tuple[str | None, BaseGeometry], ...]
    snap_m: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Propose grids of about ``households`` for a community; the same for the same ``seed``."""

    area: str
    households: int = 400
    tolerance: float = 0.1
    seed: int = 0


Logged = Transfer | Split | Merge | Reshape | MoveNode | Regroup
Operation = Logged | AssignPlaces | Replan | Partition
