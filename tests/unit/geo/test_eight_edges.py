"""What eight edges say at once is exact wherever they do not say that they doubt."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numba
import numpy as np
import pytest

from geo.locate.cells.eight_edges import AT_ONCE, DOUBT, changed_by_eight
from geo.locate.cells.layout import REFERENCE_LEFT

BLUR = 1.6e-5
take_eight: Any = changed_by_eight


@numba.njit
def asked(words: np.ndarray, left: int, px: float, py: float) -> int:
    found: int = take_eight(words, 0, AT_ONCE + 1, 4 * (AT_ONCE + 1), left, px, py)
    return found


def leaf_of(ends: list[tuple[int, int]], masks: list[int]) -> np.ndarray:
    """Return the words of edges laid end to end, as a leaf holds them behind its slots."""
    words = np.zeros(2 * (AT_ONCE + 1) + AT_ONCE // 2, np.int32)
    words[: AT_ONCE + 1] = [x for x, _ in ends]
    words[AT_ONCE + 1 : 2 * (AT_ONCE + 1)] = [y for _, y in ends]
    for i in range(AT_ONCE):
        left = REFERENCE_LEFT if side(ends[i], ends[i + 1], Fraction(0), Fraction(0)) > 0 else 0
        words.view(np.int16)[4 * (AT_ONCE + 1) + i] = masks[i] | left
    return words


def side(a: tuple[int, int], b: tuple[int, int], x: Fraction, y: Fraction) -> Fraction:
    return (a[0] - x) * (b[1] - y) - (a[1] - y) * (b[0] - x)


def changed(ends: list[tuple[int, int]], masks: list[int], left: int, px: float, py: float) -> int:
    """Return what the way changes, in exact numbers: upright from the origin, then level."""
    x, y = Fraction(px), Fraction(py)
    found = 0
    for i in range(left):
        a, b = ends[i], ends[i + 1]
        corner = side(a, b, Fraction(0), y) > 0
        if (a[0] <= 0) != (b[0] <= 0):
            found ^= masks[i] * (corner != (side(a, b, Fraction(0), Fraction(0)) > 0))
        if (a[1] <= y) != (b[1] <= y):
            found ^= masks[i] * (corner != (side(a, b, x, y) > 0))
    return found


@pytest.mark.parametrize("size", [300, 40_000, 1_000_000, 1_900_000_000])
@pytest.mark.parametrize("near", [False, True])
def test_what_is_not_doubted_is_exact(size: int, near: bool) -> None:
    chance = random.Random(size + near)
    doubts = 0
    for _ in range(400):
        ends = [
            (chance.randint(-size, size), chance.randint(-size, size)) for _ in range(AT_ONCE + 1)
        ]
        masks = [chance.choice([0, 1, 3, 128, 255]) for _ in range(AT_ONCE)]
        left = chance.randint(1, AT_ONCE)
        px, py = chance.uniform(-size, size), chance.uniform(-size, size)
        if near:
            # Beside an edge or at the height of an end, by a few times what rounding may do.
            (ax, ay), (bx, by) = ends[0], ends[1]
            part = chance.random()
            beside = chance.choice([1e-5, 1e-2, 1.0, 30.0]) * chance.choice([-1, 1])
            px, py = ax + (bx - ax) * part + beside, ay + (by - ay) * part
            if chance.random() < 0.3:
                px, py = chance.uniform(-size, size), ay + beside
        said = asked(leaf_of(ends, masks), left, px, py)
        if said & DOUBT:
            doubts += 1
            continue
        # Whoever is certain of a point is so of all points within the error of its own place.
        for dx in (-BLUR, 0.0, BLUR):
            for dy in (-BLUR, 0.0, BLUR):
                assert said == changed(ends, masks, left, px + dx, py + dy)
    if not near:
        # Nor is everything doubted: the exact way takes a hundred times as long.
        assert doubts <= (20 if size == 300 else 6)


def test_edges_of_nobody_and_edges_behind_the_last_count_for_nothing() -> None:
    ends = [(-10, 5), (10, 5), (-10, 6), (10, 6), (-10, 7), (10, 7), (-10, 8), (10, 8), (0, 0)]
    masks = [1, 0, 2, 0, 4, 0, 8, 0]
    words = leaf_of(ends, masks)
    assert asked(words, 1, 0.5, 20.0) == 1
    assert asked(words, 3, 0.5, 20.0) == 3
    assert asked(words, AT_ONCE, 0.5, 20.0) == 15
    # On the line of an edge that counts, and of one that does not.
    assert asked(words, 3, 0.5, 6.0) & DOUBT
    assert asked(words, 1, 0.5, 6.0) == 1
