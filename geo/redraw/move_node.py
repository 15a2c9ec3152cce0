"""Move one node of the coverage in every grid that holds it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.lattice import snap_values
from geo.redraw.limits import Bench, Limits, require_known
from geo.redraw.mesh import Face
from geo.redraw.operations import MoveNode
from geo.redraw.outcome import Outcome, conclude
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

# A click this near to a node means the node (about a metre).
NODE_REACH_DEG = 1e-5


def move_node(sheet: Sheet, operation: MoveNode, limits: Limits) -> tuple[Outcome, MoveNode]:
    """Move one node in every grid that holds it; nodes of the outer border stay."""
    near = sheet.meeting(shapely.Point(operation.start).buffer(NODE_REACH_DEG))
    nodes = {
        tuple(vertex): abs(vertex[0] - operation.start[0]) + abs(vertex[1] - operation.start[1])
        for code in near
        for vertex in shapely.get_coordinates(sheet[code]).tolist()
    }
    reachable = {node: away for node, away in nodes.items() if away <= 2 * NODE_REACH_DEG}
    if not reachable:
        raise RedrawError("no_such_node", "这里没有界点。", where=shapely.Point(operation.start))
    start = min(reachable, key=lambda node: (reachable[node], node))
    end = snap_values(operation.end)
    held = [c for c in sheet.meeting(shapely.Point(start)) if _has_node(sheet[c], start)]
    require_known(sheet, held, limits)
    bench = Bench.around(sheet, held)
    outline = shapely.coverage_union_all([sheet[code] for code in bench.shapes])
    if _has_node(outline, start):
        raise RedrawError(
            "outer_border", "旗县外边界上的界点不能移动。", where=shapely.Point(start)
        )

    def move(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = coordinates.copy()
        moved[(coordinates == start).all(axis=1)] = end
        return moved

    faces = [
        Face(bench.frame.to_steps(shapely.transform(sheet[c], move)) if c in held else s, c)
        for c, s in bench.shapes.items()
    ]
    outcome = conclude(
        sheet,
        bench.frame,
        faces,
        [face.owner for face in faces],
        may_part=frozenset(limits.exclaves),
    )
    if not outcome.after:
        raise RedrawError("nothing_changes", "界点没有移动。")
    return outcome, MoveNode(start=start, end=(float(end[0]), float(end[1])))


def _has_node(shape: BaseGeometry, node: tuple[float, ...]) -> bool:
    return bool((shapely.get_coordinates(shape) == node).all(axis=1).any())
