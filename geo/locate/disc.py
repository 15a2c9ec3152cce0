"""Share the accuracy disc of a point among the grids it touches.

The disc is a 64-gon inscribed in the circle, made in local metres (GRS80 radii at the point's
latitude) and turned to CGCS2000 degrees. A share is the part of the 64-gon's own area, measured
in degrees: the scale is the same for numerator and denominator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry import Polygon

from geo.crs import metres_per_degree
from geo.locate.index import GridIndex

CORNERS: Final = 64
LARGEST_DISC_M: Final = 20_000.0
"""From this accuracy on a position says too little: no shares are computed."""

SMALLEST_DISC_M: Final = 0.001
"""Below this accuracy (a step of the lattice) the disc is the point itself."""

LISTED_PART: Final = 0.99
"""Candidates are the fewest grids that hold this part of the disc inside the county: a sliver of a
percent in the next township must not lift the decision to the county."""

AUTO_SHARE: Final = 0.9
"""From this share on one grid holds enough of the disc to be sure of it."""

_TURN = np.arange(CORNERS) * (2 * np.pi / CORNERS)
_COSINES, _SINES = np.cos(_TURN), np.sin(_TURN)


@dataclass(frozen=True, slots=True)
class DiscShares:
    """Hold the shares of a disc, largest first, then by code; each above 0 and at most 1.

    ``outside`` is the share that lies in no grid.
    """

    shares: tuple[tuple[str, float], ...]
    outside: float

    def of(self, code: str) -> float:
        """Return the share of ``code``, 0 when the disc does not reach it."""
        return next((share for held, share in self.shares if held == code), 0.0)

    def leading(self) -> tuple[tuple[str, float], ...]:
        """Return the fewest grids that hold ``LISTED_PART`` of what lies in any grid."""
        wanted = LISTED_PART * (1.0 - self.outside)
        held = 0.0
        for count, (_, share) in enumerate(self.shares, start=1):
            held += share
            if held >= wanted:
                return self.shares[:count]
        return self.shares


def disc(*, lon: float, lat: float, radius_m: float) -> Polygon:
    """Return the 64-gon around a point in degrees; ``radius_m`` must be above 0."""
    per_lon, per_lat = metres_per_degree(lat)
    ring = np.column_stack(
        (lon + _COSINES * (radius_m / per_lon), lat + _SINES * (radius_m / per_lat))
    )
    return Polygon(ring)


def disc_shares(
    index: GridIndex, *, lon: float, lat: float, accuracy_m: float, owner: str | None
) -> DiscShares:
    """Return what part of the accuracy disc lies in each grid.

    ``owner`` is the grid that covers the point, as the index said it. Below ``SMALLEST_DISC_M`` the
    owner holds everything. Bounded: grids wholly inside the disc are not cut, only their areas
    are taken; the caller refuses discs of ``LARGEST_DISC_M`` and above.
    """
    if accuracy_m < SMALLEST_DISC_M:
        return DiscShares(((owner, 1.0),), 0.0) if owner else DiscShares((), 1.0)
    if owner and index.edge_distance_m(lon=lon, lat=lat, code=owner) >= accuracy_m:
        return DiscShares(((owner, 1.0),), 0.0)
    shape = disc(lon=lon, lat=lat, radius_m=accuracy_m)
    whole = shape.area
    shares = [(code, min(area / whole, 1.0)) for code, area in _areas(index, shape) if area > 0]
    shares.sort(key=lambda item: (-item[1], item[0]))
    outside = max(0.0, 1.0 - sum(share for _, share in shares))
    return DiscShares(tuple(shares), outside if outside > 1e-9 else 0.0)


def _areas(index: GridIndex, shape: Polygon) -> list[tuple[str, float]]:
    """Return code and common area in square degrees of the grids that ``shape`` meets."""
    west, south, east, north = shape.bounds
    codes = np.array(index.near_box((west, south, east, north)), dtype=object)
    if codes.size == 0:
        return []
    grids = np.array([index.geometry(code) for code in codes], dtype=object)
    shapely.prepare(shape)
    met = shapely.intersects(shape, grids)
    codes, grids = codes[met], grids[met]
    inside = shapely.covers(shape, grids)
    areas = np.empty(len(grids), dtype=np.float64)
    areas[inside] = shapely.area(grids[inside])
    areas[~inside] = shapely.area(shapely.intersection(shape, grids[~inside]))
    return list(zip(codes.tolist(), areas.tolist(), strict=True))
