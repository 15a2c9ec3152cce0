"""Read columns of single points: the fixed bytes of Well-Known Binary, or GeoArrow's x and y.

Nothing nested is ever followed, so no shape of a foreign file can lead a library astray. Source:
OGC Simple Features, *Well-Known Binary*; the flags of PostGIS for Z, M and a system are read too.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.errors import GeoError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
_SMALLEST: Final = 21
_HAS_SYSTEM: Final = 0x20000000
# Bytes of a point by its type: plain, with Z or M as ISO writes them, and as PostGIS does.
_POINT_BYTES: Final = {
    1: 21, 1001: 29, 2001: 29, 3001: 37, 0x80000001: 29, 0x40000001: 29, 0xC0000001: 37,
}  # fmt: skip


def points_of(column: Any) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return x and y of a column of shapes, shape (n,), and which rows are no single point.

    Raises GeoError for a column that holds no shapes at all.
    """
    if pa.types.is_struct(column.type):
        return _of_pairs(column)
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        raise _no_shapes()
    column = column.cast(pa.large_binary())
    count = len(column)
    offsets: NDArray[np.int64] = np.frombuffer(column.buffers()[1] or bytes(8), np.int64)
    offsets = offsets[column.offset :][: count + 1]
    data = np.frombuffer(column.buffers()[2] or b"", np.uint8)
    xs, ys, good = np.zeros(count), np.zeros(count), np.zeros(count, np.bool_)
    given = column.is_valid().to_numpy(zero_copy_only=False)
    for little in (True, False):
        _read(data, offsets, given & ~good, (xs, ys, good), little=little)
    # A point without coordinates is written as two NaN: it is nowhere.
    good &= ~(np.isnan(xs) & np.isnan(ys))
    return xs, ys, ~good


def _no_shapes() -> GeoError:
    return GeoError(
        "no_geometry", "图形列既不是 WKB，也不是点坐标（x、y），无法读取。", field="geometry"
    )


def _read(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    wanted: BoolArray,
    into: tuple[FloatArray, FloatArray, BoolArray],
    *,
    little: bool,
) -> None:
    """Read the points of one byte order: order, type, perhaps a system, x, y."""
    order = "<" if little else ">"
    sizes = np.diff(offsets)
    at = np.flatnonzero(wanted & (sizes >= _SMALLEST))
    at = at[data[offsets[at]] == int(little)]
    if not at.size:
        return
    kinds = _gather(data, offsets[at] + 1, f"{order}u4").astype(np.int64)
    skipped = np.where(kinds & _HAS_SYSTEM, 4, 0)
    kinds &= ~_HAS_SYSTEM
    expected = np.zeros(len(at), np.int64)
    for kind, size in _POINT_BYTES.items():
        expected[kinds == kind] = size
    whole = (expected > 0) & (sizes[at] == expected + skipped)
    at, first = at[whole], offsets[at][whole] + 5 + skipped[whole]
    xs, ys, good = into
    xs[at] = _gather(data, first, f"{order}f8")
    ys[at] = _gather(data, first + 8, f"{order}f8")
    good[at] = True


def _gather(data: NDArray[np.uint8], starts: NDArray[np.int64], kind: str) -> Any:
    taken = data[starts[:, None] + np.arange(np.dtype(kind).itemsize)]
    return np.ascontiguousarray(taken).view(kind)[:, 0]


def _of_pairs(column: Any) -> tuple[FloatArray, FloatArray, BoolArray]:
    names = [column.type.field(number).name for number in range(column.type.num_fields)]
    if not {"x", "y"} <= set(names):
        raise _no_shapes()
    flat = dict(zip(names, column.flatten(), strict=True))
    x, y = flat["x"].cast(pa.float64()), flat["y"].cast(pa.float64())
    bad = np.zeros(len(column), np.bool_)
    for one in (column, x, y):
        if one.null_count:
            bad |= one.is_null().to_numpy(zero_copy_only=False)
    return (
        x.fill_null(0.0).to_numpy(zero_copy_only=False),
        y.fill_null(0.0).to_numpy(zero_copy_only=False),
        bad,
    )


def wkt_of(column: Any) -> Any:
    """Return a column of points as texts, null where there is no single point."""
    xs, ys, no_point = points_of(column)
    rows = zip(xs.tolist(), ys.tolist(), no_point.tolist(), strict=True)
    return pa.array([None if bad else f"POINT ({x!r} {y!r})" for x, y, bad in rows], pa.string())


def wkb_of(xs: FloatArray, ys: FloatArray, nowhere: BoolArray) -> Any:
    """Return points as a column of WKB, null where ``nowhere``."""
    kind = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
    points = np.zeros(len(xs), dtype=kind)
    points["order"], points["type"], points["x"], points["y"] = 1, 1, xs, ys
    offsets = np.arange(len(xs) + 1, dtype=np.int32) * _SMALLEST
    buffers = [pa.array(~nowhere).buffers()[1], pa.py_buffer(offsets), pa.py_buffer(points)]
    return pa.BinaryArray.from_buffers(pa.binary(), len(xs), buffers)
