"""Write operations into a plan's log and read them back: done again, they give the same bytes.

Shapes are written whole (WKB): a replay needs the very doubles, not eight decimals of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.redraw.operations import Logged, Merge, MoveNode, Regroup, Reshape, Split, Transfer


def to_log(operation: Logged) -> dict[str, Any]:
    """Return the logged form of an operation as plain JSON."""
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
    if isinstance(operation, Regroup):
        pieces = [[code, _exact(shape)] for code, shape in operation.pieces]
        return {
            "op": "regroup",
            "area": operation.area,
            "pieces": pieces,
            "communities": operation.communities,
            "cross_parent": operation.cross_parent,
        }
    return {
        "op": "move_node",
        "from": operation.start,
        "to": operation.end,
        "cross_parent": operation.cross_parent,
    }


def _exact(shape: BaseGeometry) -> str:
    return str(shapely.to_wkb(shape, hex=True))


def from_log(logged: Mapping[str, Any]) -> Logged:
    """Return the operation that ``to_log`` wrote; it was snapped then and is not snapped again."""
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
            keep_at=tuple(logged["keep_at"]) if logged["keep_at"] else None,
            new_codes=tuple(logged["new_codes"]),
            snap_m=0.0,
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
    if kind == "regroup":
        pieces = tuple((code, shapely.from_wkb(wkb)) for code, wkb in logged["pieces"])
        return Regroup(
            area=logged["area"],
            pieces=pieces,
            communities=tuple(logged.get("communities", ())),
            cross_parent=logged.get("cross_parent", False),
        )
    return MoveNode(
        start=tuple(logged["from"]),
        end=tuple(logged["to"]),
        cross_parent=logged["cross_parent"],
    )
