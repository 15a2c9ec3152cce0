"""Write new reports, one or some in a transaction, and the keys by which they are known again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Connection, text

from api.db.intake_statements import STAGED, STORE
from api.db.text_values import array, column, written

Key = tuple[str, str]

_SENT: Final = STAGED | {"told_caller": "json", "scopes": "text[]", "keys": "text[]"}
"""All that is sent of one report, in this order."""
_PLACES: Final = range(1, len(_SENT) + 1)


def _inserting(source: str) -> str:
    """Return what stores the reports of ``source``, which has the columns of ``_SENT`` as texts."""
    return (
        "WITH sent AS MATERIALIZED (SELECT "
        f"{', '.join(f'CAST({name} AS {kind}) AS {name}' for name, kind in _SENT.items())} "
        f"FROM {source} AS r({', '.join(_SENT)})), given AS (SELECT * FROM sent), {STORE} "
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
