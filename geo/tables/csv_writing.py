"""Write answers behind the rows of a CSV file, or columns as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.locate.columns import REASON_WORDS, Assigned, RowReason
from geo.tables.answers import ANSWER_NAMES, AUTO, DESK
from geo.tables.csv_cells import inert, quoted
from geo.tables.csv_kernels import Bytes, Places, join_rows
from geo.tables.csv_reading import CsvRows
from geo.tables.refusal import TableRefused

ROW_END = "\r\n"


class Tails:
    """Hold what stands behind a row for each answer there can be: one text a grid, one a reason."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Take the texts in the order of their numbers."""
        pieces = [text.encode() for text in texts]
        self._data: Bytes = np.frombuffer(b"".join(pieces), dtype=np.uint8)
        self._begins: Places = np.zeros(len(pieces) + 1, dtype=np.int64)
        np.cumsum([len(piece) for piece in pieces], out=self._begins[1:])
        self._lengths = np.diff(self._begins)

    def behind(self, data: Bytes, rows: Places, numbers: Places) -> bytes:
        """Return the rows (begins and ends in ``data``, shape (2, n)), each with its tail."""
        size = int((rows[1] - rows[0]).sum()) + int(self._lengths[numbers].sum())
        out = np.empty(size, dtype=np.uint8)
        join_rows(data, rows[0], rows[1], self._data, self._begins, numbers, out)
        return out.tobytes()


def tail_numbers(assigned: Assigned, grids: int) -> NDArray[np.int64]:
    """Return the number of each row's tail: those of the grids first, those of the reasons next."""
    return np.where(assigned.numbers < 0, assigned.reasons + np.int64(grids), assigned.numbers)


class CsvAnswers:
    """Write CSV rows with ``grid,decision,reason`` behind them."""

    def __init__(self, codes: Sequence[str]) -> None:
        """Take the codes of the index."""
        told = [(code, AUTO, "") for code in codes]
        told += [("", DESK, REASON_WORDS[reason] or "") for reason in RowReason]
        self._tails = Tails(
            ["," + ",".join(quoted(cell) for cell in cells) + ROW_END for cells in told]
        )
        self._grids = len(codes)

    @staticmethod
    def header(names: Sequence[str]) -> bytes:
        """Return the first row: the names of the columns, and three more."""
        cells = [*(quoted(inert(name)) for name in names), *ANSWER_NAMES]
        return (",".join(cells) + ROW_END).encode()

    def behind_rows(self, rows: CsvRows, assigned: Assigned) -> bytes:
        """Return rows that came as CSV with their answers."""
        return self._tails.behind(rows.data, rows.rows, tail_numbers(assigned, self._grids))

    def behind_columns(self, batch: pa.RecordBatch, assigned: Assigned) -> bytes:
        """Return columns of any types as rows; raise TableRefused for one that is no text."""
        data, rows = lines_of(batch)
        return self._tails.behind(data, rows, tail_numbers(assigned, self._grids))


def lines_of(batch: pa.RecordBatch) -> tuple[Bytes, Places]:
    """Return columns as rows of CSV without their ends: the bytes, and begins and ends in them.

    Raises TableRefused for a column that is no text.
    """
    columns = [_cells(column) for column in batch.columns]
    lines = [",".join(cells).encode() for cells in zip(*columns, strict=True)]
    if not columns:
        lines = [b""] * batch.num_rows
    rows = np.zeros((2, len(lines)), dtype=np.int64)
    np.cumsum([len(line) for line in lines], out=rows[1])
    rows[0, 1:] = rows[1, :-1]
    data: Bytes = np.frombuffer(b"".join(lines), dtype=np.uint8)
    return data, rows


def _cells(column: pa.Array) -> list[str]:
    """Return a column as cells; a double as the shortest text that reads back as itself."""
    if pa.types.is_float64(column.type):
        return ["" if value is None else repr(value) for value in column.to_pylist()]
    try:
        texts = column.cast(pa.string()).to_pylist()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        raise TableRefused(
            "no_csv_column", "有一列的类型写不成 CSV，请改取 Arrow 或 Parquet。"
        ) from None
    return ["" if text is None else quoted(inert(text)) for text in texts]
