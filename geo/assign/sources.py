"""Say what a file is read as: blocks of rows, with a mark at which reading may go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.tables.csv_reading import CsvRows


@dataclass(frozen=True, slots=True)
class Block:
    """Hold some rows of a file, and how many rows there are up to their end.

    ``rows`` has all columns, or where ``lines`` are what is handed through only those that are
    read. ``refused`` holds a RowReason for rows that the reader could not take.
    """

    rows: pa.RecordBatch
    mark: int
    lines: CsvRows | None = None
    refused: NDArray[np.uint8] | None = None


class Source(Protocol):
    """Read a file block by block, from any place where a block ended."""

    schema: pa.Schema
    # None where only reading the file would tell.
    row_count: int | None

    def blocks(self, mark: int) -> Iterator[Block]:
        """Yield the blocks after ``mark`` rows; raise GeoError for what is damaged."""
        ...

    def share_read(self) -> float:
        """Return how much of the file has been read, 0 to 1."""
        ...

    def warnings(self) -> list[str]:
        """Return sentences about what is doubtful, after the blocks have been read to the end."""
        ...
