"""Made coverages have neither gaps nor overlaps, on the lattice, and the hard ones are hard."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from bench.county import County
from bench.coverages import as_county, codes_of, make_rings
from bench.hard_coverages import shuffled, with_enclaves, with_overlaps
from bench.points import (
    clustered_points,
    edge_points,
    in_space_order,
    uniform_points,
    vertex_points,
)
from geo.lattice import doubled_area, snap_values

CELLS, BENDS = (14, 9), 20


@pytest.fixture(scope="module")
def county() -> County:
    return as_county(make_rings(CELLS, BENDS, 5), 5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_made_coverage_is_one_on_the_lattice(seed: int) -> None:
    rings = make_rings(CELLS, BENDS, seed)
    assert rings.nodes.shape == (14 * 9, 4 * BENDS + 1, 2)
    assert np.array_equal(rings.nodes, snap_values(rings.nodes))
    shapes = rings.polygons()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert not np.array_equal(rings.nodes, make_rings(CELLS, BENDS, seed + 10).nodes)


def test_codes_rise_and_none_stands_twice() -> None:
    codes = codes_of(5000)
    assert list(codes) == sorted(set(codes))
    assert {len(code) for code in codes} == {15}


def test_enclaves_take_no_land_away_and_leave_holes_and_parts(county: County) -> None:
    made = with_enclaves(shuffled(county, 1), 1)
    shapes = np.array(made.shapes)
    assert list(made.codes) == sorted(made.codes)
    assert shapely.is_valid(shapes).all()
    before = sum(doubled_area(shape) for shape in county.shapes)
    assert sum(doubled_area(shape) for shape in made.shapes) == before
    assert sum(len(part.interiors) for part in shapely.get_parts(shapes)) > 15
    assert (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON).sum() > 5


def test_overlaps_give_some_points_more_than_one_owner(county: County) -> None:
    made = with_overlaps(county, 1)
    assert shapely.is_valid(np.array(made.shapes)).all()
    tree = shapely.STRtree(np.array(made.shapes))
    points = shapely.points(*uniform_points(county, 1, 2000))
    pairs, _ = tree.query(points, predicate="intersects")
    assert len(pairs) > 1.2 * len(np.unique(pairs))


def test_points_come_from_their_seed_and_every_vertex_once(county: County) -> None:
    for make in (uniform_points, clustered_points, edge_points):
        points = make(county, 7, 1000)
        assert points.shape == (2, 1000)
        assert np.array_equal(points, make(county, 7, 1000))
    vertices = vertex_points(county)
    nodes = shapely.get_coordinates(np.array(county.shapes))
    assert vertices.shape[1] == len(np.unique(nodes, axis=0))


def test_points_on_edges_lie_on_them_or_a_rounding_beside(county: County) -> None:
    lines = shapely.STRtree(shapely.boundary(np.array(county.shapes)))
    points = shapely.points(*edge_points(county, 3, 400))
    _, far = lines.query_nearest(points, return_distance=True, all_matches=False)
    assert far.max() < 1e-12


def test_the_order_of_space_keeps_every_point_and_brings_neighbours_together(
    county: County,
) -> None:
    points = uniform_points(county, 2, 5000)
    ordered = in_space_order(points)
    assert np.array_equal(np.sort(ordered, axis=1), np.sort(points, axis=1))
    step = np.abs(np.diff(points)).sum(axis=0).mean()
    assert np.abs(np.diff(ordered)).sum(axis=0).mean() < step / 10
