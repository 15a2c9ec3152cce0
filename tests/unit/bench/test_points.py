"""The points of the benchmarks come from their seed and lie where they say."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from bench.county import County, border_points, mixed_points, read_county
from bench.lookup_engines import (
    Geopandas,
    OurIndex,
    Shapely,
    ShapelyByLon,
    ShapelyTree,
    SingleEngine,
)
from bench.lookup_sedona import Sedona


@pytest.fixture(scope="module")
def county() -> County:
    return read_county()


def test_a_seed_gives_the_same_points_and_another_seed_others(county: County) -> None:
    first = mixed_points(county, 1, 1000)
    assert first.shape == (2, 1000)
    assert np.array_equal(first, mixed_points(county, 1, 1000))
    assert not np.array_equal(first, mixed_points(county, 2, 1000))


def test_border_points_lie_on_borders(county: County) -> None:
    lines = shapely.STRtree(shapely.boundary(np.array(county.shapes)))
    points = shapely.points(*border_points(county, 1, 300))
    _, far = lines.query_nearest(points, return_distance=True, all_matches=False)
    # One step of the lattice to each side, and what rounding adds.
    assert far.max() < 2e-8


def test_all_engines_in_process_agree_on_the_hardest_points(county: County) -> None:
    points = border_points(county, 3, 3000)
    answers = []
    for make in (OurIndex, Shapely, ShapelyByLon, ShapelyTree, Geopandas, Sedona):
        engine = make(county)
        engine.load(points)
        engine.run()
        answers.append(engine.answers())
        if isinstance(engine, SingleEngine):
            singles = [engine.single(*point) for point in points.T[:20].tolist()]
            assert singles == answers[0][:20].tolist()
    assert all(np.array_equal(answers[0], other) for other in answers[1:])
