"""Tests of the accuracy disc and its shares."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geo.crs import distance_m, metres_per_degree
from geo.locate.disc import CORNERS, disc, disc_shares
from geo.locate.index import GridIndex
from tests.unit.geo.random_coverage import random_coverage

A, B = "150221104001001", "150221104001002"


def halves() -> GridIndex:
    return GridIndex([A, B], [box(110.0, 40.0, 110.1, 40.1), box(110.1, 40.0, 110.2, 40.1)])


def test_the_disc_is_round_in_metres_not_in_degrees() -> None:
    corners = list(disc(lon=110.5, lat=40.5, radius_m=500).exterior.coords)
    assert len(corners) == CORNERS + 1
    for lon, lat in corners:
        assert distance_m(110.5, 40.5, lon, lat) == pytest.approx(500, rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    x=st.floats(-1, 6),
    y=st.floats(-1, 6),
    accuracy_m=st.one_of(st.just(0.0), st.floats(1e-9, 5_000)),
)
def test_shares_are_sorted_lie_in_zero_to_one_and_sum_with_the_outside_to_one(
    seed: int, x: float, y: float, accuracy_m: float
) -> None:
    index = GridIndex(*random_coverage(seed))
    lon, lat = 110.5 + x * 0.004, 40.25 + y * 0.004
    owner = index.owner(lon=lon, lat=lat)
    found = disc_shares(index, lon=lon, lat=lat, accuracy_m=accuracy_m, owner=owner)
    shares = [share for _, share in found.shares]
    assert all(0 < share <= 1 for share in shares)
    assert sum(shares) + found.outside == pytest.approx(1, abs=1e-6)
    assert list(found.shares) == sorted(found.shares, key=lambda item: (-item[1], item[0]))
    if accuracy_m < 0.001:
        assert found.shares == (((owner, 1.0),) if owner else ())


def test_a_point_at_a_known_distance_from_a_straight_border_has_the_share_of_the_segment() -> None:
    per_lon, _ = metres_per_degree(40.05)
    lon = 110.1 - 20 / per_lon
    found = disc_shares(halves(), lon=lon, lat=40.05, accuracy_m=40, owner=A)
    cut = (math.acos(0.5) - 0.5 * math.sqrt(0.75)) / math.pi
    assert found.of(B) == pytest.approx(cut, abs=0.002)
    assert found.of(A) == pytest.approx(1 - cut, abs=0.002)
    assert found.outside == 0


def test_a_disc_that_ends_before_the_border_is_wholly_in_its_grid() -> None:
    found = disc_shares(halves(), lon=110.05, lat=40.05, accuracy_m=4_000, owner=A)
    assert found.shares == ((A, 1.0),)


def test_a_disc_that_holds_whole_grids_counts_their_areas_and_the_land_outside() -> None:
    found = disc_shares(halves(), lon=110.1, lat=40.05, accuracy_m=19_000, owner=A)
    per_lon, per_lat = metres_per_degree(40.05)
    grid_m2 = 0.1 * per_lon * 0.1 * per_lat
    assert found.of(A) == pytest.approx(grid_m2 / (math.pi * 19_000**2), rel=0.01)
    assert found.of(A) == pytest.approx(found.of(B))
    assert found.outside == pytest.approx(1 - 2 * found.of(A))


def test_slivers_of_a_percent_are_no_candidates_but_stay_in_the_shares() -> None:
    per_lon, _ = metres_per_degree(40.05)
    lon = 110.1 - 38.5 / per_lon
    found = disc_shares(halves(), lon=lon, lat=40.05, accuracy_m=40, owner=A)
    assert 0 < found.of(B) < 0.01
    assert [code for code, _ in found.leading()] == [A]
