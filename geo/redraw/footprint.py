"""Tell which points a redrawing may concern: those near land that changed hands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import metres_per_degree

Shapes = Mapping[str, BaseGeometry | None]
BoolArray = NDArray[np.bool_]


class Footprint:
    """Hold the land that one grid lost to another between two states, with an index over it.

    ``before`` and ``after`` are CGCS2000 degrees by code, None for a grid that is not there; both
    name every grid that changed. A node that was put on a border bends it by up to a lattice step
    all along the edge: such edges belong to the footprint as well. It may be larger than need be.
    """

    def __init__(self, before: Shapes, after: Shapes) -> None:
        """Collect what each grid of before no longer has."""
        old = {code: shape for code, shape in before.items() if shape is not None}
        empty = shapely.Polygon()
        had, has = _array(old.values()), _array(after.get(code) or empty for code in old)
        edges = shapely.difference(shapely.boundary(had), shapely.boundary(has))
        lost = np.concatenate([shapely.difference(had, has), edges])
        parts = shapely.get_parts(lost)
        self._tree = shapely.STRtree(parts[~shapely.is_empty(parts)])

    def is_near(self, lons: ArrayLike, lats: ArrayLike, within_m: ArrayLike) -> BoolArray:
        """Say for each point whether land that moved lies within so many metres of it.

        Arrays of shape (n,), degrees and metres; a little farther is near, too.
        """
        x, y = np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)
        found = np.zeros(x.shape, dtype=np.bool_)
        if x.size and len(self._tree):
            # A degree of longitude is the shorter one: no point within reach is missed.
            per_degree, _ = metres_per_degree(float(np.abs(y).max()))
            reach = np.asarray(within_m, dtype=np.float64) / per_degree
            points = shapely.points(x, y)
            found[self._tree.query(points, predicate="dwithin", distance=reach)[0]] = True
        return found


def _array(shapes: Iterable[BaseGeometry]) -> NDArray[np.object_]:
    return np.array(list(shapes), dtype=object)
