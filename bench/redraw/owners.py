"""Say who owns points, by plain shapely over a sheet: what answers are held against."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bench.county import FloatArray
from geo.redraw.sheet import Sheet


def owners(sheet: Sheet, points: FloatArray) -> NDArray[np.object_]:
    """Return the lowest code that covers each point, None outside; points of shape (n, 2)."""
    codes = np.array([*sorted(sheet), None], dtype=object)
    tree = shapely.STRtree([sheet[code] for code in codes[:-1]])
    at, shape_at = tree.query(shapely.points(points), predicate="intersects")
    numbers = np.full(len(points), len(codes) - 1)
    np.minimum.at(numbers, at, shape_at)
    found: NDArray[np.object_] = codes[numbers]
    return found


def corners(shapes: list[BaseGeometry]) -> FloatArray:
    """Return every vertex once; shape (n, 2)."""
    found: FloatArray = np.unique(shapely.get_coordinates(shapes), axis=0)
    return found
