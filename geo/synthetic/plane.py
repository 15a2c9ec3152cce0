"""Work in local metres while shapes are made up, and go back to the stored lattice at the end.

The plane is a plain scaling of CGCS2000 degrees around the county's middle. It is good enough to
invent shapes in (0.3 % of scale at the rim) and reproducible to the bit, which a projection
library need not be. Nothing is measured with it.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Points = NDArray[np.float64]
Shape = TypeVar("Shape", bound=BaseGeometry)

_ORIGIN = (110.68, 40.55)
_METRES_PER_DEGREE = (84_720.0, 111_040.0)
_LATTICE = 1e8


def to_plane(degrees: Points) -> Points:
    """Return metres east and north of the middle for an (n, 2) array of degrees."""
    metres: Points = (np.asarray(degrees, dtype=np.float64) - _ORIGIN) * _METRES_PER_DEGREE
    return metres


def to_degrees(metres: Points) -> Points:
    """Return lattice degrees for an (n, 2) array of metres.

    Each coordinate is the double nearest to k/10^8, as boundaries are stored.
    """
    return np.round((metres / _METRES_PER_DEGREE + _ORIGIN) * _LATTICE) / _LATTICE


def at(lon: float, lat: float) -> Points:
    """Return one place as a (2,) array of metres."""
    metres: Points = to_plane(np.array([[lon, lat]]))[0]
    return metres


def shape_to_degrees(geometry: Shape) -> Shape:
    """Return ``geometry`` with every vertex on the lattice of degrees."""
    return shapely.transform(geometry, to_degrees)


def shape_to_plane(geometry: BaseGeometry) -> BaseGeometry:
    """Return ``geometry`` of degrees in metres."""
    return shapely.transform(geometry, to_plane)


def settle(points: Points) -> Points:
    """Round to centimetres, so that the last bit of a sum never decides a shape elsewhere."""
    return np.round(points, 2)
