"""Lay the alleys of the town: short straight lines among the compounds of a community."""

from __future__ import annotations

import numpy as np
from shapely.geometry import LineString

from geo.address.types import Place, PlaceKind
from geo.codes import lowest_common_area
from geo.synthetic.county import stream
from geo.synthetic.ground import Ground
from geo.synthetic.plane import at, shape_to_degrees
from geo.synthetic.spoken import LANES

_STREAM = 10
_HALF_LENGTHS_M = (110.0, 80.0, 50.0, 20.0, 5.0)


def lanes(ground: Ground) -> list[Place]:
    """Return the alleys; each lies in its community, a few across a border of its grids."""
    return [
        _lane(ground, community, number, name)
        for community, names in LANES.items()
        for number, name in enumerate(names, start=1)
    ]


def _lane(ground: Ground, community: str, number: int, name: str) -> Place:
    rng = stream(_STREAM, int(community), number)
    grids = ground.county.grids_of(community)
    grid = grids[int(rng.integers(len(grids)))]
    buildings = ground.buildings(grid.code)
    middle = buildings[int(rng.integers(len(buildings)))]
    # Alleys run along or across the rows of houses.
    along = np.array([1.0, 0.0]) if rng.random() < 0.5 else np.array([0.0, 1.0])
    centre = at(middle.lon, middle.lat)
    for half in _HALF_LENGTHS_M:
        line = shape_to_degrees(LineString([centre - along * half, centre + along * half]))
        codes = ground.grids_on(line)
        if all(code.startswith(community) for code in codes):
            break
    return Place(
        id=f"A{community}{number:02d}",
        name=name,
        kind=PlaceKind.LANE,
        lon=round(middle.lon, 6),
        lat=round(middle.lat, 6),
        radius_m=half,
        area_code=lowest_common_area(codes) or community,
        grids=codes,
    )
