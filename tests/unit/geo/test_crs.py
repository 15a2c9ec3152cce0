"""Tests of distances in metres and of the closed list of coordinate systems."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from pyproj import Geod

from geo.crs import distance_m, metres_per_degree, nearest_on_segments, transform
from geo.errors import GeoError

GEOD = Geod(ellps="GRS80")


@pytest.mark.parametrize(
    ("length_m", "relative"), [(10, 1e-8), (1_000, 1e-7), (20_000, 2e-6), (200_000, 2e-4)]
)
def test_local_metres_agree_with_the_geodesic(length_m: float, relative: float) -> None:
    for lat in (18.0, 40.5, 55.5):
        for azimuth in range(0, 360, 15):
            lon_b, lat_b, _ = GEOD.fwd(110.5, lat, azimuth, length_m)
            assert distance_m(110.5, lat, lon_b, lat_b) == pytest.approx(length_m, rel=relative)


def test_the_nearest_point_of_a_border_is_found_inside_a_long_edge_not_at_its_ends() -> None:
    per_lon, per_lat = metres_per_degree(40.5)
    edge_lat = 40.5 + 30 / per_lat
    segments = np.array([[110.4, edge_lat, 110.6, edge_lat], [110.7, 40.0, 110.7, 40.0]])
    away_m, lon, lat = nearest_on_segments(lon=110.5, lat=40.5, segments=segments)
    assert away_m == pytest.approx(30, abs=1e-6)
    assert (lon, lat) == pytest.approx((110.5, edge_lat))
    assert per_lon == pytest.approx(84_700, rel=0.01)


def test_a_projected_point_comes_back_and_is_easting_before_northing() -> None:
    x, y = transform([110.5], [40.5], source_epsg=4490, target_epsg=4546)
    assert 400_000 < x[0] < 500_000
    assert 4_400_000 < y[0] < 4_600_000
    lon, lat = transform(x, y, source_epsg=4546, target_epsg=4490)
    assert (lon[0], lat[0]) == pytest.approx((110.5, 40.5), abs=1e-9)


def test_a_system_outside_the_closed_list_and_a_coordinate_without_image_are_refused() -> None:
    with pytest.raises(GeoError, match="坐标系"):
        transform([110.5], [40.5], source_epsg=4490, target_epsg=3857)
    with pytest.raises(GeoError, match="有限"):
        transform([np.nan], [40.5], source_epsg=4490, target_epsg=4546)


def as_arrays(*, lon: float, lat: float, segments: NDArray[np.float64]) -> tuple[float, ...]:
    """Return what ``nearest_on_segments`` does, by whole arrays, as first receipts were made."""
    per_lon, per_lat = metres_per_degree(lat)
    scaled = (segments - (lon, lat, lon, lat)) * (per_lon, per_lat, per_lon, per_lat)
    x, y = scaled[:, 0], scaled[:, 1]
    dx, dy = scaled[:, 2] - x, scaled[:, 3] - y
    length_2 = dx * dx + dy * dy
    along = -(x * dx + y * dy) / np.where(length_2 > 0, length_2, 1.0)
    along = np.minimum(np.maximum(along, 0.0), 1.0)
    foot_x, foot_y = x + along * dx, y + along * dy
    best = int((foot_x * foot_x + foot_y * foot_y).argmin())
    east, north = float(foot_x[best]), float(foot_y[best])
    return math.hypot(east, north), lon + east / per_lon, lat + north / per_lat


def test_a_distance_to_a_border_is_the_same_to_the_bit_as_by_whole_arrays() -> None:
    chance = np.random.default_rng(4490)
    for _ in range(2_000):
        starts = chance.uniform((110.0, 40.0), (110.02, 40.02), (chance.integers(1, 60), 2))
        ends = starts + chance.normal(0, 0.001, starts.shape) * chance.integers(
            0, 2, (len(starts), 1)
        )
        segments: NDArray[np.float64] = np.round(np.hstack([starts, ends]), 8).astype(float)
        # On a corner, on an edge, near, far away.
        middle = (segments[0, :2] + segments[0, 2:]) / 2
        for lon, lat in (segments[0, :2], middle, chance.uniform((109, 39), (111, 41))):
            x, y = float(lon), float(lat)
            found = nearest_on_segments(lon=x, lat=y, segments=segments)
            assert found == as_arrays(lon=x, lat=y, segments=segments)
