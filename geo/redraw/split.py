"""Cut a grid along a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from geo.codes import parent_of
from geo.redraw.crumbs import CRUMB_M2, Sweeper, crumb_warning, square_metres
from geo.redraw.drawing import check_drawn, fit_line
from geo.redraw.limits import Bench, Limits, new_codes, require_known
from geo.redraw.mesh import Face, parts_cut, split_into_faces
from geo.redraw.operations import LonLat, Split
from geo.redraw.outcome import Outcome, Warned
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet


@dataclass(frozen=True, slots=True)
class _Cut:
    """Hold a grid in pieces: the numbers of those that can be a grid, and of its other faces."""

    bench: Bench
    faces: list[Face]
    pieces: list[int]
    crumbs: list[int]
    untouched: list[int]


def split(sheet: Sheet, operation: Split, limits: Limits) -> tuple[Outcome, Split]:
    """Cut a grid along a line; the part with ``keep_at``, else the most households, stays.

    In a replay, on ground of which others took the point away, it is the part nearest to it.
    Parts of the grid that the line does not cut (exclaves) keep the code too. Pieces under
    100 m² join the longest-edge neighbour among the pieces.
    """
    check_drawn(operation.line)
    require_known(sheet, [operation.grid], limits)
    grid = sheet[operation.grid]
    line = fit_line(operation.line, [grid], snap_m=operation.snap_m)
    cut = _cut(Bench.around(sheet, [operation.grid]), operation.grid, line)
    keeper = _keeper(cut, operation, limits)
    others = sorted((n for n in cut.pieces if n != keeper), key=lambda n: _west_to_east(cut, n))
    parent = parent_of(operation.grid) or ""
    codes = new_codes(sheet, limits, parent, len(others), given=operation.new_codes)
    owners = [face.owner for face in cut.faces]
    for number, code in zip(others, codes, strict=True):
        owners[number] = code
    owners, crumbs = _settle_crumbs(cut, owners, {operation.grid, *codes})
    outcome = cut.bench.conclude(
        cut.faces,
        owners,
        concerned={operation.grid, *codes},
        limits=limits,
        warnings=crumbs,
    )
    return outcome, Split(
        grid=operation.grid,
        line=line,
        keep_at=_inner_point(cut, keeper),
        new_codes=codes,
        snap_m=0.0,
    )


def _cut(bench: Bench, code: str, line: BaseGeometry) -> _Cut:
    shape = bench.shapes[code]
    faces = split_into_faces(
        bench.shapes, [shapely.intersection(bench.frame.to_steps(line), shape)]
    )
    touched, untouched = parts_cut(faces, code, shape)
    pieces = [n for n in touched if square_metres(bench, faces[n].polygon) >= CRUMB_M2]
    if len(pieces) < 2:
        reason, message = "line_does_not_cut", "画线没有把网格分成两块，请从边界外画到边界外。"
        if len(touched) > 1:
            reason, message = "too_small", f"切下的部分不足{CRUMB_M2:.0f}平方米。"
        raise RedrawError(reason, message, where=bench.frame.to_degrees(shape), codes=(code,))
    return _Cut(bench, faces, pieces, [n for n in touched if n not in pieces], untouched)


def _keeper(cut: _Cut, operation: Split, limits: Limits) -> int:
    if operation.keep_at is None:
        return max(cut.pieces, key=lambda number: _weight(cut, number, limits))
    point = cut.bench.frame.to_steps(shapely.Point(operation.keep_at))
    for number in cut.pieces:
        if shapely.intersects(cut.faces[number].polygon, point):
            return number
    if operation.new_codes:
        # Done again on ground that changed: the point was well inside, its side is still known.
        return min(cut.pieces, key=lambda n: (shapely.distance(cut.faces[n].polygon, point), n))
    raise RedrawError(
        "keep_at_outside",
        "指定保留编码的点不在被切开的任何一块内。",
        where=shapely.Point(operation.keep_at),
        codes=(operation.grid,),
    )


def _weight(cut: _Cut, number: int, limits: Limits) -> tuple[int, float]:
    polygon = cut.faces[number].polygon
    return limits.living_in(cut.bench.frame.to_degrees(polygon)), float(polygon.area)


def _settle_crumbs(
    cut: _Cut, owners: Sequence[str], concerned: set[str]
) -> tuple[list[str], tuple[Warned, ...]]:
    settled = list(owners)
    sweeper = Sweeper.of(cut.faces)
    warnings: list[Warned] = []
    loose = set(cut.crumbs)
    for number in sorted(cut.crumbs, key=lambda n: -float(cut.faces[n].polygon.area)):
        polygon = cut.faces[number].polygon
        known = ["" if n in loose else owner for n, owner in enumerate(settled)]
        heir = sweeper.heir(polygon, known, concerned)
        if heir is not None:
            settled[number] = heir
            loose.discard(number)
            warnings.append(crumb_warning(cut.bench, polygon, heir))
    return settled, tuple(warnings)


def _inner_point(cut: _Cut, number: int) -> LonLat:
    inner = shapely.point_on_surface(cut.faces[number].polygon)
    lon, lat = shapely.get_coordinates(cut.bench.frame.to_degrees(inner))[0].tolist()
    return lon, lat


def _west_to_east(cut: _Cut, number: int) -> tuple[float, float]:
    x, y = shapely.get_coordinates(shapely.centroid(cut.faces[number].polygon))[0].tolist()
    return x, -y
