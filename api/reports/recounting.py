"""Count due dates that were a guess again, when a notice of days off has been loaded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from api.calendar.working_days import Due
from api.db import calendar_store
from api.db.engine import Connection
from api.db.report_store import columns
from api.knowledge import Knowledge
from api.reports.due_dates import recounted
from api.reports.views import local, stream_payload

EVENT = "recounted"


def recount(
    connection: Connection, known: Knowledge, *, at: datetime, actor: str, actor_id: UUID | None
) -> int:
    """Give open reports with a provisional due date the one of ``known``; return how many moved.

    Each gets an event with before and after, and its screens are told. One that stays a guess for
    the same instant is left alone. Needs a transaction that sees every report.
    """
    moved = []
    for row in calendar_store.read_guessed(connection):
        if row.due_limit is None:
            continue
        until = recounted(known, row.due_limit)
        if until.at == row.due_at and until.provisional:
            continue
        moved.append(_change(known, row, until, at=at, actor=actor, actor_id=actor_id))
    calendar_store.move_due_dates(connection, moved)
    return len(moved)


def _change(
    known: Knowledge, row: Any, until: Due, *, at: datetime, actor: str, actor_id: UUID | None
) -> dict[str, Any]:
    before = Due(row.due_at, True, row.calendar_version)
    return {
        "id": row.id,
        "due_at": until.at,
        "due_provisional": until.provisional,
        "calendar_version": until.calendar_version,
        "at": at,
        "actor": actor,
        "actor_id": actor_id,
        "detail": {"before": _shown(before), "after": _shown(until)},
        "area_code": row.area_code,
        "channel": row.channel,
        "org": row.org,
        "payload": stream_payload({**columns(row), "due_at": until.at}, known, EVENT),
    }


def _shown(until: Due) -> dict[str, Any]:
    return {
        "due_at": local(until.at),
        "provisional": until.provisional,
        "calendar_version": until.calendar_version,
    }
