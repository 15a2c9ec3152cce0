"""Propose names, and decide what was proposed: by an administrator, never by who proposed it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.accounts.audit_trail import note
from api.db import gazetteer_store
from api.input_types import local_time
from api.places.changing import add_place, alias_values
from api.places.editing import Editor, add_alias, find, state_of, write_change
from api.places.schemas import AliasIn, ApprovalIn, PlaceIn, ProposalIn
from api.problems import Problem, invalid


def propose(editor: Editor, body: ProposalIn) -> UUID:
    """Propose another name of a place; raise Problem 409 when it has it or somebody did."""
    row = find(editor.connection, body.place)
    if not row.in_force:
        raise Problem("place-state", "此地点已停用。", {"state": "ended"})
    editor.require_own(row.area_code)
    wanted = AliasIn(name=body.name, kind=body.kind, scope=body.scope)
    values = alias_values(editor, wanted) | {"status": "proposed"}
    alias_id = add_alias(editor, row, values)
    _note_of(editor, alias_id, body.note)
    return alias_id


def _note_of(editor: Editor, alias_id: UUID, words: str) -> None:
    alias = gazetteer_store.read_alias(editor.connection, alias_id)
    detail = {"name": alias.name, "place": alias.place_id, "note": words}
    note(
        editor.connection,
        editor.actor,
        "alias_proposed",
        str(alias_id),
        area_code=alias.area_code,
        detail=detail,
    )


def find_open(editor: Editor, alias_id: UUID) -> Any:
    """Return a proposal that the caller may decide; raise Problem 404, 403 or 409."""
    alias = gazetteer_store.read_alias(editor.connection, alias_id)
    if alias is None:
        raise Problem("not-found", "没有这条建议，或您没有查看权限。")
    editor.require_own(alias.area_code)
    if alias.status != "proposed":
        raise Problem(
            "place-state",
            "这条建议已有结论。",
            {
                "state": alias.status,
                "changed_by": alias.decided_by,
                "changed_at": local_time(alias.decided_at),
            },
        )
    if alias.entered_by_id is not None and alias.entered_by_id == editor.caller.account_id:
        raise Problem("own-proposal", "建议须由另一位管理员审批。")
    return alias


def approve(editor: Editor, alias_id: UUID, body: ApprovalIn) -> str:
    """Make a proposal a name that is known at once; return the id of its place."""
    alias = find_open(editor, alias_id)
    if body.new_place is not None:
        return _as_new_place(editor, alias, body)
    place_id = body.place or alias.place_id
    if place_id is None:
        raise invalid(
            "请选择这个名称指的是哪个地点，或作为新地点。", field="place", reason="missing"
        )
    row = find(editor.connection, place_id)
    editor.require_own(row.area_code)
    if not row.in_force:
        raise Problem("place-state", "此地点已停用。", {"state": "ended"})
    before = state_of(editor, place_id)
    wanted = AliasIn(
        name=body.name or alias.name, kind=body.kind or alias.kind, scope=body.scope or alias.scope
    )
    values = alias_values(editor, wanted)
    active = gazetteer_store.active_alias(
        editor.connection, place_id=place_id, name=values["name"], scope=values["scope"]
    )
    if active is not None and active.id != alias.id:
        raise Problem("place-state", "这个地点已有同名的别名，或已有人建议。")
    gazetteer_store.give_place(
        editor.connection,
        alias.id,
        {
            "place_id": place_id,
            "area_code": row.area_code,
            **{name: values[name] for name in ("name", "kind", "scope")},
        },
    )
    _decide(editor, alias.id, "approved")
    write_change(editor, "place_alias_approved", place_id, before, proposal=str(alias.id))
    return place_id


def _as_new_place(editor: Editor, alias: Any, body: ApprovalIn) -> str:
    """Make a place of what reports at a pin called so; the proposal is settled by that."""
    if alias.lon is None:
        raise invalid("这条建议没有位置，不能作为新地点。", field="new_place", reason="no_position")
    position = {"lon": alias.lon, "lat": alias.lat, "crs": "cgcs2000"}
    wanted = PlaceIn.model_validate(
        {"name": body.name or alias.name, "kind": body.new_place, "position": position}
    )
    place_id = add_place(editor, wanted)
    _decide(editor, alias.id, "ended", reason=f"作为新地点：{wanted.name}")
    return place_id


def _decide(editor: Editor, alias_id: UUID, status: str, *, reason: str = "") -> None:
    gazetteer_store.set_status(
        editor.connection, alias_id, status, at=editor.now, by=editor.actor.name, reason=reason
    )


def reject(editor: Editor, alias_id: UUID, reason: str) -> None:
    """Reject a proposal with a reason; the same is not proposed again."""
    alias = find_open(editor, alias_id)
    _decide(editor, alias.id, "rejected", reason=reason)
    detail = {"name": alias.name, "place": alias.place_id, "reason": reason}
    note(
        editor.connection,
        editor.actor,
        "alias_rejected",
        str(alias.id),
        area_code=alias.area_code,
        detail=detail,
    )
