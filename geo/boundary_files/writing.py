"""Write the coverage for other programs: GeoJSON, GeoPackage or Shapefile, all CGCS2000 degrees.

GeoJSON holds eight decimals, the lattice itself: what is written is the stored boundary.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from geo.boundary_files import packing
from geo.boundary_files.drivers import OUTPUTS
from geo.boundary_files.launch import SHAPES, private_folder, run_job
from geo.boundary_files.refusal import FileRefused
from geo.boundary_files.text_encoding import asked_codec
from geo.lattice import DECIMALS

NOTICE: Final = "网格界线仅用于服务管理，不作为行政区域界线和土地权属依据"
WRITTEN_FORMATS: Final = {"geojson": "geojson", "gpkg": "gpkg", "shp": "shapefile"}
_CRS: Final = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
_CPG_NAMES: Final = {"utf-8": "UTF-8", "gb18030": "GB18030"}
_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")

# Column → one value a row; no table has texts of more than a few hundred bytes.
Table = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedArea:
    """Hold one area as it is written: its stored shape is CGCS2000 degrees on the lattice."""

    code: str
    name: str
    level: str
    kind: str
    parent: str
    households: int
    exclave: bool
    geometry: BaseGeometry


def write_areas(
    path: Path,
    areas: Sequence[ExportedArea],
    *,
    format_name: str,
    encoding: str = "utf-8",
    lineage: Table | None = None,
    about: Mapping[str, str] | None = None,
) -> None:
    """Write ``areas`` to ``path``: whole, or nothing.

    ``format_name`` is geojson, gpkg or shp (a .zip, or a .shp with its parts beside it).
    ``encoding`` is that of a Shapefile's texts, utf-8 or gb18030. ``lineage`` becomes a table of
    its own. The notice and ``about`` (revision, instant) go with every format: members of the
    GeoJSON, a table of the GeoPackage, a text beside the Shapefile. Raises FileRefused.
    """
    if not areas:
        raise FileRefused("no_features", "该时间没有可导出的界线。")
    if format_name == "geojson":
        put_file(path, _geojson(areas, lineage, about or {}))
    elif format_name in WRITTEN_FORMATS:
        _write_with_gdal(path, areas, format_name, encoding, lineage, about or {})
    else:
        raise FileRefused("unknown_format", "导出格式应为 geojson、gpkg 或 shp。")


def _write_with_gdal(
    path: Path, areas: Sequence[ExportedArea], format_name: str, encoding: str,
    lineage: Table | None, about: Mapping[str, str],
) -> None:  # fmt: skip
    codec = asked_codec(encoding)
    if codec not in _CPG_NAMES:
        raise FileRefused("unknown_encoding", "导出编码应为 utf-8 或 gb18030。")
    found = WRITTEN_FORMATS[format_name]
    facts = {"notice": NOTICE, "crs": "EPSG:4490", **about}
    separate: dict[str, Table] = {}
    if found == "gpkg":
        separate["about"] = {"item": list(facts), "value": list(facts.values())}
        if lineage is not None:
            separate["lineage"] = lineage
    job = {
        "task": "write",
        "format": found,
        "encoding": _CPG_NAMES[codec],
        "layer": "areas",
        "columns": _columns(areas),
        "tables": {name: {c: list(v) for c, v in t.items()} for name, t in separate.items()},
    }
    with private_folder() as folder:
        packing.pack([area.geometry for area in areas]).save(folder / SHAPES)
        run_job(folder, job)
        written = folder / OUTPUTS[found]
        if found == "gpkg":
            put_file(path, written.read_bytes())
        elif path.suffix.lower() == ".zip":
            put_file(path, _zipped(written, path.stem, lineage, facts))
        else:
            _place_parts(written, path, lineage, facts)


def _columns(areas: Sequence[ExportedArea]) -> dict[str, list[Any]]:
    # Ten bytes are the longest name of a DBF column; "households" has just that.
    return {
        "code": [area.code for area in areas],
        "name": [area.name for area in areas],
        "level": [area.level for area in areas],
        "kind": [area.kind for area in areas],
        "parent": [area.parent for area in areas],
        "households": [area.households for area in areas],
        "exclave": [int(area.exclave) for area in areas],
    }


def put_file(path: Path, content: bytes) -> None:
    """Write a file in one go: a reader sees the old one or the new one; raise FileRefused."""
    beside = path.parent / f".{path.name}.{os.getpid()}"
    try:
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError:
        raise FileRefused("cannot_write", "无法写入所指定的位置，请检查文件夹和权限。") from None


def _zipped(written: Path, stem: str, lineage: Table | None, facts: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in _PARTS:
            archive.write(written.with_suffix(suffix), f"{stem}{suffix}")
        if lineage is not None:
            archive.writestr("lineage.csv", _csv(lineage))
        archive.writestr("README.txt", _readme(facts))
    return content.getvalue()


def _place_parts(
    written: Path, path: Path, lineage: Table | None, facts: Mapping[str, str]
) -> None:
    try:
        for suffix in _PARTS:
            shutil.copyfile(written.with_suffix(suffix), path.with_suffix(suffix))
    except OSError:
        raise FileRefused("cannot_write", "无法写入所指定的位置，请检查文件夹和权限。") from None
    if lineage is not None:
        put_file(path.with_suffix(".lineage.csv"), _csv(lineage))
    put_file(path.with_suffix(".README.txt"), _readme(facts))


def _readme(facts: Mapping[str, str]) -> bytes:
    # Lines as Windows ends them, the mark of UTF-8: it is read in an office's Notepad.
    return "".join(f"{name}: {value}\r\n" for name, value in facts.items()).encode("utf-8-sig")


def _csv(table: Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    # The mark lets a spreadsheet know that this is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _geojson(
    areas: Sequence[ExportedArea], lineage: Table | None, about: Mapping[str, str]
) -> bytes:
    head: dict[str, Any] = {
        "type": "FeatureCollection", "name": "areas", "notice": NOTICE, "crs": _CRS, **about
    }  # fmt: skip
    if lineage is not None:
        rows = zip(*lineage.values(), strict=True)
        head["lineage"] = [dict(zip(lineage, row, strict=True)) for row in rows]
    text = json.dumps(head, ensure_ascii=False)
    body = ",\n".join(_feature(area) for area in areas)
    return f'{text[:-1]}, "features": [\n{body}\n]}}\n'.encode()


def _feature(area: ExportedArea) -> str:
    properties: dict[str, Any] = {
        "code": area.code, "name": area.name, "level": area.level, "kind": area.kind,
        "parent": area.parent or None, "households": area.households,
    }  # fmt: skip
    if area.exclave:
        properties["exclave"] = True
    text = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
    # Exterior rings run counter-clockwise, as RFC 7946 asks.
    shape = shapely.orient_polygons(area.geometry)
    parts = [_polygon(part) for part in shapely.get_parts(shape)]
    inner = f"[{','.join(parts)}]" if shape.geom_type == "MultiPolygon" else parts[0]
    return (
        f'{{"type":"Feature","properties":{text},'
        f'"geometry":{{"type":"{shape.geom_type}","coordinates":{inner}}}}}'
    )


def _polygon(polygon: BaseGeometry) -> str:
    rings = (shapely.get_coordinates(ring).tolist() for ring in shapely.get_rings(polygon))
    texts = (
        ",".join(f"[{lon:.{DECIMALS}f},{lat:.{DECIMALS}f}]" for lon, lat in ring) for ring in rings
    )
    return "[" + ",".join(f"[{text}]" for text in texts) + "]"
