"""Say which candidates of a leaf cover a point: quickly where that is certain, else exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled, inlined
from geo.locate.cells.eight_edges import AT_ONCE, DOUBT, changed_by_eight
from geo.locate.cells.instructions import lowest_bit
from geo.locate.cells.layout import (
    CANDIDATE_BITS,
    CANDIDATES,
    LATTICE,
    MORE,
    MOST_CANDIDATES,
    REFERENCE_LEFT,
    WIDE,
    WIDE_EDGE_WORDS,
)
from geo.locate.cells.predicates import orientation, side

Words = NDArray[np.int32]
Doubles = NDArray[np.float64]


@inlined
def edges_at(words: Words, at: int) -> int:
    """Return where the edges of the leaf at ``at`` begin: the first offset, or the first double."""
    head = words[at + 1]
    first = at + 2 + (head & CANDIDATES)
    return first + (first & 1) if head & WIDE else first


@compiled
def leaf_end(words: Words, at: int) -> int:
    """Return where the leaf at ``at`` ends."""
    first, count = edges_at(words, at), words[at]
    if words[at + 1] & WIDE:
        return first + count * WIDE_EDGE_WORDS
    return first + 2 * (count + 1) + ((count + 1) >> 1)


@inlined
def _changed_from(words: Words, at: int, first: int, px: float, py: float, done: int) -> int:
    """Return the candidates that edges ``done`` and the seven that follow change on the way.

    As ``changed_by_eight`` says it. Behind the last edge it reads what follows (the words end in
    filling) and lets it count for nothing. A branch, which is read as if it were a leaf before
    anybody looks, has a header below nought: it counts as a leaf without edges, and nothing before
    it is read.
    """
    count = max(int(words[at]), 0)
    north = first + count + 1
    bits = 2 * (north + count + 1)
    return changed_by_eight(words, first + done, north + done, bits + done, count - done, px, py)


@compiled
def _exact_mask(
    words: Words,
    doubles: Doubles,
    at: int,
    first: int,
    rx: int,
    ry: int,
    lon: float,
    lat: float,
) -> int:
    """Return the candidates that cover a point, on the stored doubles."""
    covering = (words[at + 1] >> 8) & CANDIDATE_BITS
    touched = 0
    wide = (words[at + 1] & WIDE) != 0
    reference_lon = rx / LATTICE
    count = np.int64(words[at])
    north = first + count + 1
    half_words = words.view(np.int16)
    for i in range(count):
        if wide:
            edge = first + i * WIDE_EDGE_WORDS
            d = edge >> 1
            ax, ay, bx, by = doubles[d], doubles[d + 1], doubles[d + 2], doubles[d + 3]
            bits = np.int64(words[edge + 8])
        else:
            ax = (rx + np.int64(words[first + i])) / LATTICE
            ay = (ry + np.int64(words[north + i])) / LATTICE
            bx = (rx + np.int64(words[first + i + 1])) / LATTICE
            by = (ry + np.int64(words[north + i + 1])) / LATTICE
            bits = np.int64(half_words[2 * (north + count + 1) + i])
        if (
            min(ay, by) <= lat <= max(ay, by)
            and min(ax, bx) <= lon <= max(ax, bx)
            and orientation(ax, ay, bx, by, lon, lat) == 0
        ):
            touched |= bits & CANDIDATE_BITS
            continue
        upright = (ax <= reference_lon) != (bx <= reference_lon)
        level = (ay <= lat) != (by <= lat)
        if not upright and not level:
            continue
        corner = side(ax, ay, bx, by, reference_lon, lat) > 0
        odd = upright and corner != ((bits & REFERENCE_LEFT) != 0)
        if level and corner != (side(ax, ay, bx, by, lon, lat) > 0):
            odd = not odd
        if odd:
            covering ^= bits & CANDIDATE_BITS
    return covering | touched


@inlined
def quick_owner(
    words: Words, at: int, rx: int, ry: int, lon: float, lat: float
) -> tuple[int, bool]:
    """Return the slot of the owner in the leaf at ``at``, and whether that is certain.

    It is not where rounding leaves a doubt, where the leaf is wide, has more than eight edges or is
    a branch, and where no candidate of this leaf covers the point and another leaf follows; the
    slot means nothing then. No step depends on what is found: a wrong guess of the processor costs
    more than all this.
    """
    head = words[at + 1]
    px, py = lon * LATTICE - rx, lat * LATTICE - ry
    changed = _changed_from(words, at, edges_at(words, at), px, py, 0)
    mask = ((head >> 8) ^ changed) & CANDIDATE_BITS
    place: int = lowest_bit(mask | (1 << (MOST_CANDIDATES - 1)))
    slot = words[at + 2 + place]
    certain = (
        ((changed & DOUBT) == 0)
        & ((head & WIDE) == 0)
        & (np.uint32(words[at]) <= AT_ONCE)
        & ((mask != 0) | ((head & MORE) == 0))
    )
    return (slot if mask else -1), certain


@compiled
def leaf_mask(
    words: Words, doubles: Doubles, at: int, rx: int, ry: int, lon: float, lat: float
) -> int:
    """Return which candidates of the leaf at ``at`` cover the point, as bits; always certain.

    ``rx`` and ``ry`` are the reference point on the lattice.
    """
    first = edges_at(words, at)
    if words[at + 1] & WIDE:
        return _exact_mask(words, doubles, at, first, rx, ry, lon, lat)
    px, py = lon * LATTICE - rx, lat * LATTICE - ry
    mask = np.int64(words[at + 1] >> 8) & CANDIDATE_BITS
    for done in range(0, words[at], AT_ONCE):
        changed = _changed_from(words, at, first, px, py, done)
        if changed & DOUBT:
            return _exact_mask(words, doubles, at, first, rx, ry, lon, lat)
        mask ^= changed
    return mask


@compiled
def owner_in_leaf(
    words: Words, doubles: Doubles, at: int, rx: int, ry: int, lon: float, lat: float
) -> int:
    """Return the slot of the owner in the leaf at ``at`` and those that follow it, −1 for none."""
    while True:
        mask = leaf_mask(words, doubles, at, rx, ry, lon, lat)
        if mask:
            return words[at + 2 + lowest_bit(mask)]
        if not words[at + 1] & MORE:
            return -1
        at = leaf_end(words, at)
