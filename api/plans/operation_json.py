"""Read operations from requests, and write and read them in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import shapely

from api.problems import invalid
from geo.geojson import read_line, read_polygon
from geo.position import Datum, parse_datum
from geo.redraw.operations import Merge, MoveNode, Operation, Reshape, Split, Transfer

LonLat = tuple[float, float]
DEFAULT_SNAP_M = 1.0


def read_operation(body: Mapping[str, Any]) -> Operation:
    """Return the operation that a request describes; raise Problem or GeoError for none."""
    reader = _READERS.get(_text(body, "op"))
    if reader is None:
        raise invalid("没有这种划界操作。", field="op", reason="unknown_op")
    return reader(body)


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
        or not all(isinstance(code, str) and len(code) <= 15 for code in value)
    ):
        raise invalid(f"{name} 应为至少两个网格编码。", field=name, reason="bad_codes")
    return tuple(value)


def _transfer(body: Mapping[str, Any]) -> Transfer:
    return Transfer(
        to=_text(body, "to"),
        area=read_polygon(body.get("area"), _datum(body)),
        snap_m=_snap(body),
        cross_parent=_flag(body, "cross_parent"),
    )


def _split(body: Mapping[str, Any]) -> Split:
    datum = _datum(body)
    keep_at = _lonlat(body, "keep_at", datum) if body.get("keep_at") is not None else None
    return Split(grid=_text(body, "grid"), line=read_line(body.get("line"), datum), keep_at=keep_at)


def _merge(body: Mapping[str, Any]) -> Merge:
    return Merge(grids=_codes(body, "grids"), keep=_text(body, "keep"))


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
    return MoveNode(start=_lonlat(body, "from", datum), end=_lonlat(body, "to", datum))


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Operation]] = {
    "transfer": _transfer,
    "split": _split,
    "merge": _merge,
    "reshape": _reshape,
    "move_node": _move_node,
}


def to_log(operation: Operation) -> dict[str, Any]:
    """Return the logged form of an operation: what a replay needs, as plain JSON.

    Coordinates are written whole: a line keeps its doubles, for a replay to the byte.
    """
    if isinstance(operation, Transfer):
        return {
            "op": "transfer",
            "to": operation.to,
            "area": _exact(operation.area),
            "cross_parent": operation.cross_parent,
        }
    if isinstance(operation, Split):
        return {
            "op": "split",
            "grid": operation.grid,
            "line": _exact(operation.line),
            "keep_at": operation.keep_at,
            "new_codes": operation.new_codes,
        }
    if isinstance(operation, Merge):
        return {"op": "merge", "grids": operation.grids, "keep": operation.keep}
    if isinstance(operation, Reshape):
        return {
            "op": "reshape",
            "between": operation.between,
            "line": _exact(operation.line),
            "cross_parent": operation.cross_parent,
        }
    if isinstance(operation, MoveNode):
        return {"op": "move_node", "from": operation.start, "to": operation.end}
    raise TypeError("this operation has no logged form")


def _exact(shape: shapely.Geometry) -> str:
    return str(shapely.to_wkb(shape, hex=True))


def from_log(logged: Mapping[str, Any]) -> Operation:
    """Return the operation that ``to_log`` wrote."""
    kind = logged["op"]
    if kind == "transfer":
        return Transfer(
            to=logged["to"],
            area=shapely.from_wkb(logged["area"]),
            snap_m=0.0,
            cross_parent=logged["cross_parent"],
        )
    if kind == "split":
        return Split(
            grid=logged["grid"],
            line=shapely.from_wkb(logged["line"]),
            keep_at=tuple(logged["keep_at"]),
            new_codes=tuple(logged["new_codes"]),
        )
    if kind == "merge":
        return Merge(grids=tuple(logged["grids"]), keep=logged["keep"])
    if kind == "reshape":
        first, second = logged["between"]
        return Reshape(
            between=(first, second),
            line=shapely.from_wkb(logged["line"]),
            snap_m=0.0,
            cross_parent=logged["cross_parent"],
        )
    return MoveNode(start=tuple(logged["from"]), end=tuple(logged["to"]))
