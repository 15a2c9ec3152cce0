"""Tests of the coverage check: what is wrong, with whom, where, and how large."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.codes import Level
from geo.coverage import CoverageReport, Fault, area_m2, check_coverage, union_by_parent
from geo.crs import metres_per_degree
from tests.unit.geo.random_coverage import random_coverage

A, B, C = "150221104001001", "150221104001002", "150221104002001"
WEST, EAST = box(110.0, 40.0, 110.1, 40.1), box(110.1, 40.0, 110.2, 40.1)


def check(*shapes: BaseGeometry, **options: tuple[str, ...]) -> CoverageReport:
    return check_coverage([A, B, C][: len(shapes)], shapes, **options)


def faults(report: CoverageReport) -> list[tuple[str, tuple[str, ...]]]:
    return [(issue.fault.value, issue.codes) for issue in report.issues]


def test_neighbours_with_matching_edges_are_a_coverage() -> None:
    report = check(WEST, EAST)
    assert report.is_valid
    assert report.issues == ()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_made_coverage_has_no_fault_but_parts_and_holes(seed: int) -> None:
    report = check_coverage(*random_coverage(seed))
    assert report.is_valid
    assert {issue.fault for issue in report.issues} <= {Fault.GAP, Fault.MULTIPART}


def test_an_overlap_names_both_grids_its_place_and_its_size() -> None:
    report = check(WEST, box(110.09, 40.0, 110.2, 40.1))
    assert not report.is_valid
    assert faults(report) == [("overlap", (A, B))]
    (issue,) = report.issues
    per_lon, per_lat = metres_per_degree(40.05)
    assert issue.size_m2 == pytest.approx(0.01 * per_lon * 0.1 * per_lat)
    assert issue.lon is not None
    assert 110.09 < issue.lon < 110.1


def test_a_vertex_that_the_neighbour_lacks_is_an_unmatched_edge() -> None:
    split = Polygon([(110.1, 40.0), (110.2, 40.0), (110.2, 40.1), (110.1, 40.1), (110.1, 40.05)])
    report = check(WEST, split)
    assert not report.is_valid
    assert faults(report) == [("unmatched_edge", (A, B))]
    assert report.issues[0].lon == pytest.approx(110.1)


def test_a_junction_with_two_neighbours_blames_only_the_pairs_that_do_not_match() -> None:
    report = check(WEST, box(110.1, 40.0, 110.2, 40.05), box(110.1, 40.05, 110.2, 40.1))
    assert faults(report) == [("unmatched_edge", (A, B)), ("unmatched_edge", (A, C))]


def test_a_hole_that_belongs_to_nobody_is_listed_with_the_grids_around_it() -> None:
    hole = box(110.04, 40.04, 110.06, 40.06)
    report = check(Polygon(WEST.exterior, [hole.exterior]), EAST)
    assert report.is_valid
    assert faults(report) == [("gap", (A,))]
    assert report.of(Fault.GAP)[0].size_m2 == pytest.approx(area_m2(hole), rel=1e-6)


def test_an_enclave_that_fills_the_hole_is_no_gap() -> None:
    hole = box(110.04, 40.04, 110.06, 40.06)
    assert check(Polygon(WEST.exterior, [hole.exterior]), EAST, hole).issues == ()


def test_a_sliver_between_two_grids_is_a_gap_not_a_silence() -> None:
    left = Polygon([(110.0, 40.0), (110.1, 40.0), (110.1, 40.1), (110.0, 40.1)])
    right = Polygon(
        [(110.1, 40.0), (110.2, 40.0), (110.2, 40.1), (110.1, 40.1), (110.10001, 40.05)]
    )
    report = check(left, right)
    assert [issue.fault for issue in report.issues] == [Fault.GAP]
    assert report.issues[0].codes == (A, B)
    assert report.issues[0].size_m2 == pytest.approx(4_700, rel=0.02)


def test_a_bow_tie_is_reported_and_its_neighbours_are_still_compared() -> None:
    bow_tie = Polygon([(110.3, 40.0), (110.4, 40.1), (110.4, 40.0), (110.3, 40.1)])
    report = check(bow_tie, WEST, box(110.05, 40.0, 110.2, 40.1))
    assert faults(report) == [("invalid_polygon", (A,)), ("overlap", (B, C))]
    assert "Self-intersection" in report.issues[0].detail


def test_lines_empty_shapes_and_duplicate_codes_are_reported_not_raised() -> None:
    report = check_coverage(
        [A, A, B], [WEST, LineString([(110.1, 40.0), (110.2, 40.0)]), Polygon()]
    )
    assert not report.is_valid
    assert {issue.fault for issue in report.issues} == {Fault.DUPLICATE_CODE, Fault.NOT_POLYGON}
    assert check_coverage([], []).is_valid


def test_a_vertex_off_the_lattice_is_a_fault_with_its_place() -> None:
    off = Polygon([(110.0, 40.0), (110.1, 40.0), (110.1, 40.1000000049)])
    report = check(off)
    assert faults(report) == [("off_lattice", (A,))]
    assert (report.issues[0].lon, report.issues[0].lat) == (110.1, 40.1000000049)


def test_two_parts_are_reported_unless_the_grid_is_flagged_as_an_exclave() -> None:
    parts = MultiPolygon([WEST, box(110.3, 40.0, 110.4, 40.1)])
    assert faults(check(parts)) == [("multipart", (A,))]
    assert check(parts).is_valid
    assert check(parts, multipart_codes=(A,)).issues == ()


def test_areas_above_the_grids_are_their_unions_and_keep_every_vertex() -> None:
    north = box(110.0, 40.1, 110.1, 40.2)
    communities = union_by_parent([A, B, C], [WEST, EAST, north], Level.COMMUNITY)
    assert list(communities) == ["150221104001", "150221104002"]
    assert communities["150221104002"].equals(north)
    county = union_by_parent([A, B, C], [WEST, EAST, north], Level.COUNTY)["150221"]
    kept = {tuple(c) for c in shapely.get_coordinates(county).tolist()}
    given = {tuple(c) for s in (WEST, EAST, north) for c in shapely.get_coordinates(s).tolist()}
    assert kept == given
    assert shapely.coverage_is_valid(np.array(list(communities.values()), dtype=object))
