"""Give a drawn area to a grid."""

from __future__ import annotations

import shapely

from geo.redraw.crumbs import CRUMB_M2, sweep_crumbs
from geo.redraw.drawing import check_drawn, snap_drawn
from geo.redraw.limits import (
    Bench,
    Limits,
    refuse_vanishing,
    require_known,
    require_one_community,
)
from geo.redraw.mesh import split_into_faces
from geo.redraw.operations import Transfer
from geo.redraw.outcome import Outcome, conclude
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet


def transfer(sheet: Sheet, operation: Transfer, limits: Limits) -> tuple[Outcome, Transfer]:
    """Give a drawn area to a grid; return the outcome and the operation as it is logged."""
    check_drawn(operation.area)
    require_known(sheet, [operation.to], limits)
    borders = shapely.union_all(
        [shapely.boundary(sheet[code]) for code in sheet.meeting(operation.area)]
        or [shapely.boundary(sheet[operation.to])]
    )
    area = snap_drawn(operation.area, borders, snap_m=operation.snap_m)
    if not area.is_valid or area.is_empty:
        raise RedrawError("self_crossing", "画出的区域自相交，请重画。", where=operation.area)
    donors = [
        code
        for code in sheet.meeting(area)
        if code != operation.to and shapely.intersection(sheet[code], area).area > 0
    ]
    if not donors:
        raise RedrawError("nothing_changes", "画出的区域没有涉及其他网格。", where=area)
    require_known(sheet, donors, limits)
    if not operation.cross_parent:
        require_one_community(sheet, [operation.to, *donors])
    bench = Bench.around(sheet, [operation.to, *donors])
    ring = bench.frame.to_steps(area)
    faces = split_into_faces(bench.shapes, [shapely.boundary(ring)])
    shapely.prepare(ring)
    inside = shapely.intersects(ring, shapely.point_on_surface([f.polygon for f in faces]))
    owners = [
        operation.to if face.owner in donors and taken else face.owner
        for face, taken in zip(faces, inside.tolist(), strict=True)
    ]
    owners, warnings = sweep_crumbs(bench, faces, owners, {operation.to, *donors})
    if all(face.owner == owner for face, owner in zip(faces, owners, strict=True)):
        raise RedrawError("too_small", f"划转的面积不足{CRUMB_M2:.0f}平方米。", where=area)
    refuse_vanishing(sheet, donors, owners)
    outcome = conclude(
        sheet,
        bench.frame,
        faces,
        owners,
        may_part=frozenset(limits.exclaves),
        warnings=warnings,
    )
    logged = Transfer(to=operation.to, area=area, snap_m=0.0, cross_parent=operation.cross_parent)
    return outcome, logged
