"""Write and read reports: intake in a fixed number of statements, whatever the candidates."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from api.db.area_store import read_revisions
from api.db.engine import Database, Scope
from api.db.lights import LIGHTS
from api.db.notice_store import PUT

# Intake holds this lock shared; a publication takes it alone. So a report is stored with the
# boundaries of before or after a publication, never with the old ones after it.
PUBLICATION_LOCK = 4_490_002


@dataclass(frozen=True, slots=True)
class IntakeGate:
    """Hold what intake learns before it writes: knowledge in force, number, earlier requests."""

    revisions: dict[str, int]
    number: int
    claimed: int


def intake_transaction(
    database: Database, scope: Scope
) -> AbstractContextManager[Connection, bool | None]:
    """Return a transaction in which boundaries and roster stay as they are.

    It waits for a publication that runs. The wait is over before the next statement begins, which
    therefore sees what the publication committed.
    """
    return database.transaction(scope, shared_lock=PUBLICATION_LOCK)


def keep_revisions(connection: Connection) -> dict[str, int]:
    """Keep boundaries and roster as they are until the transaction ends; return their revisions."""
    connection.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": PUBLICATION_LOCK})
    return read_revisions(connection)


def claim_keys(
    connection: Connection, *, keys: Sequence[tuple[str, str]], body_sha256: str, report_id: UUID
) -> IntakeGate:
    """Claim the idempotency keys and read the revisions and the next number, in one statement.

    A key that another transaction holds is waited for; one that is taken is not claimed.
    """
    row = connection.execute(
        text(
            "WITH claimed AS (INSERT INTO intake_keys (scope, key, body_sha256, report_id) "
            "SELECT k.scope, k.key, :sha, :report_id FROM "
            "unnest(CAST(:scopes AS text[]), CAST(:keys AS text[])) AS k(scope, key) "
            "ON CONFLICT DO NOTHING RETURNING 1) "
            "SELECT (SELECT count(*) FROM claimed), nextval('report_numbers'), "
            "(SELECT json_object_agg(kind, number) FROM revisions)"
        ),
        {
            "scopes": [scope for scope, _ in keys],
            "keys": [key for _, key in keys],
            "sha": body_sha256,
            "report_id": report_id,
        },
    ).one()
    return IntakeGate(revisions=dict(row[2]), number=int(row[1]), claimed=int(row[0]))


def read_keys(connection: Connection, keys: Sequence[tuple[str, str]]) -> list[Any]:
    """Return (scope, body_sha256, report_id, response) of the keys that are taken."""
    return list(
        connection.execute(
            text(
                "SELECT scope, body_sha256, report_id, response FROM intake_keys "
                "WHERE (scope, key) IN (SELECT * FROM "
                "unnest(CAST(:scopes AS text[]), CAST(:keys AS text[])))"
            ),
            {"scopes": [scope for scope, _ in keys], "keys": [key for _, key in keys]},
        )
    )


_INSERT_REPORT = text(
    "WITH report AS (INSERT INTO reports (id, number, channel, source_no, round, text, category, "
    "status, stage, decision, grid_code, area_code, decided_by, lon, lat, accuracy_m, "
    "given_position, address, confidential, about, created_by, "
    "occurred_at, created_at, updated_at, due_since, due_at, due_pauses, due_stopped_at, "
    "due_provisional, calendar_version, closed_at, orgs, response, severity, life, next_tick, "
    "holder_area, holder_post, holder_person, holder_org) "
    "VALUES (:id, :number, :channel, :source_no, :round, :text, :category, :status, :stage, "
    ":decision, :grid_code, :area_code, :decided_by, :lon, :lat, :accuracy_m, "
    "CAST(:given_position AS jsonb), :address, :confidential, :about, "
    ":created_by, :occurred_at, :created_at, :created_at, :due_since, :due_at, "
    "CAST(:due_pauses AS jsonb), :due_stopped_at, :due_provisional, :calendar_version, "
    ":closed_at, :orgs, :response, :severity, CAST(:life AS jsonb), :next_tick, :holder_area, "
    ":holder_post, :holder_person, :holder_org)), "
    "assignment AS (INSERT INTO assignments (id, report_id, current, decision, grid_code, "
    "decided_by, post_id, person_id, revision, answer, receipt, decided_at) VALUES "
    "(:assignment_id, :id, true, :decision, :grid_code, :decided_by, :post_id, :person_id, "
    ":revision, CAST(:answer AS jsonb), CAST(:receipt AS jsonb), :created_at)), "
    "events AS (INSERT INTO report_events (report_id, at, kind, actor_id, actor, detail) VALUES "
    "(:id, :created_at, 'received', :created_by, :actor, CAST(:received AS jsonb)), "
    "(:id, :created_at, 'routed', :created_by, :actor, CAST(:routed AS jsonb))), "
    "reporter AS (INSERT INTO reporters (report_id, state, key_id, sealed, phone_tag, changed_at) "
    "SELECT :id, s.state, :reporter_key, CAST(:reporter_sealed AS bytea), "
    "CAST(:reporter_tag AS bytea), :created_at FROM "
    "(SELECT CAST(:reporter_state AS text) AS state) s WHERE s.state IS NOT NULL), "
    "told AS (INSERT INTO outbox (topic, area_code, channel, orgs, payload) VALUES "
    "('report', :area_code, :channel, :orgs, CAST(:payload AS jsonb))), "
    f"noted AS ({PUT}) UPDATE intake_keys SET response = CAST(:told_caller AS jsonb) "
    "WHERE report_id = :id AND (scope, key) IN (SELECT * FROM "
    "unnest(CAST(:scopes AS text[]), CAST(:keys AS text[])))"
)


def insert_report(connection: Connection, values: dict[str, Any]) -> None:
    """Store a report with its assignment, events, notices and outbox row; remember the answer."""
    connection.execute(_INSERT_REPORT, _with_json(values))


def _with_json(values: dict[str, Any]) -> dict[str, Any]:
    return {n: _json(value) if isinstance(value, dict) else value for n, value in values.items()}


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


_REPORT_COLUMNS = (
    "r.id, r.number, r.channel, r.source_no, r.round, r.text, r.category, r.status, r.stage, "
    "r.decision, r.grid_code, r.area_code, r.decided_by, r.lon, r.lat, r.accuracy_m, "
    "r.given_position, r.address, r.confidential, r.about, "
    "r.created_by, r.occurred_at, r.created_at, r.due_since, r.due_at, r.due_pauses, "
    "r.due_stopped_at, r.due_provisional, r.calendar_version, r.closed_at, r.updated_at, r.orgs, "
    "r.about, r.response, r.severity, r.holder_area, r.holder_post, r.holder_person, r.holder_org, "
    "CASE WHEN r.status = 'summoned' THEN r.life -> 'summons' END AS summons"
)


def read_report(connection: Connection, report_id: UUID, *, lock: bool = False) -> Any | None:
    """Return one report with its assignment, None when it is not there for this scope."""
    return next(iter(read_several(connection, [report_id], lock=lock)), None)


def read_several(connection: Connection, ids: Sequence[UUID], *, lock: bool = False) -> list[Any]:
    """Return reports with their assignments in order of id, those that are there."""
    if lock:
        # By itself: who waits for a row reads it anew, but what is joined as it was before.
        connection.execute(
            text("SELECT 1 FROM reports WHERE id = ANY(:ids) ORDER BY id FOR UPDATE"),
            {"ids": list(ids)},
        )
    query = (
        f"SELECT {_REPORT_COLUMNS}, r.life, a.answer, a.receipt, a.decided_at, a.post_id, "
        "a.person_id, p.state AS reporter_state, p.key_id AS reporter_key, "
        "p.sealed AS reporter_sealed "
        "FROM reports r JOIN assignments a ON a.report_id = r.id AND a.current "
        "LEFT JOIN reporters p ON p.report_id = r.id "
        "WHERE r.id = ANY(:ids) ORDER BY r.id"
    )
    return list(connection.execute(text(query), {"ids": list(ids)}))


def columns(row: Any) -> dict[str, Any]:
    """Return a row as a dictionary by column name."""
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name for it


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBy:
    """Hold as whom somebody may have reports: as a person, by posts, organisation or desks."""

    person: UUID | None = None
    posts: tuple[UUID, ...] = ()
    org: UUID | None = None
    desks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilter:
    """Hold what a list of reports is narrowed by; None means everything."""

    area: str | None = None
    status: tuple[str, ...] = ()
    open_only: bool = False
    # What somebody holds: the person, one of these posts or organisations, one of these desks.
    held_by: HeldBy | None = None
    light: str | None = None
    at: datetime | None = None
    category: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[str, ...] = ()
    public_only: bool = False
    # The hashes of a reporter's phone.
    phone_tags: tuple[bytes, ...] = ()
    after: tuple[datetime, UUID] | None = None
    limit: int = 50


def list_reports(connection: Connection, wanted: ReportFilter) -> list[Any]:
    """Return reports, newest first, one more than ``limit`` when there are more."""
    conditions, values = _conditions(wanted)
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    return list(
        connection.execute(
            text(
                f"SELECT {_REPORT_COLUMNS} FROM reports r {where}"
                "ORDER BY r.created_at DESC, r.id DESC LIMIT :limit"
            ),
            {**values, "limit": wanted.limit + 1},
        )
    )


def _conditions(wanted: ReportFilter) -> tuple[list[str], dict[str, Any]]:
    after_at, after_id = wanted.after or (None, None)
    parts: list[tuple[object, str, dict[str, Any]]] = [
        (wanted.area, "r.area_code ^@ :area", {"area": wanted.area}),
        (wanted.status, "r.status = ANY(:status)", {"status": list(wanted.status)}),
        (wanted.open_only, "r.closed_at IS NULL", {}),
        _held_condition(wanted.held_by),
        (wanted.light, LIGHTS.get(wanted.light or "", ""), {"at": wanted.at}),
        (
            wanted.phone_tags,
            "r.id IN (SELECT report_id FROM reporters WHERE phone_tag = ANY(:tags))",
            {"tags": list(wanted.phone_tags)},
        ),
        (wanted.public_only, "NOT r.confidential", {}),
        (wanted.category, "r.category = :category", {"category": wanted.category}),
        (wanted.since, "r.created_at >= :since", {"since": wanted.since}),
        (wanted.until, "r.created_at < :until", {"until": wanted.until}),
        *(_word_condition(number, word) for number, word in enumerate(wanted.words)),
        (
            wanted.after,
            "(r.created_at, r.id) < (:after_at, :after_id)",
            {"after_at": after_at, "after_id": after_id},
        ),
    ]
    conditions: list[str] = []
    values: dict[str, Any] = {}
    for given, condition, bound in parts:
        if given:
            conditions.append(condition)
            values.update(bound)
    return conditions, values


def _held_condition(held: HeldBy | None) -> tuple[object, str, dict[str, Any]]:
    if held is None:
        return None, "", {}
    found = (
        "(r.holder_person = :held_person OR r.holder_post = ANY(:held_posts) "
        "OR r.holder_org = :held_org OR (r.holder_post IS NULL AND r.holder_org IS NULL "
        "AND r.holder_area = ANY(:held_desks)))"
    )
    bound = {
        "held_person": held.person,
        "held_posts": list(held.posts),
        "held_org": held.org,
        "held_desks": list(held.desks),
    }
    return True, found, bound


def _word_condition(number: int, word: str) -> tuple[object, str, dict[str, Any]]:
    """Find one word in number, source number, text or address; LIKE's wildcards are plain."""
    name, plain = f"word_{number}", word
    for special in ("\\", "%", "_"):
        plain = plain.replace(special, f"\\{special}")
    columns_searched = ("r.number", "r.source_no", "r.text", "r.address")
    found = " OR ".join(f"{column} LIKE :{name}" for column in columns_searched)
    return True, f"({found})", {name: f"%{plain}%"}


def read_events(connection: Connection, report_id: UUID) -> list[Any]:
    """Return the events of a report in the order in which they happened."""
    return list(
        connection.execute(
            text(
                "SELECT id, at, kind, actor, on_behalf_of, detail FROM report_events "
                "WHERE report_id = :id ORDER BY id"
            ),
            {"id": report_id},
        )
    )
