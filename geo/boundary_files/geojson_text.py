"""Parse GeoJSON strictly, without GDAL: polygons, or lines, of a FeatureCollection alone.

Numbers are finite, positions are pairs or triples of numbers (a height is dropped), a ``crs`` may
only name a system: a link would have a reader fetch an address. Runs in the confined child.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import numpy as np

from geo.boundary_files.packing import FloatArray, Packed, check_size
from geo.boundary_files.refusal import FileRefused

_EPSG_NAME: Final = re.compile(
    r"(?:urn:ogc:def:crs:)?EPSG:(?:[0-9.]{0,8}:)?([0-9]{4,5})", re.IGNORECASE
)
_CRS84: Final = re.compile(r"urn:ogc:def:crs:OGC:[0-9.]{0,8}:CRS84", re.IGNORECASE)
_POLYGONS: Final = ("Polygon", "MultiPolygon")
_LINES: Final = ("LineString", "MultiLineString")


@dataclass(slots=True)
class ParsedLayer:
    """Hold the parsed features: values, problems, and shapes as arrays."""

    name: str
    epsg: int | None
    system_text: str
    values: list[dict[str, Any]]
    problems: list[str]
    packed: Packed
    notes: list[str]


@dataclass(slots=True)
class _Heap:
    """Collect rings while walking."""

    rings: list[FloatArray] = field(default_factory=list)
    polygons: list[int] = field(default_factory=lambda: [0])
    features: list[int] = field(default_factory=lambda: [0])
    had_heights: bool = False
    vertices: int = 0

    def packed(self) -> Packed:
        lengths = [len(ring) for ring in self.rings]
        return Packed(
            np.concatenate(self.rings) if self.rings else np.empty((0, 2)),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.array(self.polygons, dtype=np.int64),
            np.array(self.features, dtype=np.int64),
        )


def parse(
    data: bytes, *, encoding: str = "utf-8", lines: bool = False, points: bool = False
) -> ParsedLayer:
    """Return the features of a GeoJSON text; raise FileRefused with the row that is wrong.

    With ``lines`` they are lines instead of polygons, with ``points`` points, each a line that is
    there twice.
    """
    document = _load(data, encoding)
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise FileRefused("not_geojson", "不是 GeoJSON 的 FeatureCollection，未读取。")
    features = document.get("features")
    if not isinstance(features, list):
        raise FileRefused("not_geojson", "FeatureCollection 缺少 features 列表。")
    check_size(features=len(features), vertices=0)
    epsg, system_text = _system(document.get("crs"))
    heap = _Heap()
    values: list[dict[str, Any]] = []
    problems: list[str] = []
    for number, feature in enumerate(features, 1):
        values.append(_values(feature, number))
        shape = feature.get("geometry")
        if points:
            shape = _as_line(shape)
        problems.append(_shape(shape, heap, number, lines=lines or points, points=points))
    check_size(features=len(features), vertices=heap.vertices)
    name = document.get("name")
    notes = ["坐标带有高程，高程未采用。"] if heap.had_heights else []
    text = name[:100] if isinstance(name, str) else ""
    return ParsedLayer(text, epsg, system_text, values, problems, heap.packed(), notes)


def _load(data: bytes, encoding: str) -> Any:
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError:
        raise FileRefused(
            "bad_encoding", "文件不是 UTF-8 文本；如为国标编码，请加 --encoding gb18030。"
        ) from None
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except RecursionError:
        raise FileRefused("too_deep", "JSON 嵌套过深，未读取。") from None
    except json.JSONDecodeError as error:
        raise FileRefused(
            "not_json", f"不是有效的 JSON（第{error.lineno}行第{error.colno}列）。"
        ) from None
    except FileRefused:
        raise
    except ValueError:
        # An integer of thousands of digits.
        raise FileRefused("bad_number", "JSON 中的数值超出范围。") from None


def _refuse_constant(_name: str) -> float:
    raise FileRefused("not_finite", "文件中有 NaN 或 Infinity，坐标必须是有限的数值。")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FileRefused("duplicate_key", "JSON 对象中有重复的键。")
    return members


def _system(crs: object) -> tuple[int | None, str]:
    if crs is None:
        return None, ""
    kind = crs.get("type") if isinstance(crs, dict) else None
    if kind != "name":
        # "link" asks the reader to fetch an address or open a file.
        raise FileRefused("crs_link", "crs 只能写坐标系名称；指向链接或文件的 crs 不予采用。")
    members = crs.get("properties") if isinstance(crs, dict) else None
    name = members.get("name") if isinstance(members, dict) else None
    if not isinstance(name, str):
        raise FileRefused("crs_link", "crs 缺少坐标系名称。")
    if _CRS84.fullmatch(name):
        return 4326, name
    found = _EPSG_NAME.fullmatch(name)
    return (int(found.group(1)) if found else None), name[:100]


def _values(feature: object, number: int) -> dict[str, Any]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise FileRefused("not_geojson", f"第{number}个要素不是 Feature。")
    members = feature.get("properties") or {}
    if not isinstance(members, dict):
        raise FileRefused("not_geojson", f"第{number}个要素的 properties 不是对象。")
    return {name: _scalar(value) for name, value in members.items()}


def _scalar(value: object) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    # Lists and objects in a table of attributes mean nothing here; large integers fit no column.
    if isinstance(value, int) and abs(value) >= 2**63:
        return None
    return value if isinstance(value, str | int | float | bool) else None


def _shape(geometry: object, heap: _Heap, number: int, *, lines: bool, points: bool) -> str:
    """Append the polygons or lines of a geometry to ``heap``; return what is wrong, or nothing."""
    problem = ""
    if geometry is None:
        problem = "没有图形"
    elif not isinstance(geometry, dict) or not isinstance(geometry.get("type"), str):
        raise FileRefused("not_geojson", f"第{number}个要素的图形不是 GeoJSON。")
    elif geometry["type"] not in (_LINES if lines else _POLYGONS):
        wanted = "点" if points else "线" if lines else "面"
        problem = f"不是{wanted}，而是{geometry['type'][:30]}"
    else:
        inner = geometry.get("coordinates")
        parts = inner if geometry["type"].startswith("Multi") else [inner]
        if lines and isinstance(parts, list):
            parts = [[line] for line in parts]
        problem = _polygons(parts, heap, number, lines=lines)
    heap.features.append(len(heap.polygons) - 1)
    return problem


def _as_line(geometry: object) -> object:
    """Return a point as a line that is there twice; anything else as what no line is."""
    if not isinstance(geometry, dict) or not isinstance(kind := geometry.get("type"), str):
        return geometry
    inner = geometry.get("coordinates")
    if kind == "MultiPoint" and isinstance(inner, list) and len(inner) == 1:
        return {"type": "LineString", "coordinates": [inner[0], inner[0]]}
    if kind == "Point":
        return {"type": "LineString", "coordinates": [inner, inner]}
    return {"type": f"{kind} " if kind in _LINES else kind}


def _polygons(polygons: object, heap: _Heap, number: int, *, lines: bool) -> str:
    if not isinstance(polygons, list):
        raise FileRefused("not_geojson", f"第{number}个要素的坐标不是列表。")
    for rings in polygons:
        if not isinstance(rings, list) or not rings:
            raise FileRefused("not_geojson", f"第{number}个要素的面没有环。")
        read = [_ring(ring, heap, number) for ring in rings]
        if any(len(ring) < 2 if lines else not _is_closed(ring) for ring in read):
            # Half a polygon would look whole on a map: the shape is left out and reported.
            del heap.polygons[heap.features[-1] + 1 :]
            del heap.rings[heap.polygons[-1] :]
            return "线不足两点" if lines else "环未闭合或不足四点"
        heap.rings += read
        heap.polygons.append(len(heap.rings))
    return ""


def _is_closed(ring: FloatArray) -> bool:
    return len(ring) >= 4 and bool((ring[0] == ring[-1]).all())


def _ring(ring: object, heap: _Heap, number: int) -> FloatArray:
    if not isinstance(ring, list) or not all(_is_position(entry) for entry in ring):
        raise FileRefused("not_geojson", f"第{number}个要素的坐标不是由[经度, 纬度]组成的环。")
    kinds = set(map(type, chain.from_iterable(ring)))
    if not kinds <= {int, float}:
        raise FileRefused("not_geojson", f"第{number}个要素的坐标含有不是数值的内容。")
    heap.vertices += len(ring)
    heap.had_heights = heap.had_heights or any(len(position) == 3 for position in ring)
    try:
        points = np.array([position[:2] for position in ring], dtype=np.float64).reshape(-1, 2)
    except OverflowError:
        raise FileRefused("not_finite", f"第{number}个要素的坐标超出范围。") from None
    if not np.isfinite(points).all():
        raise FileRefused("not_finite", f"第{number}个要素的坐标不是有限的数值。")
    return points


def _is_position(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) in (2, 3)
