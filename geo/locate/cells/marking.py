"""Mark which cells of a window the edges pass, and which polygon covers the middle of each.

Coordinates here are in cells of the frame, west to east and south to north. Every comparison that
decides an answer is made on the stored doubles; the scaled coordinates only say where to look, and
look a little too far.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled
from geo.locate.cells.layout import LATTICE
from geo.locate.cells.predicates import side

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Numbers = NDArray[np.int32]

# The scaled coordinates are right to about 1e-9 of a cell.
_BLUR: Final = 1e-6


@compiled
def rows_in_column(ax: float, ay: float, bx: float, by: float, column: int) -> tuple[int, int]:
    """Return the first and last row that an edge passes in a column; ax <= bx."""
    low, high = min(ay, by), max(ay, by)
    if int(ax) != int(bx):
        slope = (by - ay) / (bx - ax)
        here = ay + (max(column - _BLUR, ax) - ax) * slope
        there = ay + (min(column + 1 + _BLUR, bx) - ax) * slope
        low = max(low, min(here, there) - _BLUR)
        high = min(high, max(here, there) + _BLUR)
    return int(low), int(high)


@compiled
def count_edges(
    x: FloatArray,
    y: FloatArray,
    ring_first: IntArray,
    part_ring: IntArray,
    near: IntArray,
    west: float,
    south: float,
    per_width: float,
    per_height: float,
    window: tuple[int, int, int, int],
    first: IntArray,
    ids: Numbers,
    owners: Numbers,
    part_owner: Numbers,
    fill: bool,
) -> None:
    """Count the edges of the parts ``near`` in each cell of a window, or write their ids there.

    ``window`` is columns from, to and rows from, to (exclusive). When counting, ``first[c + 1]``
    is raised for each edge of cell c; when filling, ``first[c]`` is where its next one goes.
    """
    from_column, to_column, from_row, to_row = window
    across = to_column - from_column
    for part in near:
        for ring in range(part_ring[part], part_ring[part + 1]):
            last = ring_first[ring + 1] - 1
            for v in range(ring_first[ring], last):
                ax = (x[v] * LATTICE - west) * per_width
                ay = (y[v] * LATTICE - south) * per_height
                bx = (x[v + 1] * LATTICE - west) * per_width
                by = (y[v + 1] * LATTICE - south) * per_height
                if ax > bx:
                    ax, ay, bx, by = bx, by, ax, ay
                if max(ay, by) < from_row or min(ay, by) >= to_row:
                    continue
                for column in range(max(int(ax), from_column), min(int(bx) + 1, to_column)):
                    low, high = rows_in_column(ax, ay, bx, by, column)
                    for row in range(max(low, from_row), min(high + 1, to_row)):
                        cell = (row - from_row) * across + column - from_column
                        if fill:
                            ids[first[cell]] = v
                            owners[first[cell]] = part_owner[part]
                            first[cell] += 1
                        else:
                            first[cell + 1] += 1


@compiled
def _first_column_behind(
    ax: float,
    ay: float,
    bx: float,
    by: float,
    crossing: float,
    trust: float,
    y: float,
    west: int,
    width: int,
    columns: tuple[int, int],
) -> int:
    """Return the first column whose middle lies right of an edge that goes up from a to b."""
    guess = int(np.ceil(crossing - 0.5))
    if abs(crossing - 0.5 - np.rint(crossing - 0.5)) > trust:
        return guess
    low, high = columns
    column = min(max(guess, low), high)
    while column > low:
        middle = (west + (column - 1) * width + (width >> 1)) / LATTICE
        if side(ax, ay, bx, by, middle, y) > 0:
            break
        column -= 1
    while column < high:
        middle = (west + column * width + (width >> 1)) / LATTICE
        if side(ax, ay, bx, by, middle, y) < 0:
            break
        column += 1
    return column


@compiled
def _flip_part(
    x: FloatArray,
    y: FloatArray,
    ring_first: IntArray,
    rings: tuple[int, int],
    origin: tuple[int, int],
    size: tuple[int, int],
    box: tuple[int, int, int, int],
    flips: NDArray[np.uint8],
) -> None:
    """Flip, for each edge and row, the first middle behind the edge; ``box`` as a window."""
    west, south = origin
    width, height = size
    per_width, per_height = 1.0 / width, 1.0 / height
    from_column, to_column, from_row, to_row = box
    across = to_column - from_column
    for ring in range(rings[0], rings[1]):
        for v in range(ring_first[ring], ring_first[ring + 1] - 1):
            ax, ay, bx, by = x[v], y[v], x[v + 1], y[v + 1]
            if ay == by:
                continue
            if ay > by:
                ax, ay, bx, by = bx, by, ax, ay
            fay = (ay * LATTICE - south) * per_height
            fby = (by * LATTICE - south) * per_height
            if fby < from_row or fay >= to_row:
                continue
            fax = (ax * LATTICE - west) * per_width
            slope = ((bx * LATTICE - west) * per_width - fax) / (fby - fay)
            trust = _BLUR + 1e-7 * abs(slope)
            for row in range(max(int(fay), from_row), min(int(fby) + 1, to_row)):
                middle = (south + row * height + (height >> 1)) / LATTICE
                if (ay <= middle) == (by <= middle):
                    continue
                crossing = fax + (row + 0.5 - fay) * slope
                column = _first_column_behind(
                    ax, ay, bx, by, crossing, trust, middle, west, width, (from_column, to_column)
                )
                if column < to_column:
                    flips[(row - from_row) * across + max(column, from_column) - from_column] ^= 1


@compiled
def cover_middles(
    x: FloatArray,
    y: FloatArray,
    ring_first: IntArray,
    part_ring: IntArray,
    part_owner: Numbers,
    part_box: NDArray[np.int32],
    near: IntArray,
    origin: tuple[int, int],
    size: tuple[int, int],
    window: tuple[int, int, int, int],
    covered: Numbers,
) -> tuple[Numbers, Numbers, int]:
    """Write into ``covered`` the lowest polygon that covers the middle of each cell, or leave −1.

    Return the further ones, where polygons overlap: cells, polygons, how many.
    """
    from_column, to_column, from_row, to_row = window
    across = to_column - from_column
    more_cells, more_owners = np.empty(16, np.int32), np.empty(16, np.int32)
    more = 0
    for part in near:
        box = (
            max(part_box[part, 0], from_column),
            min(part_box[part, 1] + 1, to_column),
            max(part_box[part, 2], from_row),
            min(part_box[part, 3] + 1, to_row),
        )
        wide = box[1] - box[0]
        flips = np.zeros(wide * (box[3] - box[2]), np.uint8)
        rings = (part_ring[part], part_ring[part + 1])
        _flip_part(x, y, ring_first, rings, origin, size, box, flips)
        for row in range(box[2], box[3]):
            inside = 0
            for column in range(box[0], box[1]):
                inside ^= flips[(row - box[2]) * wide + column - box[0]]
                if not inside:
                    continue
                cell = (row - from_row) * across + column - from_column
                if covered[cell] < 0:
                    covered[cell] = part_owner[part]
                    continue
                if more == len(more_cells):
                    more_cells = np.concatenate((more_cells, np.empty(more, np.int32)))
                    more_owners = np.concatenate((more_owners, np.empty(more, np.int32)))
                more_cells[more] = cell
                more_owners[more] = part_owner[part]
                more += 1
    return more_cells, more_owners, more
