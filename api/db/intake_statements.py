"""Say which columns are stored of a new report, and where each of them goes: once, for all ways.

What is stored of a report is given as one row of many columns, under the name ``given``: of the
values of requests, or of whole columns for a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from api.db.notice_store import put_from

_GIVEN: Final = {
    "id": "uuid",
    "number": "text",
    "channel": "text",
    "source_no": "text",
    "round": "integer",
    "text": "text",
    "category": "text",
    "status": "text",
    "stage": "text",
    "decision": "text",
    "grid_code": "text",
    "area_code": "text",
    "decided_by": "text",
    "lon": "float8",
    "lat": "float8",
    "accuracy_m": "float8",
    "given_position": "jsonb",
    "address": "text",
    "confidential": "boolean",
    "about": "text",
    "created_by": "uuid",
    "occurred_at": "timestamptz",
    "created_at": "timestamptz",
    "due_since": "timestamptz",
    "due_at": "timestamptz",
    "due_pauses": "jsonb",
    "due_stopped_at": "timestamptz",
    "due_provisional": "boolean",
    "calendar_version": "text",
    "closed_at": "timestamptz",
    "orgs": "text[]",
    "response": "text",
    "severity": "smallint",
    "life": "jsonb",
    "next_tick": "timestamptz",
    "holder_area": "text",
    "holder_post": "uuid",
    "holder_person": "uuid",
    "holder_org": "uuid",
}
"""The columns of ``reports`` that intake fills, as they are named there."""
_BESIDE: Final = {
    "assignment_id": "uuid",
    "post_id": "uuid",
    "person_id": "uuid",
    "revision": "text",
    "answer": "json",
    "receipt": "jsonb",
    "actor": "text",
    "received": "jsonb",
    "routed": "jsonb",
    "reporter_state": "text",
    "reporter_key": "text",
    "reporter_sealed": "bytea",
    "reporter_tag": "bytea",
    "payload": "jsonb",
    "notices": "jsonb",
}
STAGED: Final = _GIVEN | _BESIDE
_COLUMNS: Final = ", ".join(_GIVEN)


class Part(NamedTuple):
    """Name what is stored of a report in one table, and the columns of ``given`` it is made of."""

    name: str
    made_of: Sequence[str]
    statement: str


PARTS: Final = (
    Part(
        "report",
        tuple(_GIVEN),
        f"INSERT INTO reports ({_COLUMNS}, updated_at) SELECT {_COLUMNS}, created_at FROM given",
    ),
    Part(
        "assignment",
        (
            *("assignment_id", "id", "decision", "grid_code", "decided_by", "post_id"),
            *("person_id", "revision", "answer", "receipt", "created_at"),
        ),
        "INSERT INTO assignments (id, report_id, current, decision, grid_code, decided_by, "
        "post_id, person_id, revision, answer, receipt, decided_at) SELECT assignment_id, id, "
        "true, decision, grid_code, decided_by, post_id, person_id, revision, answer, receipt, "
        "created_at FROM given",
    ),
    Part(
        "event",
        ("id", "created_at", "created_by", "actor", "received", "routed", "number"),
        "INSERT INTO report_events (report_id, at, kind, actor_id, actor, detail) "
        "SELECT g.id, g.created_at, e.kind, g.created_by, g.actor, "
        "CASE e.kind WHEN 'received' THEN g.received ELSE g.routed END FROM given g "
        "CROSS JOIN (VALUES (1, 'received'), (2, 'routed')) AS e(place, kind) "
        "ORDER BY g.number, e.place",
    ),
    Part(
        "reporter",
        (
            *("id", "reporter_state", "reporter_key", "reporter_sealed", "reporter_tag"),
            "created_at",
        ),
        "INSERT INTO reporters (report_id, state, key_id, sealed, phone_tag, changed_at) "
        "SELECT id, reporter_state, reporter_key, reporter_sealed, reporter_tag, created_at "
        "FROM given WHERE reporter_state IS NOT NULL",
    ),
    Part(
        "told",
        ("area_code", "channel", "orgs", "payload", "number"),
        "INSERT INTO outbox (topic, area_code, channel, orgs, payload) "
        "SELECT 'report', area_code, channel, orgs, payload FROM given ORDER BY number",
    ),
    Part("noted", ("notices",), put_from("given g, jsonb_to_recordset(g.notices)")),
)
"""All that is stored of reports beside their keys; what comes first is referred to by the rest."""
STORE: Final = ", ".join(f"{part.name} AS ({part.statement})" for part in PARTS)
