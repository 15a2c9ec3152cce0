"""Ask the made-up county where things lie: the grid at a place, the middle of a community."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.synthetic.county import County, Grid
from geo.synthetic.dwellings import Building, Dwellings
from geo.synthetic.plane import Points, at, to_degrees, to_plane
from geo.synthetic.units import Unit

_DECIMALS = 6


class Ground:
    """Hold the county with its dwellings, grids by place and buildings by grid."""

    def __init__(self, county: County, dwellings: Dwellings) -> None:
        """Index the grids so that a place finds the one in which it lies."""
        self.county = county
        self.dwellings = dwellings
        self._tree = shapely.STRtree([grid.shape for grid in county.grids])
        self._by_grid: dict[str, list[Building]] = defaultdict(list)
        for building in dwellings.buildings:
            self._by_grid[building.grid].append(building)
        self._units = {unit.code: unit for unit in county.units}

    def unit(self, code: str) -> Unit:
        """Return the unit with a code; raise KeyError for none."""
        return self._units[code]

    def communities(self) -> list[Unit]:
        """Return the units below the townships in the order of the official table."""
        return [unit for unit in self.county.units if unit.level == "community"]

    def buildings(self, grid: str) -> list[Building]:
        """Return the buildings of a grid in the order of their ids."""
        return self._by_grid[grid]

    def grid_at(self, lon: float, lat: float) -> Grid:
        """Return the grid that covers a place in the county; raise ValueError outside."""
        hits = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        if not len(hits):
            raise ValueError(f"outside the county: {lon}, {lat}")
        return self.county.grids[int(min(hits))]

    def grids_on(self, line: BaseGeometry) -> tuple[str, ...]:
        """Return the codes of the grids that a line in degrees meets."""
        hits = self._tree.query(line, predicate="intersects")
        return tuple(self.county.grids[int(i)].code for i in sorted(hits))

    def centre(self, unit: Unit) -> tuple[float, float]:
        """Return where its committee sits: the middle of its most central hamlet or block."""
        grids = self.county.grids_of(unit.code)
        points = [[b.lon, b.lat] for grid in grids for b in self._by_grid[grid.code]]
        metres = to_plane(np.array(points))
        gaps = ((metres - metres.mean(axis=0)) ** 2).sum(axis=1)
        lon, lat = points[int(np.argmin(np.round(gaps)))]
        return round(lon + 0.0003, _DECIMALS), round(lat, _DECIMALS)

    def beside(self, building: Building, east_m: float, north_m: float) -> tuple[float, float]:
        """Return a place some metres from a building, the building's own where it leaves its grid.

        Rounded to six decimals, 0.1 m.
        """
        moved = at(building.lon, building.lat) + np.array([east_m, north_m])
        lon, lat = degrees(moved)
        try:
            inside = self.grid_at(lon, lat).code == building.grid
        except ValueError:
            inside = False
        if inside:
            return lon, lat
        return round(building.lon, _DECIMALS), round(building.lat, _DECIMALS)


def degrees(metres: Points) -> tuple[float, float]:
    """Return lon, lat with six decimals for one place in metres."""
    lon, lat = np.round(to_degrees(metres[None])[0], _DECIMALS).tolist()
    return lon, lat
