"""Assign whole columns of positions: arrays in, arrays out, the same answers as one by one.

A row that is no position keeps its place and gets a reason; nothing stops the others. What a row
is told does not depend on the rows beside it, so a file may be cut into blocks anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled
from geo.datums import is_shifted, to_cgcs2000_arrays
from geo.errors import PositionError
from geo.locate.index import GridIndex
from geo.position import Datum, Position, parse_datum

FloatArray = NDArray[np.float64]
OUTSIDE_WORDS: Final = "位置不在本旗范围内。"


class RowReason(IntEnum):
    """Name why a row has no grid; ``NONE`` where it has one."""

    NONE = 0
    OUTSIDE = 1
    NOT_A_NUMBER = 2
    NOT_FINITE = 3
    SWAPPED = 4
    LON_RANGE = 5
    LAT_RANGE = 6
    ZERO = 7
    UNKNOWN_CRS = 8
    MISSING_CRS = 9
    CELLS = 10
    PAIR = 11
    NOT_A_POINT = 12
    MISSING_TIME = 13
    UNREADABLE_TIME = 14
    BEFORE_FIRST = 15
    TIME_RANGE = 16
    DATE_ONLY = 17


class DatumCode(IntEnum):
    """Number the datums of a column; the last two say why a row has none."""

    CGCS2000 = 0
    WGS84 = 1
    GCJ02 = 2
    BD09 = 3
    UNKNOWN = 4
    MISSING = 5


def code_of_datum(datum: Datum) -> DatumCode:
    """Return the number of a datum in a column."""
    return DatumCode[datum.name]


def _words_of_position(lon: float, lat: float) -> str:
    """Return the sentence with which the door refuses such a position: one place for each."""
    try:
        Position(lon=lon, lat=lat, datum=Datum.CGCS2000)
    except PositionError as error:
        return error.message
    raise AssertionError("the door takes what its column refuses")


def _words_of_datum() -> str:
    try:
        parse_datum("")
    except PositionError as error:
        return error.message
    raise AssertionError("a datum without a name")


REASON_WORDS: Final[dict[RowReason, str | None]] = {
    RowReason.NONE: None,
    RowReason.OUTSIDE: OUTSIDE_WORDS,
    RowReason.NOT_A_NUMBER: "经纬度应为数值。",
    RowReason.NOT_FINITE: _words_of_position(float("nan"), 0.0),
    RowReason.SWAPPED: _words_of_position(40.5, 110.5),
    RowReason.LON_RANGE: _words_of_position(200.0, 40.5),
    RowReason.LAT_RANGE: _words_of_position(110.5, 95.0),
    RowReason.ZERO: _words_of_position(0.0, 0.0),
    RowReason.UNKNOWN_CRS: _words_of_datum(),
    RowReason.MISSING_CRS: "缺少坐标系 crs。",
    RowReason.NOT_A_POINT: "图形不是单个点，或没有图形。",
    RowReason.MISSING_TIME: "缺少时间。",
    RowReason.UNREADABLE_TIME: "时间应写作 2026-11-20T14:05:00+08:00，须带时区。",
    RowReason.BEFORE_FIRST: "时间早于首版网格生效的时间。",
    RowReason.TIME_RANGE: "时间应在1970年至2200年之间（按 UTC）。",
    RowReason.DATE_ONLY: "只有日期，没有时刻；时间应写作 2026-11-20T14:05:00+08:00，须带时区。",
    RowReason.CELLS: "这一行的格数多于首行，可能少了引号。",
    RowReason.PAIR: "应为 [经度, 纬度]。",
}
"""What a person reads for each reason, in Chinese."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """Hold the answers of a block, arrays of shape (n,).

    ``numbers`` point into the index's ``codes``, −1 for none; ``reasons`` are RowReason.
    """

    numbers: NDArray[np.int64]
    reasons: NDArray[np.uint8]


def assign_columns(
    index: GridIndex,
    lons: FloatArray,
    lats: FloatArray,
    datums: Datum | NDArray[np.uint8],
    *,
    unreadable: NDArray[np.bool_] | None = None,
    threads: int = 1,
) -> Assigned:
    """Return the owner of every row, or the reason why it has none.

    ``lons`` and ``lats`` are decimal degrees, shape (n,); ``datums`` one datum for all or a
    DatumCode for each row. ``unreadable`` marks rows whose cells were no numbers.
    """
    reasons = np.empty(len(lons), dtype=np.uint8)
    _check(lons, lats, reasons)
    if unreadable is not None:
        reasons[unreadable] = RowReason.NOT_A_NUMBER
    if not isinstance(datums, Datum):
        reasons[datums == DatumCode.UNKNOWN] = RowReason.UNKNOWN_CRS
        reasons[datums == DatumCode.MISSING] = RowReason.MISSING_CRS
    numbers = np.empty(0, dtype=np.int64)
    good = reasons == RowReason.NONE
    for datum in [datums] if isinstance(datums, Datum) else Datum:
        chosen = good if datum is datums else good & (datums == code_of_datum(datum))
        if chosen.all():
            numbers = _owners(index, lons, lats, datum, threads)
            break
        if not numbers.size:
            numbers = np.full(len(lons), -1, dtype=np.int64)
        if chosen.any():
            numbers[chosen] = _owners(index, lons[chosen], lats[chosen], datum, threads)
    _mark_outside(numbers, reasons)
    return Assigned(numbers, reasons)


def _owners(
    index: GridIndex, lons: FloatArray, lats: FloatArray, datum: Datum, threads: int
) -> NDArray[np.int64]:
    if is_shifted(datum):
        lons, lats = to_cgcs2000_arrays(lons, lats, datum)
    return index.owner_numbers(lons, lats, threads=threads)


_NOT_FINITE, _SWAPPED, _LON_RANGE, _LAT_RANGE, _ZERO, _OUTSIDE = (
    int(RowReason[name])
    for name in ("NOT_FINITE", "SWAPPED", "LON_RANGE", "LAT_RANGE", "ZERO", "OUTSIDE")
)


@compiled
def _check(lons: FloatArray, lats: FloatArray, reasons: NDArray[np.uint8]) -> None:
    """Say of each row what Position would refuse first."""
    for row in range(lons.size):
        lon, lat = lons[row], lats[row]
        up, across = abs(lat), abs(lon)
        reason = 0
        # What is not a number is not in range either; nearly all rows take one guess.
        if not ((across <= 180) & (up <= 90) & ((across + up) > 0)):
            if not (np.isfinite(lon) and np.isfinite(lat)):
                reason = _NOT_FINITE
            elif up > 90 and up <= 180 and across <= 90:
                reason = _SWAPPED
            elif across > 180:
                reason = _LON_RANGE
            elif up > 90:
                reason = _LAT_RANGE
            else:
                reason = _ZERO
        reasons[row] = reason


@compiled
def _mark_outside(numbers: NDArray[np.int64], reasons: NDArray[np.uint8]) -> None:
    """Give a reason to the rows that are good positions and nobody's."""
    for row in range(numbers.size):
        outside = (numbers[row] < 0) & (reasons[row] == 0)
        reasons[row] = _OUTSIDE if outside else reasons[row]
