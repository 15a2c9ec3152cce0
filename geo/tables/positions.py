"""Take the positions out of a block of columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.locate.columns import Assigned, RowReason, assign_columns
from geo.locate.index import GridIndex
from geo.position import Datum
from geo.tables.datum_column import datums_of
from geo.tables.numbers import BoolArray, FloatArray, numbers_of


@dataclass(frozen=True, slots=True)
class Positions:
    """Hold the positions of a block as ``assign_columns`` takes them, arrays of shape (n,).

    ``refused`` holds a RowReason for rows that the reader itself could not take, NONE elsewhere.
    """

    lons: FloatArray
    lats: FloatArray
    datums: Datum | NDArray[np.uint8]
    unreadable: BoolArray | None = None
    refused: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.lons)

    def assign(self, index: GridIndex, *, threads: int = 1) -> Assigned:
        """Return the owner of every row, or the reason why it has none."""
        found = assign_columns(
            index, self.lons, self.lats, self.datums, unreadable=self.unreadable, threads=threads
        )
        if self.refused is not None:
            kept = self.refused != RowReason.NONE
            found.numbers[kept] = -1
            found.reasons[kept] = self.refused[kept]
        return found


def positions_of(
    lon: pa.Array,
    lat: pa.Array,
    crs: pa.Array | None,
    *,
    fallback: Datum | None,
    refused: NDArray[np.uint8] | None = None,
) -> Positions:
    """Return the positions in three columns of one length; ``fallback`` where no datum is named.

    Raises TableRefused for columns whose types can hold neither numbers nor names.
    """
    lons, no_lon = numbers_of(lon)
    lats, no_lat = numbers_of(lat)
    if no_lon is None or no_lat is None:
        unreadable = no_lon if no_lat is None else no_lat
    else:
        unreadable = no_lon | no_lat
    if crs is None and fallback is not None:
        return Positions(lons, lats, fallback, unreadable, refused)
    names = crs if crs is not None else pa.nulls(len(lon))
    return Positions(lons, lats, datums_of(names, fallback=fallback), unreadable, refused)
