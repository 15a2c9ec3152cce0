"""Share land out among the buildings on it: every place goes with the nearest building.

Voronoi cells are made on a local plane in metres (in degrees a cell would be squeezed by the
latitude) and come back as degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import metres_per_degree
from geo.redraw.dwellings import Building

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plane:
    """Hold a local plane: metres east and north of a corner."""

    origin: Points
    scale: Points

    @classmethod
    def of(cls, land: BaseGeometry) -> Plane:
        """Return the plane at the middle latitude of ``land`` (degrees)."""
        west, south, _, north = land.bounds
        return cls(np.array((west, south)), np.array(metres_per_degree((south + north) / 2)))

    def to_metres(self, degrees: Points) -> Points:
        """Return metres for an (n, 2) array of degrees."""
        metres: Points = (degrees - self.origin) * self.scale
        return metres

    def to_degrees(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape in metres as one in degrees."""
        return shapely.transform(shape, lambda metres: metres / self.scale + self.origin)


def places_of(buildings: Sequence[Building]) -> Points:
    """Return lon and lat of the buildings, shape (n, 2)."""
    return np.array([(b.lon, b.lat) for b in buildings], dtype=np.float64).reshape(-1, 2)


def cells_around(chosen: Points, others: Points, land: BaseGeometry) -> BaseGeometry:
    """Return the part of ``land`` nearer to a ``chosen`` place than to any of ``others``.

    Degrees. Two buildings on the very same spot cannot be told apart: the spot counts as chosen.
    """
    sites = np.unique(chosen, axis=0)
    rest = np.unique(others, axis=0)
    rest = rest[~(rest[:, None, :] == sites[None, :, :]).all(axis=2).any(axis=1)]
    if not len(rest):
        return land
    plane = Plane.of(land)
    points = shapely.MultiPoint(plane.to_metres(np.concatenate([sites, rest])))
    west, south, east, north = plane.to_metres(np.array(land.bounds).reshape(2, 2)).ravel()
    cells = shapely.voronoi_polygons(
        points, extend_to=shapely.box(west, south, east, north), ordered=True
    )
    mine = shapely.coverage_union_all(shapely.get_parts(cells)[: len(sites)])
    return shapely.intersection(plane.to_degrees(mine), land)


def voronoi_edges(sites: Points, land: BaseGeometry) -> BaseGeometry:
    """Return the lines inside ``land`` that part the nearest surroundings of ``sites``.

    Degrees; ``sites`` has shape (n, 2) without repeats.
    """
    if len(sites) < 2:
        return shapely.MultiLineString([])
    plane = Plane.of(land)
    west, south, east, north = plane.to_metres(np.array(land.bounds).reshape(2, 2)).ravel()
    edges = shapely.voronoi_polygons(
        shapely.MultiPoint(plane.to_metres(sites)),
        extend_to=shapely.box(west, south, east, north),
        only_edges=True,
    )
    return shapely.intersection(plane.to_degrees(edges), land)
