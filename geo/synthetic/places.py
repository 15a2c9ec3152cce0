"""Write the gazetteer of the demo county: units, streets, groups, landmarks, compounds, buildings.

Forms of a name are listed as people use them; which of them is unambiguous is for the address
matcher to decide. Landmarks are invented, apart from each village having a committee.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
from shapely.geometry import MultiPolygon, Polygon

from geo.address.types import LocalAlias, Place, PlaceKind
from geo.codes import lowest_common_area
from geo.synthetic import geography
from geo.synthetic.dwellings import Building
from geo.synthetic.ground import Ground
from geo.synthetic.hamlets import hamlets
from geo.synthetic.houses import houses, local, poi
from geo.synthetic.landmarks import LANDMARKS, VARIANTS
from geo.synthetic.lanes import lanes
from geo.synthetic.plane import shape_to_plane, to_plane
from geo.synthetic.posts import kilometre_posts
from geo.synthetic.roads import RoadLine
from geo.synthetic.spoken import OLD_NAMES
from geo.synthetic.units import Unit

_BUILDING_RADIUS_M = 30.0
_LANDMARK_RADIUS_M = 60.0
_COMMITTEE_RADIUS_M = 80.0
_RURAL_SAID = ("村委会", "村部", "大队部", "村委")
_URBAN_SAID = ("居委会", "社区服务中心", "党群服务中心")


class Gazetteer:
    """Collect the places of one county in the order of the file."""

    def __init__(self, ground: Ground, roads: list[RoadLine], canals: list[RoadLine]) -> None:
        """Keep what the places are made from."""
        self._ground = ground
        self._county = ground.county
        self._dwellings = ground.dwellings
        self._roads = roads
        self._canals = canals

    def places(self) -> list[Place]:
        """Return all places, coarse to fine."""
        return [
            *self._townships(),
            *self._communities(),
            *self._lines("R", self._roads),
            *self._lines("W", self._canals),
            *hamlets(self._ground),
            *lanes(self._ground),
            *self._landmarks(),
            *houses(self._ground),
            *kilometre_posts(self._ground, self._roads),
            *self._compounds_and_buildings(),
        ]

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
            lon, lat = self._ground.centre(unit)
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

    def _lines(self, letter: str, lines: list[RoadLine]) -> list[Place]:
        found: list[Place] = []
        for number, road in enumerate(lines, start=1):
            codes = self._ground.grids_on(road.line)
            middle = road.line.interpolate(0.5, normalized=True)
            length = shape_to_plane(road.line).length
            found.append(
                Place(
                    id=f"{letter}{number:03d}",
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
        ground = self._ground
        found = [
            poi(ground, f"L{unit.code}", _committee_house(unit), ground.centre(unit),
                radius_m=_COMMITTEE_RADIUS_M,
                local_aliases=local(_URBAN_SAID if unit.is_urban else _RURAL_SAID, unit.code))
            for unit in ground.communities()
        ]  # fmt: skip
        for number, mark in enumerate(LANDMARKS, start=1):
            where = mark.position or ground.centre(ground.unit(mark.community))
            found.append(
                poi(ground, f"L{number:03d}", mark.name, where, radius_m=_LANDMARK_RADIUS_M,
                    aliases=mark.aliases,
                    local_aliases=tuple(LocalAlias(*said) for said in mark.local))
            )  # fmt: skip
        return found

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
    forms = [unit.name, bare, *VARIANTS.get(unit.code, ()), *OLD_NAMES.get(unit.code, ())]
    if "尧" in bare:
        forms += [short.replace("尧", "窑"), bare.replace("尧", "窑")]
    if "圐圙" in bare:
        forms += [short.replace("圐圙", "库伦"), bare.replace("圐圙", "库伦")]
    return tuple(dict.fromkeys(form for form in forms if form != short and len(form) > 1))
