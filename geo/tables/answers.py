"""Write answers as columns: grid, decision and reason, each a dictionary of its few values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

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
        grids = assigned.numbers.astype(np.int32)
        undecided = grids < 0
        reasons = assigned.reasons.astype(np.int8) - np.int8(1)
        return [
            _pointing(grids, self._grids, undecided),
            _pointing(undecided.astype(np.int8), self._decisions, None),
            _pointing(reasons, self._reasons, reasons < 0),
        ]


def _pointing(
    numbers: NDArray[np.int32] | NDArray[np.int8],
    values: pa.Array,
    none: NDArray[np.bool_] | None,
) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(numbers, mask=none), values, safe=False)
