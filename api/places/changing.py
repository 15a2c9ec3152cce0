"""Add, change, end and take back places and their other names; undo the last change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from api.db import gazetteer_store, place_store
from api.input_types import parse_time
from api.places.checking import area_for, require_name
from api.places.editing import (
    Editor,
    add_alias,
    checked,
    find,
    find_own,
    require_free,
    state_of,
    write_change,
)
from api.places.former_names import keep_former_name
from api.places.schemas import AliasIn, EndIn, PlaceChange, PlaceIn
from api.places.states import PLACE_FIELDS, State
from api.problems import Problem, invalid
from geo.address.types import PlaceKind
from geo.datums import to_cgcs2000
from geo.position import Position

_TICK = timedelta(microseconds=1)


def add_place(editor: Editor, body: PlaceIn) -> str:
    """Add a place and return its id; without an area it gets the one in which its point lies."""
    position = to_cgcs2000(body.position.to_position())
    kind = PlaceKind(body.kind)
    area = body.area or _area_at(editor, position, kind)
    editor.require_own(area)
    place = checked(
        editor,
        {
            "id": str(uuid4()),
            "name": body.name,
            "kind": body.kind,
            "lon": repr(position.lon),
            "lat": repr(position.lat),
            "radius_m": "" if body.radius_m is None else repr(body.radius_m),
            "area_code": area,
            "parent_id": body.parent or "",
        },
    )
    start = body.valid_from
    gazetteer_store.insert_place(
        editor.connection, {**place_store.row_of(place), "valid_from": start, "valid_to": None}
    )
    row = find(editor.connection, place.id)
    for alias in body.aliases:
        add_alias(editor, row, alias_values(editor, alias))
    write_change(editor, "place_added", place.id, None)
    return place.id


def _area_at(editor: Editor, position: Position, kind: PlaceKind) -> str:
    if kind in (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY):
        raise invalid("乡镇和村（社区）须写明区域编码。", field="area", reason="missing")
    county = editor.parts.keeper.map_at(editor.known, editor.now)
    owner = county.index.owner(lon=position.lon, lat=position.lat)
    if owner is None:
        raise invalid("位置不在本旗县区任何网格内。", field="position", reason="outside")
    return area_for(kind, owner)


def alias_values(editor: Editor, alias: AliasIn) -> dict[str, Any]:
    """Return an alias as it is stored.

    Raises GeoError for what is no name, Problem 422 for a scope that is no area of ours.
    """
    scope = alias.scope or editor.county
    require_name(alias.name)
    if scope not in editor.known.areas:
        raise invalid("没有这个编码的区域。", field="scope", reason="unknown_area")
    if scope != editor.county:
        editor.require_own(scope)
    return {
        "name": alias.name,
        "kind": alias.kind,
        "scope": scope,
        "since": alias.since,
        "until": alias.until,
    }


def _require_in_force(row: Any, now: datetime) -> None:
    if row.valid_to is not None and row.valid_to <= now:
        raise Problem("place-state", "此地点已停用，请先恢复。", {"state": "ended"})


def change_place(editor: Editor, place_id: str, body: PlaceChange, edition: int | None) -> None:
    """Change what is given of a place; a new name leaves the old one as an alias with dates."""
    row = find_own(editor, place_id, edition)
    _require_in_force(row, editor.now)
    before = state_of(editor, place_id)
    given = body.model_fields_set
    cells = _cells(row)
    for name in ("name", "kind"):
        if name in given and getattr(body, name) is not None:
            cells[name] = getattr(body, name)
    if body.radius_m is not None:
        cells["radius_m"] = repr(body.radius_m)
    if "parent" in given:
        cells["parent_id"] = body.parent or ""
    if body.position is not None:
        position = to_cgcs2000(body.position.to_position())
        cells |= {"lon": repr(position.lon), "lat": repr(position.lat)}
        kind = PlaceKind(cells["kind"])
        if body.area is None and kind not in (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY):
            cells["area_code"] = _area_kept(editor, position, kind, row.area_code)
    if body.area is not None:
        cells["area_code"] = body.area
    editor.require_own(cells["area_code"])
    place = checked(editor, cells)
    if place.name != row.name and body.keep_old_name:
        keep_former_name(
            editor.connection, row, place, county_code=editor.county, by=editor.actor, at=editor.now
        )
    stored = {"valid_from": row.valid_from, "valid_to": row.valid_to}
    gazetteer_store.update_place(editor.connection, {**place_store.row_of(place), **stored})
    write_change(editor, "place_changed", place_id, before)


def _area_kept(editor: Editor, position: Position, kind: PlaceKind, area: str) -> str:
    """Return the area of a place that moves: the same while it stays inside, else the new one."""
    owner = _area_at(editor, position, PlaceKind.BUILDING)
    return area if owner.startswith(area) else area_for(kind, owner)


def _cells(row: Any) -> dict[str, str]:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "lon": repr(row.lon),
        "lat": repr(row.lat),
        "radius_m": repr(row.radius_m),
        "area_code": row.area_code,
        "parent_id": row.parent_id or "",
    }


def end_place(editor: Editor, place_id: str, body: EndIn, edition: int | None) -> None:
    """Let a place end now or later; it is known no more from then on, and never deleted."""
    row = find_own(editor, place_id, edition)
    _require_in_force(row, editor.now)
    end = body.at or editor.now
    if body.at is not None and body.at < editor.now - timedelta(minutes=1):
        raise invalid("停用时间不能早于现在。", field="at", reason="in_the_past")
    if row.valid_from is not None:
        end = max(end, row.valid_from + _TICK)
    before = state_of(editor, place_id)
    _store(editor, row, valid_to=end)
    write_change(editor, "place_ended", place_id, before, reason=body.reason)


def reopen_place(editor: Editor, place_id: str, edition: int | None) -> None:
    """Take the end of a place back; raise Problem 409 when it has none."""
    row = find_own(editor, place_id, edition)
    if row.valid_to is None:
        raise Problem("place-state", "此地点没有停用。", {"state": "in_force"})
    require_free(editor, row)
    before = state_of(editor, place_id)
    _store(editor, row, valid_to=None)
    write_change(editor, "place_reopened", place_id, before)


def _store(editor: Editor, row: Any, **changed: Any) -> None:
    stored = {"id": row.id, **{name: getattr(row, name) for name in PLACE_FIELDS}}
    gazetteer_store.update_place(editor.connection, {**stored, **changed})


def give_alias(editor: Editor, place_id: str, body: AliasIn, edition: int | None) -> None:
    """Give a place another name, in effect at once."""
    row = find_own(editor, place_id, edition)
    _require_in_force(row, editor.now)
    before = state_of(editor, place_id)
    add_alias(editor, row, alias_values(editor, body))
    write_change(editor, "place_alias_added", place_id, before)


def turn_alias(
    editor: Editor, place_id: str, alias_id: UUID, edition: int | None, *, ended: bool
) -> None:
    """Let an alias end, or take its end back; raise Problem 404 or 409."""
    row = find_own(editor, place_id, edition)
    alias = gazetteer_store.read_alias(editor.connection, alias_id)
    if alias is None or alias.place_id != place_id:
        raise Problem("not-found", "这个地点没有这个别名。")
    if alias.status != ("approved" if ended else "ended"):
        words = "此别名不在使用中。" if ended else "此别名没有停用。"
        raise Problem("place-state", words, {"state": alias.status})
    if not ended:
        _require_in_force(row, editor.now)
        _require_unused(editor, alias)
    before = state_of(editor, place_id)
    status = "ended" if ended else "approved"
    gazetteer_store.set_status(
        editor.connection, alias_id, status, at=editor.now, by=editor.actor.name
    )
    action = "place_alias_ended" if ended else "place_alias_reopened"
    write_change(editor, action, place_id, before)


def _require_unused(editor: Editor, alias: Any) -> None:
    """Raise Problem 409 when another alias of the place has taken its name meanwhile."""
    active = gazetteer_store.active_alias(
        editor.connection, place_id=alias.place_id, name=alias.name, scope=alias.scope
    )
    if active is not None and active.id != alias.id:
        raise Problem("place-state", "这个地点已有同名的别名，或已有人建议。")


def undo(editor: Editor, place_id: str, edition: int | None) -> None:
    """Make a place what it was before its last change, a change like any other.

    Undoing an undoing does it again. Raises Problem 409 when nothing was ever changed.
    """
    row = find_own(editor, place_id, edition)
    history = gazetteer_store.read_history(editor.connection, place_id, before=None, limit=1)
    if not history:
        raise Problem("nothing-left", "这个地点没有可撤销的修改。")
    was: State | None = history[0].detail["before"]
    before = state_of(editor, place_id)
    if was is None:
        _store(editor, row, valid_to=max(editor.now, (row.valid_from or editor.now) + _TICK))
    else:
        _restore(editor, row, was)
    write_change(editor, "place_undone", place_id, before, undone=history[0].id)


def _restore(editor: Editor, row: Any, was: State) -> None:
    times = {
        name: parse_time(was[name]) if was[name] else None
        for name in ("valid_from", "valid_to")
        if name in was
    }
    fields = {name: was[name] for name in PLACE_FIELDS if name in was}
    if fields:
        editor.require_own(fields.get("area_code", row.area_code))
        _store(editor, row, **(fields | times))
        back = find(editor.connection, row.id)
        if back.valid_to is None or back.valid_to > editor.now:
            require_free(editor, back)
    # What comes back needs its name free: those that end go first.
    statuses = {UUID(one): held["status"] if held else "ended" for one, held in
                was.get("aliases", {}).items()}  # fmt: skip
    for alias_id, status in sorted(statuses.items(), key=lambda one: one[1] != "ended"):
        alias = gazetteer_store.read_alias(editor.connection, alias_id)
        if status in ("approved", "proposed"):
            _require_unused(editor, alias)
        gazetteer_store.set_status(
            editor.connection, alias_id, status, at=editor.now, by=editor.actor.name
        )
