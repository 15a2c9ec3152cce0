"""Move one node of the coverage in every grid that holds it."""

from __future__ import annotations

from collections.abc import Sequence

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
# An edge as near as this to a node's square step goes through the node once it is rounded.
_GRAZING_STEPS = 0.7072


def move_node(sheet: Sheet, operation: MoveNode, limits: Limits) -> tuple[Outcome, MoveNode]:
    """Move one node in every grid that holds it; nodes of the outer border stay.

    A node that is moved onto the next one melts into it; a part of which no land is left goes.
    Raises RedrawError when the grids would cross: the new place must be seen from the old one;
    and when less than a lattice step would lie between a node and an edge that passes it.
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
    _refuse_grazing(bench, [face.polygon for face in faces], end)
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


def _refuse_grazing(bench: Bench, shapes: Sequence[BaseGeometry], end: LonLat) -> None:
    """Refuse edges of the moved node that graze another node, and those that graze it.

    Whatever is drawn there later is rounded to whole steps: so narrow a strip would close.
    """
    place = bench.frame.to_steps(shapely.Point(end))
    tracks, ring_of = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(np.array(shapes, dtype=object))), return_index=True
    )
    same = ring_of[:-1] == ring_of[1:]
    pairs = np.unique(np.stack([tracks[:-1][same], tracks[1:][same]], axis=1), axis=0)
    moved = (pairs == shapely.get_coordinates(place)).all(axis=2).any(axis=1)
    if not moved.any():
        return
    edges = np.asarray(shapely.linestrings(pairs), dtype=object)
    nodes = np.asarray(shapely.points(np.unique(tracks, axis=0)), dtype=object)
    tree = shapely.STRtree(nodes)
    asked, found = tree.query(edges[moved], predicate="dwithin", distance=_GRAZING_STEPS)
    ends = pairs[moved][asked] == shapely.get_coordinates(nodes[found])[:, None, :]
    grazed = ~ends.all(axis=2).any(axis=1)
    if grazed.any() or shapely.dwithin(edges[~moved], place, _GRAZING_STEPS).any():
        raise RedrawError(
            "not_a_coverage",
            "移动后界点与另一条界线相距不到一毫米；请移到已有界点上，或离开该界线。",
            where=shapely.Point(end),
        )


def _has_node(shape: BaseGeometry, node: LonLat) -> bool:
    return bool((shapely.get_coordinates(shape) == node).all(axis=1).any())
