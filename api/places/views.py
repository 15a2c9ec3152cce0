"""Put places, their other names, proposals and changes into answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from api.accounts.roles import Caller, Role
from api.db import gazetteer_store, lesson_store
from api.db.engine import Connection
from api.input_types import local_time
from api.knowledge import Knowledge
from api.places.checking import KIND_LABELS
from api.places.schemas import ALIAS_LABELS
from geo.address.types import PlaceKind
from geo.codes import is_within

# Who keeps the gazetteer, and decides what was proposed.
PLACE_EDITORS = frozenset({Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN})
_ACTIONS = {
    "place_added": "新增",
    "place_changed": "修改",
    "place_ended": "停用",
    "place_reopened": "恢复",
    "place_alias_added": "新增别名",
    "place_alias_ended": "停用别名",
    "place_alias_reopened": "恢复别名",
    "place_alias_approved": "批准别名",
    "place_undone": "撤销上一次修改",
    "place_imported": "导入",
}


def area_out(known: Knowledge, code: str) -> dict[str, str]:
    """Return an area as answers name it."""
    area = known.areas.get(code)
    return {"code": code, "name": area.name if area else code}


def _point(lon: float | None, lat: float | None) -> dict[str, Any] | None:
    return None if lon is None or lat is None else {"lon": lon, "lat": lat, "crs": "cgcs2000"}


def hint_of(known: Knowledge, row: Any) -> str:
    """Return where a place is, for telling namesakes apart: township, community, its parent."""
    codes = [row.area_code[:9], row.area_code[:12]]
    names = [known.areas[code].name for code in dict.fromkeys(codes) if code in known.areas]
    if row.parent_name is not None:
        names.append(row.parent_name)
    # A unit is its own area: 磴口村 needs its township alone.
    return "".join(name for name in names if name not in row.name) if row.area_code else ""


def full_name(row: Any) -> str:
    """Return the name with that of its parent before it where it lacks it: 阳光小区3号楼."""
    above = row.parent_name or ""
    return str(row.name) if row.name.startswith(above) else f"{above}{row.name}"


def may_change(caller: Caller, area_code: str) -> bool:
    """Say whether the caller keeps the places of an area."""
    return caller.role in PLACE_EDITORS and is_within(area_code, caller.area_code)


def place_out(row: Any, aliases: Iterable[Any], known: Knowledge, caller: Caller) -> dict[str, Any]:
    """Return a place with its other names, rejected and only proposed ones left out."""
    parent = None
    if row.parent_id is not None:
        parent = {"id": row.parent_id, "name": row.parent_name, "hint": ""}
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "kind_label": KIND_LABELS[PlaceKind(row.kind)],
        "hint": hint_of(known, row),
        "position": _point(row.lon, row.lat),
        "radius_m": row.radius_m,
        "area": area_out(known, row.area_code),
        "parent": parent,
        "grids": list(row.grids),
        "valid_from": local_time(row.valid_from),
        "valid_to": local_time(row.valid_to),
        "in_force": row.in_force,
        "edition": row.edition,
        "may_change": may_change(caller, row.area_code),
        "aliases": [
            _alias_out(alias, known) for alias in aliases if alias.status in ("approved", "ended")
        ],
    }


def _alias_out(alias: Any, known: Knowledge) -> dict[str, Any]:
    return {
        "id": str(alias.id),
        "name": alias.name,
        "kind": alias.kind,
        "kind_label": ALIAS_LABELS[alias.kind],
        "scope": area_out(known, alias.scope),
        "status": alias.status,
        "since": alias.since.isoformat() if alias.since else None,
        "until": alias.until.isoformat() if alias.until else None,
        "entered_by": alias.entered_by,
        "entered_at": local_time(alias.entered_at),
    }


def places_out(
    connection: Connection, rows: Sequence[Any], known: Knowledge, caller: Caller
) -> list[dict[str, Any]]:
    """Return places with their other names."""
    held: dict[str, list[Any]] = defaultdict(list)
    for alias in gazetteer_store.read_aliases(connection, [row.id for row in rows]):
        held[alias.place_id].append(alias)
    return [place_out(row, held[row.id], known, caller) for row in rows]


def change_out(row: Any) -> dict[str, Any]:
    """Return one change of a place."""
    return {
        "id": row.id,
        "at": local_time(row.at),
        "by": row.actor,
        "action": row.action,
        "label": _ACTIONS.get(row.action, row.action),
        "before": row.detail.get("before"),
        "after": row.detail.get("after", {}),
        "reason": row.detail.get("reason", ""),
    }


def proposals_out(
    connection: Connection, rows: Sequence[Any], known: Knowledge, caller: Caller
) -> list[dict[str, Any]]:
    """Return proposals with their evidence, in the words of reports that the caller may see."""
    reports = {UUID(one["report"]) for row in rows for one in row.evidence if one.get("report")}
    said = lesson_store.said_in(connection, list(reports)) if reports else {}
    ids = {row.place_id for row in rows if row.place_id}
    places = {one: gazetteer_store.read_place(connection, one) for one in ids}
    return [_proposal_out(row, places.get(row.place_id), said, known, caller) for row in rows]


def _proposal_out(
    row: Any, place: Any, said: dict[UUID, str | None], known: Knowledge, caller: Caller
) -> dict[str, Any]:
    own = row.entered_by_id == caller.account_id
    named = None
    if place is not None:
        named = {"id": place.id, "name": full_name(place), "hint": hint_of(known, place)}
    return {
        "id": str(row.id),
        "name": row.name,
        "kind": row.kind,
        "kind_label": ALIAS_LABELS[row.kind],
        "scope": area_out(known, row.scope),
        "area": area_out(known, row.area_code),
        "place": named,
        "position": _point(row.lon, row.lat),
        "status": row.status,
        "entered_at": local_time(row.entered_at),
        "entered_by": row.entered_by,
        "decided_at": local_time(row.decided_at),
        "decided_by": row.decided_by,
        "reason": row.reason,
        "may_decide": row.status == "proposed" and not own and may_change(caller, row.area_code),
        "own": own,
        "evidence": [_evidence_out(one, said, known) for one in row.evidence],
    }


def _evidence_out(
    one: dict[str, Any], said: dict[UUID, str | None], known: Knowledge
) -> dict[str, Any]:
    """Return what one report taught: which one and from where, to those who may see it only."""
    report = one.get("report")
    seen = report is not None and UUID(report) in said
    before, after, grid = one.get("before") if seen else None, one.get("after"), one.get("grid")
    return {
        "report": report if seen else None,
        "number": one.get("number") if seen else None,
        "said": said[UUID(report)] if seen else None,
        "what": one["what"],
        "by": one["by"],
        "at": one["at"],
        "before": _point(*before) if before else None,
        "after": _point(*after) if after else None,
        "grid": area_out(known, grid) if grid else None,
        "note": one.get("note", ""),
    }
