"""Say what is written of a report whose case has become another one, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.db.report_store import columns
from api.knowledge import Knowledge
from api.life.state import Case
from api.life.turn import Outcome
from api.reports.lives import Author, event_rows, life_values
from api.reports.views import stream_payload
from geo.codes import is_within


def change_of(
    row: Any,
    case: Case,
    outcome: Outcome,
    known: Knowledge,
    *,
    at: datetime,
    author: Author,
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what is written of a report whose case has become another one.

    ``facts`` go into its last event.
    """
    values = life_values(case, known, at=at, before=row)
    events = event_rows(outcome.events, case.id, author=author, facts=facts)
    last = events[-1]["kind"] if events else "changed"
    return {
        "id": row.id,
        "at": at,
        "channel": row.channel,
        **values,
        "events": events,
        "told": told_rows(row, values, known, last, at),
    }


def told_rows(
    row: Any, values: Mapping[str, Any], known: Knowledge, event: str, at: datetime
) -> list[dict[str, Any]]:
    """Return what screens are told: those who see it now, and those who saw it until now."""
    merged = {**columns(row), **values}
    rows = [
        {
            "area_code": values["area_code"],
            "orgs": values["orgs"],
            "payload": stream_payload(merged, known, event, at),
        }
    ]
    lost = [org for org in row.orgs if org not in values["orgs"]]
    moved = not is_within(values["area_code"], row.area_code)
    if moved or lost:
        # Those who saw it and see it no longer must be told, or its pin stays on their map.
        gone = {**columns(row), "status": values["status"], "lon": None, "lat": None}
        left = {
            "area_code": row.area_code if moved else values["area_code"],
            "orgs": lost,
            "payload": stream_payload(gone, known, "left", at),
        }
        rows.insert(0, left)
    return rows
