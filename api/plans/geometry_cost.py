"""Tell which operations are bounded to be small, and which are done in a process of their own.

Measured on 1,173 grids, 2 cores with twice as many things to do: at the bounds below an operation
takes about 0.1 s at the worst (a comb over many grids). Beyond them nothing bounds it: a comb of
4,000 points over 96 grids took 3.4 s, 500 pieces of a plan that all overlap 26 s.
"""

from __future__ import annotations

from collections.abc import Iterable

import shapely
from shapely.geometry.base import BaseGeometry

from geo.redraw.operations import (
    AssignPlaces,
    MoveNode,
    Operation,
    Partition,
    Regroup,
    Replan,
    Reshape,
    Split,
    Transfer,
)
from geo.redraw.sheet import Sheet

# Points of a drawing times grids in the box around it: so many edges may have to be cut. A hand
# makes some 50 points over a dozen grids.
MOST_CROSSINGS = 10_000
# A partition of 250 buildings takes 0.16 s; it grows a little faster than their number.
MOST_BUILDINGS = 250
MOST_PLACES = 250


def is_heavy(sheet: Sheet, operation: Operation, *, buildings: int = 0) -> bool:
    """Say whether an operation may take long; ``buildings`` are those of a partition's land.

    The pieces of a whole plan may all overlap, and what that costs is known afterwards only.
    """
    if isinstance(operation, Replan | Regroup):
        return True
    if isinstance(operation, Partition):
        return buildings > MOST_BUILDINGS
    if isinstance(operation, AssignPlaces):
        return len(operation.places) > MOST_PLACES
    drawn = drawing_of(operation)
    if drawn is None:
        return False
    grids = len(sheet.meeting(_box(drawn)))
    return int(shapely.get_num_coordinates(drawn)) * max(grids, 1) > MOST_CROSSINGS


def drawing_of(operation: Operation) -> BaseGeometry | None:
    """Return what was drawn for a stroke, None for the operations without a drawing."""
    if isinstance(operation, Transfer):
        return operation.area
    if isinstance(operation, Split | Reshape):
        return operation.line
    return None


def looked_at(sheet: Sheet, operation: Operation, changed: Iterable[str]) -> set[str]:
    """Return the grids on which the outcome of an operation may rest.

    When others change none of them, the operation done after theirs gives the same to the byte.
    """
    codes = set(changed)
    if isinstance(operation, Replan | Partition | Regroup):
        codes.update(code for code in sheet if code.startswith(operation.area))
    elif isinstance(operation, AssignPlaces | Transfer):
        codes.add(operation.to)
    elif isinstance(operation, MoveNode):
        codes.update(sheet.meeting(shapely.Point(operation.start)))
    drawn = drawing_of(operation)
    if drawn is not None:
        codes.update(sheet.meeting(_box(drawn)))
    return set(sheet.around(code for code in codes if code in sheet)) | codes


def _box(drawn: BaseGeometry) -> BaseGeometry:
    if drawn.is_empty:
        return drawn
    return shapely.box(*drawn.bounds)
