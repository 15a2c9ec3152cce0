"""List the signs that a plan makes wrong: at grids, at buildings, and cards in houses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from api.db.building_store import named_buildings_in_box
from api.db.engine import Connection
from api.plans.dossier import Dossier, GridLine, Worker

GRID_SIGN, BUILDING_SIGN, HOUSE_CARD = "网格公示牌", "楼栋公示牌", "住户联系卡"
MAKE, CHANGE, TAKE_DOWN = "新制", "更换", "拆除"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Hold one sign and what is to be done with it; ``lon`` and ``lat`` are CGCS2000 degrees."""

    action: str
    kind: str
    place: str
    community: str
    lon: float
    lat: float
    count: int
    old_code: str | None
    new_code: str | None
    old_worker: Worker | None
    new_worker: Worker | None
    reason: str


def sign_list(connection: Connection, dossier: Dossier) -> list[Sign]:
    """Return the signs of grids, then of buildings that go over, then cards of houses without one.

    A grid's sign shows its name, code, worker, telephone and a map: each grid whose land changes
    needs another. A building has a sign when the gazetteer has its name.
    """
    return [
        *(_grid_sign(dossier, line) for line in dossier.lines),
        *_building_signs(dossier, _moving_buildings(connection, dossier)),
    ]


def _grid_sign(dossier: Dossier, line: GridLine) -> Sign:
    shape = dossier.after[line.code] or dossier.before[line.code]
    assert shape is not None
    inside = shape.representative_point()
    old = line.before.worker if line.before else None
    new = line.after.worker if line.after else None
    action = {"created": MAKE, "retired": TAKE_DOWN}.get(line.change, CHANGE)
    return Sign(
        action=action,
        kind=GRID_SIGN,
        place=line.name,
        community=line.community,
        lon=round(inside.x, 6),
        lat=round(inside.y, 6),
        count=1,
        old_code=line.code if line.before else None,
        new_code=line.code if line.after else None,
        old_worker=old,
        new_worker=new,
        reason=_reason(line, old, new),
    )


def _reason(line: GridLine, old: Worker | None, new: Worker | None) -> str:
    if line.change == "created":
        return "新网格"
    if line.change == "retired":
        return "网格停用"
    reasons = ["界线变化"]
    if (old and old.name) != (new and new.name):
        reasons.append("负责人变化")
    elif (old and old.phone) != (new and new.phone):
        reasons.append("电话变化")
    return "、".join(reasons)


def _moving_buildings(connection: Connection, dossier: Dossier) -> list[tuple[Any, str, str]]:
    """Return (building, old code, new code) of the buildings that get another owner."""
    old_shapes = {code: s for code, s in dossier.before.items() if s is not None}
    if not old_shapes or not dossier.lines:
        return []
    west, south, east, north = shapely.total_bounds(np.array(list(old_shapes.values()))).tolist()
    rows = named_buildings_in_box(connection, (west, south, east, north))
    sheet = dossier.base.changed(dossier.after)
    changed = {line.code for line in dossier.lines}
    moving = []
    for number in _possible(rows, [s for c, s in old_shapes.items() if c in changed]):
        row = rows[number]
        old = dossier.base.owner(lon=row.lon, lat=row.lat)
        new = sheet.owner(lon=row.lon, lat=row.lat)
        if old is not None and new is not None and old != new:
            moving.append((row, old, new))
    return moving


def _possible(rows: list[Any], shapes: list[BaseGeometry]) -> list[int]:
    """Return the numbers of the rows whose place lies in one of the shapes."""
    if not rows or not shapes:
        return []
    tree = shapely.STRtree(np.array(shapes, dtype=object))
    points = shapely.points([row.lon for row in rows], [row.lat for row in rows])
    found, _ = tree.query(points, predicate="intersects")
    return [int(number) for number in np.unique(found)]


def _building_signs(dossier: Dossier, moving: Iterable[tuple[Any, str, str]]) -> Iterable[Sign]:
    lines: Mapping[str, GridLine] = {line.code: line for line in dossier.lines}
    houses: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row, old, new in moving:
        if row.name:
            yield _moved(lines, BUILDING_SIGN, row.name, row, 1, old, new)
        else:
            houses[(old, new)].append(row)
    for (old, new), rows in sorted(houses.items()):
        count = sum(row.households for row in rows)
        yield _moved(lines, HOUSE_CARD, f"{len(rows)}处院落", rows[0], count, old, new)


def _moved(
    lines: Mapping[str, GridLine], kind: str, place: str, row: Any, count: int, old: str, new: str
) -> Sign:
    before = lines[old].before if old in lines else None
    after = lines[new].after if new in lines else None
    return Sign(
        action=CHANGE,
        kind=kind,
        place=place,
        community=lines[new].community if new in lines else "",
        lon=row.lon,
        lat=row.lat,
        count=count,
        old_code=old,
        new_code=new,
        old_worker=before.worker if before else None,
        new_worker=after.worker if after else None,
        reason="改归其他网格",
    )
