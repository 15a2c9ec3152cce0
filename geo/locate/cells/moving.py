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
def relocate(top: Words, words: Words, shift: int) -> None:
    """Move all references by ``shift`` words, an even number: the records stand behind others."""
    for cell in range(len(top)):
        if top[cell] < -1:
            top[cell] -= shift
    at = 0
    while at < len(words):
        header = words[at]
        if header == PADDING:
            at += 1
        elif header < 0:
            count = 1 << (-2 * header)
            for i in range(at + 1, at + 1 + count):
                if words[i] < -1:
                    words[i] -= shift
            at += 1 + count
        else:
            at = leaf_end(words, at)


@compiled
def renumber(top: Words, words: Words, number_of_slot: IntArray) -> None:
    """Write numbers in place of slots."""
    for cell in range(len(top)):
        if top[cell] >= 0:
            top[cell] = number_of_slot[top[cell]]
    at = 0
    while at < len(words):
        header = words[at]
        if header == PADDING:
            at += 1
        elif header < 0:
            count = 1 << (-2 * header)
            for i in range(at + 1, at + 1 + count):
                if words[i] >= 0:
                    words[i] = number_of_slot[words[i]]
            at += 1 + count
        else:
            for i in range(at + 2, at + 2 + (words[at + 1] & CANDIDATES)):
                words[i] = number_of_slot[words[i]]
            at = leaf_end(words, at)
