"""Read CSV in blocks: whole rows, the cells that are asked for, nothing lost and nothing guessed.

The blocks depend on how the bytes are cut; the rows do not.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.locate.columns import RowReason
from geo.tables.csv_cells import inert, quoted
from geo.tables.csv_kernels import (
    FORMULA,
    OTHER_WIDTH,
    QUOTED,
    Bytes,
    Places,
    rewrite_rows,
    split_rows,
)
from geo.tables.refusal import TableBroken
from geo.tables.source import Source
from geo.tables.spans import texts_of

BLOCK_BYTES: Final = 1024 * 1024
MOST_ROW_BYTES: Final = 128 * 1024
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class CsvRows:
    """Hold whole rows: where each begins and ends in ``data``, and where its chosen cells do.

    ``rows`` has shape (2, n), ``cells`` (chosen, 2, n). A row is written as it may go into an
    answer: quoted where it must be, inert in a spreadsheet, as wide as the header, without its
    end. ``refused`` holds a RowReason for rows with more cells than the header, None when there
    are none of these; ``surplus`` these cells by the row's number, as they may be written.
    """

    data: Bytes
    rows: Places
    cells: NDArray[np.int64]
    refused: NDArray[np.uint8] | None
    surplus: Mapping[int, bytes] | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.rows.shape[1])

    def texts(self, chosen: int) -> pa.StringArray:
        """Return the cells of one chosen column."""
        begins, ends = self.cells[chosen]
        return texts_of(self.data, begins, ends)


class CsvReader:
    """Read the header at once and the rows when they are asked for.

    Raises TableBroken for bytes that are no UTF-8 CSV; ``header`` holds the names as they stand.
    """

    def __init__(self, source: Source) -> None:
        """Read the first row."""
        self._source = source
        self._rest = b""
        self._ended = False
        self.header: tuple[str, ...] = self._read_header()

    def _more(self) -> bool:
        """Read another block behind the rest; say whether there was one."""
        piece = self._source.read(BLOCK_BYTES)
        self._ended = len(piece) < BLOCK_BYTES
        self._rest = self._rest + piece if self._rest else piece
        return bool(piece)

    def _read_header(self) -> tuple[str, ...]:
        self._more()
        self._rest = self._rest.removeprefix(_BYTE_ORDER_MARK)
        if self._rest[:1] in (b"", b"\n", b"\r"):
            return ()
        data: Bytes = np.frombuffer(self._rest[: MOST_ROW_BYTES + 1], dtype=np.uint8)
        final = self._ended and data.size == len(self._rest)
        rows, marks, cells = _room(data.size, 0)
        # Of these rows only the first is looked at: what stands below has a width.
        slots = np.zeros(0, dtype=np.int64)
        found, _, within = split_rows(data, final, 0, slots, rows, marks, cells)
        if not found:
            raise _unclosed() if within and final else _too_long()
        end = int(rows[1, 0])
        text = _decoded(self._rest[:end])
        self._rest = self._rest[end:]
        (header,) = csv.reader(io.StringIO(text, newline=""))
        return tuple(header)

    def blocks(self, chosen: Sequence[int]) -> Iterator[CsvRows]:
        """Yield the rows; ``chosen`` are the numbers of the columns whose cells are wanted."""
        slots = np.full(len(self.header), -1, dtype=np.int64)
        slots[list(chosen)] = np.arange(len(chosen))
        while True:
            yield from self._whole_rows(slots, len(chosen))
            if self._ended:
                return
            self._more()

    def _whole_rows(self, slots: Places, chosen: int) -> Iterator[CsvRows]:
        block = self._rest
        data: Bytes = np.frombuffer(block, dtype=np.uint8)
        rows, marks, cells = _room(data.size, chosen)
        found, used, _ = split_rows(data, self._ended, len(self.header), slots, rows, marks, cells)
        self._rest = block[used:]
        if self._ended and self._rest:
            raise _unclosed()
        if len(self._rest) > MOST_ROW_BYTES:
            raise _too_long()
        if not found:
            return
        _decoded(block[:used])
        rows, marks, cells = rows[:, :found], marks[:found], cells[:, :, :found]
        if int((rows[1] - rows[0]).max()) > MOST_ROW_BYTES:
            raise _too_long()
        if marks.any():
            yield _Mending(block, slots, rows, cells).mended(marks.copy())
        else:
            yield CsvRows(data, rows, cells, None)


def _room(size: int, chosen: int) -> tuple[Places, Bytes, NDArray[np.int64]]:
    """Return room for as many rows as so many bytes can hold: a sign and an end are a row."""
    most = size // 2 + 1
    return (
        np.empty((2, most), dtype=np.int64),
        np.empty(most, dtype=np.uint8),
        np.empty((chosen, 2, most), dtype=np.int64),
    )


class _Mending:
    """Write marked rows anew behind the block, as Python's ``csv`` reads and writes them."""

    def __init__(self, block: bytes, slots: Places, rows: Places, cells: NDArray[np.int64]) -> None:
        self._block, self._slots = block, slots
        self._rows, self._cells = rows.copy(), cells.copy()
        self._added: list[bytes] = []
        self._end = len(block)
        self._surplus: dict[int, bytes] = {}

    def mended(self, marks: Bytes) -> CsvRows:
        begins, ends = self._rows[0].copy(), self._rows[1].copy()
        self._requote(marks)
        refused = np.zeros(self._rows.shape[1], dtype=np.uint8)
        for number in np.flatnonzero(marks & (OTHER_WIDTH | FORMULA)).tolist():
            text = self._block[begins[number] : ends[number]].decode("utf-8")
            if self._is_refused(number, text):
                refused[number] = RowReason.CELLS
        data: Bytes = np.frombuffer(b"".join([self._block, *self._added]), dtype=np.uint8)
        if not refused.any():
            return CsvRows(data, self._rows, self._cells, None)
        return CsvRows(data, self._rows, self._cells, refused, self._surplus)

    def _requote(self, marks: Bytes) -> None:
        """Rewrite the rows with quotes, and mark those whose quotes hold a formula."""
        numbers = np.flatnonzero((marks & QUOTED != 0) & (marks & OTHER_WIDTH == 0))
        if not numbers.size:
            return
        sizes = self._rows[1, numbers] - self._rows[0, numbers]
        room = 3 * int(sizes.sum()) + 2 * len(self._slots) * numbers.size
        out = np.empty(room, dtype=np.uint8)
        data: Bytes = np.frombuffer(self._block, dtype=np.uint8)
        used = rewrite_rows(data, self._rows, marks, self._cells, self._slots, numbers, out)
        self._added.append(out[:used].tobytes())
        self._end += used

    def _is_refused(self, number: int, text: str) -> bool:
        """Rewrite one row; say whether it has more cells than the header."""
        width = len(self._slots)
        (cells,) = csv.reader(io.StringIO(text, newline=""))
        has_more = any(cell.strip() for cell in cells[width:])
        if has_more:
            self._surplus[number] = _line(cells[width:]).encode()
        cells = [*cells, *[""] * (width - len(cells))][:width]
        self._rows[:, number] = self._put(_line(cells))
        for column, slot in enumerate(self._slots.tolist()):
            if slot >= 0:
                self._cells[slot, :, number] = self._put(cells[column])
        return has_more

    def _put(self, text: str) -> tuple[int, int]:
        piece = text.encode()
        begin, self._end = self._end, self._end + len(piece)
        self._added.append(piece)
        return begin, self._end


def _line(cells: Sequence[str]) -> str:
    return ",".join(quoted(inert(cell)) for cell in cells)


def _decoded(piece: bytes) -> str:
    try:
        text = piece.decode("utf-8")
    except UnicodeDecodeError:
        raise TableBroken("not_utf8", "CSV 应为 UTF-8 编码。") from None
    if "\x00" in text:
        raise TableBroken("control_character", "CSV 中含有控制字符。")
    return text


def _too_long() -> TableBroken:
    most = MOST_ROW_BYTES // 1024
    return TableBroken("row_too_long", f"CSV 有一行超过{most} KiB，请检查引号和换行。")


def _unclosed() -> TableBroken:
    return TableBroken("unclosed_quote", "CSV 末行的引号没有闭合，文件可能被截断。")
