"""Hold the buildings of an area: where they stand and how many households live in each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """Hold one building: CGCS2000 degrees and its households."""

    id: str
    lon: float
    lat: float
    households: int


class Dwellings:
    """Hold buildings with an index over them."""

    __slots__ = ("_by_id", "_counts", "_tree", "buildings")

    def __init__(self, buildings: Iterable[Building]) -> None:
        """Index the buildings, in order of id."""
        self.buildings = tuple(sorted(buildings, key=lambda building: building.id))
        self._by_id = {building.id: building for building in self.buildings}
        self._counts = np.array([b.households for b in self.buildings], dtype=np.int64)
        places = np.array([(b.lon, b.lat) for b in self.buildings]).reshape(-1, 2)
        self._tree = shapely.STRtree(np.asarray(shapely.points(places), dtype=object))

    def find(self, building_id: str) -> Building | None:
        """Return the building of that id, or None."""
        return self._by_id.get(building_id)

    def inside(self, shape: BaseGeometry) -> tuple[Building, ...]:
        """Return the buildings that ``shape`` covers, its border included, in order of id."""
        return tuple(self.buildings[n] for n in sorted(self._covered(shape)))

    def households(self, shape: BaseGeometry) -> int:
        """Return the households in the buildings that ``shape`` covers."""
        return int(self._counts[self._covered(shape)].sum())

    def _covered(self, shape: BaseGeometry) -> list[int]:
        found: list[int] = self._tree.query(shape, predicate="intersects").tolist()
        return found
