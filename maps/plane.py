"""Lay a piece of land out on paper: true to scale, north up, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import metres_per_degree

Bounds = tuple[float, float, float, float]

# Scales that an office has a ruler for.
_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
_LARGEST_SCALE = 500
_BARS = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Hold where degrees of CGCS2000 come to lie on paper.

    ``lon``, ``lat`` lie at ``x``, ``y`` millimetres (y runs down); ``scale`` is N of 1:N. Metres
    come from the radii of curvature at ``lat``: over one township the error is below 2 per mille.
    """

    lon: float
    lat: float
    x: float
    y: float
    scale: float

    def mm_per_degree(self) -> tuple[float, float]:
        """Return millimetres on paper per degree of longitude and of latitude."""
        per_lon, per_lat = metres_per_degree(self.lat)
        return per_lon * 1000 / self.scale, per_lat * 1000 / self.scale

    def on_paper(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape of degrees in millimetres on paper, y running down."""
        across, along = self.mm_per_degree()

        def lay(points: np.ndarray) -> np.ndarray:
            east = self.x + (points[:, 0] - self.lon) * across
            return np.column_stack([east, self.y - (points[:, 1] - self.lat) * along])

        return shapely.transform(shape, lay)

    def window(self, width: float, height: float) -> Bounds:
        """Return west, south, east, north of a window of millimetres around the middle."""
        across, along = self.mm_per_degree()
        half_lon, half_lat = width / 2 / across, height / 2 / along
        return (
            self.lon - half_lon,
            self.lat - half_lat,
            self.lon + half_lon,
            self.lat + half_lat,
        )


def plane_for(bounds: Bounds, *, x: float, y: float, width: float, height: float) -> Plane:
    """Return the plane at the largest round scale at which ``bounds`` fit around (x, y).

    ``bounds`` are west, south, east, north in degrees; ``width`` and ``height`` millimetres.
    """
    west, south, east, north = bounds
    lat = (south + north) / 2
    per_lon, per_lat = metres_per_degree(lat)
    needed = 1000 * max((east - west) * per_lon / width, (north - south) * per_lat / height)
    return Plane(lon=(west + east) / 2, lat=lat, x=x, y=y, scale=round_scale(needed))


def round_scale(needed: float) -> float:
    """Return the next scale of the usual series that is not larger than 1:``needed``."""
    power = 10.0
    while True:
        for step in _STEPS:
            if step * power >= max(needed, _LARGEST_SCALE):
                return step * power
        power *= 10


def scale_bar(scale: float, longest_mm: float) -> tuple[float, float]:
    """Return metres and millimetres of the longest round bar that fits into ``longest_mm``."""
    most = longest_mm * scale / 1000
    power = 10.0 ** np.floor(np.log10(most))
    metres = float(max(step * power for step in _BARS if step * power <= most))
    return metres, metres * 1000 / scale
