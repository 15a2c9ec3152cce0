"""Read positions and times from the named columns of a block of rows.

A cell that says nothing marks its own row and stops no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.assign.points import points_of
from geo.assign.times import Times, read_times
from geo.boundary_files.systems import CoordinateSystem
from geo.crs import STORAGE_EPSG, transform_rows
from geo.errors import GeoError
from geo.locate.columns import RowReason
from geo.position import Datum
from geo.tables.datum_column import datums_of
from geo.tables.numbers import numbers_of
from geo.tables.positions import Positions


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Name the columns that hold what is needed: ``lon`` and ``lat``, or else ``geometry``.

    ``system`` is that of all rows, or of those whose ``crs`` cell is empty. ``at`` holds each
    row's time; ``zone_minutes`` is the offset of times that say none.
    """

    lon: str | None = None
    lat: str | None = None
    geometry: str | None = None
    system: CoordinateSystem | None = None
    crs: str | None = None
    at: str | None = None
    zone_minutes: int | None = None

    @property
    def read(self) -> list[str]:
        """Return the names of the columns that are read, each once."""
        named = (self.lon, self.lat, self.geometry, self.crs, self.at)
        return list(dict.fromkeys(name for name in named if name is not None))


@dataclass(frozen=True, slots=True)
class Rows:
    """Hold what a block asks: its positions, and the times where each row has its own."""

    positions: Positions
    times: Times | None


def require_columns(names: list[str], columns: Columns) -> None:
    """Refuse columns that are not there or are there twice, saying which there are."""
    shown = "、".join(names[:60]) + ("……" if len(names) > 60 else "")
    for name in columns.read:
        if name not in names:
            raise GeoError(
                "missing_column", f"文件中没有“{name}”列；现有的列：{shown}。", field=name
            )
        if names.count(name) > 1:
            raise GeoError("duplicate_column", f"文件中有不止一个“{name}”列。", field=name)


def read_rows(
    block: pa.RecordBatch, columns: Columns, *, refused: NDArray[np.uint8] | None = None
) -> Rows:
    """Return the positions and times of a block; raise GeoError for columns of a wrong type.

    ``refused`` holds a RowReason for rows that the reader of the file could not take.
    """
    times = None
    if columns.at is not None:
        times = read_times(_plain(block.column(columns.at)), zone_minutes=columns.zone_minutes)
    return Rows(_positions(block, columns, refused), times)


def _plain(column: Any) -> Any:
    """Return a column whose cells are values themselves, not numbers of values."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _positions(
    block: pa.RecordBatch, columns: Columns, refused: NDArray[np.uint8] | None
) -> Positions:
    unreadable = None
    if columns.geometry is not None:
        xs, ys, no_point = points_of(_plain(block.column(columns.geometry)))
        refused = np.where(no_point, RowReason.NOT_A_POINT, RowReason.NONE).astype(np.uint8)
    else:
        xs, no_x = numbers_of(block.column(columns.lon))
        ys, no_y = numbers_of(block.column(columns.lat))
        marks = [mark for mark in (no_x, no_y) if mark is not None]
        unreadable = np.logical_or.reduce(marks) if marks else None
    system = columns.system
    if columns.crs is not None:
        fallback = None if system is None else system.datum
        datums = datums_of(block.column(columns.crs), fallback=fallback)
        return Positions(xs, ys, datums, unreadable, refused)
    if system is not None and system.datum is not None:
        return Positions(xs, ys, system.datum, unreadable, refused)
    # What the projection cannot express comes back as no number, and is told so.
    epsg = STORAGE_EPSG if system is None or system.epsg is None else system.epsg
    xs, ys = transform_rows(xs, ys, source_epsg=epsg, target_epsg=STORAGE_EPSG)
    return Positions(xs, ys, Datum.CGCS2000, unreadable, refused)
