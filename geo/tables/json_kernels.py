"""Find the numbers in a JSON array of pairs, without an object for each of them.

What is plainly ``[number, number]`` is split here, without the interpreter's lock; any other
element is only delimited, for a strict parser to look at.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]

MORE, CLOSED, BROKEN = 0, 1, 2
_LONGEST: Final = 30
_LONGEST_INTEGER: Final = 19
_QUOTE, _ESCAPE, _OPEN, _CLOSE, _BRACE, _UNBRACE = (ord(sign) for sign in '"\\[]{}')
_COMMA, _DOT, _MINUS, _ZERO, _NINE = (ord(sign) for sign in ",.-09")
_SPACE, _TAB, _LINE, _RETURN = (ord(sign) for sign in " \t\n\r")


@compiled
def _skip(data: Bytes, at: int) -> int:
    while at < data.size and (
        data[at] == _SPACE or data[at] == _LINE or data[at] == _RETURN or data[at] == _TAB
    ):
        at += 1
    return at


@compiled
def _number_end(data: Bytes, at: int) -> int:
    """Return where a number as -12.34 ends, or ``at`` for anything else."""
    begin = at
    if at < data.size and data[at] == _MINUS:
        at += 1
    first = at
    while at < data.size and _ZERO <= data[at] <= _NINE:
        at += 1
    if at == first or (at > first + 1 and data[first] == _ZERO):
        return begin
    if at < data.size and data[at] == _DOT:
        at += 1
        part = at
        while at < data.size and _ZERO <= data[at] <= _NINE:
            at += 1
        return begin if at == part or at - begin > _LONGEST else at
    # An integer -0 is no minus nought, and a very long one is refused elsewhere.
    if at - begin > _LONGEST_INTEGER or (first > begin and data[first] == _ZERO):
        return begin
    return at


@compiled
def _text_end(data: Bytes, at: int) -> int:
    """Return the place of the quote that ends the text that begins with the quote at ``at``."""
    at += 1
    while at < data.size and data[at] != _QUOTE:
        at += 2 if data[at] == _ESCAPE else 1
    return at


@compiled
def element_end(data: Bytes, at: int) -> int:
    """Return where an element ends: at the comma or bracket behind it, or where the data end."""
    depth = 0
    while at < data.size:
        sign = data[at]
        if sign == _QUOTE:
            at = _text_end(data, at)
        elif sign in (_OPEN, _BRACE):
            depth += 1
        elif sign in (_CLOSE, _UNBRACE):
            if depth == 0:
                return at
            depth -= 1
        elif sign == _COMMA and depth == 0:
            return at
        at += 1
    return data.size


@compiled
def split_pairs(
    data: Bytes, at: int, pairs: Places, odd: NDArray[np.bool_]
) -> tuple[int, int, int]:
    """Find the next elements of an array; ``at`` stands behind its bracket, or behind a comma.

    ``pairs`` (4, n) takes begin and end of the first and of the second number; where ``odd`` is
    set, begin and end of the whole element and twice its end. Returns how many there are, where
    the next begins, and whether there are MORE, the array is CLOSED, or BROKEN.
    """
    found = 0
    while found < odd.size:
        at = _skip(data, at)
        begin = at
        odd[found] = True
        if at < data.size and data[at] == _OPEN:
            one = _skip(data, at + 1)
            one_end = _number_end(data, one)
            comma = _skip(data, one_end)
            if one_end > one and comma < data.size and data[comma] == _COMMA:
                two = _skip(data, comma + 1)
                two_end = _number_end(data, two)
                close = _skip(data, two_end)
                if two_end > two and close < data.size and data[close] == _CLOSE:
                    pairs[0, found], pairs[1, found] = one, one_end
                    pairs[2, found], pairs[3, found] = two, two_end
                    odd[found] = False
                    at = close + 1
        if odd[found]:
            at = element_end(data, begin)
            if at == begin:
                return found, at, BROKEN
            pairs[0, found], pairs[1, found] = begin, at
            pairs[2, found], pairs[3, found] = at, at
        found += 1
        at = _skip(data, at)
        if at >= data.size:
            return found, at, BROKEN
        if data[at] == _CLOSE:
            return found, at + 1, CLOSED
        if data[at] != _COMMA:
            return found, at, BROKEN
        at += 1
    return found, at, MORE


@compiled
def array_end(data: Bytes, at: int) -> int:
    """Return the place behind the bracket that closes an array, −1 for none.

    ``at`` stands behind the bracket that opens it.
    """
    depth = 1
    while at < data.size:
        sign = data[at]
        if sign == _QUOTE:
            at = _text_end(data, at)
        elif sign == _OPEN:
            depth += 1
        elif sign == _CLOSE:
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return -1


@compiled
def is_empty(data: Bytes, at: int) -> bool:
    """Say whether an array has no elements; ``at`` stands behind its bracket."""
    at = _skip(data, at)
    return at < data.size and data[at] == _CLOSE
