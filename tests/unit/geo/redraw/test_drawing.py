"""What is drawn freehand is fitted to what is there, once and for all."""

from __future__ import annotations

import random

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.crs import metres_per_degree
from geo.lattice import on_lattice
from geo.redraw.drawing import fit_area, fit_line, without_spikes
from geo.redraw.refusal import RedrawError
from tests.unit.geo.random_coverage import random_coverage


def metres(shape: shapely.Geometry) -> shapely.Geometry:
    scale = np.array(metres_per_degree(40.26))
    return shapely.transform(shape, lambda degrees: (degrees - (110.5, 40.25)) * scale)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), snap_m=st.sampled_from([0.0, 0.5, 1.0, 5.0]))
@example(seed=3833, snap_m=5.0)  # a fold is cut off, one part is left
@example(seed=1377, snap_m=5.0)  # an edge that was moved towards a node passes it closely
def test_fitting_moves_nothing_farther_than_was_said_and_not_twice(
    seed: int, snap_m: float
) -> None:
    _, shapes = random_coverage(seed, across=4, codes=6)
    rng = random.Random(seed)
    corner = rng.choice(shapely.get_coordinates(shapes).tolist())
    drawn = shapely.Point(corner).buffer(rng.uniform(1e-4, 3e-3), quad_segs=rng.randint(1, 8))
    try:
        fitted = fit_area(drawn, shapes, snap_m=snap_m)
    except RedrawError:
        return
    assert on_lattice(fitted)
    assert shapely.to_wkb(fit_area(fitted, shapes, snap_m=0.0)) == shapely.to_wkb(fitted)
    moved = shapely.hausdorff_distance(
        metres(shapely.boundary(drawn)), metres(shapely.boundary(fitted)), densify=0.1
    )
    assert moved <= snap_m + 0.01


def test_a_node_wins_over_a_nearer_edge() -> None:
    square = shapely.box(110.5, 40.5, 110.51, 40.51)
    # 0.4 m beside the south edge, 0.7 m from its corner.
    lon, lat = 110.5 + 0.6 / metres_per_degree(40.5)[0], 40.5 + 0.4 / metres_per_degree(40.5)[1]
    line = fit_line(shapely.LineString([(lon, lat), (110.505, 40.505)]), [square], snap_m=1.0)
    assert line.coords[0] == (110.5, 40.5)


def test_a_long_stroke_beside_a_crooked_border_takes_up_its_nodes() -> None:
    crooked = shapely.Polygon(
        [
            (110.5, 40.5),
            (110.502, 40.500004),
            (110.504, 40.499997),
            (110.51, 40.5),
            (110.505, 40.51),
        ]
    )
    stroke = shapely.LineString([(110.499, 40.5), (110.511, 40.5)])
    fitted = set(fit_line(stroke, [crooked], snap_m=1.0).coords)
    assert {(110.502, 40.500004), (110.504, 40.499997)} <= fitted


def test_a_shaky_hand_along_a_border_leaves_no_fold() -> None:
    square = shapely.box(110.5, 40.5, 110.51, 40.51)
    west, east, top = 110.502, 110.508, 40.5095
    shaky = [(east - n * 1e-5 + (2e-5 if n % 3 == 0 else 0), 40.510004) for n in range(600)]
    drawn = shapely.Polygon([(west, top), (east, top), *shaky])
    fitted = fit_area(drawn.buffer(0), [square], snap_m=1.0)
    assert fitted.is_valid
    assert fitted.geom_type == "Polygon"
    assert fitted.bounds[3] == 40.51


def test_a_fold_below_the_lattice_is_no_second_part() -> None:
    square = shapely.box(110.5, 40.5, 110.50001, 40.50001)
    # In steps; the west side crosses itself, and what lies beyond is less than a step wide.
    steps = [(0, 0), (1_000, 0), (1_000, 1_000), (0, 1_000), (0, 400), (-1, 200), (-1, 500)]
    drawn = shapely.Polygon([(110.5 + x / 1e8, 40.5 + y / 1e8) for x, y in steps])
    fitted = fit_area(drawn, [square], snap_m=0.0)
    assert fitted.geom_type == "Polygon"
    assert shapely.to_wkb(fit_area(fitted, [square], snap_m=0.0)) == shapely.to_wkb(fitted)


def test_an_edge_that_was_moved_is_not_led_farther() -> None:
    south, east = metres_per_degree(40.5)[1], metres_per_degree(40.5)[0]

    def place(x: float, y: float) -> tuple[float, float]:
        return 110.5 + x / east, 40.5 + y / south

    # The stroke's ends go 3 m north onto the border's ends; its one node lies 1.5 m beyond these.
    border = shapely.Polygon(
        [place(0, 3), place(50, 4.5), place(100, 3), place(100, 90), place(0, 90)]
    )
    stroke = shapely.LineString([place(0, 0), place(100, 0)])
    assert len(fit_line(stroke, [border], snap_m=4.0).coords) == 2
    assert len(fit_line(stroke, [border], snap_m=5.0).coords) == 3


def test_there_and_back_again_is_left_out_of_a_line() -> None:
    track = np.array([(0, 0), (1, 0), (1, 0), (2, 0), (1, 0), (1, 1)], dtype=float)
    assert without_spikes(track).tolist() == [[0, 0], [1, 0], [1, 1]]


@pytest.mark.parametrize("shape", [shapely.Point(110, 40), shapely.box(110, 40, 111, 41)])
def test_a_line_is_a_line(shape: shapely.Geometry) -> None:
    with pytest.raises(RedrawError) as caught:
        fit_line(shape, [shapely.box(110, 40, 111, 41)], snap_m=1.0)
    assert caught.value.reason == "wrong_shape"
