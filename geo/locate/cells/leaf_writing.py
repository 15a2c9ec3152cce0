"""Write leaves: the edges of one cell, with the candidates to whom they belong."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled
from geo.locate.cells.layout import (
    LATTICE,
    MORE,
    MOST_CANDIDATES,
    REFERENCE_LEFT,
    WIDE,
    WIDE_EDGE_WORDS,
)
from geo.locate.cells.predicates import side

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.int32]
Words = NDArray[np.int32]
Flags = NDArray[np.uint8]

# So many of the last edges are compared to find the same edge of the neighbour.
_NEIGHBOUR_REACH: Final = 256
_LARGEST_OFFSET: Final = 2_000_000_000


@compiled
def with_room(words: Words, used: int, wanted: int) -> Words:
    """Return the words in an array that has room for ``wanted`` more; an even length."""
    if used + wanted <= len(words):
        return words
    larger = np.empty((2 * (used + wanted) + 1024) & ~1, np.int32)
    larger[:used] = words[:used]
    return larger


@compiled
def _on_lattice(value: float, reference: int) -> bool:
    nearest = np.int64(np.rint(value * LATTICE))
    return nearest / LATTICE == value and abs(nearest - reference) < _LARGEST_OFFSET


@compiled
def _bits_of(
    ax: float, ay: float, bx: float, by: float, mask: int, reference_x: float, reference_y: float
) -> int:
    """Return the bits of an edge: its candidates, and on which side the reference point lies."""
    left = side(ax, ay, bx, by, reference_x, reference_y) > 0
    return mask + (REFERENCE_LEFT if left else 0)


@compiled
def _write_wide_edges(
    words: Words, at: int, edges: FloatArray, masks: Numbers, count: int, rx: int, ry: int
) -> int:
    """Write edges as doubles; return the end."""
    doubles = words.view(np.float64)
    for i in range(count):
        ax, ay, bx, by = edges[i, 0], edges[i, 1], edges[i, 2], edges[i, 3]
        doubles[(at >> 1) : (at >> 1) + 4] = edges[i]
        words[at + 8] = _bits_of(ax, ay, bx, by, masks[i], rx / LATTICE, ry / LATTICE)
        words[at + 9] = 0
        at += WIDE_EDGE_WORDS
    return at


@compiled
def _place_ends(
    edges: FloatArray, masks: Numbers, count: int, ends: FloatArray, end_masks: Numbers
) -> int:
    """Lay edges end to end; return how many there are with those that join two pieces.

    An edge runs from ``ends[i]`` to ``ends[i + 1]`` and belongs to ``end_masks[i]``. A piece
    begins at the end that the second of its edges has not.
    """
    placed = 0
    for i in range(count):
        ax, ay, bx, by = edges[i, 0], edges[i, 1], edges[i, 2], edges[i, 3]
        last_x, last_y = ends[placed, 0], ends[placed, 1]
        if i > 0 and bx == last_x and by == last_y:
            ax, ay, bx, by = bx, by, ax, ay
        elif i == 0 or ax != last_x or ay != last_y:
            if i + 1 < count and (
                (ax == edges[i + 1, 0] and ay == edges[i + 1, 1])
                or (ax == edges[i + 1, 2] and ay == edges[i + 1, 3])
            ):
                ax, ay, bx, by = bx, by, ax, ay
            if i > 0:
                end_masks[placed] = 0
                placed += 1
            ends[placed, 0], ends[placed, 1] = ax, ay
        end_masks[placed] = masks[i]
        placed += 1
        ends[placed, 0], ends[placed, 1] = bx, by
    return placed


@compiled
def _write_edges(
    words: Words, at: int, ends: FloatArray, masks: Numbers, count: int, rx: int, ry: int
) -> int:
    """Write edges that are laid end to end as offsets; return the end."""
    north = at + count + 1
    for i in range(count + 1):
        words[at + i] = np.int64(np.rint(ends[i, 0] * LATTICE)) - rx
        words[north + i] = np.int64(np.rint(ends[i, 1] * LATTICE)) - ry
    bits_at = north + count + 1
    end = bits_at + ((count + 1) >> 1)
    words[bits_at:end] = 0
    half_words = words.view(np.int16)
    for i in range(count):
        ax, ay, bx, by = ends[i, 0], ends[i, 1], ends[i + 1, 0], ends[i + 1, 1]
        if masks[i]:
            bits = _bits_of(ax, ay, bx, by, masks[i], rx / LATTICE, ry / LATTICE)
            half_words[2 * bits_at + i] = bits
    return end


@compiled
def _write_group(
    words: Words,
    used: int,
    edges: FloatArray,
    masks: Numbers,
    count: int,
    slots: Numbers,
    candidates: int,
    covering: int,
    rx: int,
    ry: int,
    more: bool,
) -> tuple[Words, int]:
    """Write one leaf; ``edges`` are doubles (n, 4), ``masks`` the candidates of each."""
    words = with_room(words, used, 4 + candidates + count * WIDE_EDGE_WORDS)
    wide = False
    for i in range(count):
        for j in range(4):
            wide |= not _on_lattice(edges[i, j], rx if j % 2 == 0 else ry)
    words[used] = count
    words[used + 1] = candidates + (covering << 8) + (MORE if more else 0) + (WIDE if wide else 0)
    words[used + 2 : used + 2 + candidates] = slots[:candidates]
    at = used + 2 + candidates
    if wide:
        if at & 1:
            words[at] = 0
            at += 1
        return words, _write_wide_edges(words, at, edges, masks, count, rx, ry)
    ends, end_masks = np.empty((2 * count + 1, 2), np.float64), np.empty(2 * count, np.int32)
    # Where there are no edges one end is written all the same: the same each time.
    ends[0, 0], ends[0, 1] = rx / LATTICE, ry / LATTICE
    words[used] = _place_ends(edges, masks, count, ends, end_masks)
    return words, _write_edges(words, at, ends, end_masks, words[used], rx, ry)


@compiled
def _gather_group(
    edges: FloatArray,
    edge_owner: Numbers,
    picked: Numbers,
    count: int,
    bit_of: Numbers,
    lowest: int,
    out: FloatArray,
    masks: Numbers,
) -> int:
    """Collect the edges of eight candidates, each edge once with all to whom it belongs."""
    found = 0
    for p in range(count):
        edge = picked[p]
        bit = bit_of[edge_owner[edge]] - lowest
        if bit < 0 or bit >= MOST_CANDIDATES:
            continue
        ax, ay, bx, by = edges[edge, 0], edges[edge, 1], edges[edge, 2], edges[edge, 3]
        if (bx, by) < (ax, ay):
            ax, ay, bx, by = bx, by, ax, ay
        same = -1
        for k in range(max(0, found - _NEIGHBOUR_REACH), found):
            if (
                out[k, 0] == ax
                and out[k, 1] == ay
                and out[k, 2] == bx
                and out[k, 3] == by
                and not masks[k] & (1 << bit)
            ):
                same = k
                break
        if same >= 0:
            masks[same] |= 1 << bit
            continue
        out[found, 0], out[found, 1], out[found, 2], out[found, 3] = ax, ay, bx, by
        masks[found] = 1 << bit
        found += 1
    return found


@compiled
def write_leaf(
    words: Words,
    used: int,
    edges: FloatArray,
    edge_owner: Numbers,
    picked: Numbers,
    count: int,
    slots: Numbers,
    covering: Flags,
    rx: int,
    ry: int,
) -> tuple[Words, int, int]:
    """Write what lies in one cell, ``picked`` of its edges; return words, their end and the word.

    ``slots`` and ``covering`` (at the reference point) are those of all candidates, in the order
    of their codes; ``edge_owner`` numbers them. A cell without edges and with one polygon or none
    needs no record.
    """
    here = np.zeros(len(slots), np.uint8)
    for p in range(count):
        here[edge_owner[picked[p]]] = 1
    bit_of = np.full(len(slots), -1, np.int32)
    chosen = np.empty(len(slots), np.int32)
    number = 0
    for c in range(len(slots)):
        if here[c] or covering[c]:
            bit_of[c] = number
            chosen[number] = c
            number += 1
    if count == 0 and number == 0:
        return words, used, -1
    if count == 0 and number == 1:
        return words, used, slots[chosen[0]]
    start = used
    out = np.empty((count, 4), np.float64)
    masks = np.empty(count, np.int32)
    group_slots = np.empty(MOST_CANDIDATES, np.int32)
    for lowest in range(0, number, MOST_CANDIDATES):
        size = min(MOST_CANDIDATES, number - lowest)
        bits = 0
        for k in range(size):
            group_slots[k] = slots[chosen[lowest + k]]
            bits |= np.int64(covering[chosen[lowest + k]]) << k
        found = _gather_group(edges, edge_owner, picked, count, bit_of, lowest, out, masks)
        more = lowest + MOST_CANDIDATES < number
        words, used = _write_group(
            words, used, out, masks, found, group_slots, size, bits, rx, ry, more
        )
    return words, used, -2 - start
