"""Tests of distances in metres and of the closed list of coordinate systems."""

from __future__ import annotations

import numpy as np
import pytest
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
