"""Show where the trouble of a refused operation lies: small, valid, in CGCS2000 degrees.

A drawing that crosses itself is no valid shape to show, and a whole township says nothing: what
is shown is the crossing, the grids concerned, or the drawing, of at most ``MOST_SHOWN`` vertices.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.redraw.operations import AssignPlaces, MoveNode, Operation, Partition, Regroup, Replan
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

MOST_SHOWN: Final = 1_000
# What a drawing as a whole does wrong; other refusals without a place are about a number or a code.
_DRAWN_REASONS: Final = frozenset(
    {
        "nothing_changes",
        "not_a_coverage",
        "replay_differs",
        "too_many_pieces",
        "too_many_vertices",
        "took_too_long",
    }
)


def place_of(refusal: RedrawError, sheet: Sheet, operation: Operation) -> BaseGeometry | None:
    """Return the place to show for a refusal, None when it has none."""
    where = refusal.where
    if where is None or where.is_empty:
        known = [sheet[code] for code in sorted(set(refusal.codes)) if code in sheet]
        if known:
            where = shapely.coverage_union_all(known)
        elif refusal.reason in _DRAWN_REASONS:
            where = _drawn(operation)
    if where is None or not np.isfinite(shapely.get_coordinates(where)).all():
        return None
    return _bounded(_valid(where))


def _drawn(operation: Operation) -> BaseGeometry | None:
    if isinstance(operation, MoveNode):
        return shapely.Point(operation.start)
    if isinstance(operation, AssignPlaces | Partition):
        return None
    if isinstance(operation, Replan):
        return shapely.box(*shapely.total_bounds([shape for _, shape in operation.grids]))
    if isinstance(operation, Regroup):
        return shapely.box(*shapely.total_bounds([shape for _, shape in operation.pieces]))
    drawn: BaseGeometry | None = getattr(operation, "line", getattr(operation, "area", None))
    return drawn


def _valid(where: BaseGeometry) -> BaseGeometry:
    """Return the crossing of a shape that crosses itself, any other as it is."""
    if where.geom_type == "LineString":
        at = first_crossing(where) if where.length > 0 else shapely.get_coordinates(where)[0]
        return where if at is None else shapely.Point(at)
    if where.is_valid:
        return where
    found = re.search(r"\[(\S+) (\S+)\]", shapely.is_valid_reason(where))
    if found is None:
        return shapely.box(*where.bounds)
    return shapely.Point(float(found[1]), float(found[2]))


def first_crossing(line: BaseGeometry) -> tuple[float, float] | None:
    """Return a place where a line meets itself, None when it does not.

    Looked for piece by piece from its start: a scribble of thousands of strokes crosses itself
    millions of times, and one of them is enough.
    """
    if line.is_simple:
        return None
    track = shapely.get_coordinates(shapely.remove_repeated_points(line))
    pairs = np.stack([track[:-1], track[1:]], axis=1)
    edges = np.asarray(shapely.linestrings(pairs), dtype=object)
    tree = shapely.STRtree(edges)
    start, size = 0, 2
    while start < len(edges):
        asked, found = tree.query(edges[start : start + size], predicate="intersects")
        asked = asked + start
        meet = np.asarray(shapely.intersection(edges[asked], edges[found]), dtype=object)
        # Edges in sequence share the node between them, and nothing more.
        node = shapely.points(track[np.maximum(asked, found)])
        apart = np.abs(asked - found) > 1
        wrong = (found != asked) & (apart | ~shapely.equals(meet, node))
        closed = (track[0] == track[-1]).all() & (np.abs(asked - found) == len(edges) - 1)
        wrong &= ~(closed & shapely.equals(meet, shapely.points(track[0])))
        if wrong.any():
            lon, lat = shapely.get_coordinates(meet[wrong][0])[0].tolist()
            return lon, lat
        start, size = start + size, 2 * size
    return None


def _bounded(where: BaseGeometry) -> BaseGeometry:
    if shapely.get_num_coordinates(where) <= MOST_SHOWN:
        return where
    west, south, east, north = where.bounds
    coarse = shapely.simplify(where, max(east - west, north - south) / 500)
    if shapely.get_num_coordinates(coarse) <= MOST_SHOWN and coarse.is_valid:
        return coarse
    return shapely.box(west, south, east, north)
