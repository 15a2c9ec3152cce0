"""Be the throw-away process that reads one layer of a GeoPackage: rows go out as an Arrow stream.

Nothing of GDAL runs in the process that has the database and the output (ADR 0015). Here it knows
one driver, may read the packages and the one file, write nothing, and talk to nobody.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import sysconfig
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import geo
from geo.boundary_files.confinement import confine, limit_resources
from geo.boundary_files.left_out import leave_out
from geo.boundary_files.refusal import FileRefused

# A whole archive takes its time; the parent ends this process when it is no longer wanted.
_CPU_SECONDS: Final = 24 * 3600
ABOUT: Final = b"wangge:layer"
_REFUSED: Final = 3


def main(folder_name: str) -> None:
    """Write the layer that ``job.json`` names to standard output; a refusal as ``refused.json``.

    Whoever reads it has all rows only when this process ends with 0.
    """
    limit_resources(cpu_seconds=_CPU_SECONDS)
    folder = Path(folder_name)
    job: dict[str, Any] = json.loads((folder / "job.json").read_text("utf-8"))
    try:
        _send(job, folder)
    except FileRefused as refusal:
        told = {"reason": refusal.reason, "message": refusal.message}
        (folder / "work" / "refused.json").write_text(json.dumps(told), "ascii")
        os._exit(_REFUSED)
    sys.stdout.buffer.flush()
    # At once: threads that outlive this one may abort the process, whatever was written.
    os._exit(0)


def _send(job: dict[str, Any], folder: Path) -> None:
    leave_out("geopandas", "pandas")
    # Everything of GDAL and Arrow is loaded before the walls go up.
    import pyarrow as pa
    import pyogrio  # type: ignore[import-untyped]
    from pyogrio.errors import DataLayerError, DataSourceError  # type: ignore[import-untyped]

    from geo.boundary_files import gdal_reading

    gdal_reading.require_one_driver("gpkg")
    packages = Path(geo.__file__).resolve().parent
    mine = (Path(sys.prefix), Path(sys.base_prefix), Path(sysconfig.get_path("purelib")))
    system = (Path("/usr"), Path("/lib"), Path("/lib64"))
    confine(readable=(packages, *mine, *system, folder / "in"), working=folder / "work")
    path = folder / "in" / "input.gpkg"
    gdal_reading.check_geopackage(path)
    try:
        layer, _ = gdal_reading.layer_of(path, job["layer"])
        with pyogrio.open_arrow(
            path, layer=layer, batch_size=job["rows"], use_pyarrow=True, IMMUTABLE="YES"
        ) as (meta, reader):
            about = {"column": meta["geometry_name"], "crs": meta["crs"]}
            noted = reader.schema.with_metadata({ABOUT: json.dumps(about)})
            out, rows = pa.ipc.new_stream(sys.stdout.buffer, noted), 0
            for batch in reader:
                out.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=noted))
                rows += batch.num_rows
            # Where a page is damaged GDAL ends the layer and says nothing.
            if rows != _row_count(path, layer):
                raise ValueError("not all rows")
            out.close()
    except FileRefused:
        raise
    except (DataSourceError, DataLayerError, pa.ArrowException, sqlite3.Error, OSError, ValueError):
        raise FileRefused("unreadable", "GeoPackage 损坏，无法读取。") from None


def _row_count(path: Path, layer: str) -> int:
    table = layer.replace('"', '""')
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        # NOT INDEXED: an index may be whole where the table is not.
        found = database.execute(f'SELECT count(*) FROM "{table}" NOT INDEXED')  # noqa: S608 - quoted
        return int(found.fetchone()[0])
