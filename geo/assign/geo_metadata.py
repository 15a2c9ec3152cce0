"""Read what a GeoParquet file says of its shapes: which column, in which coordinate system.

Source: the GeoParquet specification 1.1 (metadata key ``geo``); a column without a ``crs`` is in
OGC:CRS84, longitude and latitude of WGS 84.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyproj

from geo.assign.refusal import AssignRefused
from geo.boundary_files.systems import CoordinateSystem, system_of_epsg
from geo.crs import STORAGE_EPSG
from geo.position import Datum

_WGS84: Final = 4326
_MOST_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Shapes:
    """Name the column of shapes, and its system; None when the file does not say or nobody knows.

    ``said`` is the system in the file's words.
    """

    column: str
    system: CoordinateSystem | None
    said: str


def shapes_of(schema: pa.Schema) -> Shapes | None:
    """Return what a file says of its shapes, None for a file without; raise AssignRefused."""
    text = (schema.metadata or {}).get(b"geo")
    if text is None:
        return None
    try:
        geo: Any = json.loads(text) if len(text) <= _MOST_BYTES else None
        column = geo["primary_column"]
        about = geo["columns"][column]
        if not isinstance(column, str) or not isinstance(about, dict):
            raise TypeError
        crs = about.get("crs", {"id": {"authority": "OGC", "code": "CRS84"}})
    except (ValueError, TypeError, KeyError, RecursionError):
        raise AssignRefused("bad_geo", "GeoParquet 的 geo 说明有误，无法读取。") from None
    return Shapes(column, *_system(crs))


def _system(crs: Any) -> tuple[CoordinateSystem | None, str]:
    """Return the listed system that a PROJJSON names by its number; nothing else is read of it."""
    named = crs.get("id") if isinstance(crs, dict) else None
    if not isinstance(named, dict):
        return None, "（无）" if crs is None else "（无法识别）"
    said = f"{named.get('authority')}:{named.get('code')}"[:40]
    if said in ("OGC:CRS84", "OGC:CRS84h"):
        return system_of_epsg(_WGS84), said
    code = named.get("code")
    return (system_of_epsg(code) if said.startswith("EPSG:") and type(code) is int else None), said


def epsg_of(system: CoordinateSystem | None) -> int | None:
    """Return the code under which other software knows a system, None for the shifted datums."""
    if system is None:
        return None
    codes = {Datum.CGCS2000: STORAGE_EPSG, Datum.WGS84: _WGS84}
    return system.epsg if system.datum is None else codes.get(system.datum)


def with_shapes(schema: pa.Schema, column: str, system: CoordinateSystem | None) -> pa.Schema:
    """Return a schema that says of a column of WKB points what GeoParquet wants said."""
    epsg = epsg_of(system)
    crs = None if epsg is None else pyproj.CRS.from_epsg(epsg).to_json_dict()
    about = {"encoding": "WKB", "geometry_types": ["Point"], "crs": crs}
    geo = {"version": "1.1.0", "primary_column": column, "columns": {column: about}}
    return schema.with_metadata({**(schema.metadata or {}), b"geo": json.dumps(geo).encode()})
