"""Write organisations, people and posts: what terms are about. Nothing is erased, only ended."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from api.db import area_store, duty_store, registry_store
from api.duty.editing import Editor
from api.duty.records import ROLE_LABELS
from api.duty.refusals import Found, conflict_out, end_from_now, period_of
from api.duty.schemas import (
    OrgChange,
    OrgIn,
    PersonChange,
    PersonIn,
    PostChange,
    PostIn,
)
from api.problems import Problem, invalid
from geo.codes import parse_code


def add_org(editor: Editor, body: OrgIn) -> UUID:
    """Write an organisation and return its id; only the county's when it is nobody's area."""
    start, end = period_of(body.start, body.end, editor.now)
    editor.begin()
    area = _area(editor, body.area) if body.area else None
    if area is None:
        editor.require_area(editor.county)
    if body.parent is not None:
        _require_org(editor, body.parent, "parent")
    twin = registry_store.org_by_name(editor.connection, body.name, start, end)
    if twin is not None:
        words = "已有同名单位。"
        raise Problem(
            "roster-overlap",
            words,
            {"reason": "name_taken", "conflict": conflict_out({**twin, "person_name": None})},
        )
    org_id = uuid4()
    values = {
        "id": org_id, "name": body.name, "kind": body.kind, "area_code": area,
        "parent_id": body.parent, "start": start, "end": end,
    }  # fmt: skip
    registry_store.insert_org(editor.connection, values)
    editor.finish("orgs_added", org_id, name=body.name, kind=body.kind, area=area)
    return org_id


def add_person(editor: Editor, body: PersonIn) -> UUID:
    """Write a person and return the id; raise Problem 409 for a number that somebody has."""
    start, end = period_of(body.start, body.end, editor.now)
    editor.begin()
    area = _area(editor, body.area)
    if body.org is not None:
        _require_org(editor, body.org, "org")
    number = body.number or registry_store.next_person_number(editor.connection)
    person_id = uuid4()
    values = {
        "id": person_id, "name": body.name, "phone": body.phone, "number": number,
        "area_code": area, "org_id": body.org,
        # Whoever works here now did so before anybody wrote it down, unless a day is given.
        "start": start if body.start else None, "end": end,
    }  # fmt: skip
    if not registry_store.insert_person(editor.connection, values):
        raise Problem("roster-overlap", "此工号已有人使用。", {"reason": "number_taken"})
    editor.finish("people_added", person_id, number=number, area=area)
    return person_id


def add_post(editor: Editor, body: PostIn) -> UUID:
    """Write a post on an area or on an organisation, and return its id."""
    start, end = period_of(body.start, body.end, editor.now)
    editor.begin()
    if (body.area is None) == (body.org is None):
        words = "岗位设在一个区域（area）或一个单位（org），二者填一。"
        raise invalid(words, field="area", reason="area_or_org")
    area = _area(editor, body.area) if body.area else None
    if area is not None and area_store.area_ended(editor.connection, area, max(start, editor.now)):
        raise invalid("该区域已撤销，不能再设岗位。", field="area", reason="area_ended")
    if body.org is not None:
        org = _require_org(editor, body.org, "org")
        editor.require_area(org["area_code"] or editor.county)
    post_id = uuid4()
    values = {
        "id": post_id, "area_code": area, "org_id": body.org, "role": body.role,
        "name": body.name or "", "seats": body.seats, "by_shifts": body.by_shifts,
        "places": body.places, "start": start if body.start else None, "end": end,
    }  # fmt: skip
    _refuse_twin(editor, {**values, "start": start})
    registry_store.insert_post(editor.connection, values)
    editor.finish("posts_added", post_id, role=body.role, area=area, org=body.org)
    return post_id


def change_org(editor: Editor, org_id: UUID, body: OrgChange) -> None:
    """Change an organisation's name, what it belongs to, or its end."""
    editor.begin()
    row = _require(editor, "orgs", org_id)
    editor.require_area(row["area_code"] or editor.county)
    values = _given(body)
    if body.parent is not None:
        _require_org(editor, body.parent, "parent")
        if _is_above(editor, org_id, body.parent):
            raise invalid("单位不能隶属于自己的下级。", field="parent", reason="ring")
        values["parent_id"] = body.parent
    elif "parent" in body.model_fields_set:
        values["parent_id"] = None
    _change(editor, "orgs", row, values, body)


def change_person(editor: Editor, person_id: UUID, body: PersonChange) -> None:
    """Change a person's name, phone, area, organisation or end."""
    editor.begin()
    row = _require(editor, "people", person_id)
    editor.require_area(row["area_code"])
    values = _given(body)
    if body.area is not None:
        values["area_code"] = _area(editor, body.area)
    if body.org is not None:
        _require_org(editor, body.org, "org")
    if "org" in body.model_fields_set:
        values["org_id"] = body.org
    if "phone" in body.model_fields_set:
        values["phone"] = body.phone
    _change(editor, "people", row, values, body)


def change_post(editor: Editor, post_id: UUID, body: PostChange) -> None:
    """Change a post's name, seats, shifts, places or end."""
    editor.begin()
    row = _require(editor, "posts", post_id)
    editor.require_area(editor.area_of_post(row))
    if body.seats is not None and body.seats < row["seats"]:
        taken = duty_store.taken_ranks(
            editor.connection, duty_store.HOLDERS, post_id, editor.now, None
        )
        if taken and max(taken) > body.seats:
            words = f"第{max(taken)}席还有人在岗，不能减到{body.seats}席。"
            raise Problem("still-in-use", words, {"reason": "seats_held"})
    values = _given(body)
    if "name" in body.model_fields_set:
        values["name"] = body.name or ""
        if values["name"] != row["name"]:
            _refuse_twin(editor, {**row, "start": editor.now, "end": row["to"], **values}, post_id)
    _change(editor, "posts", row, values, body)


def _refuse_twin(editor: Editor, values: Found, but: UUID | None = None) -> None:
    """Raise Problem 409 for a post like one that there is: several people share one by seats."""
    twin = registry_store.post_by_role(editor.connection, values, but=but)
    if twin is not None:
        label = ROLE_LABELS[values["role"]]
        words = f"此处已有{label}岗位。请在该岗位上增加席位，或给新岗位另起名称。"
        found = conflict_out({**twin, "person_name": None})
        raise Problem("roster-overlap", words, {"reason": "role_taken", "conflict": found})


def end_now(editor: Editor, table: str, row_id: UUID) -> None:
    """End an organisation, a person or a post now."""
    editor.begin()
    row = _require(editor, table, row_id)
    _require_editable(editor, table, row)
    _end(editor, table, row, max(editor.now, row["from"] or editor.now))
    editor.finish(f"{table}_ended", row_id, end=editor.now)


def _given(body: OrgChange | PersonChange | PostChange) -> Found:
    """Return the members that carry a value and bear the name of their column."""
    members = body.model_dump(exclude_none=True, exclude_unset=True)
    return {name: value for name, value in members.items() if name not in ("end", "area", "org")}


def _change(
    editor: Editor,
    table: str,
    row: Found,
    values: Found,
    body: OrgChange | PersonChange | PostChange,
) -> None:
    registry_store.change_row(editor.connection, table, row["id"], values)
    if "end" in body.model_fields_set:
        _end(editor, table, row, body.end)
    before: dict[str, Any] = {f"before_{name}": row[name] for name in values if name in row}
    editor.finish(f"{table}_changed", row["id"], **values, **before, end=body.end)


def _end(editor: Editor, table: str, row: Found, asked: Any) -> None:
    end = end_from_now(row, asked, editor.now)
    column = {"people": "person_id", "posts": "post_id"}.get(table)
    if end is not None and column is not None:
        running = duty_store.hindrances(editor.connection, column, row["id"], end)
        if running:
            words = f"还有{len(running)}项安排未结束，请先结束它们。"
            raise Problem(
                "still-in-use",
                words,
                {
                    "reason": "terms_run_on",
                    "conflicts": [{"kind": f["kind"], **conflict_out(f)} for f in running],
                },
            )
    duty_store.end_row(editor.connection, table, row["id"], end)


def _require_editable(editor: Editor, table: str, row: Found) -> None:
    if table == "posts":
        editor.require_area(editor.area_of_post(row))
    else:
        editor.require_area(row["area_code"] or editor.county)


def _require(editor: Editor, table: str, row_id: UUID) -> Found:
    row = registry_store.read_row(editor.connection, table, row_id)
    if row is None:
        raise Problem("not-found", "没有这个编号，或它不在您的辖区。")
    return row


def _require_org(editor: Editor, org_id: UUID, field: str) -> Found:
    row = registry_store.read_row(editor.connection, "orgs", org_id)
    if row is None:
        raise invalid("没有这个单位。", field=field, reason="unknown_org")
    return row


def _is_above(editor: Editor, org_id: UUID, parent: UUID | None) -> bool:
    seen: set[UUID] = set()
    while parent is not None and parent not in seen:
        if parent == org_id:
            return True
        seen.add(parent)
        row = registry_store.read_row(editor.connection, "orgs", parent)
        parent = row["parent_id"] if row else None
    return False


def _area(editor: Editor, text: str) -> str:
    code = parse_code(text)
    if not area_store.area_exists(editor.connection, code):
        raise invalid("没有这个编码的区域。", field="area", reason="unknown_area")
    editor.require_area(code)
    return code
