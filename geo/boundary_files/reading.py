"""Read a file of an office: GeoJSON, Shapefile, GeoPackage, FlatGeobuf or KML.

Of areas, lines or points, one of them. The format is told from the first bytes, never from GDAL's
guess; everything else happens in a confined process (``launch``, ``child``). Coordinates come back
as the file has them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from geo.boundary_files import packing
from geo.boundary_files.drivers import INPUTS
from geo.boundary_files.launch import SHAPES, private_folder, run_job
from geo.boundary_files.layer import Layer, RawFeature
from geo.boundary_files.limits import MAX_FILE_BYTES, MAX_TEXT, MIB, READ_SECONDS
from geo.boundary_files.refusal import FileRefused

_HEAD_BYTES: Final = 4096
_KML_ROOT: Final = re.compile(rb"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<kml[\s>]", re.DOTALL)
_SHAPEFILE_HEAD: Final = b"\x00\x00\x27\x0a"
_SIDECARS: Final = (".shx", ".dbf", ".prj", ".cpg")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
FORMATS: Final[dict[str, str]] = {
    "geojson": "GeoJSON",
    "shapefile": "Shapefile",
    "gpkg": "GeoPackage",
    "flatgeobuf": "FlatGeobuf",
    "kml": "KML",
}


def read_layer(
    path: Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    lines: bool = False,
    points: bool = False,
    seconds: float = READ_SECONDS,
) -> Layer:
    """Return one layer of the file at ``path``; raise FileRefused with what is wrong.

    ``layer`` is needed when a file has several; ``encoding`` overrules what a Shapefile says of
    its texts; ``lines`` asks for lines instead of areas, ``points`` for points, each of which comes
    as a line that is there twice. Nothing is left on the disk, and no other file is read but the
    parts of a Shapefile that lie beside a bare .shp.
    """
    head = _head(path)
    found = format_of(head)
    job: dict[str, Any] = {"task": "read", "format": found, "layer": layer, "encoding": encoding}
    lines = lines or points
    job |= {"lines": lines, "points": points}
    with private_folder() as folder:
        _copy(path, folder, found, zipped=head.startswith(b"PK"))
        outcome = run_job(folder, job, seconds=seconds)
        packed = packing.load(folder / SHAPES, lines=lines)
    shapes = packing.unpack_lines(packed) if lines else packing.unpack(packed)
    return _layer(outcome, shapes, found, path.stem)


def _head(path: Path) -> bytes:
    try:
        # A device or a pipe has no end; a size of nothing says so.
        if not path.is_file():
            raise FileRefused("no_file", "没有这个文件。")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise FileRefused(
                "too_large", f"文件超过{MAX_FILE_BYTES // MIB} MiB，请按旗县分开或压缩为 zip。"
            )
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        raise FileRefused("no_file", "文件无法打开，请检查路径和权限。") from None


def format_of(head: bytes) -> str:
    """Return the format of a file by its first bytes; raise FileRefused for an unknown one."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", _SHAPEFILE_HEAD)):
        return "shapefile"
    if head.startswith(b"SQLite format 3\x00"):
        return "gpkg"
    if head.startswith(b"fgb\x03fgb"):
        return "flatgeobuf"
    if text.startswith(b"{"):
        return "geojson"
    if _KML_ROOT.match(text):
        return "kml"
    raise FileRefused(
        "unknown_format",
        "文件格式未知：可导入 GeoJSON、Shapefile（zip）、GeoPackage、FlatGeobuf、KML。",
    )


def _copy(path: Path, folder: Path, found: str, *, zipped: bool) -> None:
    """Copy the file under a name of our own."""
    shutil.copyfile(path, folder / ("input.zip" if zipped else INPUTS[found]))
    if found == "shapefile" and not zipped:
        for suffix in _SIDECARS:
            for beside in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
                if beside.is_file() and beside.stat().st_size <= MAX_FILE_BYTES:
                    shutil.copyfile(beside, folder / f"layer{suffix}")


def _layer(outcome: dict[str, Any], shapes: Sequence[BaseGeometry], found: str, stem: str) -> Layer:
    rows, problems = outcome["rows"], outcome["problems"]
    if not len(shapes) == len(rows) == len(problems):
        raise FileRefused("unreadable", "文件内容无法读取。")
    columns = tuple(_text(name, 0) for name in outcome["columns"])
    features = tuple(
        RawFeature(
            number=number,
            values={
                column: _text(value, number) if isinstance(value, str) else value
                for column, value in zip(columns, row, strict=True)
            },
            geometry=None if problem or shape.is_empty else shape,
            problem=problem,
        )
        for number, (row, shape, problem) in enumerate(zip(rows, shapes, problems, strict=True), 1)
    )
    name = "" if outcome["name"] in ("layer", "input") else outcome["name"]
    return Layer(
        format=found,
        name=_text(name, 0) or stem,
        other_layers=tuple(_text(name, 0) for name in outcome["other_layers"]),
        columns=columns,
        features=features,
        epsg=outcome["epsg"],
        system_text=_text(outcome["system_text"], 0),
        encoding=outcome["encoding"],
        encoding_from=outcome["encoding_from"],
        notes=tuple(outcome["notes"]),
    )


def _text(value: str, number: int) -> str:
    """Return a text that a database and a page can hold; raise FileRefused for another."""
    if len(value) > MAX_TEXT:
        raise FileRefused("bad_text", f"第{number}行有超过{MAX_TEXT}字的文字。")
    if _CONTROL.search(value):
        raise FileRefused("bad_text", f"第{number}行的文字含有控制字符或残缺字符，请检查编码。")
    return value.strip()
