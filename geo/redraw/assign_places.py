"""Give buildings to a grid: the land around them, told from that of the buildings that stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.lattice import snap
from geo.redraw.cells import Points, cells_around, places_of
from geo.redraw.dwellings import Building, Dwellings
from geo.redraw.limits import Limits, require_known
from geo.redraw.operations import AssignPlaces, Transfer
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

MOST_PLACES = 2_000


def assign_places(sheet: Sheet, operation: AssignPlaces, limits: Limits) -> Transfer:
    """Return the transfer of the land around the chosen buildings, to be done and logged.

    The land of a building is what lies nearer to it than to any other building of its grid.
    Which grid a building is in is told by the sheet as drafted. Raises RedrawError for buildings
    that are unknown or outside, or when nothing is left to give.
    """
    require_known(sheet, [operation.to], limits)
    dwellings = limits.dwellings
    if dwellings is None:
        raise RedrawError("no_buildings", "没有楼栋数据，不能按楼栋划转。")
    if not 1 <= len(operation.places) <= MOST_PLACES:
        raise RedrawError("bad_places", f"请选择1至{MOST_PLACES}栋楼。")
    chosen = _chosen(sheet, operation, dwellings)
    if not chosen:
        raise RedrawError("nothing_changes", "所选楼栋已在该网格内。", codes=(operation.to,))
    require_known(sheet, sorted(chosen), limits)
    lands = [
        _land_around(sheet, code, buildings, dwellings)
        for code, buildings in sorted(chosen.items())
    ]
    area = snap(shapely.set_precision(shapely.union_all(lands), 1e-8))
    return Transfer(
        to=operation.to, area=_polygons(area), snap_m=0.0, cross_parent=operation.cross_parent
    )


def _chosen(
    sheet: Sheet, operation: AssignPlaces, dwellings: Dwellings
) -> dict[str, list[Building]]:
    """Return the chosen buildings by the grid that they are in now, without those in ``to``."""
    chosen: dict[str, list[Building]] = {}
    for place in sorted(set(operation.places)):
        building = dwellings.find(place)
        if building is None:
            raise RedrawError("unknown_place", "有楼栋不在楼栋表中，请刷新后重选。")
        code = sheet.owner(lon=building.lon, lat=building.lat)
        if code is None:
            where = shapely.Point(building.lon, building.lat)
            raise RedrawError("outside_area", "有楼栋不在任何网格内。", where=where)
        if code != operation.to:
            chosen.setdefault(code, []).append(building)
    return chosen


def _land_around(
    sheet: Sheet, code: str, chosen: Sequence[Building], dwellings: Dwellings
) -> BaseGeometry:
    land = sheet[code]
    ids = {building.id for building in chosen}
    others = [
        building
        for building in dwellings.inside(land)
        if building.id not in ids and sheet.owner(lon=building.lon, lat=building.lat) == code
    ]
    if not others:
        return land
    mine, theirs = places_of(chosen), places_of(others)
    area = _parts_with(cells_around(mine, theirs, land), mine)
    # An empty corner that would be left behind alone goes along.
    rest = shapely.get_parts(shapely.difference(land, area))
    lived = shapely.union_all([_parts_with(shapely.MultiPolygon(rest.tolist()), theirs)])
    return shapely.difference(land, lived)


def _parts_with(shape: BaseGeometry, places: Points) -> BaseGeometry:
    """Return the parts of ``shape`` in which one of ``places`` stands; all when none does."""
    parts = [part for part in shapely.get_parts(shape) if part.area > 0]
    if len(parts) < 2:
        return shape
    hit = np.unique(shapely.STRtree(parts).query(_points(places), predicate="intersects")[1])
    kept = [parts[n] for n in hit.tolist()] or parts
    return shapely.union_all(kept)


def _points(places: Points) -> NDArray[np.object_]:
    return np.asarray(shapely.points(places), dtype=object)


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
