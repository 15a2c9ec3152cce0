"""Do one write of the roster from end to end: check, write or only show the effect, tell all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.roles import Caller, scope_of
from api.db import duty_store, registry_store
from api.db.duty_store import TermTable
from api.db.engine import Connection, Scope
from api.deps import Service
from api.duty import editing, effects
from api.duty.editing import Editor
from api.duty.views import org_out, person_out, post_out, term_out
from api.knowledge import Knowledge

Answer = dict[str, Any]


class _OnlyLooked(Exception):
    """End a transaction whose writes were only a look at what would happen."""

    def __init__(self, answer: Answer) -> None:
        """Carry the answer out."""
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold what a request brings to a write of the roster."""

    parts: Service
    known: Knowledge
    caller: Caller
    now: datetime
    ip: str | None

    def scope(self) -> Scope:
        """Return the rows that the caller sees."""
        return scope_of(self.caller)

    def write(self, work: Callable[[Editor], Answer], *, dry_run: bool = False) -> Answer:
        """Run ``work`` in one transaction; for a dry run nothing of it stays.

        Whoever asks this process next is answered from the new roster; the others are told by the
        commit.
        """
        try:
            with self.parts.database.transaction(self.scope()) as connection:
                editor = self._editor(connection)
                answer = work(editor)
                if dry_run:
                    raise _OnlyLooked(answer)
                editor.publish()
        except _OnlyLooked as looked:
            return {**looked.answer, "dry_run": True}
        self.parts.keeper.refresh()
        return answer

    def _editor(self, connection: Connection) -> Editor:
        return Editor(connection, self.caller, self.known.county.code, self.now, self.ip)


def add_term(
    desk: Desk,
    table: TermTable,
    *,
    person: str,
    post: UUID | None,
    start: datetime | None,
    end: datetime | None,
    dry_run: bool,
    replace: bool = False,
    **own: Any,
) -> Answer:
    """Write a term; return it and who answers before and after."""

    def work(editor: Editor) -> Answer:
        term_id = editing.add_term(
            editor, table, person=person, post=post, start=start, end=end, replace=replace, **own
        )
        row = _term(editor.connection, table, term_id)
        begin, until = row["from"], row["to"]
        effect = effects.effect_of_adding(
            desk.known,
            table.name,
            person=row["person_id"],
            post=post,
            start=begin,
            end=until,
            rank=row.get("seat") or row.get("rank") or 1,
            note=row.get("reason") or "",
        )
        return {**term_out(row, desk.caller), "effect": effect}

    return desk.write(work, dry_run=dry_run)


def end_term(
    desk: Desk, table: TermTable, term_id: UUID, *, end: datetime | None, dry_run: bool
) -> Answer:
    """Let a term end at another time; return it and who answers then before and after."""

    def work(editor: Editor) -> Answer:
        before = editing.end_term(editor, table, term_id, end)
        return _ended(desk, editor.connection, table, before, end)

    return desk.write(work, dry_run=dry_run)


def withdraw_term(desk: Desk, table: TermTable, term_id: UUID, *, dry_run: bool) -> Answer:
    """End a term now; return it and who answers before and after."""

    def work(editor: Editor) -> Answer:
        before = editing.withdraw_term(editor, table, term_id)
        return _ended(desk, editor.connection, table, before, desk.now)

    return desk.write(work, dry_run=dry_run)


def _ended(
    desk: Desk, connection: Connection, table: TermTable, before: Answer, end: datetime | None
) -> Answer:
    row = duty_store.read_term(connection, table, before["id"])
    # One that had not begun is nothing now: it is shown as ended at its beginning.
    shown = row or {**before, "to": before["from"]}
    effect = effects.effect_of_ending(desk.known, before["id"], end) if end else []
    return {**term_out(shown, desk.caller), "effect": effect}


def _term(connection: Connection, table: TermTable, term_id: UUID) -> Answer:
    row = duty_store.read_term(connection, table, term_id)
    assert row is not None
    return row


def registered(desk: Desk, connection: Connection, table: str, row_id: UUID) -> Answer:
    """Return an organisation, a person or a post as it stands now."""
    row = registry_store.read_row(connection, table, row_id)
    if row is None:  # ended before it began
        return {"id": str(row_id), "withdrawn": True}
    if table == "people":
        return person_out(row, desk.caller)
    return org_out(row) if table == "orgs" else post_out(row)
