"""Say what a reader gives and a writer takes: blocks of rows, the same for every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from geo.locate.columns import Assigned
from geo.tables.csv_reading import CsvRows
from geo.tables.positions import Positions

# What is sent one behind the other; what lies in memory already is not copied for that.
Pieces = Sequence[bytes | memoryview]


class Block(Protocol):
    """Hold some rows: their positions, and their own columns when these are asked for."""

    @property
    def positions(self) -> Positions:
        """Return the positions."""
        ...

    @property
    def lines(self) -> CsvRows | None:
        """Return the rows as they came, when they came as CSV."""
        ...

    def columns(self, assigned: Assigned) -> pa.RecordBatch:
        """Return the columns that are handed through, by the reader's schema."""
        ...


class Reader(Protocol):
    """Read a batch; opening it has read its header."""

    @property
    def schema(self) -> pa.Schema:
        """Return the columns that are handed through."""
        ...

    @property
    def at(self) -> datetime | None:
        """Return the instant that the body itself asks for."""
        ...

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in their order."""
        ...


class Writer(Protocol):
    """Write an answer."""

    def begin(self) -> bytes:
        """Return what stands before the first row."""
        ...

    def rows(self, block: Block, assigned: Assigned) -> Pieces:
        """Return some rows, in as many pieces as they lie in."""
        ...

    def end(self) -> bytes:
        """Return what makes the answer whole."""
        ...


def place_of(names: Sequence[str], wanted: str) -> int | None:
    """Return the place of a column by its name, None where it is not."""
    return list(names).index(wanted) if wanted in names else None
