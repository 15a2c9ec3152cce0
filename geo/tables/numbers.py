"""Read a column of any type as doubles, exactly, and say which of its rows are no numbers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.compiling import compiled
from geo.tables.refusal import TableRefused

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

# A double needs 17 digits; beyond this many characters a cell is looked at one by one.
_PLAIN_LENGTH: Final = 30
_ZERO, _NINE, _DOT, _MINUS = (ord(sign) for sign in "09.-")


def numbers_of(column: pa.Array) -> tuple[FloatArray, BoolArray | None]:
    """Return a column as doubles of shape (n,), and which rows are none (None when all are).

    A text is the double nearest to what it says, as Python reads it; blanks around it do not
    count. Raises TableRefused for a type that holds no numbers.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _of_dictionary(column)
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return _with_nulls(column.cast(pa.float64(), safe=False))
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan), np.ones(len(column), dtype=np.bool_)
    if is_text(kind) or pa.types.is_decimal(kind):
        # A decimal goes through its text: it is a fraction of ten, the double nearest to it not.
        return _of_text(column.cast(pa.string()))
    raise TableRefused("not_numbers", "经纬度两列应为数值，或写着数值的文字。", field="lon")


def is_text(kind: pa.DataType) -> bool:
    """Say whether a type holds texts."""
    known: bool = (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )
    return known


def number_in(cell: str) -> float | None:
    """Return the number that a cell holds, None for none; "nan" and "inf" are numbers here."""
    text = cell.strip()
    # float() also reads "1_0" and full-width digits, which no survey writes.
    if not text.isascii() or "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _with_nulls(column: pa.Array) -> tuple[FloatArray, BoolArray | None]:
    values: FloatArray = column.to_numpy(zero_copy_only=False)
    if column.null_count == 0:
        return values, None
    return values, column.is_null().to_numpy(zero_copy_only=False)


def _of_dictionary(column: pa.DictionaryArray) -> tuple[FloatArray, BoolArray | None]:
    values, unreadable = numbers_of(column.dictionary)
    at = row_numbers(column)
    values = np.append(values, np.nan)[at]
    if unreadable is None:
        unreadable = np.zeros(len(column.dictionary), dtype=np.bool_)
    bad = np.append(unreadable, True)[at]
    return values, bad if bad.any() else None


def row_numbers(column: pa.DictionaryArray) -> NDArray[np.int64]:
    """Return for each row the number of its value in the dictionary, its length for a null."""
    indices = column.indices.cast(pa.int64()).fill_null(len(column.dictionary))
    numbers: NDArray[np.int64] = indices.to_numpy(zero_copy_only=False)
    return numbers


def _of_text(column: pa.Array) -> tuple[FloatArray, BoolArray | None]:
    plain = _plain(column)
    if column.null_count:
        plain &= column.is_valid().to_numpy(zero_copy_only=False)
    if plain.all():
        return column.cast(pa.float64()).to_numpy(), None
    values = np.full(len(column), np.nan)
    values[plain] = column.filter(pa.array(plain)).cast(pa.float64()).to_numpy()
    unreadable = np.zeros(len(column), dtype=np.bool_)
    odd = ~plain
    cells: list[Any] = column.filter(pa.array(odd)).to_pylist()
    for row, cell in zip(np.flatnonzero(odd).tolist(), cells, strict=True):
        value = None if cell is None else number_in(cell)
        if value is None:
            unreadable[row] = True
        else:
            values[row] = value
    return values, unreadable if unreadable.any() else None


def _plain(column: pa.Array) -> BoolArray:
    _, offsets, data = column.buffers()
    plain = np.zeros(len(column), dtype=np.bool_)
    if data is None or not len(column):
        return plain
    all_offsets: NDArray[np.int32] = np.frombuffer(offsets, dtype=np.int32)
    begins = all_offsets[column.offset : column.offset + len(column) + 1]
    _mark_plain(np.frombuffer(data, dtype=np.uint8), begins, plain)
    return plain


@compiled
def _mark_plain(data: Bytes, begins: NDArray[np.int32], plain: BoolArray) -> None:
    """Mark the cells that say -12.34 and nothing else: those that any reader reads alike."""
    for row in range(plain.size):
        at, end = begins[row], begins[row + 1]
        if end - at > _PLAIN_LENGTH:
            continue
        if at < end and data[at] == _MINUS:
            at += 1
        whole = 0
        while at < end and _ZERO <= data[at] <= _NINE:
            at += 1
            whole += 1
        if whole == 0 or (whole > 1 and data[at - whole] == _ZERO):
            continue
        if at == end:
            plain[row] = True
            continue
        if data[at] != _DOT:
            continue
        at += 1
        part = at
        while at < end and _ZERO <= data[at] <= _NINE:
            at += 1
        plain[row] = at == end and at > part
