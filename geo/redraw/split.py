"""Cut a grid along a line."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from geo.codes import parent_of
from geo.redraw.crumbs import CRUMB_M2, crumb_warning, longest_edge, square_metres
from geo.redraw.drawing import check_drawn
from geo.redraw.limits import Bench, Limits, require_known
from geo.redraw.mesh import Face, split_into_faces
from geo.redraw.operations import Split
from geo.redraw.outcome import Outcome, Warned, conclude
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet


def split(sheet: Sheet, operation: Split, limits: Limits) -> tuple[Outcome, Split]:
    """Cut a grid along a line; the part with ``keep_at``, else the most households, stays."""
    check_drawn(operation.line)
    require_known(sheet, [operation.grid], limits)
    grid = sheet[operation.grid]
    bench = Bench.around(sheet, [operation.grid])
    cut = bench.frame.to_steps(shapely.intersection(operation.line, grid))
    faces = split_into_faces(bench.shapes, [cut])
    numbers = [i for i, face in enumerate(faces) if face.owner == operation.grid]
    whole = [number for number in numbers if square_metres(bench, faces[number]) >= CRUMB_M2]
    if len(whole) < 2:
        raise RedrawError(
            "line_does_not_cut", "画线没有把网格分成两块，请从边界外画到边界外。", where=grid
        )
    keeper = _keeper(bench, faces, whole, operation, limits)
    others = sorted(
        (number for number in whole if number != keeper),
        key=lambda number: _west_to_east(faces[number]),
    )
    parent = parent_of(operation.grid) or ""
    codes = operation.new_codes or limits.next_codes(parent, len(others))
    new_owner = {keeper: operation.grid, **dict(zip(others, codes, strict=True))}
    owners = [face.owner for face in faces]
    for number, code in new_owner.items():
        owners[number] = code
    warnings: tuple[Warned, ...] = ()
    for number in numbers:
        if number not in new_owner:
            owners[number] = longest_edge(faces, number, whole, owners)
            warnings += (crumb_warning(bench, faces[number], owners[number]),)
    outcome = conclude(
        sheet,
        bench.frame,
        faces,
        owners,
        may_part=frozenset(limits.exclaves),
        warnings=warnings,
    )
    kept_at = bench.frame.to_degrees(shapely.point_on_surface(faces[keeper].polygon))
    lon, lat = shapely.get_coordinates(kept_at)[0].tolist()
    kept = (lon, lat)
    logged = Split(grid=operation.grid, line=operation.line, keep_at=kept, new_codes=codes)
    return outcome, logged


def _keeper(
    bench: Bench, faces: Sequence[Face], parts: Sequence[int], operation: Split, limits: Limits
) -> int:
    if operation.keep_at is not None:
        point = bench.frame.to_steps(shapely.Point(operation.keep_at))
        for number in parts:
            if shapely.intersects(faces[number].polygon, point):
                return number
        raise RedrawError(
            "keep_at_outside",
            "指定保留编码的点不在该网格内。",
            where=shapely.Point(operation.keep_at),
        )
    return max(
        parts,
        key=lambda number: (
            limits.households(bench.frame.to_degrees(faces[number].polygon)),
            faces[number].polygon.area,
        ),
    )


def _west_to_east(face: Face) -> tuple[float, float]:
    middle = shapely.centroid(face.polygon)
    return middle.x, -middle.y
