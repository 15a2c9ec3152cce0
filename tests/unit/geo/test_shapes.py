"""Shapes of a coverage are made when they are asked for, and are what was stored."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.locate.cells.rings import rings_of
from geo.locate.shapes import ShapeStore, pack, segments_of

WITH_HOLES = Polygon(
    box(110.0, 40.0, 110.1, 40.1).exterior.coords,
    [
        box(110.02, 40.02, 110.03, 40.03).exterior.coords,
        [(110.05, 40.05), (110.06, 40.05), (110.06, 40.07)],
    ],
)
IN_PARTS = MultiPolygon([box(110.2, 40.0, 110.21, 40.01), WITH_HOLES])
OFF_THE_LATTICE = box(110.123456789123, 40.0, 110.2, 40.1)


@pytest.mark.parametrize("shapes", [[WITH_HOLES, IN_PARTS], [IN_PARTS, OFF_THE_LATTICE]])
def test_edges_are_those_of_the_shape_though_none_is_made(shapes: list[BaseGeometry]) -> None:
    packed = pack(rings_of(shapes))
    for slot in range(len(shapes)):
        assert np.array_equal(packed.segments(slot), segments_of(packed.shape(slot)))


def test_a_store_gives_prepared_shapes_with_their_edges_from_before_and_from_now() -> None:
    store, (slot,) = ShapeStore(pack(rings_of([WITH_HOLES]))).with_fresh([IN_PARTS])
    for number, shape in ((0, WITH_HOLES), (int(slot), IN_PARTS)):
        held = store.get(number)
        assert np.array_equal(held.segments, segments_of(shape))
        assert shapely.is_prepared(held.geometry)
        assert held.geometry.equals_exact(shape)
        assert store.get(number) is held
    assert not shapely.is_prepared(IN_PARTS)
