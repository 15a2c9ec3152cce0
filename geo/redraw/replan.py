"""Read a file of new grids as a plan for an area: whose code each keeps, where its edges lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import shapely
from shapely.geometry.base import BaseGeometry

from geo.codes import parent_of
from geo.redraw.drawing import check_drawn, fit_area
from geo.redraw.limits import Limits, new_codes, require_known
from geo.redraw.operations import Regroup, Replan
from geo.redraw.refusal import RedrawError
from geo.redraw.regroup import MAX_PIECE_VERTICES, MAX_PIECES
from geo.redraw.sheet import Sheet

# More than the widest snapping, in degrees at any latitude where people live.
_SNAP_DEG = 2e-4
COMMUNITY_DIGITS = 12
_MOST_BOXES = 50


def replan(sheet: Sheet, operation: Replan, limits: Limits) -> Regroup:
    """Return the new grids with their codes, edges snapped to the present ones within ``snap_m``.

    A grid keeps its code when one of that code is in the area; the others get new codes of the
    community that holds most of them, from west to east.
    """
    old = {code: sheet[code] for code in sheet if code.startswith(operation.area)}
    if not old:
        raise RedrawError("unknown_area", "这个区域里没有网格，请检查编码。")
    if not 1 <= len(operation.grids) <= MAX_PIECES:
        raise RedrawError("bad_pieces", f"新网格应为1至{MAX_PIECES}个。")
    require_known(sheet, sorted(old), limits)
    _check_codes(operation)
    kept: list[tuple[str, BaseGeometry]] = []
    fresh: dict[str, list[BaseGeometry]] = {}
    for code, shape in operation.grids:
        check_drawn(shape, most=MAX_PIECE_VERTICES)
        near = {c: old[c] for c in sheet.meeting(_reach(shape)) if c in old}
        if not near:
            raise _elsewhere(shape)
        fitted = fit_area(
            shape, list(near.values()), snap_m=operation.snap_m, most=MAX_PIECE_VERTICES
        )
        if code is not None and code in old:
            kept.append((code, fitted))
        else:
            fresh.setdefault(_home(near, fitted), []).append(fitted)
    for parent, shapes in sorted(fresh.items()):
        shapes.sort(key=_west_to_east)
        kept += zip(new_codes(sheet, limits, parent, len(shapes)), shapes, strict=True)
    return Regroup(area=operation.area, pieces=tuple(kept))


def _check_codes(operation: Replan) -> None:
    """Refuse a file that names a grid twice, or one of another place."""
    named = Counter(code for code, _ in operation.grids if code is not None)
    twice = {code for code, count in named.items() if count > 1}
    if twice:
        raise RedrawError(
            "duplicate_code",
            "文件里有重复的网格编码。",
            where=_boxes(operation, twice),
            codes=tuple(sorted(twice)),
        )
    home = operation.area[:COMMUNITY_DIGITS]
    strange = {code for code in named if not code.startswith(home)}
    if strange:
        raise RedrawError(
            "outside_area",
            "文件里有其他区域的网格编码，请检查文件或方案范围。",
            where=_boxes(operation, strange),
            codes=tuple(sorted(strange)),
        )


def _boxes(operation: Replan, codes: Collection[str]) -> BaseGeometry:
    """Return the boxes of the pieces of ``codes``: the pieces themselves may be no valid shapes."""
    boxes = [shapely.box(*shape.bounds) for code, shape in operation.grids if code in codes]
    return shapely.GeometryCollection(boxes[:_MOST_BOXES])


def _reach(shape: BaseGeometry) -> BaseGeometry:
    west, south, east, north = shape.bounds
    return shapely.box(west - _SNAP_DEG, south - _SNAP_DEG, east + _SNAP_DEG, north + _SNAP_DEG)


def _elsewhere(shape: BaseGeometry) -> RedrawError:
    return RedrawError("piece_outside", "有新网格完全落在区域之外，请检查坐标系。", where=shape)


def _home(old: dict[str, BaseGeometry], shape: BaseGeometry) -> str:
    """Return the community that holds most of ``shape``."""
    shares: dict[str, float] = {}
    for code, grid in old.items():
        if shapely.intersects(grid, shape):
            parent = parent_of(code) or ""
            shares[parent] = shares.get(parent, 0.0) + shapely.intersection(grid, shape).area
    if not shares or max(shares.values()) == 0:
        raise _elsewhere(shape)
    return max(sorted(shares), key=lambda parent: shares[parent])


def _west_to_east(shape: BaseGeometry) -> tuple[float, float]:
    lon, lat = shapely.get_coordinates(shapely.centroid(shape))[0].tolist()
    return lon, -lat
