"""Turn the answers of a block into the columns of the output, with names if asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.locate.columns import Assigned, RowReason
from geo.tables.answers import ANSWER_NAMES, AnswerColumns

NAME_COLUMNS: Final = ("county_name", "township_name", "community_name", "grid_name")


class _Names:
    """Hold a column of names by number, each name once.

    For a dictionary with repeated texts pyarrow reserves a page of Parquet with room for all of
    them, and what lay in that memory before goes into the file.
    """

    def __init__(self, texts: Sequence[str | None]) -> None:
        values = [text for text in dict.fromkeys(texts) if text is not None]
        place = {text: at for at, text in enumerate(values)}
        self._values = pa.array(values, pa.string())
        # The last entry stands for −1.
        self._places = np.array([*(-1 if t is None else place[t] for t in texts), -1], np.int32)

    def of(self, numbers: NDArray[np.int64]) -> pa.DictionaryArray:
        """Return the name of each number, −1 and None as null."""
        at = self._places[numbers]
        return pa.DictionaryArray.from_arrays(pa.array(at, mask=at < 0), self._values)


@dataclass(frozen=True, slots=True)
class Answers:
    """Hold what answers are written with: all codes, ascending, and the names by column.

    ``names`` has a text or None for each code; ``prefix`` stands before each column's name.
    """

    codes: tuple[str, ...]
    names: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    prefix: str = ""
    _named: tuple[_Names, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Tell the names apart once, not for every block: a country has many."""
        object.__setattr__(self, "_named", tuple(map(_Names, self.names.values())))

    @property
    def titles(self) -> list[str]:
        """Return the names of the columns, in their order."""
        return [self.prefix + name for name in (*ANSWER_NAMES, *self.names)]

    def of(self, found: Assigned) -> list[Any]:
        """Return the columns of a block, dictionaries: the same for every block."""
        names = [named.of(found.numbers) for named in self._named]
        return [*AnswerColumns(self.codes).of(found), *names]

    def compact(self, found: Assigned) -> list[Any]:
        """Return the columns of a block, dictionaries of the codes that occur in it alone."""
        used, numbers = _used(found.numbers, len(self.codes))
        names = {title: [texts[n] for n in used] for title, texts in self.names.items()}
        fewer = Answers(tuple(self.codes[n] for n in used), names, self.prefix)
        return fewer.of(Assigned(numbers, found.reasons))


def _used(numbers: NDArray[np.int64], count: int) -> tuple[list[int], NDArray[np.int64]]:
    """Return which numbers occur, and for each row the place of its number among them."""
    seen = np.zeros(count + 1, dtype=np.bool_)
    seen[numbers] = True
    # −1, for none, has marked the last place.
    seen[count] = False
    places = np.cumsum(seen, dtype=np.int64) - 1
    places[count] = -1
    return np.flatnonzero(seen).tolist(), places[numbers]


def count_reasons(found: Assigned) -> dict[str, int]:
    """Return how many rows have which reason, by its name in lower case."""
    counts = np.bincount(found.reasons, minlength=len(RowReason)).tolist()
    return {
        reason.name.lower(): counts[reason] for reason in RowReason if reason and counts[reason]
    }


def no_answers() -> Assigned:
    """Return the answers of no rows."""
    return Assigned(np.zeros(0, np.int64), np.zeros(0, np.uint8))
