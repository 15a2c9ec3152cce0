"""Write what a step made of a report: row, case, events and outbox in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from api.db import notice_store

_LIFE = (
    "status = :status, stage = :stage, area_code = :area_code, orgs = :orgs, "
    "response = :response, severity = :severity, category = :category, "
    "confidential = :confidential, "
    "life = CAST(:life AS jsonb), next_tick = :next_tick, holder_area = :holder_area, "
    "holder_post = :holder_post, holder_person = :holder_person, holder_org = :holder_org, "
    "due_since = :due_since, due_at = :due_at, due_pauses = CAST(:due_pauses AS jsonb), "
    "due_stopped_at = :due_stopped_at, due_provisional = :due_provisional, "
    "calendar_version = :calendar_version, closed_at = :closed_at, updated_at = :at"
)
_EVENTS = (
    "events AS (INSERT INTO report_events (report_id, at, kind, actor_id, actor, on_behalf_of, "
    "detail) SELECT :id, e.at, e.kind, e.actor_id, e.actor, e.on_behalf_of, e.detail FROM "
    "jsonb_to_recordset(CAST(:events AS jsonb)) AS e(at timestamptz, kind text, actor_id uuid, "
    "actor text, on_behalf_of text, detail jsonb))"
)
_TOLD = (
    "told AS (INSERT INTO outbox (topic, area_code, channel, orgs, payload) SELECT 'report', "
    "o.area_code, :channel, o.orgs, o.payload FROM jsonb_to_recordset(CAST(:told AS jsonb)) "
    "AS o(area_code text, orgs text[], payload jsonb))"
)
_ASSIGNMENT = (
    "assignment AS (INSERT INTO assignments (id, report_id, current, decision, grid_code, "
    "decided_by, post_id, person_id, revision, answer, receipt, decided_at) VALUES "
    "(:assignment_id, :id, true, :decision, :grid_code, :decided_by, :post_id, :person_id, "
    ":revision, CAST(:answer AS json), CAST(:receipt AS jsonb), :at))"
)
_PLACE = (
    "decision = :decision, grid_code = :grid_code, decided_by = :decided_by, lon = :lon, "
    "lat = :lat, accuracy_m = :accuracy_m, given_position = CAST(:given_position AS jsonb)"
)
_SAVE = text(f"WITH {_EVENTS}, {_TOLD} UPDATE reports SET {_LIFE} WHERE id = :id")
_SAVE_WITH_PLACE = text(
    f"WITH {_ASSIGNMENT}, {_EVENTS}, {_TOLD} UPDATE reports SET {_PLACE}, {_LIFE} WHERE id = :id"
)
_JSON = ("life", "due_pauses", "events", "told", "answer", "receipt", "given_position")


def save(connection: Connection, *changes: dict[str, Any]) -> None:
    """Write the lives of reports whose place stays.

    Each change holds id, at, channel, the columns of a life, ``events`` (at, kind, actor_id,
    actor, on_behalf_of, detail each) and ``told``, rows of the outbox (area_code, orgs, payload).
    """
    if changes:
        connection.execute(_SAVE, [_with_json(change) for change in changes])


def save_with_place(connection: Connection, *changes: dict[str, Any]) -> None:
    """Write the lives of reports that have another place or owner; old assignments are kept.

    ``notices`` of a change are kept with it.
    """
    if not changes:
        return
    connection.execute(
        text("UPDATE assignments SET current = false WHERE report_id = ANY(:ids) AND current"),
        {"ids": [change["id"] for change in changes]},
    )
    connection.execute(_SAVE_WITH_PLACE, [_with_json(change) for change in changes])
    notice_store.put(connection, [row for change in changes for row in change.get("notices", ())])


def _with_json(change: dict[str, Any]) -> dict[str, Any]:
    packed = {
        name: orjson.dumps(change[name], option=orjson.OPT_NON_STR_KEYS).decode()
        if change[name] is not None
        else None
        for name in _JSON
        if name in change
    }
    return {**change, **packed}


def insert_part(connection: Connection, values: dict[str, Any]) -> None:
    """Add a report that was split from another: its caller, place and first owner are the same.

    ``values``: id, number, parent, text, created_by, assignment_id, at, and the columns of a life.
    The caller stays with the parent alone: no copy of a reporter is made.
    """
    packed = _with_json(values)
    connection.execute(
        text(
            "INSERT INTO reports (id, number, channel, round, text, category, status, stage, "
            "decision, grid_code, area_code, decided_by, orgs, lon, lat, accuracy_m, "
            "given_position, address, confidential, about, created_by, occurred_at, created_at, "
            "due_since, due_at, due_pauses, due_stopped_at, due_provisional, calendar_version, "
            "closed_at, updated_at, response, severity, life, next_tick, holder_area, "
            "holder_post, holder_person, holder_org) SELECT :id, :number, channel, 1, :text, "
            ":category, :status, :stage, decision, grid_code, :area_code, decided_by, :orgs, lon, "
            "lat, accuracy_m, given_position, address, :confidential, about, :created_by, "
            "occurred_at, :at, :due_since, :due_at, CAST(:due_pauses AS jsonb), :due_stopped_at, "
            ":due_provisional, :calendar_version, :closed_at, :at, :response, :severity, "
            "CAST(:life AS jsonb), :next_tick, :holder_area, :holder_post, :holder_person, "
            ":holder_org FROM reports WHERE id = :parent"
        ),
        packed,
    )
    connection.execute(
        text(
            f"WITH {_EVENTS}, {_TOLD} INSERT INTO assignments (id, report_id, current, decision, "
            "grid_code, decided_by, post_id, person_id, revision, answer, receipt, decided_at) "
            "SELECT :assignment_id, :id, true, decision, grid_code, decided_by, post_id, "
            "person_id, revision, answer, receipt, :at FROM assignments "
            "WHERE report_id = :parent AND current"
        ),
        packed,
    )


def place_part(connection: Connection, values: dict[str, Any]) -> None:
    """Give a report that was just split off another place and owner than that of the call.

    ``values``: id, at and the columns of place and assignment.
    """
    connection.execute(
        text(
            f"WITH placed AS (UPDATE reports SET {_PLACE} WHERE id = :id) "
            "UPDATE assignments SET decision = :decision, grid_code = :grid_code, "
            "decided_by = :decided_by, post_id = :post_id, person_id = :person_id, "
            "revision = :revision, answer = CAST(:answer AS json), "
            "receipt = CAST(:receipt AS jsonb) WHERE report_id = :id AND current"
        ),
        _with_json(values),
    )


def next_number(connection: Connection) -> int:
    """Return the next running number of reports."""
    return int(connection.execute(text("SELECT nextval('report_numbers')")).scalar_one())


def due_reports(connection: Connection, now: datetime, *, limit: int) -> list[UUID]:
    """Lock and return the reports for which the clock has something to do, the longest due first.

    Reports that somebody else has in hand are left to the next time: a step does by itself what
    fell due before it.
    """
    return list(
        connection.execute(
            text(
                "SELECT id FROM reports WHERE next_tick <= :now ORDER BY next_tick LIMIT :limit "
                "FOR UPDATE SKIP LOCKED"
            ),
            {"now": now, "limit": limit},
        ).scalars()
    )


def put_off(connection: Connection, report_ids: Sequence[UUID], until: datetime) -> None:
    """Let the clock look at these reports again at ``until`` and not before."""
    connection.execute(
        text("UPDATE reports SET next_tick = :until WHERE id = ANY(:ids)"),
        {"ids": list(report_ids), "until": until},
    )


def guessed_reports(connection: Connection) -> list[UUID]:
    """Return the open reports whose due date is provisional, in order of id."""
    return list(
        connection.execute(
            text(
                "SELECT id FROM reports WHERE due_provisional AND closed_at IS NULL "
                "ORDER BY id FOR UPDATE"
            )
        ).scalars()
    )


def claim_step_key(
    connection: Connection, *, scope: str, key: str, body_sha256: str, report_id: UUID
) -> bool:
    """Claim a key for one step; False when it is taken. Waits for who is using it right now."""
    claimed = connection.execute(
        text(
            "INSERT INTO intake_keys (scope, key, body_sha256, report_id) "
            "VALUES (:scope, :key, :sha, :report_id) ON CONFLICT DO NOTHING RETURNING 1"
        ),
        {"scope": scope, "key": key, "sha": body_sha256, "report_id": report_id},
    )
    return claimed.first() is not None


# What is written beside a life and changes nothing of how a report stands.
_BESIDE = "('notified_by_phone','reporter_erased','photo_withdrawn')"


def read_last_change(connection: Connection, report_id: UUID) -> Any:
    """Return (at, kind, actor, detail) of the event that made a report what it is now."""
    return connection.execute(
        text(
            "SELECT at, kind, actor, detail FROM report_events WHERE report_id = :id "
            f"AND kind NOT IN {_BESIDE} ORDER BY id DESC LIMIT 1"
        ),
        {"id": report_id},
    ).one()
