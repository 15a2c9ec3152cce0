"""Read a column that names the datum of each row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.errors import PositionError
from geo.locate.columns import DatumCode, code_of_datum
from geo.position import Datum, parse_datum
from geo.tables.numbers import is_text, row_numbers
from geo.tables.refusal import TableRefused


def datums_of(column: pa.Array, *, fallback: Datum | None) -> Datum | NDArray[np.uint8]:
    """Return the one datum of all rows, or a DatumCode for each; ``fallback`` where none is named.

    Raises TableRefused for a column that holds no texts.
    """
    empty = DatumCode.MISSING if fallback is None else code_of_datum(fallback)
    if pa.types.is_null(column.type):
        return _as_one(np.full(len(column), empty, dtype=np.uint8))
    if not pa.types.is_dictionary(column.type):
        if not is_text(column.type):
            raise _no_texts()
        column = column.cast(pa.string()).dictionary_encode()
    elif not is_text(column.type.value_type):
        raise _no_texts()
    names = column.dictionary.to_pylist()
    codes = np.array([*(_code_in(name, empty) for name in names), empty], dtype=np.uint8)
    return _as_one(codes[row_numbers(column)])


def _as_one(codes: NDArray[np.uint8]) -> Datum | NDArray[np.uint8]:
    if codes.size and (codes == codes[0]).all():
        for datum in Datum:
            if code_of_datum(datum) == codes[0]:
                return datum
    return codes


def _code_in(name: str | None, empty: DatumCode) -> DatumCode:
    text = (name or "").strip()
    if not text:
        return empty
    try:
        return code_of_datum(parse_datum(text))
    except PositionError:
        return DatumCode.UNKNOWN


def _no_texts() -> TableRefused:
    return TableRefused("crs_not_text", "crs 列应为文字。", field="crs")
