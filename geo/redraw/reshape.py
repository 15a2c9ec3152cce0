"""Draw the border between two neighbours anew."""

from __future__ import annotations

import shapely

from geo.redraw.crumbs import sweep_crumbs
from geo.redraw.drawing import check_drawn, snap_drawn
from geo.redraw.limits import (
    Bench,
    Limits,
    refuse_vanishing,
    require_known,
    require_one_community,
)
from geo.redraw.mesh import split_into_faces
from geo.redraw.operations import Reshape
from geo.redraw.outcome import Outcome, conclude
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet


def reshape(sheet: Sheet, operation: Reshape, limits: Limits) -> tuple[Outcome, Reshape]:
    """Make a line the border between two neighbours."""
    check_drawn(operation.line)
    first, second = operation.between
    require_known(sheet, [first, second], limits)
    if not operation.cross_parent:
        require_one_community(sheet, [first, second])
    shared = shapely.intersection(shapely.boundary(sheet[first]), shapely.boundary(sheet[second]))
    if first == second or shared.length == 0:
        raise RedrawError("not_neighbours", "这两个网格没有共同的边。", codes=(first, second))
    borders = shapely.union_all([shapely.boundary(sheet[c]) for c in (first, second)])
    line = snap_drawn(operation.line, borders, snap_m=operation.snap_m)
    bench = Bench.around(sheet, [first, second])
    both = shapely.coverage_union_all([bench.shapes[first], bench.shapes[second]])
    cut = shapely.intersection(bench.frame.to_steps(line), both)
    rest = {c: s for c, s in bench.shapes.items() if c not in (first, second)}
    faces = split_into_faces({**rest, first: both}, [cut])
    pieces = [i for i, face in enumerate(faces) if face.owner == first]
    if len(pieces) < 2:
        raise RedrawError(
            "line_does_not_cut",
            "画线没有把两个网格重新分开，请从外边界画到外边界。",
            where=bench.frame.to_degrees(both),
        )
    owners = [face.owner for face in faces]
    for number in pieces:
        in_first = shapely.intersection(faces[number].polygon, bench.shapes[first]).area
        owners[number] = first if in_first * 2 >= faces[number].polygon.area else second
    owners, warnings = sweep_crumbs(bench, faces, owners, {first, second})
    refuse_vanishing(sheet, [first, second], owners)
    outcome = conclude(
        sheet,
        bench.frame,
        faces,
        owners,
        may_part=frozenset(limits.exclaves),
        warnings=warnings,
    )
    logged = Reshape(
        between=operation.between, line=line, snap_m=0.0, cross_parent=operation.cross_parent
    )
    return outcome, logged
