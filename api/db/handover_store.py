"""Hand open reports over: which changesets are due, which reports they may concern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text


def to_hand_over(connection: Connection, now: datetime) -> list[UUID]:
    """Return the changesets in force whose open reports have not been handed over, oldest first."""
    return list(
        connection.execute(
            text(
                "SELECT id FROM changesets WHERE handed_over_at IS NULL AND withdrawn_at IS NULL "
                "AND effective_at <= :now "
                "ORDER BY effective_at, published_at FOR UPDATE SKIP LOCKED"
            ),
            {"now": now},
        ).scalars()
    )


def mark_handed_over(
    connection: Connection, changeset_id: UUID, *, at: datetime, summary: Mapping[str, Any]
) -> None:
    """Remember that a changeset's open reports were handed over, and how many."""
    connection.execute(
        text(
            "UPDATE changesets SET handed_over_at = :at, summary = summary || "
            "CAST(:summary AS jsonb) WHERE id = :id"
        ),
        {"id": changeset_id, "at": at, "summary": orjson.dumps(summary).decode()},
    )


def mark_effective(connection: Connection, changeset_id: UUID) -> None:
    """Set the plan of a changeset, if it has one, effective."""
    connection.execute(
        text(
            "UPDATE plans SET state = 'effective' FROM changesets c "
            "WHERE c.id = :id AND plans.id = c.plan_id AND plans.state = 'scheduled'"
        ),
        {"id": changeset_id},
    )


def open_reports_of(connection: Connection, codes: Sequence[str]) -> list[Any]:
    """Return the open reports that lie with one of the grids ``codes``, or may lie there.

    A doubtful one may lie with any grid of the area that decides about it.
    """
    return list(
        connection.execute(
            text(
                "SELECT id, number, status, grid_code, area_code, lon, lat, accuracy_m, address "
                "FROM reports WHERE closed_at IS NULL AND (grid_code = ANY(:codes) "
                "OR (status = 'awaiting_decision' AND EXISTS (SELECT FROM "
                "unnest(CAST(:codes AS text[])) AS changed WHERE changed ^@ decided_by))) "
                "ORDER BY id"
            ),
            {"codes": list(codes)},
        )
    )


def note_events(connection: Connection, events: Sequence[dict[str, Any]]) -> None:
    """Append events to reports: id, at, kind, actor, detail each."""
    if not events:
        return
    connection.execute(
        text(
            "INSERT INTO report_events (report_id, at, kind, actor, detail) "
            "VALUES (:id, :at, :kind, :actor, CAST(:detail AS jsonb))"
        ),
        [{**event, "detail": orjson.dumps(event["detail"]).decode()} for event in events],
    )
