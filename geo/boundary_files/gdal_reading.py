"""Read Shapefile, GeoPackage, FlatGeobuf and KML through GDAL; only ever in the confined child."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio  # type: ignore[import-untyped]
import pyproj
import shapely
from numpy.typing import NDArray
from pyogrio import raw
from pyogrio.errors import (  # type: ignore[import-untyped]
    DataLayerError,
    DataSourceError,
    FeatureError,
    GeometryError,
)
from shapely.geometry.base import BaseGeometry

from geo.boundary_files import packing, text_encoding
from geo.boundary_files.drivers import DRIVERS, INPUTS
from geo.boundary_files.launch import SHAPES
from geo.boundary_files.limits import MAX_COLUMNS, MAX_FEATURES, MIB
from geo.boundary_files.refusal import FileRefused

# Every byte comes through unchanged under this name.
_RAW_BYTES: Final = "ISO-8859-1"
_MAX_CPG_BYTES: Final = 100


def require_one_driver(format_name: str) -> None:
    """Refuse to go on when GDAL knows another driver than the one for ``format_name``."""
    if set(pyogrio.list_drivers()) != {DRIVERS[format_name]}:
        raise FileRefused("drivers", "GDAL 的驱动与本软件不符，为安全起见未读取；请报告管理员。")


def read(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Read one layer; save its shapes beside and return the rest of the answer."""
    path = folder / INPUTS[job["format"]]
    if job["format"] == "gpkg":
        check_geopackage(path)
    try:
        name, others = layer_of(path, job["layer"])
        info = pyogrio.read_info(path, layer=name, encoding=_encoding_for(job))
        _check_info(info)
        meta, _, shapes, columns = raw.read(
            path, layer=name, encoding=_encoding_for(job), force_2d=True, datetime_as_string=True
        )
    except FileRefused:
        raise
    except (DataSourceError, DataLayerError, FeatureError, GeometryError, ValueError):
        raise FileRefused("unreadable", "文件损坏或内容与格式不符，无法读取。") from None
    lines = bool(job.get("lines"))
    geometries, problems = _shapes(shapes, _READERS["points" if job.get("points") else lines])
    packed = packing.pack_lines(geometries) if lines else packing.pack(geometries)
    if not np.isfinite(packed.coordinates).all():
        raise FileRefused("not_finite", "图形坐标含有 NaN 或无穷大，未读取。")
    packing.check_size(features=len(geometries), vertices=len(packed.coordinates))
    packed.save(folder / SHAPES)
    answer = _texts(job, folder, [str(f) for f in meta["fields"]], [_values(c) for c in columns])
    return answer | _system(job, meta["crs"], folder) | {
        "name": name,
        "other_layers": others,
        "problems": problems,
    }  # fmt: skip


def _encoding_for(job: dict[str, Any]) -> str | None:
    return _RAW_BYTES if job["format"] == "shapefile" else None


def layer_of(path: Path, asked: str | None) -> tuple[str, list[str]]:
    """Return the layer that is asked for, or the only one, and the others; raise FileRefused."""
    names = [str(row[0]) for row in pyogrio.list_layers(path) if row[1] is not None]
    if not names:
        raise FileRefused("no_layer", "文件中没有带图形的图层。")
    if path.name == "layer.shp":
        return names[0], []
    chosen = [name for name in names if asked is None or name == asked]
    if len(chosen) != 1:
        text = "、".join(names)[:200]
        raise FileRefused("which_layer", f"请用 --layer 指定图层，可选：{text}。")
    return chosen[0], [name for name in names if name != chosen[0]]


def _check_info(info: dict[str, Any]) -> None:
    if len(info["fields"]) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", f"属性列超过{MAX_COLUMNS}个。")
    if info["features"] > MAX_FEATURES:
        packing.check_size(features=int(info["features"]), vertices=0)


def check_geopackage(path: Path) -> None:
    """Refuse a database that could do something when it is read: views, virtual or computed."""
    try:
        with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            schema = database.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master")
            for kind, name, sql in schema.fetchall():
                text = " ".join(str(sql).upper().split())
                virtual = text.startswith("CREATE VIRTUAL") and not str(name).startswith("rtree_")
                computed = kind == "table" and (" AS (" in text or "GENERATED" in text)
                if kind == "view" or virtual or computed:
                    raise FileRefused(
                        "gpkg_active", "GeoPackage 含有视图、虚拟表或计算列，未读取。"
                    )
    except sqlite3.Error:
        raise FileRefused("unreadable", "GeoPackage 损坏，无法读取。") from None


def _shapes(
    shapes: NDArray[np.object_] | None, read: _Reader
) -> tuple[list[BaseGeometry | None], list[str]]:
    if shapes is None:
        raise FileRefused("no_geometry", "图层没有图形。")
    if sum(len(wkb) for wkb in shapes if wkb is not None) > 256 * MIB:
        raise FileRefused("too_many_vertices", "图形数据过大，请先化简。")
    try:
        geometries = shapely.from_wkb(shapes)
    except shapely.errors.GEOSException:
        raise FileRefused("unreadable", "图形数据损坏，无法读取。") from None
    found = [read(g) for g in geometries]
    return [shape for shape, _ in found], [problem for _, problem in found]


def _polygonal(geometry: BaseGeometry | None) -> tuple[BaseGeometry | None, str]:
    if geometry is None or geometry.is_empty:
        return None, "没有图形"
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry, ""
    parts = shapely.get_parts(geometry)
    # KML writes several polygons as a collection.
    if geometry.geom_type == "GeometryCollection" and all(p.geom_type == "Polygon" for p in parts):
        return shapely.MultiPolygon(list(parts)), ""
    return None, f"不是面，而是{geometry.geom_type}"


def _linear(geometry: BaseGeometry | None) -> tuple[BaseGeometry | None, str]:
    if geometry is None or geometry.is_empty:
        return None, "没有图形"
    if geometry.geom_type in ("LineString", "MultiLineString"):
        return geometry, ""
    parts = shapely.get_parts(geometry)
    if geometry.geom_type == "GeometryCollection" and all(
        p.geom_type == "LineString" for p in parts
    ):
        return shapely.MultiLineString(list(parts)), ""
    return None, f"不是线，而是{geometry.geom_type}"


def _pointed(geometry: BaseGeometry | None) -> tuple[BaseGeometry | None, str]:
    """Return a point as a line that is there twice: shapes travel as rings and lines."""
    if geometry is None or geometry.is_empty:
        return None, "没有图形"
    parts = shapely.get_parts(geometry)
    if len(parts) == 1 and parts[0].geom_type == "Point":
        return shapely.LineString(np.repeat(shapely.get_coordinates(parts[0]), 2, axis=0)), ""
    return None, f"不是点，而是{geometry.geom_type}"


_Reader = Callable[[BaseGeometry | None], tuple[BaseGeometry | None, str]]
_READERS: Final[dict[str | bool, _Reader]] = {
    "points": _pointed,
    True: _linear,
    False: _polygonal,
}


def _values(column: Iterable[Any]) -> list[Any]:
    return [_scalar(value) for value in np.asarray(column).tolist()]


def _scalar(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool) else None


def _texts(
    job: dict[str, Any], folder: Path, fields: list[str], columns: list[list[Any]]
) -> dict[str, Any]:
    rows = [list(row) for row in zip(*columns, strict=True)]
    if job["format"] != "shapefile":
        return {"columns": fields, "rows": rows, "encoding": "utf-8", "encoding_from": "格式规定",
                "notes": []}  # fmt: skip
    texts = [v for column in columns for v in column if isinstance(v, str)]
    cpg = folder / "layer.cpg"
    declared = None
    if cpg.exists():
        declared = cpg.read_bytes()[:_MAX_CPG_BYTES].decode("latin-1").strip() or None
    found = text_encoding.choose(
        (text.encode("latin-1") for text in (*fields, *texts)),
        asked=job["encoding"],
        declared=declared,
    )

    def decoded(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return text_encoding.decode(value.encode("latin-1"), found.codec)

    return {
        "columns": [decoded(field) for field in fields],
        "rows": [[decoded(value) for value in row] for row in rows],
        "encoding": found.codec,
        "encoding_from": found.found_by,
        "notes": [found.note] if found.note else [],
    }


def _system(job: dict[str, Any], text: str | None, folder: Path) -> dict[str, Any]:
    """Return the EPSG code of the file's system when one can be told, and the file's words."""
    if not text or (job["format"] == "shapefile" and not (folder / "layer.prj").exists()):
        return {"epsg": None, "system_text": ""}
    if text.startswith("EPSG:") and text[5:].isdigit():
        return {"epsg": int(text[5:]), "system_text": text}
    try:
        system = pyproj.CRS.from_wkt(text)
    except pyproj.exceptions.CRSError:
        return {"epsg": None, "system_text": "（无法识别）"}
    return {"epsg": system.to_epsg(min_confidence=70), "system_text": system.name[:100]}
