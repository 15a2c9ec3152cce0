"""Give a drawn area to a grid."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.codes import parent_of
from geo.coverage import area_m2
from geo.redraw.crumbs import CRUMB_M2, sweep_crumbs
from geo.redraw.drawing import check_drawn, fit_area
from geo.redraw.limits import (
    Bench,
    Limits,
    refuse_vanishing,
    require_known,
    require_one_community,
)
from geo.redraw.mesh import split_into_faces
from geo.redraw.operations import Transfer
from geo.redraw.outcome import Outcome, Warned
from geo.redraw.proof import overlaps
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

MOST_DONORS = 100
# Grids that the drawing only touches are no donors; so many of them are not fitted to.
_MOST_NEAR = 3 * MOST_DONORS


def transfer(sheet: Sheet, operation: Transfer, limits: Limits) -> tuple[Outcome, Transfer]:
    """Give a drawn area to a grid; return the outcome and the operation as it is logged.

    The area is clipped to the grids that it takes from; what lies outside the coverage or in
    ``to`` already does not matter. Land beyond the community or the plan that a shaky line
    grazes (under 100 m²) stays where it is and is reported.
    """
    check_drawn(operation.area)
    require_known(sheet, [operation.to], limits)
    near = sheet.meeting(operation.area)
    if not near:
        raise RedrawError("outside_area", "画出的区域不在任何网格内。", where=operation.area)
    if len(near) > _MOST_NEAR:
        raise _too_many(operation.area)
    borders = [sheet[code] for code in (*near, operation.to)]
    area = fit_area(operation.area, borders, snap_m=operation.snap_m)
    donors, grazed = _donors(sheet, area, operation, limits)
    bench = Bench.around(sheet, [operation.to, *donors])
    ring = bench.frame.to_steps(area)
    land = shapely.coverage_union_all([bench.shapes[code] for code in donors])
    faces = split_into_faces(bench.shapes, [shapely.intersection(shapely.boundary(ring), land)])
    shapely.prepare(ring)
    inside = shapely.intersects(ring, shapely.point_on_surface([f.polygon for f in faces]))
    owners = [
        operation.to if face.owner in donors and taken else face.owner
        for face, taken in zip(faces, inside.tolist(), strict=True)
    ]
    owners, crumbs = sweep_crumbs(bench, faces, owners, {operation.to, *donors})
    if all(face.owner == owner for face, owner in zip(faces, owners, strict=True)):
        raise RedrawError("too_small", f"划转的面积不足{CRUMB_M2:.0f}平方米。", where=area)
    refuse_vanishing(sheet, donors, owners)
    outcome = bench.conclude(
        faces,
        owners,
        concerned={operation.to, *donors},
        limits=limits,
        warnings=grazed + crumbs + _swallowed(sheet, donors, area),
    )
    logged = Transfer(to=operation.to, area=area, snap_m=0.0, cross_parent=operation.cross_parent)
    return outcome, logged


def _donors(
    sheet: Sheet, area: BaseGeometry, operation: Transfer, limits: Limits
) -> tuple[list[str], tuple[Warned, ...]]:
    """Return the grids to take from, and notes on those that the line only grazes."""
    found = [
        code for code in sheet.meeting(area) if code != operation.to and overlaps(sheet[code], area)
    ]
    home = parent_of(operation.to)
    donors: list[str] = []
    grazed: list[Warned] = []
    for code in found:
        ours = code.startswith(limits.area) and (operation.cross_parent or parent_of(code) == home)
        size = 0.0 if ours else area_m2(shapely.intersection(sheet[code], area))
        if ours or size >= CRUMB_M2:
            donors.append(code)
        else:
            grazed.append(
                Warned(
                    reason="grazed",
                    message=f"画线略超出范围，{code} 的{size:.1f}平方米保持不变。",
                    codes=(code,),
                    area_m2=size,
                )
            )
    if not donors:
        raise RedrawError("nothing_changes", "画出的区域没有涉及其他网格。", where=area)
    if len(donors) > MOST_DONORS:
        raise _too_many(area)
    require_known(sheet, donors, limits)
    if not operation.cross_parent:
        require_one_community(sheet, [operation.to, *donors])
    for code in donors:
        if shapely.covers(area, sheet[code]):
            refuse_vanishing(sheet, [code], ())
    return donors, tuple(grazed)


def _too_many(area: BaseGeometry) -> RedrawError:
    return RedrawError("too_many_grids", f"一次最多从{MOST_DONORS}个网格划转。", where=area)


def _swallowed(sheet: Sheet, donors: list[str], area: BaseGeometry) -> tuple[Warned, ...]:
    """Say so when a part of a grid in several parts went over as a whole."""
    notes: list[Warned] = []
    for code in donors:
        parts = shapely.get_parts(sheet[code])
        whole = parts[np.array([shapely.covers(area, part) for part in parts])]
        if len(parts) > 1 and len(whole):
            size = sum(area_m2(part) for part in whole)
            notes.append(
                Warned(
                    reason="exclave_joined",
                    message=f"{code} 的一块飞地（{size:.0f}平方米）整块划走。",
                    codes=(code,),
                    area_m2=size,
                )
            )
    return tuple(notes)
