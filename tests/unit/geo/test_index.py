"""Tests of the index: one owner for every point, borders and vertices included."""

from __future__ import annotations

import threading

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geo.crs import distance_m
from geo.errors import CoverageError
from geo.locate.index import GridIndex
from tests.unit.geo.random_coverage import random_coverage, telling_points

seeds = st.integers(0, 10_000)


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_every_point_belongs_to_the_lowest_code_that_covers_it_and_to_no_other(seed: int) -> None:
    codes, shapes = random_coverage(seed)
    index = GridIndex(codes, shapes)
    points = telling_points(shapes, seed)
    owners = index.owners([x for x, _ in points], [y for _, y in points])
    for (lon, lat), owner in zip(points, owners, strict=True):
        point = Point(lon, lat)
        cover = sorted(
            code for code, shape in zip(codes, shapes, strict=True) if shape.covers(point)
        )
        assert index.covering(lon=lon, lat=lat) == tuple(cover)
        assert index.owner(lon=lon, lat=lat) == (cover[0] if cover else None) == owner


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_no_point_inside_the_union_is_without_an_owner(seed: int) -> None:
    codes, shapes = random_coverage(seed)
    index = GridIndex(codes, shapes)
    whole = shapely.union_all(shapes)
    for lon, lat in telling_points(shapes, seed):
        if whole.covers(Point(lon, lat)):
            assert index.owner(lon=lon, lat=lat) is not None


def test_the_order_in_which_grids_arrive_does_not_change_who_owns_a_border() -> None:
    west, east = box(110.0, 40.0, 110.1, 40.1), box(110.1, 40.0, 110.2, 40.1)
    for order in (1, -1):
        codes = ["150221104001001", "150221104001002"][::order]
        index = GridIndex(codes, [west, east][::order])
        assert index.owner(lon=110.1, lat=40.05) == "150221104001001"
        assert index.owner(lon=110.1, lat=40.1) == "150221104001001"


def test_a_hole_belongs_to_nobody_and_a_second_part_to_its_grid() -> None:
    ring = Polygon(box(110.0, 40.0, 110.3, 40.3).exterior, [box(110.1, 40.1, 110.2, 40.2).exterior])
    index = GridIndex(["150221104001001"], [MultiPolygon([ring, box(110.4, 40.0, 110.5, 40.1)])])
    assert index.owner(lon=110.15, lat=40.15) is None
    assert index.owner(lon=110.45, lat=40.05) == "150221104001001"
    nearest, away_m = index.nearest_outside(lon=110.15, lat=40.15)
    assert nearest == "150221104001001"
    assert away_m == pytest.approx(distance_m(110.15, 40.15, 110.1, 40.15), rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=seeds, x=st.floats(-1, 6), y=st.floats(-1, 6))
def test_distances_to_a_border_are_those_of_a_plain_search_in_metres(
    seed: int, x: float, y: float
) -> None:
    codes, shapes = random_coverage(seed)
    index = GridIndex(codes, shapes)
    lon, lat = 110.5 + x * 0.004, 40.25 + y * 0.004
    scaled = [
        shapely.transform(shape, lambda c: (c - (lon, lat)) * (84_690, 111_040)) for shape in shapes
    ]
    plain = {
        code: shape.boundary.distance(Point(0, 0))
        for code, shape in zip(codes, scaled, strict=True)
    }
    for code in codes:
        edge_m = index.edge_distance_m(lon=lon, lat=lat, code=code)
        assert edge_m == pytest.approx(plain[code], rel=0.01, abs=0.01)
    if index.owner(lon=lon, lat=lat) is None:
        nearest, away_m = index.nearest_outside(lon=lon, lat=lat)
        assert away_m == pytest.approx(min(plain.values()), rel=0.01, abs=0.01)
        assert index.distance_m(lon=lon, lat=lat, code=nearest) == away_m


def test_the_callers_shapes_stay_as_they_were() -> None:
    shape = box(110.0, 40.0, 110.1, 40.1)
    GridIndex(["150221"], [shape])
    assert not shapely.is_prepared(shape)


def test_what_is_not_a_coverage_of_one_level_is_refused() -> None:
    square = box(110.0, 40.0, 110.1, 40.1)
    for codes, shapes in [
        ([], []),
        (["150221"], [square, square]),
        (["150221", "150221"], [square, square]),
        (["150221", "150221104"], [square, square]),
        (["150221"], [Point(110, 40)]),
        (["150221"], [Polygon()]),
    ]:
        with pytest.raises(CoverageError):
            GridIndex(codes, shapes)


def test_many_threads_get_the_same_answers_from_a_new_index() -> None:
    codes, shapes = random_coverage(7)
    points = telling_points(shapes, 7)
    index = GridIndex(codes, shapes)
    answers: list[list[str | None]] = []

    def ask() -> None:
        answers.append([index.owner(lon=lon, lat=lat) for lon, lat in points])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)
