"""Read the few GeoJSON geometries that requests may hold, and write any; RFC 7946 shapes.

Our own parser: exactly the depth of the kind that is expected, finite numbers, bounded counts.
Coordinates come in one of the four datums and leave as CGCS2000 degrees.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.datums import to_cgcs2000_arrays
from geo.errors import GeoError
from geo.lattice import DECIMALS
from geo.position import Datum

MAX_VERTICES = 5_000


def read_line(value: object, datum: Datum, *, most: int = MAX_VERTICES) -> shapely.LineString:
    """Return a LineString of two positions or more; raise GeoError for anything else."""
    return shapely.LineString(_path(_member(value, "LineString"), datum, least=2, most=most))


def read_polygon(value: object, datum: Datum, *, most: int = MAX_VERTICES) -> shapely.Polygon:
    """Return a Polygon with closed rings; raise GeoError for anything else."""
    return _polygon(_member(value, "Polygon"), datum, most)


def read_area(value: object, datum: Datum, *, most: int = MAX_VERTICES) -> BaseGeometry:
    """Return a Polygon or MultiPolygon; raise GeoError for anything else."""
    if isinstance(value, dict) and value.get("type") == "MultiPolygon":
        parts = _member(value, "MultiPolygon")
        if not isinstance(parts, list) or not 1 <= len(parts) <= 1_000:
            raise _refused("MultiPolygon 应含1至1000个面。")
        return shapely.MultiPolygon([_polygon(part, datum, most) for part in parts])
    return read_polygon(value, datum, most=most)


def _member(value: object, kind: str) -> object:
    if not isinstance(value, dict) or value.get("type") != kind:
        raise _refused(f"图形应为 GeoJSON 的 {kind}。")
    return value.get("coordinates")


def _polygon(value: object, datum: Datum, most: int) -> shapely.Polygon:
    if not isinstance(value, list) or not 1 <= len(value) <= 1_000:
        raise _refused("面应由1至1000个环组成。")
    rings = [_path(ring, datum, least=4, most=most) for ring in value]
    if sum(len(ring) for ring in rings) > most:
        raise _too_many(most)
    if any((ring[0] != ring[-1]).any() for ring in rings):
        raise _refused("面的环应首尾相接。")
    return shapely.Polygon(rings[0], rings[1:])


def _path(value: object, datum: Datum, *, least: int, most: int) -> NDArray[np.float64]:
    if not isinstance(value, list) or len(value) < least:
        raise _refused(f"至少应有{least}个点。")
    if len(value) > most:
        raise _too_many(most)
    points = [_point(entry) for entry in value]
    lons, lats = to_cgcs2000_arrays([lon for lon, _ in points], [lat for _, lat in points], datum)
    return np.column_stack([lons, lats])


def _point(entry: object) -> tuple[float, float]:
    if not isinstance(entry, list) or not 2 <= len(entry) <= 3:
        raise _refused("每个点应写作 [经度, 纬度]。")
    lon, lat = (_number(number) for number in entry[:2])
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise _refused("点超出经纬度范围，经度和纬度可能填反了。")
    return lon, lat


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused("坐标应为数值。")
    number = float(value)
    if not math.isfinite(number):
        raise _refused("坐标应为有限的数值。")
    return number


def _refused(message: str) -> GeoError:
    return GeoError("bad_geometry", message, field="geometry")


def _too_many(most: int) -> GeoError:
    return GeoError("too_many_vertices", f"图形最多{most}个点，请简化。", field="geometry")


def write(geometry: BaseGeometry) -> dict[str, Any]:
    """Return a geometry as a GeoJSON dictionary with eight decimals (the lattice)."""
    value: dict[str, Any] = _rounded(json.loads(shapely.to_geojson(geometry)))
    return value


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    if isinstance(value, dict):
        return {name: _rounded(entry) for name, entry in value.items()}
    return value
