"""Tests of the lattice of 1e-8 degree and of exact areas."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from geo.lattice import doubled_area, off_lattice_vertex, on_lattice, snap, snap_values
from tests.unit.geo.random_coverage import random_coverage


@given(steps=st.integers(-18_000_000_000, 18_000_000_000))
def test_eight_decimals_name_every_lattice_point_and_snapping_leaves_it_alone(steps: int) -> None:
    stored = steps / 10**8
    assert float(f"{stored:.8f}") == stored
    assert snap_values([stored])[0] == stored


@given(value=st.floats(-180, 180))
def test_snapping_moves_by_at_most_half_a_step_and_twice_is_once(value: float) -> None:
    snapped = float(snap_values([value])[0])
    assert abs(snapped - value) <= 0.5001e-8
    assert snapped == round(value * 1e8) / 1e8
    assert float(snap_values([snapped])[0]) == snapped


def test_a_vertex_off_the_lattice_is_found() -> None:
    clean = box(110.0, 40.0, 110.1, 40.1)
    off = Polygon([(110.0, 40.0), (110.1, 40.0), (110.1000000049, 40.1)])
    assert on_lattice(clean)
    assert off_lattice_vertex(clean) is None
    assert not on_lattice(off)
    assert off_lattice_vertex(off) == (110.1000000049, 40.1)
    assert on_lattice(snap(off))


def test_the_area_is_exact_where_floating_point_is_not() -> None:
    step = 1e-8
    sliver = snap(Polygon([(110, 40), (111, 40), (111, 40 + step), (110, 40 + step)]))
    assert doubled_area(sliver) == 2 * 10**8
    county = snap(box(110, 40, 112, 41))
    assert doubled_area(county) == 2 * 2 * 10**16
    holed = MultiPolygon(
        [
            Polygon(box(110, 40, 111, 41).exterior, [box(110.25, 40.25, 110.75, 40.75).exterior]),
            box(111, 40, 112, 41),
        ]
    )
    assert doubled_area(holed) == 2 * (10**16 - 25 * 10**14 + 10**16)


@given(seed=st.integers(0, 1000))
def test_the_exact_areas_of_the_grids_add_up_to_that_of_their_union(seed: int) -> None:
    _, shapes = random_coverage(seed)
    union = shapely.coverage_union_all(np.array(shapes, dtype=object))
    assert sum(doubled_area(shape) for shape in shapes) == doubled_area(union)
