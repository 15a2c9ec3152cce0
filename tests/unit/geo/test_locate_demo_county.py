"""The demo county as shipped: one owner everywhere, borders and vertices included."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from geo.lattice import on_lattice
from geo.locate.index import GridIndex

GRIDS = Path(__file__).parents[3] / "data/boundaries/demo/grids.geojson"


@pytest.fixture(scope="module")
def grids() -> tuple[list[str], NDArray[np.object_]]:
    features = json.loads(GRIDS.read_text(encoding="utf-8"))["features"]
    codes = [feature["properties"]["code"] for feature in features]
    return codes, np.array([shape(feature["geometry"]) for feature in features], dtype=object)


def test_every_vertex_edge_and_random_point_belongs_to_the_lowest_code_that_covers_it(
    grids: tuple[list[str], NDArray[np.object_]],
) -> None:
    codes, shapes = grids
    corners = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shapes)))
    middles = (corners[:-1] + corners[1:]) / 2
    rng = np.random.default_rng(1173)
    west, south, east, north = shapely.total_bounds(shapes)
    anywhere = rng.uniform((west, south), (east, north), size=(10_000, 2))
    points = np.vstack([corners, middles, anywhere])
    owners = GridIndex(codes, list(shapes)).owners(points[:, 0], points[:, 1])
    # The plain way: every pair that GEOS finds, then the lowest code.
    shape_at, point_at = shapely.STRtree(shapely.points(points)).query(shapes, predicate="covers")
    expected: dict[int, str] = {}
    for grid, point in zip(shape_at.tolist(), point_at.tolist(), strict=True):
        expected[point] = min(codes[grid], expected.get(point, codes[grid]))
    assert owners.tolist() == [expected.get(number) for number in range(len(points))]
    assert all(owner is not None for owner in owners[: len(corners)])


def test_all_grids_lie_on_the_lattice(grids: tuple[list[str], NDArray[np.object_]]) -> None:
    assert all(on_lattice(grid) for grid in grids[1])
