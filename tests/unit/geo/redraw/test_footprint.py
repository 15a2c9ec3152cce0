"""Who may be concerned by a redrawing: everybody near land that moved, and nobody far away."""

from __future__ import annotations

import random

import numpy as np
import pytest
import shapely

from geo.crs import distance_m
from geo.redraw.apply import apply
from geo.redraw.footprint import Footprint
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet
from tests.unit.geo.random_coverage import random_coverage, telling_points
from tests.unit.geo.redraw.random_edits import KINDS, limits_for, random_edit


@pytest.mark.parametrize("kind", KINDS)
def test_no_point_with_another_owner_is_far(kind: str) -> None:
    codes, shapes = random_coverage(11)
    before = after = Sheet(dict(zip(codes, shapes, strict=True)))
    limits, rng = limits_for(before), random.Random(kind)
    changed: set[str] = set()
    while len(changed) < 3:
        operation = random_edit(after, kind, rng)
        try:
            if operation is None:
                continue
            outcome, _ = apply(after, operation, limits)
        except RedrawError:
            continue
        after = outcome.redo(after)
        changed.update(outcome.before)
    footprint = Footprint(
        {code: before.shapes.get(code) for code in changed},
        {code: after.shapes.get(code) for code in changed},
    )
    points = telling_points([*shapes, *after.shapes.values()], 5)
    lons, lats = np.array(points).T
    near = footprint.is_near(lons, lats, np.full(len(points), 0.01))
    for (lon, lat), is_near in zip(points, near.tolist(), strict=True):
        if before.owner(lon=lon, lat=lat) != after.owner(lon=lon, lat=lat):
            assert is_near, (lon, lat)


def test_what_lies_beyond_its_reach_is_far_and_what_lies_within_is_near() -> None:
    left, right = shapely.box(110, 40, 110.01, 40.01), shapely.box(110.01, 40, 110.02, 40.01)
    wider, narrower = shapely.box(110, 40, 110.012, 40.01), shapely.box(110.012, 40, 110.02, 40.01)
    footprint = Footprint({"a": left, "b": right}, {"a": wider, "b": narrower})
    lon, lat = 110.013, 40.005
    away_m = distance_m(lon, lat, 110.012, lat)
    assert footprint.is_near([lon, lon], [lat, lat], [away_m + 1, away_m / 2]).tolist() == [
        True,
        False,
    ]


def test_a_grid_that_goes_moves_all_of_its_land_and_one_that_stays_none() -> None:
    left, right = shapely.box(110, 40, 110.01, 40.01), shapely.box(110.01, 40, 110.02, 40.01)
    merged = Footprint({"a": left, "b": right}, {"a": shapely.union(left, right), "b": None})
    assert merged.is_near([110.015, 110.005], [40.005, 40.005], [0, 0]).tolist() == [True, False]
    same = Footprint({"a": left}, {"a": left})
    assert same.is_near([110.005], [40.005], [5]).tolist() == [False]
    assert same.is_near([], [], []).tolist() == []
