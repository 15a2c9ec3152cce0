"""Write new reports: one, some or a block of them by the same statements, whatever the candidates.

What is stored of a report is given as one row of many columns: of the values of requests, or of a
table beside it for a block. The statements that follow say where each column goes, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Connection, text

from api.db.notice_store import put_from
from api.db.text_values import array, column, copier, written

Key = tuple[str, str]

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
_OF_KEYS: Final = {
    "scopes": "text[]",
    "keys": "text[]",
    "body_sha256": "text",
    "told_caller": "json",
}
_STAGED: Final = _GIVEN | _BESIDE
_COLUMNS: Final = ", ".join(_GIVEN)

_ASSIGNMENTS: Final = (
    "INSERT INTO assignments (id, report_id, current, decision, grid_code, decided_by, post_id, "
    "person_id, revision, answer, receipt, decided_at) SELECT assignment_id, id, true, decision, "
    "grid_code, decided_by, post_id, person_id, revision, answer, receipt, created_at FROM given"
)
_EVENTS: Final = (
    "INSERT INTO report_events (report_id, at, kind, actor_id, actor, detail) "
    "SELECT g.id, g.created_at, e.kind, g.created_by, g.actor, "
    "CASE e.kind WHEN 'received' THEN g.received ELSE g.routed END FROM given g "
    "CROSS JOIN (VALUES (1, 'received'), (2, 'routed')) AS e(place, kind) "
    "ORDER BY g.number, e.place"
)
_REPORTERS: Final = (
    "INSERT INTO reporters (report_id, state, key_id, sealed, phone_tag, changed_at) "
    "SELECT id, reporter_state, reporter_key, reporter_sealed, reporter_tag, created_at "
    "FROM given WHERE reporter_state IS NOT NULL"
)
_OUTBOX: Final = (
    "INSERT INTO outbox (topic, area_code, channel, orgs, payload) "
    "SELECT 'report', area_code, channel, orgs, payload FROM given ORDER BY number"
)
_STORE: Final = (
    f"report AS (INSERT INTO reports ({_COLUMNS}, updated_at) "
    f"SELECT {_COLUMNS}, created_at FROM given), assignment AS ({_ASSIGNMENTS}), "
    f"event AS ({_EVENTS}), reporter AS ({_REPORTERS}), told AS ({_OUTBOX}), "
    f"noted AS ({put_from('given g, jsonb_to_recordset(g.notices)')})"
)


_SENT: Final = _STAGED | {"told_caller": "json", "scopes": "text[]", "keys": "text[]"}
"""All that is sent of one report, in this order."""
_PLACES: Final = range(1, len(_SENT) + 1)


def _inserting(source: str) -> str:
    """Return what stores the reports of ``source``, which has the columns of ``_SENT`` as texts."""
    return (
        "WITH sent AS MATERIALIZED (SELECT "
        f"{', '.join(f'CAST({name} AS {kind}) AS {name}' for name, kind in _SENT.items())} "
        f"FROM {source} AS r({', '.join(_SENT)})), given AS (SELECT * FROM sent), {_STORE} "
        "UPDATE intake_keys k SET response = s.told_caller "
        "FROM sent s, unnest(s.scopes, s.keys) AS w(scope, key) "
        "WHERE k.scope = w.scope AND k.key = w.key AND k.report_id = s.id"
    )


# Large texts in an array are read once more: one report comes by itself.
_INSERT_ONE: Final = _inserting(f"(VALUES ({', '.join(f'${n}::text' for n in _PLACES)}))")
_INSERT_SOME: Final = _inserting(f"unnest({', '.join(f'${n}::text[]' for n in _PLACES)})")
_CLAIM: Final = (
    "WITH claimed AS (INSERT INTO intake_keys (scope, key, body_sha256, report_id) "
    "SELECT k.scope, k.key, k.sha, CAST(k.id AS uuid) FROM unnest(CAST($1 AS text[]), "
    "CAST($2 AS text[]), CAST($3 AS text[]), CAST($4 AS text[])) AS k(scope, key, sha, id) "
    # In one order, whoever comes: requests that share keys do not wait for each other both.
    "ORDER BY k.scope, k.key ON CONFLICT DO NOTHING RETURNING 1) "
    "SELECT (SELECT count(*) FROM claimed), "
    "(SELECT array_agg(nextval('report_numbers')) FROM generate_series(1, CAST($5 AS integer))), "
    "(SELECT json_object_agg(kind, number) FROM revisions)"
)

# Others that are stored hold their keys for some hundredths of a second.
_SOON: Final = "SELECT set_config('lock_timeout', '200ms', true)"


class Claim(NamedTuple):
    """Name the keys of a request, its body by hash, and the report that it becomes."""

    keys: Sequence[Key]
    body_sha256: str
    report_id: UUID


@dataclass(frozen=True, slots=True)
class IntakeGate:
    """Hold what intake learns before it writes: knowledge in force, numbers, earlier requests."""

    revisions: dict[str, int]
    numbers: Sequence[int]
    claimed: int


def claim_keys(connection: Connection, claims: Sequence[Claim]) -> IntakeGate:
    """Claim the idempotency keys and read the revisions and the next numbers, in one statement.

    A key that another transaction holds is waited for; one that is taken is not claimed.
    """
    rows = [
        (scope, key, claim.body_sha256, str(claim.report_id))
        for claim in claims
        for scope, key in claim.keys
    ]
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    values = (*(array(column).decode() for column in columns), str(len(claims)))
    with _raw_cursor(connection) as cursor:
        row = cursor.execute(_CLAIM, values, prepare=True).fetchone()
    return IntakeGate(revisions=dict(row[2]), numbers=row[1], claimed=int(row[0]))


def wait_for_no_key(connection: Connection) -> None:
    """Have the rest of the transaction fail soon where it would wait for somebody's key.

    Raises, from then on, what is told as DatabaseUnavailable.
    """
    with _raw_cursor(connection) as cursor:
        cursor.execute(_SOON, (), prepare=True)


def read_keys(connection: Connection, keys: Sequence[Key]) -> list[Any]:
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


def insert_reports(connection: Connection, reports: Sequence[Mapping[str, Any]]) -> None:
    """Store reports with assignment, events, notices and outbox row; remember the answers."""
    rows = [[written(values[name], kind) for name, kind in _SENT.items()] for values in reports]
    with _raw_cursor(connection) as cursor:
        if len(rows) == 1:
            texts = [None if value is None else value.decode() for value in rows[0]]
            cursor.execute(_INSERT_ONE, texts, prepare=True)
        else:
            cursor.execute(_INSERT_SOME, list(map(column, zip(*rows, strict=True))), prepare=True)


def _raw_cursor(connection: Connection) -> Any:
    """Return a cursor of the driver that sends a statement as it stands.

    Names need not be looked for in the longest statement there is, each time anew.
    """
    driver: Any = connection.connection.dbapi_connection
    return psycopg.RawCursor(driver)


# ---- blocks

# Row security does not let rows be copied into its tables: they come by way of tables of the
# session. Their rows stay whole, uncompressed, in the page.
_STAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "intake_given": _STAGED,
    "intake_given_keys": {"id": "uuid"} | _OF_KEYS,
}
_MAKE_STAGES: Final = "; ".join(
    f"CREATE TEMPORARY TABLE IF NOT EXISTS {stage} "
    f"({', '.join(f'{name} {kind}' for name, kind in columns.items())}) "
    "WITH (toast_tuple_target = 8160) ON COMMIT DELETE ROWS"
    for stage, columns in _STAGES.items()
)
_COPIERS: Final = {stage: copier(columns) for stage, columns in _STAGES.items()}
_ROWS_AT_ONCE: Final = 8
_CLAIM_ALL: Final = (
    "INSERT INTO intake_keys (scope, key, body_sha256, report_id, response) "
    "SELECT w.scope, w.key, g.body_sha256, g.id, g.told_caller FROM intake_given_keys g, "
    # In one order, whoever comes: blocks that share keys do not wait for each other both.
    "unnest(g.scopes, g.keys) AS w(scope, key) ORDER BY w.scope, w.key ON CONFLICT DO NOTHING"
)
_INSERT_ALL: Final = (
    f"WITH given AS (SELECT * FROM intake_given), {_STORE} SELECT count(*) FROM given"
)


def read_taken(connection: Connection, keys: Sequence[Key]) -> dict[Key, tuple[str, Any]]:
    """Return body hash and report of the keys that are taken."""
    rows = connection.execute(
        text(
            "SELECT k.scope, k.key, k.body_sha256, k.report_id FROM "
            "unnest(CAST(:scopes AS text[]), CAST(:keys AS text[])) AS w(scope, key) "
            "JOIN intake_keys k ON k.scope = w.scope AND k.key = w.key"
        ),
        {"scopes": [scope for scope, _ in keys], "keys": [key for _, key in keys]},
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def draw_numbers(connection: Connection, count: int) -> list[int]:
    """Return the next running numbers; those of reports that are not stored stay unused."""
    statement = text("SELECT nextval('report_numbers') FROM generate_series(1, :count)")
    return [int(row[0]) for row in connection.execute(statement, {"count": count})]


def insert_block(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Store many reports as ``insert_reports`` does; say whether all their keys were free.

    When they were not, nothing but keys was stored: the transaction has to be rolled back.
    """
    for statement in _MAKE_STAGES.split("; "):
        connection.exec_driver_sql(statement)
    for stage, columns in _STAGES.items():
        _copy(connection, stage, columns, rows)
    claimed = connection.exec_driver_sql(_CLAIM_ALL).rowcount
    if claimed < sum(len(values["keys"]) for values in rows):
        return False
    connection.exec_driver_sql(_INSERT_ALL)
    return True


def _copy(
    connection: Connection,
    stage: str,
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    driver: Any = connection.connection.dbapi_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {stage} ({', '.join(columns)}) FROM STDIN (ENCODING 'UTF8')") as copy,
    ):
        # The rows as text, put together here: a row by the driver takes three times as long.
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            copy.write(b"".join(map(_COPIERS[stage], rows[start : start + _ROWS_AT_ONCE])))
