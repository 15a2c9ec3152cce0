"""Write and read reports: intake in a fixed number of statements, whatever the candidates."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from api.db.area_store import read_revisions
from api.db.engine import Database, Scope
from api.db.lights import LIGHTS

# Intake holds this lock shared; a publication takes it alone. So a report is stored with the
# boundaries of before or after a publication, never with the old ones after it.
PUBLICATION_LOCK = 4_490_002


def intake_transaction(
    database: Database, scope: Scope, *, streamed: bool = False
) -> AbstractContextManager[Connection, bool | None]:
    """Return a transaction in which boundaries and roster stay as they are.

    It waits for a publication that runs. The wait is over before the next statement begins, which
    therefore sees what the publication committed. A ``streamed`` one is for the statements of
    ``intake_store`` about one report and no others.
    """
    if streamed:
        return database.streamed(scope, shared_lock=PUBLICATION_LOCK)
    return database.transaction(scope, shared_lock=PUBLICATION_LOCK)


def keep_revisions(connection: Connection) -> dict[str, int]:
    """Keep boundaries and roster as they are until the transaction ends; return their revisions."""
    connection.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": PUBLICATION_LOCK})
    return read_revisions(connection)


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
