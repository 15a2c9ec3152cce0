"""Read one random cell per point, and nothing else: what any table of cells costs at least.

A point's cell is computed from its longitude and latitude, the cell is read from a table of a given
size, and what stands there is written: the same streams in and out as ours. No owner comes of it.
"""
# ruff: noqa: D102 - LookupEngine says what each method does

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from bench.county import County, FloatArray
from bench.lookup_engines import InProcess
from bench.results import IntArray
from geo.locate.cells.instructions import fetch
from geo.locate.index import GridIndex

_BLOCK = 1024
_WORD_BYTES = 4
_USUAL_TOP_BYTES = 4_000_000


def top_level_bytes(index: GridIndex) -> int:
    """Return how large the first level of the index is; that of a county where it has none."""
    table = getattr(index, "_table", None)
    return int(table.top.nbytes) if table is not None else _USUAL_TOP_BYTES


class Cells:
    """Hold a square table of so many bytes over a box in degrees."""

    def __init__(self, bounds: tuple[float, float, float, float], table_bytes: int) -> None:
        side = max(1, math.isqrt(table_bytes // _WORD_BYTES))
        west, south, east, north = bounds
        self._frame: tuple[float, ...] = (
            west,
            south,
            side / (east - west),
            side / (north - south),
            side,
        )
        # Not zeros: the machine would give every page the same memory.
        self._table = np.arange(side * side, dtype=np.int32)

    def read(self, points: FloatArray) -> IntArray:
        """Return the word of the cell of each point; ``points`` of shape (2, n)."""
        answers = np.empty(points.shape[1], dtype=np.int64)
        lons, lats = points
        _COMPILED(lons, lats, answers, *self._frame, self._table)
        return answers


class OneCell(InProcess):
    """Read one cell of a table of so many bytes for each point."""

    def __init__(self, name: str, county: County, table_bytes: int) -> None:
        super().__init__()
        self.name = name
        self._cells = Cells(county.bounds, table_bytes)

    def run(self) -> IntArray | None:
        self._answers = self._cells.read(self._points)
        return self._answers


def _read_cells(
    lons: FloatArray,
    lats: FloatArray,
    out: IntArray,
    west: float,
    south: float,
    per_lon: float,
    per_lat: float,
    side: int,
    table: NDArray[np.int32],
) -> None:
    """Write the word of each point's cell: the best form found, as ours.

    The cells of a block first, then all their words asked for, so that the waits overlap.
    """
    cells = np.empty(_BLOCK, np.uint32)
    for base in range(0, len(lons), _BLOCK):
        count = min(_BLOCK, len(lons) - base)
        for i in range(count):
            x = (lons[base + i] - west) * per_lon
            y = (lats[base + i] - south) * per_lat
            inside = (x >= 0.0) & (x < side) & (y >= 0.0) & (y < side)
            cells[i] = np.uint32(np.int32(y) * side + np.int32(x)) if inside else 0
        for i in range(count):
            fetch(table, np.int64(cells[i]))
        for i in range(count):
            out[base + i] = table[cells[i]]


_COMPILED: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(_read_cells)
