"""Split CSV into rows and cells, and put rows together, at the speed of the memory.

The rules are those of Python's ``csv`` with its default dialect: a quote counts at the beginning of
a cell only, inside quotes two of them are one; line feed, carriage return or both end a row; empty
lines are none. Rows of another width than the header, or with a formula, are marked and left to
that module; the rest is done here, without the interpreter's lock.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]

# Marks of a row: a quote in it, another number of cells than the header, a cell to look at.
QUOTED: Final = 1
OTHER_WIDTH: Final = 2
FORMULA: Final = 4

_QUOTE, _COMMA, _LINE, _RETURN, _TAB = (ord(sign) for sign in '",\n\r\t')
_EQUALS, _PLUS, _MINUS, _AT, _ZERO, _NINE, _DOT = (ord(sign) for sign in "=+-@09.")


@compiled
def split_rows(
    data: Bytes,
    final: bool,
    width: int,
    slots: Places,
    rows: Places,
    marks: Bytes,
    cells: NDArray[np.int64],
) -> tuple[int, int, bool]:
    """Find the whole rows of a block.

    ``slots`` says for each column of the header in which slot of ``cells`` (shape: slots, 2, rows)
    its begins and ends go, −1 for none; ``rows`` (2, n) takes those of the rows. ``final`` says
    that nothing follows, so that the last row needs no end. Returns how many rows, how many bytes
    they take, and whether the block ends within quotes.
    """
    size = data.size
    at = found = used = 0
    while at < size:
        if data[at] == _LINE or data[at] == _RETURN:
            at += 1
            used = at
            continue
        rows[0, found] = at
        cells[:, :, found] = at
        column, mark = 0, 0
        while True:
            begin = at
            at, quoted, within = _cell_end(data, at)
            if within or (at >= size and not final):
                return found, used, within
            mark |= quoted | _formula(data, begin, at)
            if column < width and slots[column] >= 0:
                cells[slots[column], 0, found] = begin
                cells[slots[column], 1, found] = at
            column += 1
            if at >= size or data[at] != _COMMA:
                break
            at += 1
        rows[1, found] = at
        marks[found] = mark if column == width else mark | OTHER_WIDTH
        found += 1
        at = min(at + 1, size)
        used = at
    return found, used, False


@compiled
def _cell_end(data: Bytes, at: int) -> tuple[int, int, bool]:
    """Return where a cell ends, QUOTED if it has a quote, and whether the data end within it."""
    size = data.size
    mark = 0
    if at < size and data[at] == _QUOTE:
        mark = QUOTED
        at += 1
        while True:
            while at < size and data[at] != _QUOTE:
                at += 1
            if at >= size:
                return at, mark, True
            at += 1
            if at >= size or data[at] != _QUOTE:
                break
            at += 1
    while at < size and data[at] != _COMMA and data[at] != _LINE and data[at] != _RETURN:
        if data[at] == _QUOTE:
            mark = QUOTED
        at += 1
    return at, mark, False


@compiled
def _formula(data: Bytes, begin: int, end: int) -> int:
    """Return FORMULA for a cell that a spreadsheet might compute: a plain -7 it does not."""
    first = data[begin] if begin < end else _ZERO
    if first == _MINUS:
        dots = 0
        for at in range(begin + 1, end):
            if data[at] == _DOT:
                dots += 1
            elif data[at] < _ZERO or data[at] > _NINE:
                return FORMULA
        return FORMULA if dots > 1 or end - begin - dots < 2 else 0
    for sign in (_EQUALS, _AT, _TAB, _PLUS):
        if first == sign:
            return FORMULA
    return 0


@compiled
def rewrite_rows(
    data: Bytes,
    rows: Places,
    marks: Bytes,
    cells: NDArray[np.int64],
    slots: Places,
    numbers: Places,
    out: Bytes,
) -> int:
    """Write the rows of ``numbers`` anew into ``out``: what their cells say, then the row itself.

    ``rows`` and ``cells`` then point there, as if ``out`` stood behind ``data``. Quotes are written
    only where a cell would be misread without. A row with a FORMULA in quotes is marked so. Returns
    how much of ``out`` is used; it needs room for three times the rows and two signs a cell.
    """
    width = slots.size
    ends = np.empty(width + 1, np.int64)
    to = 0
    for number in numbers:
        at, column = rows[0, number], 0
        ends[0] = to
        while column < width:
            end, _, _ = _cell_end(data, at)
            to = _copy_content(data, at, end, out, to)
            column += 1
            ends[column] = to
            at = end + 1
        begin = to
        for column in range(width):
            marks[number] |= _formula(out, ends[column], ends[column + 1])
            if slots[column] >= 0:
                cells[slots[column], 0, number] = data.size + ends[column]
                cells[slots[column], 1, number] = data.size + ends[column + 1]
            if column:
                out[to] = _COMMA
                to += 1
            to = _copy_quoted(out, ends[column], ends[column + 1], to)
        rows[0, number], rows[1, number] = data.size + begin, data.size + to
    return to


@compiled
def _copy_content(data: Bytes, at: int, end: int, out: Bytes, to: int) -> int:
    """Copy what a cell says, without the quotes around it; return where the copy ends."""
    if at < end and data[at] == _QUOTE:
        at += 1
        while at < end:
            if data[at] == _QUOTE:
                at += 1
                if at >= end or data[at] != _QUOTE:
                    break
            out[to] = data[at]
            to += 1
            at += 1
    while at < end:
        out[to] = data[at]
        to += 1
        at += 1
    return to


@compiled
def _copy_quoted(out: Bytes, begin: int, end: int, to: int) -> int:
    """Copy a cell within ``out``, in quotes if it needs them; return where the copy ends."""
    quotes = False
    for at in range(begin, end):
        sign = out[at]
        quotes |= sign in (_COMMA, _QUOTE, _LINE, _RETURN)
    if quotes:
        out[to] = _QUOTE
        to += 1
    for at in range(begin, end):
        out[to] = out[at]
        to += 1
        if out[at] == _QUOTE:
            out[to] = _QUOTE
            to += 1
    if quotes:
        out[to] = _QUOTE
        to += 1
    return to


@compiled
def copy_spans(data: Bytes, begins: Places, ends: Places, out: Bytes) -> None:
    """Copy pieces of ``data`` one behind another."""
    to = 0
    for row in range(begins.size):
        for at in range(begins[row], ends[row]):
            out[to] = data[at]
            to += 1


@compiled
def join_rows(
    data: Bytes,
    begins: Places,
    ends: Places,
    tails: Bytes,
    tail_begins: Places,
    numbers: Places,
    out: Bytes,
) -> None:
    """Write each row with the tail of its number behind it."""
    to = 0
    for row in range(begins.size):
        for at in range(begins[row], ends[row]):
            out[to] = data[at]
            to += 1
        tail = numbers[row]
        for at in range(tail_begins[tail], tail_begins[tail + 1]):
            out[to] = tails[at]
            to += 1
