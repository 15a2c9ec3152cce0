"""Set the kilometre posts along the roads; the numbers on them are invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.address.types import Place, PlaceKind
from geo.synthetic.ground import Ground, degrees
from geo.synthetic.plane import shape_to_plane
from geo.synthetic.roads import RoadLine

_RADIUS_M = 50.0


@dataclass(frozen=True, slots=True)
class Mileage:
    """Say how a road is counted: the kilometre at its first end, and to which side it grows."""

    first_km: float
    eastward: bool


MILEAGES: dict[str, Mileage] = {
    # Counted from the east, as the real ones are: from the capital.
    "国道110": Mileage(616.35, eastward=False),
    "京藏高速": Mileage(585.6, eastward=False),
    "沿黄公路": Mileage(88.2, eastward=True),
    "海双线": Mileage(0.4, eastward=True),
}


def kilometre_posts(ground: Ground, roads: list[RoadLine]) -> list[Place]:
    """Return a post for each whole kilometre of the counted roads, by road and number."""
    return [
        post
        for number, road in enumerate(roads, start=1)
        if road.name in MILEAGES
        for post in _posts(ground, f"R{number:03d}", road, MILEAGES[road.name])
    ]


def _posts(ground: Ground, road_id: str, road: RoadLine, mileage: Mileage) -> list[Place]:
    line = shape_to_plane(road.line)
    length_km = line.length / 1_000
    found: list[Place] = []
    for km in range(int(np.ceil(mileage.first_km)), int(mileage.first_km + length_km) + 1):
        gone_m = (km - mileage.first_km) * 1_000
        # All lines are drawn from west to east.
        place = shapely.get_coordinates(line.interpolate(
            gone_m if mileage.eastward else line.length - gone_m))[0]  # fmt: skip
        lon, lat = degrees(place)
        try:
            grid = ground.grid_at(lon, lat).code
        except ValueError:
            continue  # a road that keeps to the county's rim
        found.append(
            Place(
                id=f"K{road_id[1:]}-{km:04d}",
                name=str(km),
                kind=PlaceKind.KILOMETRE_POST,
                lon=lon,
                lat=lat,
                radius_m=_RADIUS_M,
                area_code=grid,
                grids=(grid,),
                parent_id=road_id,
            )
        )
    return found
