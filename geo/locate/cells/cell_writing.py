"""Write the cells of a window: a word each, and the records of those with edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled
from geo.locate.cells.layout import LATTICE, MOST_SPLIT_LOG2
from geo.locate.cells.leaf_writing import with_room, write_leaf
from geo.locate.cells.marking import rows_in_column
from geo.locate.cells.predicates import crosses

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Numbers = NDArray[np.int32]
Words = NDArray[np.int32]
Flags = NDArray[np.uint8]


@compiled
def _split_log2(edges: int, per_leaf: int) -> int:
    """Return how finely a cell is cut: a border of n edges passes about as many parts a side."""
    log2 = 0
    while log2 < MOST_SPLIT_LOG2 and (edges >> (log2 + 1)) > per_leaf:
        log2 += 1
    return log2


@compiled
def write_cell(
    words: Words,
    used: int,
    edges: FloatArray,
    edge_owner: Numbers,
    slots: Numbers,
    covering: Flags,
    column: int,
    row: int,
    origin: tuple[int, int],
    size: tuple[int, int],
    per_leaf: int,
) -> tuple[Words, int, int]:
    """Write a cell of the frame as a leaf, or as a branch when it has many edges."""
    west, south = origin
    width, height = size
    rx = west + column * width + (width >> 1)
    ry = south + row * height + (height >> 1)
    count = len(edges)
    log2 = _split_log2(count, per_leaf)
    if log2 == 0:
        everything = np.arange(count).astype(np.int32)
        return write_leaf(
            words, used, edges, edge_owner, everything, count, slots, covering, rx, ry
        )
    parts = 1 << log2
    first = np.zeros(parts * parts + 2, np.int64)
    _fill_parts(edges, column, row, log2, origin, size, first, np.empty(0, np.int32), False)
    for part in range(parts * parts):
        first[part + 1] += first[part]
    inside = np.empty(first[parts * parts], np.int32)
    _fill_parts(edges, column, row, log2, origin, size, first.copy(), inside, True)
    branch = used
    used += 1 + parts * parts
    words = with_room(words, branch, 1 + parts * parts)
    words[branch] = -log2
    here = np.empty(len(slots), np.uint8)
    part_width, part_height = width >> log2, height >> log2
    for inner_y in range(parts):
        for inner_x in range(parts):
            part = (inner_y << log2) + inner_x
            px = west + column * width + inner_x * part_width + (part_width >> 1)
            py = south + row * height + inner_y * part_height + (part_height >> 1)
            here[:] = covering
            _carry(edges, edge_owner, here, rx, ry, px, py)
            picked = inside[first[part] : first[part + 1]]
            words, used, word = write_leaf(
                words, used, edges, edge_owner, picked, len(picked), slots, here, px, py
            )
            words[branch + 1 + part] = word
    return words, used, -2 - branch


@compiled
def _carry(
    edges: FloatArray,
    edge_owner: Numbers,
    covering: Flags,
    rx: int,
    ry: int,
    px: int,
    py: int,
) -> None:
    """Carry who covers r over to p: each edge on the way changes its polygon."""
    r_lon, r_lat, p_lon, p_lat = rx / LATTICE, ry / LATTICE, px / LATTICE, py / LATTICE
    for e in range(len(edges)):
        if crosses(edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3], r_lon, r_lat, p_lon, p_lat):
            covering[edge_owner[e]] ^= 1


@compiled
def _fill_parts(
    edges: FloatArray,
    column: int,
    row: int,
    log2: int,
    origin: tuple[int, int],
    size: tuple[int, int],
    first: IntArray,
    inside: Numbers,
    fill: bool,
) -> None:
    """Count the edges in each part of a cell, or write their numbers there."""
    parts = 1 << log2
    per_width, per_height = 1.0 / size[0], 1.0 / size[1]
    for e in range(len(edges)):
        ax = ((edges[e, 0] * LATTICE - origin[0]) * per_width - column) * parts
        ay = ((edges[e, 1] * LATTICE - origin[1]) * per_height - row) * parts
        bx = ((edges[e, 2] * LATTICE - origin[0]) * per_width - column) * parts
        by = ((edges[e, 3] * LATTICE - origin[1]) * per_height - row) * parts
        if ax > bx:
            ax, ay, bx, by = bx, by, ax, ay
        for inner_x in range(max(int(np.floor(ax)), 0), min(int(np.floor(bx)) + 1, parts)):
            low, high = rows_in_column(ax, ay, bx, by, inner_x)
            for inner_y in range(max(low, 0), min(high + 1, parts)):
                part = (inner_y << log2) + inner_x
                if fill:
                    inside[first[part]] = e
                    first[part] += 1
                else:
                    first[part + 1] += 1


@compiled
def _insert(sorted_numbers: Numbers, count: int, number: int) -> int:
    """Insert a number into a few sorted ones unless it is there; return how many they are."""
    at = count
    while at > 0 and sorted_numbers[at - 1] >= number:
        at -= 1
    if at < count and sorted_numbers[at] == number:
        return count
    for i in range(count, at, -1):
        sorted_numbers[i] = sorted_numbers[i - 1]
    sorted_numbers[at] = number
    return count + 1


@compiled
def write_window(
    x: FloatArray,
    y: FloatArray,
    first: IntArray,
    ids: Numbers,
    owners: Numbers,
    covered: Numbers,
    more_cells: Numbers,
    more_owners: Numbers,
    slots: Numbers,
    window: tuple[int, int, int, int],
    origin: tuple[int, int],
    size: tuple[int, int],
    per_leaf: int,
    top: Words,
) -> tuple[Words, int]:
    """Write the cells of a window into ``top``; return the words of their records and their end.

    ``more_cells`` is sorted. ``slots`` is by polygon; polygons are numbered in the order of codes.
    """
    from_column, to_column, from_row, _ = window
    across = to_column - from_column
    words, used = np.empty(1024, np.int32), 0
    present = np.empty(64, np.int32)
    edges = np.empty((64, 4), np.float64)
    edge_owner = np.empty(64, np.int32)
    more = 0
    for cell in range(len(covered)):
        count = first[cell + 1] - first[cell]
        also = 0
        while more + also < len(more_cells) and more_cells[more + also] == cell:
            also += 1
        if count == 0 and also == 0:
            top[cell] = slots[covered[cell]] if covered[cell] >= 0 else -1
            continue
        if count + also + 1 > len(present):
            present = np.empty(2 * (count + also + 1), np.int32)
            edges = np.empty((len(present), 4), np.float64)
            edge_owner = np.empty(len(present), np.int32)
        number = 0
        for i in range(first[cell], first[cell + 1]):
            number = _insert(present, number, owners[i])
        if covered[cell] >= 0:
            number = _insert(present, number, covered[cell])
        for i in range(more, more + also):
            number = _insert(present, number, more_owners[i])
        here = present[:number]
        covering = np.zeros(number, np.uint8)
        if covered[cell] >= 0:
            covering[np.searchsorted(here, covered[cell])] = 1
        for i in range(more, more + also):
            covering[np.searchsorted(here, more_owners[i])] = 1
        for i in range(count):
            v = ids[first[cell] + i]
            edges[i, 0], edges[i, 1], edges[i, 2], edges[i, 3] = x[v], y[v], x[v + 1], y[v + 1]
            edge_owner[i] = np.searchsorted(here, owners[first[cell] + i])
        words, used, word = write_cell(
            words,
            used,
            edges[:count],
            edge_owner[:count],
            slots[here],
            covering,
            from_column + cell % across,
            from_row + cell // across,
            origin,
            size,
            per_leaf,
        )
        top[cell] = word
        more += also
    return words, used
