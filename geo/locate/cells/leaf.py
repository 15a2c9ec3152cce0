"""Say which candidates of a leaf cover a point: quickly where that is certain, else exactly."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled, inlined
from geo.locate.cells.layout import (
    EDGE_WORDS,
    LATTICE,
    MORE,
    MOST_CANDIDATES,
    REFERENCE_LEFT,
    UPRIGHT,
    WIDE,
    WIDE_EDGE_WORDS,
)
from geo.locate.cells.predicates import orientation, side

Words = NDArray[np.int32]
Doubles = NDArray[np.float64]

# Offsets and points in lattice units differ from the stored doubles by less than this, at any
# longitude: half a unit in the last place of 180 degrees is 1.4e-6, and the scaling adds as much.
_BLUR: Final = 1.6e-5


@compiled
def leaf_end(words: Words, at: int) -> int:
    """Return where the leaf at ``at`` ends."""
    head = words[at + 1]
    first = at + 2 + (head & 255)
    if head & WIDE:
        first += first & 1
        return first + words[at] * WIDE_EDGE_WORDS
    return first + words[at] * EDGE_WORDS


@inlined
def _quick_edge(words: Words, edge: int, px: float, py: float, near: float) -> tuple[int, bool]:
    """Return the candidates that one edge changes on the way, and whether rounding leaves a doubt.

    The way from the reference point goes upright to the height of the point, then level to it; an
    edge that is crossed once changes its candidates.
    """
    ax = float(words[edge])
    ay = float(words[edge + 1])
    bx = float(words[edge + 2])
    by = float(words[edge + 3])
    bits = words[edge + 4]
    below_a = ay - py
    below_b = by - py
    upright = (bits & UPRIGHT) != 0
    level = (below_a <= 0.0) != (below_b <= 0.0)
    corner = ax * below_b - below_a * bx
    here = corner - px * (by - ay)
    unsure = _BLUR * (abs(ax) + abs(bx) + abs(ay) + abs(by) + near)
    doubt = (
        (min(abs(below_a), abs(below_b)) <= _BLUR)
        | ((upright | level) & (abs(corner) <= unsure))
        | (level & (abs(here) <= unsure))
    )
    left = corner > 0.0
    odd = (upright & (left != ((bits & REFERENCE_LEFT) != 0))) ^ (level & (left != (here > 0.0)))
    return (bits & 255) * odd, doubt


@inlined
def _quick_mask(
    words: Words, at: int, first: int, rx: int, ry: int, lon: float, lat: float
) -> tuple[int, bool]:
    """Return the candidates that cover a point, and whether rounding leaves a doubt.

    Two edges at a time, and no step that depends on what is found: what costs time here is not
    arithmetic but a wrong guess of the processor. Behind the last edge it reads what follows (the
    words end in filling) and lets it count for nothing.
    """
    px = lon * LATTICE - rx
    py = lat * LATTICE - ry
    near = 2.0 * (abs(px) + abs(py))
    count = words[at]
    covering = (words[at + 1] >> 8) & 255
    doubt = False
    for i in range(0, count, 2):
        edge = first + i * EDGE_WORDS
        changed, unsure = _quick_edge(words, edge, px, py, near)
        also, also_unsure = _quick_edge(words, edge + EDGE_WORDS, px, py, near)
        there = i + 1 < count
        covering ^= changed ^ (also * there)
        doubt |= unsure | (also_unsure & there)
    return covering, doubt


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
    covering = (words[at + 1] >> 8) & 255
    touched = 0
    wide = (words[at + 1] & WIDE) != 0
    reference_lon = rx / LATTICE
    for i in range(words[at]):
        if wide:
            edge = first + i * WIDE_EDGE_WORDS
            d = edge >> 1
            ax, ay, bx, by = doubles[d], doubles[d + 1], doubles[d + 2], doubles[d + 3]
            bits = words[edge + 8]
        else:
            edge = first + i * EDGE_WORDS
            ax = (rx + np.int64(words[edge])) / LATTICE
            ay = (ry + np.int64(words[edge + 1])) / LATTICE
            bx = (rx + np.int64(words[edge + 2])) / LATTICE
            by = (ry + np.int64(words[edge + 3])) / LATTICE
            bits = words[edge + 4]
        if (
            min(ay, by) <= lat <= max(ay, by)
            and min(ax, bx) <= lon <= max(ax, bx)
            and orientation(ax, ay, bx, by, lon, lat) == 0
        ):
            touched |= bits & 255
            continue
        upright = (bits & UPRIGHT) != 0
        level = (ay <= lat) != (by <= lat)
        if not upright and not level:
            continue
        corner = side(ax, ay, bx, by, reference_lon, lat) > 0
        odd = upright and corner != ((bits & REFERENCE_LEFT) != 0)
        if level and corner != (side(ax, ay, bx, by, lon, lat) > 0):
            odd = not odd
        if odd:
            covering ^= bits & 255
    return covering | touched


@inlined
def quick_owner(
    words: Words, at: int, rx: int, ry: int, lon: float, lat: float
) -> tuple[int, bool]:
    """Return the slot of the owner in the leaf at ``at``, and whether that is certain.

    It is not where rounding leaves a doubt, in a wide leaf, and where no candidate of this leaf
    covers the point and another leaf follows; the slot means nothing then.
    """
    head = words[at + 1]
    first = at + 2 + (head & 255)
    mask, doubt = _quick_mask(words, at, first, rx, ry, lon, lat)
    # The place of the lowest bit, without a loop whose end must be guessed.
    place = 0
    for bit in range(1, MOST_CANDIDATES):
        place += (mask & ((1 << bit) - 1)) == 0
    slot = words[at + 2 + place] if mask else -1
    certain = (not doubt) & ((head & WIDE) == 0) & ((mask != 0) | ((head & MORE) == 0))
    return slot, certain


@compiled
def leaf_mask(
    words: Words, doubles: Doubles, at: int, rx: int, ry: int, lon: float, lat: float
) -> int:
    """Return which candidates of the leaf at ``at`` cover the point, as bits; always certain.

    ``rx`` and ``ry`` are the reference point on the lattice.
    """
    head = words[at + 1]
    first = at + 2 + (head & 255)
    if head & WIDE:
        return _exact_mask(words, doubles, at, first + (first & 1), rx, ry, lon, lat)
    mask, doubt = _quick_mask(words, at, first, rx, ry, lon, lat)
    if doubt:
        return _exact_mask(words, doubles, at, first, rx, ry, lon, lat)
    return mask


@compiled
def owner_in_leaf(
    words: Words, doubles: Doubles, at: int, rx: int, ry: int, lon: float, lat: float
) -> int:
    """Return the slot of the owner in the leaf at ``at`` and those that follow it, −1 for none."""
    while True:
        mask = leaf_mask(words, doubles, at, rx, ry, lon, lat)
        if mask:
            place = 0
            while not (mask >> place) & 1:
                place += 1
            return words[at + 2 + place]
        if not words[at + 1] & MORE:
            return -1
        at = leaf_end(words, at)
