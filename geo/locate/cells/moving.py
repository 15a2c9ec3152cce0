"""Move records to another place, and give their candidates other numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiling import compiled
from geo.locate.cells.layout import CANDIDATES, PADDING
from geo.locate.cells.leaf import leaf_end

IntArray = NDArray[np.int64]
Words = NDArray[np.int32]


@compiled
def _references(words: Words, at: int) -> tuple[int, int, int]:
    """Return where the references of the record at ``at`` begin and end, and the next record.

    Those of a leaf are slots, those of a branch words as a cell of the frame has one.
    """
    header = words[at]
    if header == PADDING:
        return at, at, at + 1
    if header < 0:
        end = at + 1 + (1 << (-2 * header))
        return at + 1, end, end
    return at + 2, at + 2 + (words[at + 1] & CANDIDATES), leaf_end(words, at)


@compiled
def relocate(top: Words, words: Words, shift: int) -> None:
    """Move all references by ``shift`` words, an even number: the records stand behind others."""
    for cell in range(len(top)):
        if top[cell] < -1:
            top[cell] -= shift
    at = 0
    while at < len(words):
        begin, end, at = _references(words, at)
        for i in range(begin, end):
            if words[i] < -1:
                words[i] -= shift


@compiled
def renumber(top: Words, words: Words, number_of_slot: IntArray) -> None:
    """Write numbers in place of slots."""
    for cell in range(len(top)):
        if top[cell] >= 0:
            top[cell] = number_of_slot[top[cell]]
    at = 0
    while at < len(words):
        begin, end, at = _references(words, at)
        for i in range(begin, end):
            if words[i] >= 0:
                words[i] = number_of_slot[words[i]]
