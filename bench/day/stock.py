"""Hold the stored reports against what was acknowledged and against each other, in SQL.

``look`` is for any instant, one snapshot; ``take_stock`` for the end, when nobody sends any more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from bench.day.ledger import Ledger

Database = psycopg.Connection[tuple[object, ...]]

# Each returns rows only when something is wrong. ``%(run)s`` begins the text of every report.
_AT_ANY_INSTANT: Mapping[str, str] = {
    "open reports that neither a post, an organisation nor a desk has": (
        "SELECT r.id FROM reports r LEFT JOIN areas a ON a.code = r.holder_area "
        "WHERE r.text ^@ %(run)s AND r.closed_at IS NULL "
        "AND (a.code IS NULL OR (r.holder_post IS NOT NULL AND r.holder_person IS NULL))"
    ),
    "open reports at the desk of a grid, which nobody keeps": (
        "SELECT r.id FROM reports r WHERE r.text ^@ %(run)s AND r.closed_at IS NULL "
        "AND r.holder_post IS NULL AND r.holder_org IS NULL AND length(r.holder_area) > 12"
    ),
    "open reports without a clock that runs": (
        "SELECT r.id FROM reports r WHERE r.text ^@ %(run)s AND r.status IN "
        "('assigned','accepted','on_site','passed_up','reopened','return_pending') "
        "AND r.due_at IS NULL"
    ),
    "reports with no assignment in force, or two": (
        "SELECT r.id FROM reports r WHERE r.text ^@ %(run)s AND r.updated_at > now() - "
        "interval '1 minute' AND (SELECT count(*) FROM assignments a WHERE a.report_id = r.id "
        "AND a.current) <> 1"
    ),
    "reports whose status is not that of their last event": (
        "SELECT r.id FROM reports r CROSS JOIN LATERAL (SELECT e.detail #>> '{after,status}' AS "
        "status FROM report_events e WHERE e.report_id = r.id AND e.detail #> '{after,status}' "
        "IS NOT NULL ORDER BY e.id DESC LIMIT 1) AS last WHERE r.text ^@ %(run)s "
        "AND r.updated_at > now() - interval '1 minute' AND last.status <> r.status"
    ),
    "reports whose holder is not that of their case": (
        "SELECT r.id FROM reports r WHERE r.text ^@ %(run)s AND r.updated_at > now() - "
        "interval '1 minute' AND ((r.life #>> '{holder,post}')::uuid IS DISTINCT FROM "
        "r.holder_post OR r.life ->> 'status' <> r.status)"
    ),
}
_LAG_S = (
    "SELECT coalesce(extract(epoch FROM now() - min(next_tick)), 0)::float8 FROM reports "
    "WHERE next_tick <= now()"
)
_BROKEN_CHAINS = (
    "WITH chain AS (SELECT e.report_id, e.detail #>> '{before,status}' AS before, "
    "lag(e.detail #>> '{after,status}') OVER (PARTITION BY e.report_id ORDER BY e.id) AS came "
    "FROM report_events e JOIN reports r ON r.id = e.report_id WHERE r.text ^@ %(run)s "
    "AND e.detail #> '{after,status}' IS NOT NULL) "
    "SELECT report_id, came, before FROM chain WHERE came IS NOT NULL "
    "AND before IS DISTINCT FROM came"
)
_TWICE_BY_THE_CLOCK = (
    "SELECT e.report_id, e.kind, e.detail, count(*) FROM report_events e "
    "JOIN reports r ON r.id = e.report_id WHERE r.text ^@ %(run)s AND e.actor_id IS NULL "
    "GROUP BY 1, 2, 3, e.at HAVING count(*) > 1"
)
# One event makes at most one notice of its kind: more of them were written twice.
_NOTICES_TWICE = (
    "WITH told AS (SELECT n.report_id, CASE n.kind WHEN 'reminder' THEN 'remind' WHEN 'overdue' "
    "THEN 'remind' WHEN 'urged' THEN 'urge' WHEN 'handled' THEN 'handle' WHEN 'reopened' THEN "
    "'reopen' WHEN 'passed_up' THEN 'pass_up' WHEN 'supervised' THEN 'supervise' END AS kind "
    "FROM notices n JOIN reports r ON r.id = n.report_id WHERE r.text ^@ %(run)s) "
    "SELECT t.report_id, t.kind, count(*) FROM told t WHERE t.kind IS NOT NULL GROUP BY 1, 2 "
    "HAVING count(*) > (SELECT count(*) FROM report_events e WHERE e.report_id = t.report_id "
    "AND e.kind = t.kind)"
)


def look(connection: Database, run: str) -> tuple[list[str], float]:
    """Return what is wrong at this instant, and by how many seconds the clocks are behind."""
    wrong = []
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for words, query in _AT_ANY_INSTANT.items():
            rows = connection.execute(query.encode(), {"run": run}).fetchall()
            if rows:
                wrong.append(f"{len(rows)} {words}, like {rows[0][0]}")
        lag = connection.execute(_LAG_S.encode()).fetchone()
    return wrong, float(str(lag[0])) if lag else 0.0


def take_stock(connection: Database, run: str, ledger: Ledger) -> list[str]:
    """Return what is lost, done twice or broken, now that nobody sends any more."""
    wrong = [*ledger.wrong, *look(connection, run)[0]]
    stored = {str(row[0]) for row in _rows(connection, _STORED, run)}
    acknowledged = set(ledger.steps)
    if lost := set(ledger.reports.values()) - stored:
        wrong.append(f"{len(lost)} acknowledged reports are lost")
    if extra := stored - acknowledged:
        wrong.append(f"{len(extra)} reports are stored that nobody was told of")
    wrong += _compare(_events(connection, run), ledger.steps)
    for query, words in (
        (_BROKEN_CHAINS, "events do not go on from the status before"),
        (_TWICE_BY_THE_CLOCK, "things were done twice by the clock"),
        (_NOTICES_TWICE, "notices were written twice"),
    ):
        if rows := _rows(connection, query, run):
            wrong.append(f"{len(rows)} {words}, like {rows[0]}")
    return wrong


_STORED = "SELECT id FROM reports WHERE text ^@ %(run)s"
_BY_PEOPLE = (
    "SELECT e.report_id::text, e.kind, count(*) FROM report_events e "
    "JOIN reports r ON r.id = e.report_id WHERE r.text ^@ %(run)s AND e.actor_id IS NOT NULL "
    "GROUP BY 1, 2"
)
_OF_INTAKE = ("received", "routed", "intake")


def _rows(connection: Database, query: str, run: str) -> Sequence[tuple[Any, ...]]:
    return connection.execute(query.encode(), {"run": run}).fetchall()


def _events(connection: Database, run: str) -> Mapping[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for report, kind, count in _rows(connection, _BY_PEOPLE, run):
        if kind not in _OF_INTAKE:
            found[str(report)][str(kind)] = int(str(count))
    return found


def _compare(
    stored: Mapping[str, Counter[str]], acknowledged: Mapping[str, Counter[str]]
) -> list[str]:
    """Hold the steps of every report against its events: as many, of the same kinds."""
    lost: Counter[str] = Counter()
    twice: Counter[str] = Counter()
    for report in {*stored, *acknowledged}:
        there, told = stored.get(report, Counter()), acknowledged.get(report, Counter())
        lost += told - there
        twice += there - told
    wrong = []
    if lost:
        wrong.append(f"{lost.total()} acknowledged steps are lost: {dict(lost)}")
    if twice:
        wrong.append(f"{twice.total()} steps were done twice or unasked: {dict(twice)}")
    return wrong
