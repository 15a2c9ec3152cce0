"""Be the throw-away process: read or write one file, leave the answer in the folder, end."""

from __future__ import annotations

import json
import sys
import sysconfig
from pathlib import Path
from typing import Any

import geo
from geo.boundary_files import geojson_text, text_encoding
from geo.boundary_files.archive import unpack_shapefile
from geo.boundary_files.confinement import confine, limit_resources
from geo.boundary_files.launch import JOB, OUTCOME, SHAPES
from geo.boundary_files.left_out import leave_out
from geo.boundary_files.refusal import FileRefused

Answer = dict[str, Any]


def main(folder_name: str) -> None:
    """Do the job in ``folder_name``; a refusal is an answer, anything else ends the process."""
    limit_resources()
    folder = Path(folder_name)
    job: dict[str, Any] = json.loads((folder / JOB).read_text(encoding="utf-8"))
    try:
        outcome = _do(job, folder)
    except FileRefused as refusal:
        outcome = {"refused": refusal.reason, "message": refusal.message}
    except MemoryError:
        outcome = {"refused": "too_large", "message": "读取此文件所需的内存超限，请分开导入。"}
    # Half surrogates are legal inside JSON's escapes and nowhere else; the parent looks for them.
    (folder / OUTCOME).write_text(json.dumps(outcome), encoding="ascii")


def _do(job: dict[str, Any], folder: Path) -> Answer:
    if job["format"] == "geojson":
        return _confined(folder) | _read_geojson(job, folder)
    leave_out("geopandas", "pandas", "pyarrow")
    # Everything of GDAL is loaded before the walls go up.
    from geo.boundary_files import gdal_reading, gdal_writing

    gdal_reading.require_one_driver(job["format"])
    walls = _confined(folder)
    if job["task"] == "write":
        gdal_writing.write(job, folder)
        return walls
    names: Answer = {}
    if (folder / "input.zip").exists():
        name, others = unpack_shapefile(folder / "input.zip", folder, layer=job["layer"])
        names = {"name": name, "other_layers": others}
    return walls | gdal_reading.read(job, folder) | names


def _confined(folder: Path) -> Answer:
    packages = Path(geo.__file__).resolve().parent
    # /usr holds the tables by which the C library converts GB18030.
    system = (Path("/usr"), Path("/lib"), Path("/lib64"))
    mine = (Path(sys.prefix), Path(sys.base_prefix), Path(sysconfig.get_path("purelib")))
    return {"walls": confine(readable=(packages, *mine, *system), working=folder)}


def _read_geojson(job: dict[str, Any], folder: Path) -> Answer:
    asked = job["encoding"]
    codec = text_encoding.asked_codec(asked) if asked else "utf-8"
    layer = geojson_text.parse(
        (folder / "input.geojson").read_bytes(),
        encoding=codec,
        lines=bool(job.get("lines")),
        points=bool(job.get("points")),
    )
    layer.packed.save(folder / SHAPES)
    columns: dict[str, None] = {}
    for row in layer.values:
        columns.update(dict.fromkeys(row))
    return {
        "name": layer.name,
        "other_layers": [],
        "epsg": layer.epsg,
        "system_text": layer.system_text,
        "encoding": codec,
        "encoding_from": "指定" if asked else "GeoJSON 规定",
        "columns": list(columns),
        "rows": [[row.get(column) for column in columns] for row in layer.values],
        "problems": layer.problems,
        "notes": layer.notes,
    }
