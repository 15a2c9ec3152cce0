"""Points are read from their fixed bytes; whatever else a shape is, it is no point."""

from __future__ import annotations

import struct

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.assign.points import points_of, wkb_of, wkt_of
from geo.errors import GeoError

DEGREES = st.floats(-180, 180, allow_subnormal=False)


@given(
    points=st.lists(st.tuples(DEGREES, DEGREES, st.booleans(), st.integers(0, 3)), max_size=20),
    start=st.integers(0, 3),
)
def test_points_of_any_byte_order_and_dimension_are_read_as_shapely_reads_them(
    points: list[tuple[float, float, bool, int]], start: int
) -> None:
    cells: list[bytes | None] = [None]
    for x, y, little, kind in points:
        point = shapely.Point(x, y, 7.0) if kind else shapely.Point(x, y)
        flavor = "iso" if kind == 1 else "extended"
        if kind == 3:
            point = shapely.set_srid(point, 4490)
        cells.append(
            shapely.to_wkb(
                point, byte_order=int(little), flavor=flavor, include_srid=kind == 3,
                output_dimension=3 if kind else 2,
            )
        )  # fmt: skip
    for column_type in (pa.binary(), pa.large_binary()):
        column = pa.array(cells, column_type).slice(start)
        xs, ys, none = points_of(column)
        wanted = [None if cell is None else shapely.from_wkb(cell) for cell in cells[start:]]
        assert none.tolist() == [point is None for point in wanted]
        for x, y, point in zip(xs, ys, wanted, strict=True):
            if point is not None:
                assert (x, y) == (point.x, point.y)


@given(cell=st.one_of(st.binary(max_size=60), st.binary(min_size=21, max_size=21)))
def test_no_bytes_lead_astray(cell: bytes) -> None:
    for first in (cell, b"\1\1\0\0\0" + cell, b"\0\0\0\0\1" + cell):
        xs, ys, none = points_of(pa.array([first], pa.binary()))
        assert len(xs) == len(ys) == len(none) == 1


def test_what_is_no_single_point_is_told_apart() -> None:
    shapes = [
        shapely.Point(110.5, 40.5),
        shapely.MultiPoint([(1, 2)]),
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.Point(),
        shapely.box(0, 0, 1, 1),
    ]
    _, _, none = points_of(pa.array([shapely.to_wkb(shape) for shape in shapes]))
    assert none.tolist() == [False, True, True, True, True]
    # A hundred thousand collections in one another: bytes that end a library which follows them.
    deep = b"".join(struct.pack("<BII", 1, 7, 1) for _ in range(100_000))
    assert points_of(pa.array([deep]))[2].tolist() == [True]


def test_points_of_geoarrow_are_read_and_other_columns_are_refused() -> None:
    column = pa.array([{"x": 1.0, "y": 2.0}, None, {"x": None, "y": 1.0}])
    xs, ys, none = points_of(column)
    assert (xs[0], ys[0], none.tolist()) == (1.0, 2.0, [False, True, True])
    for other in (pa.array([{"a": 1}]), pa.array(["POINT (1 2)"]), pa.array([1.0])):
        with pytest.raises(GeoError, match="WKB"):
            points_of(other)


def test_points_are_written_as_other_software_reads_them() -> None:
    written = wkb_of(np.array([1.5, 0.0]), np.array([2.5, 0.0]), np.array([False, True]))
    read = gpd.GeoSeries.from_wkb(written.to_pylist())
    assert (read[0].x, read[0].y, read[1]) == (1.5, 2.5, None)
    assert wkt_of(written).to_pylist() == ["POINT (1.5 2.5)", None]
