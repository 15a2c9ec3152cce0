"""Write terms: who holds, covers, is absent, has a shift, stands in; refuse what cannot be.

Whatever is written is in force at the instant it names: the commit raises the revision of the
roster, which routing, pages and public answers of every process follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from api.accounts.audit_trail import write_audit
from api.accounts.roles import Caller
from api.db import area_store, duty_store, place_store, registry_store
from api.db.duty_store import COVERS, HOLDERS, OVERRIDES, TermTable
from api.db.engine import Connection
from api.duty.refusals import (
    end_from_now,
    period_of,
    refuse_absent,
    refuse_overlap,
    refuse_own_cover,
    require_within,
)
from api.problems import Problem, invalid

Found = dict[str, Any]


@dataclass(slots=True)
class Editor:
    """Hold who writes, when, and what every process must learn at the commit."""

    connection: Connection
    caller: Caller
    county: str
    now: datetime
    ip: str | None = None
    _begun: bool = field(default=False, init=False)

    def begin(self) -> None:
        """Wait for whoever writes the roster, and hold the next until the commit."""
        if not self._begun:
            duty_store.hold_roster(self.connection)
            self._begun = True

    def finish(self, action: str, row_id: UUID, **detail: Any) -> None:
        """Append to the audit trail."""
        shown = {
            name: value.isoformat() if isinstance(value, datetime) else str(value)
            for name, value in detail.items()
            if value is not None
        }
        write_audit(self.connection, self.caller, action, str(row_id), detail=shown, ip=self.ip)

    def publish(self) -> None:
        """Tell every process at the commit; a report that is being taken in is decided before."""
        # Last, because reports wait from here to the commit.
        place_store.hold_publications(self.connection)
        area_store.raise_revision(self.connection, "roster")

    def require_area(self, area: str) -> None:
        """Raise Problem 403 for an area beyond the caller's."""
        if not area.startswith(self.caller.area_code):
            raise Problem("forbidden", "只能维护本辖区的岗位、人员和值班。")

    def post(self, post_id: UUID) -> Found:
        """Return a post of the caller's area; raise Problem 422 for none, 403 for another's."""
        row = registry_store.read_row(self.connection, "posts", post_id)
        if row is None:
            raise invalid("没有这个岗位。", field="post", reason="unknown_post")
        self.require_area(self.area_of_post(row))
        return row

    def area_of_post(self, post: Mapping[str, Any]) -> str:
        """Return the area of a post: its own, or that of its organisation."""
        if post["area_code"] is not None:
            return str(post["area_code"])
        org = registry_store.read_row(self.connection, "orgs", post["org_id"])
        return (org["area_code"] if org else None) or self.county

    def person(self, key: str) -> Found:
        """Return the person with an id or a number; raise Problem 422 for nobody in sight."""
        try:
            person_id = UUID(key) if len(key) == 36 else None
        except ValueError:
            person_id = None
        if person_id is None:
            person_id = registry_store.person_by_number(self.connection, key)
        row = registry_store.read_row(self.connection, "people", person_id) if person_id else None
        if row is None:
            raise invalid("没有这个人员，或不在您的辖区。", field="person", reason="unknown_person")
        return row


def add_term(
    editor: Editor,
    table: TermTable,
    *,
    person: str,
    post: UUID | None,
    start: datetime | None,
    end: datetime | None,
    replace: bool = False,
    **own: Any,
) -> UUID:
    """Write a term and return its id; raise Problem for what is unknown, foreign or in the way.

    With ``replace`` the holder of the seat gives it up at the moment at which the term begins.
    """
    begin, until = period_of(start, end, editor.now)
    editor.begin()
    holder = editor.person(person)
    require_within("people", holder, begin, until)
    row: Found | None = None
    if post is not None:
        row = editor.post(post)
        require_within("posts", row, begin, until)
    else:
        editor.require_area(holder["area_code"])
    if replace:
        own = {**own, "seat": own.get("seat") or 1}
    if table in (HOLDERS, COVERS):
        own = _with_place(editor, table, row or {}, begin, until, own)
    term_id = uuid4()
    values: Found = {
        "id": term_id,
        "post_id": post,
        "person_id": holder["id"],
        "start": begin,
        "end": until,
        "entered_by": editor.caller.username,
        "entered_at": editor.now,
        **own,
    }
    if replace:
        _give_up_seat(editor, values)
    refuse_overlap(editor.connection, table, values)
    if table is COVERS:
        refuse_own_cover(editor.connection, holder, values)
    if table is OVERRIDES:
        refuse_absent(editor.connection, holder, begin, until)
    duty_store.insert_term(editor.connection, table, values)
    editor.finish(
        f"{table.name}_added",
        term_id,
        person=holder["number"],
        post=post,
        start=begin,
        end=until,
        **own,
    )
    return term_id


def _give_up_seat(editor: Editor, values: Found) -> None:
    """End the term of whoever has the seat, when it began before; the past stays as it was."""
    if values["start"] < editor.now:
        values["start"] = editor.now
    before = duty_store.overlapping(editor.connection, HOLDERS, values)
    if before is None or before["person_id"] == values["person_id"]:
        return
    if before["from"] is None or before["from"] < values["start"]:
        duty_store.end_row(editor.connection, HOLDERS.name, before["id"], values["start"])
        editor.finish(
            "holders_ended", before["id"], person=before["person_name"], end=values["start"]
        )


def end_term(editor: Editor, table: TermTable, term_id: UUID, end: datetime | None) -> Found:
    """Let a term end at ``end``, None for never; raise Problem 404, 403, 422 or 409."""
    editor.begin()
    row = find_term(editor, table, term_id)
    end = end_from_now(row, end, editor.now)
    if end is None and table not in (HOLDERS, COVERS):
        raise invalid("须写明结束时间。", field="to", reason="missing")
    longer = end is None or (row["to"] is not None and end > row["to"])
    if longer:
        person = editor.person(str(row["person_id"]))
        require_within("people", person, row["from"], end)
        if table.has_post:
            require_within("posts", editor.post(row["post_id"]), row["from"], end)
        values = {**row, "start": row["from"], "end": end}
        refuse_overlap(editor.connection, table, values, but=term_id)
    duty_store.end_row(editor.connection, table.name, term_id, end)
    editor.finish(
        f"{table.name}_ended",
        term_id,
        person=row["person_number"],
        post=row.get("post_id"),
        start=row["from"],
        before=row["to"],
        end=end,
    )
    return row


def withdraw_term(editor: Editor, table: TermTable, term_id: UUID) -> Found:
    """End a term now; one that has not begun never will."""
    row = find_term(editor, table, term_id)
    return end_term(editor, table, term_id, max(editor.now, row["from"] or editor.now))


def find_term(editor: Editor, table: TermTable, term_id: UUID) -> Found:
    """Return a term of the caller's area; raise Problem 404 or 403."""
    row = duty_store.read_term(editor.connection, table, term_id)
    if row is None or row["person_name"] is None:
        raise Problem("not-found", "没有这项安排，或它不在您的辖区。")
    if table.has_post:
        editor.require_area(editor.area_of_post(row))
    else:
        editor.require_area(row["person_area"])
    return row


def _with_place(
    editor: Editor,
    table: TermTable,
    post: Found,
    start: datetime,
    end: datetime | None,
    own: Found,
) -> Found:
    """Return ``own`` with a seat or a rank: the one asked for, else the first that is free."""
    column = table.columns[2]
    most = int(post["seats"]) if table is HOLDERS else 20
    asked = own.get(column)
    if asked is not None:
        if asked > most:
            words = f"该岗位只有{most}席。" if table is HOLDERS else "B角顺序过大。"
            raise invalid(words, field=column, reason="seat_out_of_range")
        return {column: asked}
    taken = duty_store.taken_ranks(editor.connection, table, post["id"], start, end)
    free = next((number for number in range(1, most + 1) if number not in taken), None)
    if free is None and most > 1:
        raise Problem(
            "roster-overlap",
            f"该岗位{most}席在此期间都已有人。",
            {"reason": "no_free_seat"},
        )
    return {column: free or 1}
