"""Hold the revisions of the boundaries that a file asks for, and answer its rows from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from geo.assign.rows import Rows
from geo.locate.columns import Assigned, RowReason
from geo.locate.index import GridIndex
from geo.tables.positions import Positions


@dataclass(frozen=True, slots=True)
class Revision:
    """Name one revision, and when it begins: microseconds since 1970 UTC.

    ``shapes`` is a hash of its shapes, or of those that it changes: another database has
    revisions of the same names.
    """

    name: str
    starts_us: int
    shapes: str = ""


@dataclass(slots=True)
class Coverages:
    """Hold revisions, in order of time, and how to get the index of each.

    ``codes`` are all codes that any of them has, ascending: answers are numbers into these. With
    one revision, all rows are answered from it; with ``by_time``, each from that of its time.
    """

    revisions: tuple[Revision, ...]
    codes: tuple[str, ...]
    index_of: Callable[[int], GridIndex]
    by_time: bool = False
    _held: dict[int, tuple[GridIndex, NDArray[np.int64] | None]] = field(default_factory=dict)

    @classmethod
    def of_one(cls, index: GridIndex, name: str, *, shapes: str = "") -> Coverages:
        """Return the coverage of one revision, for every row."""
        return cls((Revision(name, 0, shapes),), tuple(index.codes), lambda _number: index)

    @property
    def fingerprint(self) -> str:
        """Return a hash of the names, shapes and codes that answers may come from."""
        words = [f"{one.name}@{one.starts_us} {one.shapes}" for one in self.revisions]
        text = "\n".join([*words, str(self.by_time), *self.codes])
        return hashlib.sha256(text.encode()).hexdigest()

    def index(self, number: int) -> tuple[GridIndex, NDArray[np.int64] | None]:
        """Return the index of a revision, and the places of its codes among all; None: the same."""
        held = self._held.get(number)
        if held is None:
            index = self.index_of(number)
            same = tuple(index.codes) == self.codes
            places = None if same else _places(self.codes, index.codes)
            held = self._held[number] = (index, places)
        return held

    def assign(self, rows: Rows, *, threads: int = 1) -> Assigned:
        """Return the owner of every row, numbers into ``codes``, or the reason it has none."""
        if not self.by_time or rows.times is None:
            return self._from(0, rows.positions, threads)
        micros, told = rows.times.micros, rows.times.reasons
        starts = np.array([one.starts_us for one in self.revisions], dtype=np.int64)
        which = np.searchsorted(starts, micros, side="right") - 1
        numbers = np.full(micros.shape, -1, dtype=np.int64)
        reasons = np.where(told == 0, np.uint8(RowReason.BEFORE_FIRST), told).astype(np.uint8)
        which[told != 0] = -1
        for number in np.unique(which[which >= 0]).tolist():
            at = which == number
            found = self._from(number, _some(rows.positions, at), threads)
            numbers[at], reasons[at] = found.numbers, found.reasons
        return Assigned(numbers, reasons)

    def _from(self, number: int, positions: Positions, threads: int) -> Assigned:
        index, places = self.index(number)
        found = positions.assign(index, threads=threads)
        if places is None:
            return found
        return Assigned(np.where(found.numbers < 0, -1, places[found.numbers]), found.reasons)


def _some(positions: Positions, at: NDArray[np.bool_]) -> Positions:
    datums, unreadable, refused = positions.datums, positions.unreadable, positions.refused
    return replace(
        positions,
        lons=positions.lons[at],
        lats=positions.lats[at],
        datums=datums[at] if isinstance(datums, np.ndarray) else datums,
        unreadable=None if unreadable is None else unreadable[at],
        refused=None if refused is None else refused[at],
    )


def _places(codes: Sequence[str], own: Sequence[str]) -> NDArray[np.int64]:
    where = {code: number for number, code in enumerate(codes)}
    return np.array([where[code] for code in own], dtype=np.int64)
