"""Read, seal anew and erase what reports keep of their reporters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

# A key whose request named a reporter who is erased fits no request any more.
ERASED_HASH = "erased"
# As long as callers' keys are kept, and a day of grace.
_KEYS_KEPT = timedelta(days=8)
# By their own key and by their age: there is no index on the report of a key.
_KEYS_OF_REPORTS = (
    (
        "r.id = ANY(:ids) AND k.scope = 'source:' || r.channel "
        "AND k.key = r.source_no || ' ' || r.round AND k.report_id = r.id"
    ),
    "k.report_id = r.id AND r.id = ANY(:ids) AND k.created_at > :since",
)


def read_reporters(connection: Connection, ids: Sequence[UUID]) -> list[Any]:
    """Return (report_id, number, state, key_id, sealed) of the reports ``ids`` that have one."""
    return list(
        connection.execute(
            text(
                "SELECT p.report_id, r.number, p.state, p.key_id, p.sealed FROM reporters p "
                "JOIN reports r ON r.id = p.report_id WHERE p.report_id = ANY(:ids) "
                "ORDER BY r.created_at, r.id"
            ),
            {"ids": list(ids)},
        )
    )


def count_by_key(connection: Connection) -> dict[str, int]:
    """Return how many reporters each key seals."""
    rows = connection.execute(
        text("SELECT key_id, count(*) FROM reporters WHERE key_id IS NOT NULL GROUP BY key_id")
    )
    return {row[0]: int(row[1]) for row in rows}


def take_other_keys(
    connection: Connection, *, key_id: str, after: UUID | None, limit: int
) -> list[Any]:
    """Lock and return (report_id, key_id, sealed) of reporters under other keys than ``key_id``.

    In order of the report's id, from the one behind ``after`` on.
    """
    return list(
        connection.execute(
            text(
                "SELECT report_id, key_id, sealed FROM reporters WHERE key_id <> :key_id "
                "AND (CAST(:after AS uuid) IS NULL OR report_id > :after) "
                "ORDER BY report_id LIMIT :limit FOR UPDATE"
            ),
            {"key_id": key_id, "after": after, "limit": limit},
        )
    )


def reseal(connection: Connection, rows: Sequence[dict[str, Any]], at: datetime) -> None:
    """Write reporters under another key: report_id, key_id, sealed, phone_tag each."""
    if rows:
        connection.execute(
            text(
                "UPDATE reporters SET key_id = :key_id, sealed = :sealed, phone_tag = :phone_tag, "
                "changed_at = :at WHERE report_id = :report_id AND state = 'kept'"
            ),
            [{**row, "at": at} for row in rows],
        )


def ended_before(connection: Connection, before: datetime, *, limit: int) -> list[UUID]:
    """Lock and return reports that ended before an instant and still keep their reporter.

    A report that was merged ends with the one it was merged into, a call that was split with the
    last of its matters: whoever called is called back.
    """
    return list(
        connection.execute(
            text(
                "SELECT p.report_id FROM reporters p JOIN reports r ON r.id = p.report_id "
                "WHERE p.state = 'kept' AND r.closed_at < :before AND NOT EXISTS ("
                "SELECT 1 FROM reports main WHERE r.status = 'merged' "
                "AND main.id = CAST(r.life->>'merged_into' AS uuid) "
                "AND (main.closed_at IS NULL OR main.closed_at >= :before)) AND NOT EXISTS ("
                "SELECT 1 FROM jsonb_array_elements_text(r.life->'parts') AS told(id) "
                "JOIN reports part ON part.id = CAST(told.id AS uuid) "
                "WHERE part.closed_at IS NULL OR part.closed_at >= :before) "
                "ORDER BY r.closed_at LIMIT :limit FOR UPDATE OF p SKIP LOCKED"
            ),
            {"before": before, "limit": limit},
        ).scalars()
    )


def erase(
    connection: Connection, ids: Sequence[UUID], *, at: datetime, actor: str, reason: str
) -> int:
    """Erase the reporters of reports for good, with an event each; return how many there were.

    What their requests are known again by goes too: it was made of name and phone.
    """
    gone = connection.execute(
        text(
            "WITH gone AS (UPDATE reporters SET state = 'erased', key_id = NULL, sealed = NULL, "
            "phone_tag = NULL, changed_at = :at WHERE report_id = ANY(:ids) AND state = 'kept' "
            "RETURNING report_id), told AS (INSERT INTO report_events (report_id, at, kind, actor, "
            "detail) SELECT report_id, :at, 'reporter_erased', :actor, "
            "jsonb_build_object('reason', CAST(:reason AS text)) FROM gone) "
            "SELECT report_id FROM gone"
        ),
        {"ids": list(ids), "at": at, "actor": actor, "reason": reason},
    ).scalars()
    erased = list(gone)
    for condition in _KEYS_OF_REPORTS if erased else ():
        connection.execute(
            text(f"UPDATE intake_keys k SET body_sha256 = :hash FROM reports r WHERE {condition}"),
            {"ids": erased, "hash": ERASED_HASH, "since": at - _KEYS_KEPT},
        )
    return len(erased)


def find_report(connection: Connection, number: str) -> Any | None:
    """Return (id, area_code) of the report with a number, None for none."""
    return connection.execute(
        text("SELECT id, area_code FROM reports WHERE number = :number"), {"number": number}
    ).one_or_none()
