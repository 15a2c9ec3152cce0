"""Keep stored coordinates on the lattice of 1e-8 degree (about a millimetre).

A stored coordinate is the double nearest to k / 10^8. What is served with eight decimals therefore
*is* the boundary, byte for byte, and neighbours hold identical doubles. Rounding one grid alone
breaks its borders: always snap a whole coverage, then check it.
"""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

STEPS_PER_DEGREE: Final = 100_000_000
DECIMALS: Final = 8

Shape = TypeVar("Shape", bound=BaseGeometry)


def snap_values(degrees: ArrayLike) -> NDArray[np.float64]:
    """Return the lattice doubles nearest to ``degrees``; shape kept."""
    snapped: NDArray[np.float64] = np.rint(np.asarray(degrees) * STEPS_PER_DEGREE)
    return snapped / STEPS_PER_DEGREE


def snap(geometry: Shape) -> Shape:
    """Return ``geometry`` with every vertex on the lattice; nothing is checked or repaired."""
    return shapely.transform(geometry, snap_values)


def on_lattice(geometry: BaseGeometry) -> bool:
    """Say whether every vertex is exactly a lattice double."""
    coordinates = shapely.get_coordinates(geometry)
    return bool((coordinates == snap_values(coordinates)).all())


def off_lattice_vertex(geometry: BaseGeometry) -> tuple[float, float] | None:
    """Return lon and lat of the first vertex that is not on the lattice, or None."""
    coordinates = shapely.get_coordinates(geometry)
    off = np.flatnonzero((coordinates != snap_values(coordinates)).any(axis=1))
    if off.size == 0:
        return None
    lon, lat = coordinates[off[0]].tolist()
    return lon, lat


def doubled_area(geometry: BaseGeometry) -> int:
    """Return twice the area in square lattice steps, exactly, by the shoelace formula.

    Whole numbers of any size: two coverages of the same land have the same sum to the last digit,
    which is how "no gap, no overlap" is proven after an edit. For a polygon or multipolygon on
    the lattice; holes are taken off.
    """
    total = 0
    for part in shapely.get_parts(geometry):
        exterior, *interiors = shapely.get_rings(part)
        total += abs(_doubled_ring(exterior)) - sum(abs(_doubled_ring(r)) for r in interiors)
    return total


def _doubled_ring(ring: BaseGeometry) -> int:
    steps = np.rint(shapely.get_coordinates(ring) * STEPS_PER_DEGREE).astype(np.int64)
    # Python's integers: a product of two coordinates does not fit 64 bits.
    x, y = (steps - steps[0]).T.tolist()
    return sum(
        x_a * y_b - x_b * y_a
        for x_a, y_a, x_b, y_b in zip(x[:-1], y[:-1], x[1:], y[1:], strict=True)
    )
