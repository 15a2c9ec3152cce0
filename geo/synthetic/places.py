"""Write the gazetteer of the demo county: units, streets, compounds, buildings, landmarks.

Forms of a name are listed as people use them; which of them is unambiguous is for the address
matcher to decide. Landmarks are invented, apart from each village having a committee.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from geo.address.types import Place, PlaceKind
from geo.codes import lowest_common_area
from geo.synthetic import geography
from geo.synthetic.county import County, Grid
from geo.synthetic.dwellings import Building, Dwellings
from geo.synthetic.landmarks import LANDMARKS, VARIANTS
from geo.synthetic.plane import shape_to_plane, to_plane
from geo.synthetic.roads import RoadLine
from geo.synthetic.units import Unit

_BUILDING_RADIUS_M = 30.0
_LANDMARK_RADIUS_M = 60.0
_COMMITTEE_RADIUS_M = 80.0


class Gazetteer:
    """Collect the places of one county in the order of the file."""

    def __init__(self, county: County, dwellings: Dwellings, roads: list[RoadLine]) -> None:
        """Index the grids so that a place finds the one in which it lies."""
        self._county = county
        self._dwellings = dwellings
        self._roads = roads
        self._tree = shapely.STRtree([grid.shape for grid in county.grids])
        self._by_grid: dict[str, list[Building]] = defaultdict(list)
        for building in dwellings.buildings:
            self._by_grid[building.grid].append(building)

    def places(self) -> list[Place]:
        """Return all places, coarse to fine."""
        return [
            *self._townships(),
            *self._communities(),
            *self._streets(),
            *self._landmarks(),
            *self._compounds_and_buildings(),
        ]

    def grid_at(self, lon: float, lat: float) -> Grid:
        """Return the grid that covers a place in the county; raise ValueError outside."""
        hits = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        if not len(hits):
            raise ValueError(f"outside the county: {lon}, {lat}")
        return self._county.grids[int(min(hits))]

    def _townships(self) -> list[Place]:
        seats = {township.code: township.seat for township in geography.TOWNSHIPS}
        return [
            Place(
                id=f"T{unit.code}",
                name=unit.name,
                kind=PlaceKind.TOWNSHIP,
                lon=seats[unit.code][0],
                lat=seats[unit.code][1],
                radius_m=_radius([grid.shape for grid in self._county.grids_of(unit.code)]),
                area_code=unit.code,
                grids=tuple(grid.code for grid in self._county.grids_of(unit.code)),
                aliases=(unit.name.removesuffix("生态管理区").rstrip("镇乡"),),
            )
            for unit in self._county.units
            if unit.level == "township"
        ]

    def _communities(self) -> list[Place]:
        found: list[Place] = []
        for unit in self._county.units:
            if unit.level != "community":
                continue
            lon, lat = self._centre(unit)
            grids = self._county.grids_of(unit.code)
            found.append(
                Place(
                    id=f"V{unit.code}",
                    name=unit.short_name,
                    kind=PlaceKind.COMMUNITY,
                    lon=lon,
                    lat=lat,
                    radius_m=_radius([grid.shape for grid in grids]),
                    area_code=unit.code,
                    grids=tuple(grid.code for grid in grids),
                    aliases=_aliases(unit),
                )
            )
        return found

    def _centre(self, unit: Unit) -> tuple[float, float]:
        """Return where its committee sits: the middle of its most central hamlet or block."""
        grids = self._county.grids_of(unit.code)
        points = [[b.lon, b.lat] for grid in grids for b in self._by_grid[grid.code]]
        metres = to_plane(np.array(points))
        gaps = ((metres - metres.mean(axis=0)) ** 2).sum(axis=1)
        lon, lat = points[int(np.argmin(np.round(gaps)))]
        return round(lon + 0.0003, 6), round(lat, 6)

    def _streets(self) -> list[Place]:
        found: list[Place] = []
        for number, road in enumerate(self._roads, start=1):
            hits = self._tree.query(road.line, predicate="intersects")
            codes = tuple(self._county.grids[int(i)].code for i in sorted(hits))
            middle = road.line.interpolate(0.5, normalized=True)
            length = shape_to_plane(road.line).length
            found.append(
                Place(
                    id=f"R{number:03d}",
                    name=road.name,
                    kind=PlaceKind.ROAD,
                    lon=round(middle.x, 6),
                    lat=round(middle.y, 6),
                    radius_m=float(round(length / 2)),
                    area_code=lowest_common_area(codes) or geography.COUNTY,
                    grids=codes,
                    aliases=VARIANTS.get(road.name, ()),
                )
            )
        return found

    def _landmarks(self) -> list[Place]:
        found = [
            self._landmark(
                f"L{unit.code}",
                _committee_house(unit),
                *self._centre(unit),
                radius_m=_COMMITTEE_RADIUS_M,
            )
            for unit in self._county.units
            if unit.level == "community"
        ]
        for number, mark in enumerate(LANDMARKS, start=1):
            lon, lat = mark.position or self._centre(self._unit(mark.community))
            found.append(
                self._landmark(
                    f"L{number:03d}",
                    mark.name,
                    lon,
                    lat,
                    radius_m=_LANDMARK_RADIUS_M,
                    aliases=mark.aliases,
                )
            )
        return found

    def _unit(self, code: str) -> Unit:
        return next(unit for unit in self._county.units if unit.code == code)

    def _landmark(
        self,
        place_id: str,
        name: str,
        lon: float,
        lat: float,
        *,
        radius_m: float,
        aliases: tuple[str, ...] = (),
    ) -> Place:
        grid = self.grid_at(lon, lat).code
        return Place(
            id=place_id,
            name=name,
            kind=PlaceKind.POI,
            lon=lon,
            lat=lat,
            radius_m=radius_m,
            area_code=grid,
            grids=(grid,),
            aliases=aliases,
        )

    def _compounds_and_buildings(self) -> list[Place]:
        found: list[Place] = []
        members: dict[str, list[Building]] = defaultdict(list)
        for building in self._dwellings.buildings:
            if building.compound:
                members[building.compound].append(building)
        for compound in self._dwellings.compounds:
            mine = sorted(members[compound.id], key=lambda b: b.number or 0)
            grids = tuple(sorted({building.grid for building in mine}))
            metres = to_plane(np.array([[b.lon, b.lat] for b in mine]))
            gaps = np.sqrt(((metres - metres.mean(axis=0)) ** 2).sum(axis=1))
            found.append(
                Place(
                    id=compound.id,
                    name=compound.name,
                    kind=PlaceKind.COMPOUND,
                    lon=round(float(np.mean([b.lon for b in mine])), 6),
                    lat=round(float(np.mean([b.lat for b in mine])), 6),
                    radius_m=float(round(gaps.max() + _BUILDING_RADIUS_M)),
                    area_code=grids[0] if len(grids) == 1 else compound.community,
                    grids=grids,
                )
            )
            found += [_building_place(building, compound.id) for building in mine]
        return found


def _committee_house(unit: Unit) -> str:
    """Return what people call the house of a committee, which is not the committee's own name."""
    if unit.is_urban:
        return unit.short_name.removesuffix("社区") + "社区服务中心"
    said = unit.short_name + "村委会"
    return unit.short_name + "村部" if said == unit.name else said


def _building_place(building: Building, compound: str) -> Place:
    return Place(
        id=building.id,
        name=f"{building.number}号楼",
        kind=PlaceKind.BUILDING,
        lon=building.lon,
        lat=building.lat,
        radius_m=_BUILDING_RADIUS_M,
        area_code=building.grid,
        grids=(building.grid,),
        parent_id=compound,
    )


def _radius(shapes: list[Polygon | MultiPolygon]) -> float:
    """Return the radius in metres of a circle as large as the shapes together."""
    area = sum(shape_to_plane(shape).area for shape in shapes)
    return float(round(math.sqrt(area / math.pi), -1))


def _aliases(unit: Unit) -> tuple[str, ...]:
    """Return the official name, the bare name and known other spellings, without repeats."""
    short = unit.short_name
    bare = short.removesuffix("社区").removesuffix("村")
    forms = [unit.name, bare, *VARIANTS.get(unit.code, ())]
    if "尧" in bare:
        forms += [short.replace("尧", "窑"), bare.replace("尧", "窑")]
    if "圐圙" in bare:
        forms += [short.replace("圐圙", "库伦"), bare.replace("圐圙", "库伦")]
    return tuple(dict.fromkeys(form for form in forms if form != short and len(form) > 1))
