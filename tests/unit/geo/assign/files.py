"""Make small files of points over a small coverage, in every format, and read them back."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from geo.assign.answers import Answers
from geo.assign.coverages import Coverages
from geo.assign.job import Order, assign_file
from geo.assign.rows import Columns
from geo.assign.running import Counts, Progress
from geo.boundary_files.systems import parse_system
from geo.locate.index import GridIndex
from tests.unit.geo.random_coverage import random_coverage

CODES, SHAPES = random_coverage(3)
INDEX = GridIndex(CODES, SHAPES)
LON_LAT = Columns(lon="lon", lat="lat", system=parse_system("cgcs2000"))
# A row without numbers, one out of range, one at nowhere: each keeps its place.
BAD_ROWS = {5: "经纬度不是有限的数值。", 7: "纬度应在", 11: "坐标恰为(0,0)"}


def coverages() -> Coverages:
    return Coverages.of_one(INDEX, "r1")


def points(rows: int = 3000, seed: int = 1) -> pa.Table:
    west, south, east, north = INDEX.bounds
    source = np.random.default_rng(seed)
    lons = source.uniform(west - (east - west) * 0.05, east, rows)
    lats = source.uniform(south, north, rows)
    for row, (lon, lat) in {5: (np.nan, 40.0), 7: (110.0, 91.0), 11: (0.0, 0.0)}.items():
        if row < rows:
            lons[row], lats[row] = lon, lat
    return pa.table(
        {
            "id": np.arange(rows),
            "lon": lons,
            "lat": lats,
            "text": [f'第{row % 97}号, "{row}"' for row in range(rows)],
        }
    )


def expected(table: pa.Table) -> list[str | None]:
    lons, lats = (table[name].to_numpy() for name in ("lon", "lat"))
    return [
        INDEX.owner(lon=float(lon), lat=float(lat)) if row not in BAD_ROWS else None
        for row, (lon, lat) in enumerate(zip(lons, lats, strict=True))
    ]


def write(table: pa.Table, path: Path, *, rows: int = 500) -> Path:
    """Write a table in the format that the name says, in pieces of ``rows``."""
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=rows)
    elif path.suffix == ".arrows":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as out:
            out.write_table(table, max_chunksize=rows)
    elif path.suffix == ".arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
            out.write_table(table, max_chunksize=rows)
    else:
        text = pa.BufferOutputStream()
        pacsv.write_csv(table, text)
        content = text.getvalue().to_pybytes()
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def read(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    if path.suffix == ".arrows":
        with pa.OSFile(str(path)) as file:
            return pa.ipc.open_stream(file).read_all()
    if path.suffix == ".arrow":
        with pa.OSFile(str(path)) as file:
            return pa.ipc.open_file(file).read_all()
    content = path.read_bytes()
    plain = gzip.decompress(content) if path.suffix == ".gz" else content
    texts = dict.fromkeys(("grid", "decision", "reason", "grid_name", "text"), pa.string())
    options = pacsv.ConvertOptions(column_types=texts, strings_can_be_null=True)
    return pacsv.read_csv(pa.BufferReader(plain), convert_options=options)


def order(source: Path, out: Path, **changes: Any) -> Order:
    given = {"columns": LON_LAT, "answers": Answers(INDEX.codes), "block_rows": 177, "threads": 2}
    return Order(source=source, out=out, **{**given, **changes})


def assign(
    source: Path,
    out: Path,
    tell: Callable[[Progress], None] = lambda _progress: None,
    **changes: Any,
) -> Counts:
    return assign_file(order(source, out, **changes), coverages(), tell=tell)


def beside(out: Path) -> list[str]:
    """Return what lies beside an output that is not the output itself."""
    return sorted(path.name for path in out.parent.iterdir() if ".part" in path.name)
