"""Count due dates that were a guess again, when a notice of days off has been loaded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from api.db import life_store, report_store
from api.db.engine import Connection
from api.knowledge import Knowledge
from api.life.by_clock import recount as recount_case
from api.reports.lives import Author, case_of
from api.reports.writing import change_of

BATCH = 500


def recount(
    connection: Connection, known: Knowledge, *, at: datetime, actor: str, actor_id: UUID | None
) -> int:
    """Give open reports with a provisional due date the one of ``known``; return how many moved.

    Each gets an event with before and after, and its screens are told. One that stays a guess for
    the same instant is left alone. Needs a transaction that sees every report.
    """
    author = Author(actor, actor_id)
    guessed = life_store.guessed_reports(connection)
    moved = 0
    for first in range(0, len(guessed), BATCH):
        changes = []
        for row in report_store.read_several(connection, guessed[first : first + BATCH]):
            outcome = recount_case(case_of(row, known), at, known.time)
            if not outcome.events:
                continue
            change = change_of(row, outcome.case, outcome, known, at=at, author=author)
            # Whoever loaded the notice did it, not the clock.
            for event in change["events"]:
                detail = _detail(event["detail"], row, change)
                event |= {"actor": actor, "actor_id": actor_id, "detail": detail}
            changes.append(change)
        life_store.save(connection, *changes)
        moved += len(changes)
    return moved


def _detail(detail: dict[str, Any], row: Any, change: dict[str, Any]) -> dict[str, Any]:
    """Return the event's before and after with what each was counted by."""
    before = {"provisional": row.due_provisional, "calendar_version": row.calendar_version}
    after = {
        "provisional": change["due_provisional"],
        "calendar_version": change["calendar_version"],
    }
    return {"before": {**detail["before"], **before}, "after": {**detail["after"], **after}}
