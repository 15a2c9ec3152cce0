"""Write a block of new reports, by the statements that write one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, text

from api.db.intake_statements import OF_KEYS, STAGED, STORE
from api.db.intake_store import Key
from api.db.text_values import copier

# Row security does not let rows be copied into its tables: they come by way of tables of the
# session. Their rows stay whole, uncompressed, in the page.
_STAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "intake_given": STAGED,
    "intake_given_keys": {"id": "uuid"} | OF_KEYS,
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
    f"WITH given AS (SELECT * FROM intake_given), {STORE} SELECT count(*) FROM given"
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
