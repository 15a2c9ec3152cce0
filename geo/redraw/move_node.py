"""Move one node of the coverage in every grid that holds it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.lattice import snap_values
from geo.redraw.drawing import check_drawn
from geo.redraw.limits import (
    Bench,
    Limits,
    refuse_vanishing,
    require_known,
    require_one_community,
)
from geo.redraw.mesh import Face
from geo.redraw.operations import LonLat, MoveNode
from geo.redraw.outcome import Outcome
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

# A click this near to a node means the node (about a metre).
NODE_REACH_DEG = 1e-5


def move_node(sheet: Sheet, operation: MoveNode, limits: Limits) -> tuple[Outcome, MoveNode]:
    """Move one node in every grid that holds it; nodes of the outer border stay.

    A node that is moved onto the next one melts into it; a part of which no land is left goes.
    Raises RedrawError when the grids would cross: the new place must be seen from the old one.
    """
    check_drawn(shapely.linestrings([operation.start, operation.end]))
    start = _nearest_node(sheet, operation.start)
    lon, lat = snap_values(operation.end).tolist()
    end = (lon, lat)
    held = [c for c in sheet.meeting(shapely.Point(start)) if _has_node(sheet[c], start)]
    require_known(sheet, held, limits)
    if not operation.cross_parent:
        require_one_community(sheet, held)
    bench = Bench.around(sheet, held)
    outline = shapely.coverage_union_all([sheet[code] for code in bench.shapes])
    if _has_node(outline, start):
        raise RedrawError(
            "outer_border", "旗县外边界上的界点不能移动。", where=shapely.Point(start)
        )
    faces = [
        Face(_moved(bench, c, start, end) if c in held else s, c) for c, s in bench.shapes.items()
    ]
    refuse_vanishing(sheet, held, [face.owner for face in faces if not face.polygon.is_empty])
    outcome = bench.conclude(faces, [face.owner for face in faces], concerned=held, limits=limits)
    return outcome, MoveNode(start=start, end=end, cross_parent=operation.cross_parent)


def _nearest_node(sheet: Sheet, place: LonLat) -> LonLat:
    click = shapely.Point(place)
    nodes = [
        (abs(lon - place[0]) + abs(lat - place[1]), lon, lat)
        for code in sheet.meeting(click.buffer(NODE_REACH_DEG))
        for lon, lat in shapely.get_coordinates(sheet[code]).tolist()
    ]
    if not nodes or min(nodes)[0] > 2 * NODE_REACH_DEG:
        raise RedrawError("no_such_node", "这里没有界点。", where=click)
    _, lon, lat = min(nodes)
    return lon, lat


def _moved(bench: Bench, code: str, start: LonLat, end: LonLat) -> BaseGeometry:
    """Return a grid (in steps) with the node moved, without the folds that this made."""

    def move(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = coordinates.copy()
        moved[(coordinates == start).all(axis=1)] = end
        return moved

    shape = shapely.remove_repeated_points(shapely.transform(bench.sheet[code], move))
    try:
        # Edges that lie there and back cancel out; those that cross have no inside and no outside.
        return shapely.coverage_union_all([bench.frame.to_steps(shape)])
    except shapely.GEOSException:
        raise RedrawError(
            "self_crossing", "移动后界线自相交，请换一个位置。", where=shape, codes=(code,)
        ) from None


def _has_node(shape: BaseGeometry, node: LonLat) -> bool:
    return bool((shapely.get_coordinates(shape) == node).all(axis=1).any())
