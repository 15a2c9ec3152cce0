"""Keep notices in the transaction that causes them; hand them out to be sent, once at a time.

A claim is a lease: whoever takes a notice holds it until ``not_before``. When that passes without
a word, somebody else takes it; what the first one reports later is not written any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from api.db.notice_tables import UNSENT

# The same clock calls again and again: of one report only its last call to somebody counts.
_CALLED_AGAIN = (
    "(n.kind IN ('reminder','overdue') AND EXISTS (SELECT 1 FROM notices m WHERE "
    "m.report_id = n.report_id AND m.kind IN ('reminder','overdue') AND m.to_area = n.to_area "
    "AND m.to_post IS NOT DISTINCT FROM n.to_post AND m.to_org IS NOT DISTINCT FROM n.to_org "
    "AND (m.at, m.kind = 'overdue', m.id) > (n.at, n.kind = 'overdue', n.id)))"
)
# Nobody is rung up for a report that is over, or to sign what is signed; but whoever has it no
# longer is told so all the same. Leads of a building learn of it signed or not, unless it turned
# out to be elsewhere, or none of their business.
_LAPSED = (
    "((r.closed_at IS NOT NULL AND n.kind NOT IN ('merged','withdrawn','reassigned')) OR "
    "(n.kind IN ('assigned','passed_up','reopened') AND r.status NOT IN "
    "('assigned','passed_up','reopened','awaiting_decision')) OR (n.kind = 'informed' AND "
    f"(r.confidential OR NOT r.area_code ^@ n.to_area)) OR {_CALLED_AGAIN})"
)


# No column is named as the place of conflict: PostgreSQL would ask whether the row may be read,
# and who hands a report over, or is nobody, may not read what is noted of it.
def put_from(rows: str) -> str:
    """Return the statement that keeps the notices of ``rows``, a set of records from JSON."""
    return (
        "INSERT INTO notices (id, report_id, kind, to_area, to_post, to_person, to_org, text, "
        "urgent, at, not_before) SELECT n.id, n.report_id, n.kind, n.to_area, n.to_post, "
        f"n.to_person, n.to_org, n.text, n.urgent, n.at, n.at FROM {rows} AS n(id uuid, "
        "report_id uuid, kind text, to_area text, to_post uuid, to_person uuid, to_org text, "
        "text text, urgent boolean, at timestamptz) ON CONFLICT DO NOTHING"
    )


PUT = put_from("jsonb_to_recordset(CAST(:notices AS jsonb))")


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep notices until they are sent: one statement, in the transaction of the step.

    ``rows``: id, report_id, kind, to_area, to_post, to_person, to_org, text, urgent, at. ``to_*``
    but ``to_area`` may be None. Nothing of the reporter may be in the text. The same id again
    changes nothing.
    """
    if rows:
        connection.execute(text(PUT), {"notices": packed(rows)})


def packed(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as ``PUT`` takes them, alone or within a statement that does more."""
    return orjson.dumps([dict(row) for row in rows]).decode()


@dataclass(frozen=True, slots=True)
class Claimed:
    """Hold a notice that was taken to be sent, and the claim with which its outcome is written."""

    id: UUID
    report_id: UUID
    kind: str
    to_area: str
    to_post: UUID | None
    to_person: UUID | None
    to_org: str | None
    text: str
    urgent: bool
    at: datetime
    attempts: int
    claim: UUID
    undelivered_at: datetime | None


_CLAIMED = (
    "n.id, n.report_id, n.kind, n.to_area, n.to_post, n.to_person, n.to_org, n.text, n.urgent, "
    "n.at, n.attempts, n.claim, n.undelivered_at"
)


def claim(
    connection: Connection,
    *,
    claim: UUID,
    at: datetime,
    until: datetime,
    quiet: bool,
    most: int,
) -> list[Claimed]:
    """Take notices that are due at ``at``, urgent ones first, and hold them until ``until``.

    What others are taking at this moment is passed over. In quiet hours only urgent ones are
    taken. What nobody needs to be told any more is settled as lapsed on the way.
    """
    rows = connection.execute(
        text(
            "WITH due AS (SELECT n.id, n.report_id, n.kind, n.to_area, n.to_post, n.to_org, n.at "
            f"FROM notices n WHERE n.{UNSENT} AND n.not_before <= :at "
            "AND (n.urgent OR NOT :quiet) ORDER BY n.urgent DESC, n.not_before, n.id LIMIT :most "
            "FOR UPDATE SKIP LOCKED), judged AS (SELECT n.id, "
            f"{_LAPSED} AS lapsed FROM due n JOIN reports r ON r.id = n.report_id) "
            "UPDATE notices n SET "
            "state = CASE WHEN j.lapsed THEN 'lapsed' ELSE 'sending' END, "
            "claim = CASE WHEN j.lapsed THEN NULL ELSE CAST(:claim AS uuid) END, "
            "settled_at = CASE WHEN j.lapsed THEN CAST(:at AS timestamptz) END, "
            "attempts = n.attempts + CASE WHEN j.lapsed THEN 0 ELSE 1 END, not_before = :until "
            f"FROM judged j WHERE n.id = j.id RETURNING {_CLAIMED}"
        ),
        {"claim": claim, "at": at, "until": until, "quiet": quiet, "most": most},
    )
    return [Claimed(*row) for row in rows if row.claim is not None]


@dataclass(frozen=True, slots=True)
class Written:
    """Hold what became of one try, as the table keeps it; ``retry_at`` for a failed one."""

    state: str
    way: str
    provider_id: str | None = None
    error: str | None = None
    delivered_at: datetime | None = None
    retry_at: datetime | None = None


def settle(connection: Connection, notice: Claimed, written: Written, at: datetime) -> bool:
    """Write what became of a try; say whether the claim was still good.

    A gateway may say of a message that it arrived, or never did, before that.
    """
    changed = connection.execute(
        text(
            "UPDATE notices n SET state = w.state, claim = NULL, way = :way, "
            "provider_id = coalesce(:provider_id, provider_id), "
            "error = CASE WHEN w.lost THEN 'undelivered' ELSE :error END, "
            "delivered_at = coalesce(delivered_at, :delivered_at), "
            "not_before = CASE WHEN w.lost THEN :at ELSE coalesce(:retry_at, not_before) END, "
            "settled_at = CASE WHEN w.state = 'failed' THEN NULL "
            "ELSE CAST(:at AS timestamptz) END "
            "FROM (SELECT id, lost, CASE WHEN delivered_at IS NOT NULL THEN 'sent' "
            "WHEN lost THEN 'failed' ELSE CAST(:state AS text) END AS state FROM "
            "(SELECT id, delivered_at, (delivered_at IS NULL AND undelivered_at IS NOT NULL "
            "AND :way = 'sms') AS lost FROM notices WHERE id = :id) AS said) AS w "
            "WHERE n.id = w.id AND n.claim = :claim"
        ),
        {
            "id": notice.id,
            "claim": notice.claim,
            "at": at,
            "state": written.state,
            "way": written.way,
            "provider_id": written.provider_id,
            "error": written.error,
            "delivered_at": written.delivered_at,
            "retry_at": written.retry_at,
        },
    )
    return changed.rowcount == 1


def lapse(connection: Connection, at: datetime) -> int:
    """Take from the list of those to ring up whom nobody needs to ring up any more."""
    return connection.execute(
        text(
            "UPDATE notices n SET state = 'lapsed', settled_at = :at FROM reports r "
            f"WHERE n.state = 'by_phone' AND r.id = n.report_id AND {_LAPSED}"
        ),
        {"at": at},
    ).rowcount


def prune(connection: Connection, before: datetime) -> int:
    """Delete notices that came about, and were settled, before an instant."""
    return connection.execute(
        text("DELETE FROM notices WHERE at < :before AND settled_at < :before"),
        {"before": before},
    ).rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFilter:
    """Hold what a list of notices is narrowed by; None means everything.

    ``within`` are the areas whose reports the caller sees, when they are so few that it is quicker
    to begin with the reports.
    """

    state: tuple[str, ...] = ()
    area: str | None = None
    report: UUID | None = None
    within: tuple[str, ...] = ()
    after: tuple[bool, datetime, UUID] | None = None
    limit: int = 100


_SHOWN = (
    "n.id, n.report_id, r.number AS report_number, n.kind, n.to_area, n.to_post, n.to_person, "
    "n.to_org, n.text, n.urgent, n.at, n.state, n.not_before, n.attempts, n.way, n.provider_id, "
    "n.error, n.settled_at, n.delivered_at, n.undelivered_at, n.phoned_by_name"
)


_WITHIN = (
    "n.report_id IN (SELECT s.id FROM unnest(CAST(:first AS text[]), CAST(:beyond AS text[])) "
    "AS own(first, beyond) JOIN reports s ON s.area_code ~>=~ own.first "
    "AND s.area_code ~<~ own.beyond)"
)


def list_notices(connection: Connection, wanted: NoticeFilter) -> list[Any]:
    """Return notices, urgent ones first, then the oldest; one more than ``limit`` if there are."""
    conditions = ["true"]
    values: dict[str, Any] = {"limit": wanted.limit + 1}
    if wanted.state:
        conditions.append("n.state = ANY(:state)")
        values["state"] = list(wanted.state)
    if wanted.area is not None:
        conditions.append("n.to_area ^@ :area")
        values["area"] = wanted.area
    if wanted.report is not None:
        conditions.append("n.report_id = :report")
        values["report"] = wanted.report
    if wanted.within:
        conditions.append(_WITHIN)
        values["first"] = list(wanted.within)
        # Digits alone stand in a code: what follows the last of them.
        values["beyond"] = [f"{area}:" for area in wanted.within]
    if wanted.after is not None:
        urgent, values["at"], values["id"] = wanted.after
        # Written so that the index goes on where the page before ended.
        later = "(n.at, n.id) > (:at, :id)"
        conditions.append(f"(NOT n.urgent OR {later})" if urgent else f"NOT n.urgent AND {later}")
    return list(
        connection.execute(
            text(
                f"SELECT {_SHOWN} FROM notices n JOIN reports r ON r.id = n.report_id "
                f"WHERE {' AND '.join(conditions)} ORDER BY n.urgent DESC, n.at, n.id LIMIT :limit"
            ),
            values,
        )
    )


def read_notice(connection: Connection, notice_id: UUID) -> Any | None:
    """Return one notice, locked; None when it is not there for this scope."""
    return connection.execute(
        text(
            f"SELECT {_SHOWN} FROM notices n JOIN reports r ON r.id = n.report_id "
            "WHERE n.id = :id FOR UPDATE OF n"
        ),
        {"id": notice_id},
    ).one_or_none()


def mark_phoned(connection: Connection, notice_id: UUID, values: Mapping[str, Any]) -> None:
    """Write down who told somebody by phone, and when, with an event of the report.

    ``values``: report_id, at, actor_id, actor, and ``detail`` of the event.
    """
    connection.execute(
        text(
            "WITH event AS (INSERT INTO report_events (report_id, at, kind, actor_id, actor, "
            "detail) VALUES (:report_id, :at, 'notified_by_phone', :actor_id, :actor, "
            "CAST(:detail AS jsonb))) UPDATE notices SET state = 'phoned', way = 'phone', "
            "claim = NULL, settled_at = :at, delivered_at = :at, phoned_by = :actor_id, "
            "phoned_by_name = :actor WHERE id = :id"
        ),
        {**values, "detail": orjson.dumps(values["detail"]).decode(), "id": notice_id},
    )
