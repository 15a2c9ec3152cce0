"""Compile beforehand what is compiled at the first call: after an installation or an upgrade.

A lookup takes microseconds, its first compilation seconds. Whoever starts a service, or tests,
calls this first; what is compiled already is only read. ``python -m geo.warming`` does it alone.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from shapely.geometry import box

from geo.compiled_cache import mark_warm
from geo.compiling import ASKED_FOR
from geo.datums import datum_steps, from_cgcs2000_arrays
from geo.locate.columns import DatumCode, assign_columns
from geo.locate.index import GridIndex
from geo.position import Datum, Position
from geo.tables.warming import warm_tables


def warm() -> None:
    """Ask one question of each kind."""
    codes = ["150221104001001", "150221104001002"]
    west, east = box(110.0, 40.0, 110.1, 40.1), box(110.1, 40.0, 110.2, 40.1)
    index = GridIndex(codes, [west, east])
    index = index.changed({codes[1]: box(110.1, 40.0, 110.19, 40.1)})
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder) / "index")
        index = GridIndex.open(Path(folder) / "index")
    index.nearest_outside(lon=109.9, lat=40.05)
    index.covering(lon=110.1, lat=40.05)
    lons, lats = np.array([110.05, 110.15]), np.array([40.05, 40.05])
    for datum in ("GCJ02", "BD09"):
        datums = np.full(2, DatumCode[datum], dtype=np.uint8)
        assign_columns(index, lons, lats, datums)
    from_cgcs2000_arrays(lons, lats, Datum.GCJ02)
    datum_steps(Position(lon=110.05, lat=40.05, datum=Datum.BD09))
    warm_tables(index)


if __name__ == "__main__":
    warm()
    mark_warm(ASKED_FOR)
