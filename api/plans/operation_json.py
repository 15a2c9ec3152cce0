"""Read operations from requests, and write and read them in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from api.problems import invalid
from geo.codes import parse_code
from geo.geojson import read_area, read_line, read_polygon
from geo.position import Datum, parse_datum
from geo.redraw.operations import (
    AssignPlaces,
    Merge,
    MoveNode,
    Operation,
    Partition,
    Replan,
    Reshape,
    Split,
    Transfer,
)

LonLat = tuple[float, float]
DEFAULT_SNAP_M = 1.0
MOST_PLACES = 2_000
MOST_PIECES = 500
GRID_DIGITS = 15


def read_operation(body: Mapping[str, Any]) -> Operation:
    """Return the operation that a request describes; raise Problem or GeoError for none.

    A member that the operation does not know is refused: a misspelt ``keep_at`` or
    ``cross_parent`` must not be lost silently.
    """
    found = _READERS.get(_text(body, "op"))
    if found is None:
        raise invalid("没有这种划界操作。", field="op", reason="unknown_op")
    reader, members = found
    if not body.keys() <= {*_ANYWHERE, *members}:
        words = "、".join(members)
        raise invalid(f"有不认识的参数；此操作可用 {words}。", field="op", reason="unknown_member")
    return reader(body)


def _grid(body: Mapping[str, Any], name: str) -> str:
    return _grid_code(_text(body, name), name)


def _grid_code(value: str, name: str) -> str:
    # Refused here, so that no answer repeats a text that is no code.
    if not (len(value) == GRID_DIGITS and value.isascii() and value.isdigit()):
        raise invalid("网格编码应为15位数字。", field=name, reason="bad_code")
    return value


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 40:
        raise invalid(f"缺少 {name}，或它不是文字。", field=name, reason="missing")
    return value


def _datum(body: Mapping[str, Any]) -> Datum:
    value = body.get("crs")
    if not isinstance(value, str):
        raise invalid("缺少坐标系 crs。", field="crs", reason="missing")
    return parse_datum(value)


def _lonlat(body: Mapping[str, Any], name: str, datum: Datum) -> LonLat:
    line = {"type": "LineString", "coordinates": [body.get(name), body.get(name)]}
    lon, lat = read_line(line, datum).coords[0][:2]
    return lon, lat


def _snap(body: Mapping[str, Any]) -> float:
    value = body.get("snap_m", DEFAULT_SNAP_M)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid("snap_m 应为米数。", field="snap_m", reason="not_a_number")
    return float(value)


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise invalid(f"{name} 应为 true 或 false。", field=name, reason="bool_type")
    return value


def _codes(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = body.get(name)
    if (
        not isinstance(value, list)
        or not 2 <= len(value) <= 100
        or not all(isinstance(code, str) for code in value)
    ):
        raise invalid(f"{name} 应为2至100个网格编码。", field=name, reason="bad_codes")
    return tuple(_grid_code(code, name) for code in value)


def _transfer(body: Mapping[str, Any]) -> Transfer:
    return Transfer(
        to=_grid(body, "to"),
        area=read_polygon(body.get("area"), _datum(body)),
        snap_m=_snap(body),
        cross_parent=_flag(body, "cross_parent"),
    )


def _split(body: Mapping[str, Any]) -> Split:
    datum = _datum(body)
    keep_at = _lonlat(body, "keep_at", datum) if body.get("keep_at") is not None else None
    return Split(
        grid=_grid(body, "grid"),
        line=read_line(body.get("line"), datum),
        keep_at=keep_at,
        snap_m=_snap(body),
    )


def _merge(body: Mapping[str, Any]) -> Merge:
    return Merge(grids=_codes(body, "grids"), keep=_grid(body, "keep"))


def _reshape(body: Mapping[str, Any]) -> Reshape:
    between = _codes(body, "between")
    if len(between) != 2:
        raise invalid("between 应为两个网格编码。", field="between", reason="bad_codes")
    return Reshape(
        between=(between[0], between[1]),
        line=read_line(body.get("line"), _datum(body)),
        snap_m=_snap(body),
        cross_parent=_flag(body, "cross_parent"),
    )


def _move_node(body: Mapping[str, Any]) -> MoveNode:
    datum = _datum(body)
    return MoveNode(
        start=_lonlat(body, "from", datum),
        end=_lonlat(body, "to", datum),
        cross_parent=_flag(body, "cross_parent"),
    )


def _assign_places(body: Mapping[str, Any]) -> AssignPlaces:
    places = body.get("places")
    if (
        not isinstance(places, list)
        or not 1 <= len(places) <= MOST_PLACES
        or not all(isinstance(place, str) and len(place) <= 64 for place in places)
    ):
        words = f"places 应为1至{MOST_PLACES}个楼栋编号。"
        raise invalid(words, field="places", reason="bad_places")
    return AssignPlaces(
        to=_grid(body, "to"), places=tuple(places), cross_parent=_flag(body, "cross_parent")
    )


def _replan(body: Mapping[str, Any]) -> Replan:
    datum = _datum(body)
    given = body.get("grids")
    features = given.get("features") if isinstance(given, dict) else None
    if not isinstance(features, list) or not 1 <= len(features) <= MOST_PIECES:
        words = f"grids 应为含1至{MOST_PIECES}个面的 FeatureCollection。"
        raise invalid(words, field="grids", reason="bad_pieces")
    return Replan(
        area=parse_code(_text(body, "area")),
        grids=tuple(_piece(feature, datum) for feature in features),
        snap_m=_snap(body),
    )


def _piece(feature: object, datum: Datum) -> tuple[str | None, BaseGeometry]:
    if not isinstance(feature, dict):
        raise invalid("grids 中有不是 Feature 的项。", field="grids", reason="bad_pieces")
    properties = feature.get("properties")
    code = properties.get("code") if isinstance(properties, dict) else None
    if code is not None and not isinstance(code, str):
        raise invalid("grids 中的 code 应为文字。", field="grids", reason="bad_code")
    return (parse_code(code) if code else None), read_area(feature.get("geometry"), datum)


def _partition(body: Mapping[str, Any]) -> Partition:
    households, seed = body.get("households", 400), body.get("seed", 0)
    tolerance = body.get("tolerance", 0.1)
    for name, value in (("households", households), ("seed", seed)):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            raise invalid(f"{name} 应为整数。", field=name, reason="int_type")
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float):
        raise invalid("tolerance 应为数值。", field="tolerance", reason="not_a_number")
    return Partition(
        area=parse_code(_text(body, "area")),
        households=households,
        tolerance=float(tolerance),
        seed=seed,
    )


_Reader = Callable[[Mapping[str, Any]], Operation]

# Every operation may name the system and the tolerance, so that clients need not tell them apart.
_ANYWHERE = ("op", "crs", "snap_m", "cross_parent")
_READERS: Mapping[str, tuple[_Reader, tuple[str, ...]]] = {
    "transfer": (_transfer, ("to", "area")),
    "split": (_split, ("grid", "line", "keep_at")),
    "merge": (_merge, ("grids", "keep")),
    "reshape": (_reshape, ("between", "line")),
    "move_node": (_move_node, ("from", "to")),
    "assign_places": (_assign_places, ("to", "places")),
    "replan": (_replan, ("area", "grids")),
    "partition": (_partition, ("area", "households", "tolerance", "seed")),
}
