"""Say on which side of an edge a point lies, exactly, on the stored doubles.

Compiled by numba to machine code at the first call and kept on disk; no build step, no floating
point contraction, so that two machines answer alike. The exact sign is that of Shewchuk, "Adaptive
precision floating-point arithmetic and fast robust geometric predicates" (1997): a filter first,
an exact expansion where the filter cannot tell. GEOS and PostGIS decide the same sign.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled

_FILTER: Final = 3.3306690738754716e-16
_SPLITTER: Final = 134217729.0


@compiled
def _two_sum(a: float, b: float) -> tuple[float, float]:
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@compiled
def _two_product(a: float, b: float) -> tuple[float, float]:
    product = a * b
    big = _SPLITTER * a
    a_high = big - (big - a)
    a_low = a - a_high
    big = _SPLITTER * b
    b_high = big - (big - b)
    b_low = b - b_high
    rest = product - a_high * b_high - a_low * b_high - a_high * b_low
    return product, a_low * b_low - rest


@compiled
def _grow(expansion: NDArray[np.float64], length: int, value: float) -> int:
    """Add ``value`` to an expansion of non-overlapping parts, smallest first; return its length."""
    carry = value
    for i in range(length):
        carry, expansion[i] = _two_sum(carry, expansion[i])
    expansion[length] = carry
    return length + 1


@compiled
def _exact_sign(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    left, left_tail = _two_sum(ax, -cx)
    up, up_tail = _two_sum(by, -cy)
    down, down_tail = _two_sum(ay, -cy)
    right, right_tail = _two_sum(bx, -cx)
    expansion = np.zeros(16)
    length = 0
    for first in (left, left_tail):
        for second in (up, up_tail):
            product, tail = _two_product(first, second)
            length = _grow(expansion, length, tail)
            length = _grow(expansion, length, product)
    for first in (down, down_tail):
        for second in (right, right_tail):
            product, tail = _two_product(first, second)
            length = _grow(expansion, length, -tail)
            length = _grow(expansion, length, -product)
    for i in range(length - 1, -1, -1):
        if expansion[i] > 0.0:
            return 1
        if expansion[i] < 0.0:
            return -1
    return 0


@compiled
def orientation(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """Return 1 when c lies left of the line from a to b, −1 right of it, 0 exactly on it."""
    left = (ax - cx) * (by - cy)
    right = (ay - cy) * (bx - cx)
    determinant = left - right
    unsure = _FILTER * (abs(left) + abs(right))
    if determinant > unsure:
        return 1
    if determinant < -unsure:
        return -1
    return _exact_sign(ax, ay, bx, by, cx, cy)


@compiled
def side(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """Return 1 or −1: the side of c, of a point barely above it where c lies on the line.

    On a vertical line, of a point barely above and still less to the right. All parity below is
    that of these moved points, which meet no vertex and lie on no edge.
    """
    sign = orientation(ax, ay, bx, by, cx, cy)
    if sign != 0:
        return sign
    if bx != ax:
        return 1 if bx > ax else -1
    return -1 if by > ay else 1


@compiled
def crosses(
    ax: float,
    ay: float,
    bx: float,
    by: float,
    rx: float,
    ry: float,
    px: float,
    py: float,
) -> bool:
    """Say whether an edge is crossed an odd number of times on the way from r to p.

    The way goes upright from r to the height of p, then level to p; both ends are moved as
    ``side`` moves them.
    """
    upright = (ax <= rx) != (bx <= rx)
    level = (ay <= py) != (by <= py)
    if not upright and not level:
        return False
    corner = side(ax, ay, bx, by, rx, py)
    odd = False
    if upright and corner != side(ax, ay, bx, by, rx, ry):
        odd = not odd
    if level and corner != side(ax, ay, bx, by, px, py):
        odd = not odd
    return odd
