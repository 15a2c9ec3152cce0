"""Write answers as columns: grid, decision and reason, each a dictionary of its few values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.compiling import compiled
from geo.locate.columns import REASON_WORDS, Assigned, RowReason

ANSWER_NAMES: Final = ("grid", "decision", "reason")
AUTO, DESK = "auto", "desk"


class AnswerColumns:
    """Hold the values that answers from one index can have, ready to be pointed at."""

    def __init__(self, codes: Sequence[str]) -> None:
        """Take the codes of the index."""
        self._grids = pa.array(codes, pa.string())
        self._decisions = pa.array([AUTO, DESK])
        # NONE is a null, so the first reason is number 0.
        self._reasons = pa.array([REASON_WORDS[reason] for reason in RowReason][1:], pa.string())

    @property
    def fields(self) -> list[pa.Field]:
        """Return the three fields."""
        kinds = (
            (pa.int32(), True),
            (pa.int8(), False),
            (pa.int8(), True),
        )
        return [
            pa.field(name, pa.dictionary(number, pa.string()), nullable=nullable)
            for name, (number, nullable) in zip(ANSWER_NAMES, kinds, strict=True)
        ]

    def of(self, assigned: Assigned) -> list[pa.DictionaryArray]:
        """Return the three columns for a block of answers."""
        count = len(assigned.numbers)
        grids = np.empty(count, dtype=np.int32)
        decisions, reasons = np.empty(count, dtype=np.int8), np.empty(count, dtype=np.int8)
        # One bit for each row that has a grid, and for each that has a reason.
        has_grid = np.zeros(-(-count // 8), dtype=np.uint8)
        has_reason = np.zeros(-(-count // 8), dtype=np.uint8)
        _point(assigned.numbers, assigned.reasons, grids, decisions, reasons, has_grid, has_reason)
        return [
            _pointing(pa.int32(), grids, self._grids, has_grid),
            _pointing(pa.int8(), decisions, self._decisions, None),
            _pointing(pa.int8(), reasons, self._reasons, has_reason),
        ]


def _pointing(
    kind: pa.DataType,
    numbers: NDArray[np.int32] | NDArray[np.int8],
    values: pa.Array,
    valid: NDArray[np.uint8] | None,
) -> pa.DictionaryArray:
    bits = None if valid is None else pa.py_buffer(valid)
    indices = pa.Array.from_buffers(kind, len(numbers), [bits, pa.py_buffer(numbers)])
    return pa.DictionaryArray.from_arrays(indices, values, safe=False)


@compiled
def _point(
    numbers: NDArray[np.int64],
    told: NDArray[np.uint8],
    grids: NDArray[np.int32],
    decisions: NDArray[np.int8],
    reasons: NDArray[np.int8],
    has_grid: NDArray[np.uint8],
    has_reason: NDArray[np.uint8],
) -> None:
    # Loops of one thing each, which the compiler does for many rows at once.
    for row in range(numbers.size):
        grids[row] = max(numbers[row], 0)
        decisions[row] = numbers[row] < 0
    for row in range(told.size):
        reasons[row] = told[row] - (told[row] > 0)
    whole = numbers.size >> 3
    for byte in range(whole):
        grid_bits = reason_bits = 0
        for bit in range(8):
            row = 8 * byte + bit
            grid_bits |= (numbers[row] >= 0) << bit
            reason_bits |= (told[row] > 0) << bit
        has_grid[byte] = grid_bits
        has_reason[byte] = reason_bits
    for row in range(8 * whole, numbers.size):
        has_grid[whole] |= (numbers[row] >= 0) << (row & 7)
        has_reason[whole] |= (told[row] > 0) << (row & 7)
