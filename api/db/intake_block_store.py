"""Write a block of new reports, by the statements that write one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, text

from api.db.binary_arrays import ArrayDumper, BinaryArray, array_of, kind_sent
from api.db.intake_statements import PARTS, STAGED, Part
from api.db.intake_store import Key

_OF_KEYS: Final = {
    "scope": "text",
    "key": "text",
    "body_sha256": "text",
    "report_id": "uuid",
    "told_caller": "json",
}
_FOR_BLOCKS: Final = (
    # The keys of a block are put in order with all that is kept under them: not in a file.
    "SELECT set_config('work_mem', '64MB', true), "
    # Arrays hold texts in UTF-8, whatever else the session is told in.
    "set_config('client_encoding', 'UTF8', true)"
)


def _columns_sent(columns: Mapping[str, str]) -> str:
    """Return what makes rows of whole columns, each a parameter."""
    sent = ", ".join(
        f"${place}::{kind_sent(kind)}[]" for place, kind in enumerate(columns.values(), 1)
    )
    return f"unnest({sent}) AS sent({', '.join(columns)})"


def _storing(part: Part) -> str:
    """Return the statement of a part for the columns that it is made of."""
    columns = {name: STAGED[name] for name in part.made_of}
    read = (
        f"CAST({name} AS {kind}) AS {name}" if kind_sent(kind) != kind else name
        for name, kind in columns.items()
    )
    given = f"SELECT {', '.join(read)} FROM {_columns_sent(columns)}"
    return f"WITH given AS ({given}) {part.statement}"


_STORING: Final = tuple((part.made_of, _storing(part)) for part in PARTS)
_CLAIM_ALL: Final = (
    "INSERT INTO intake_keys (scope, key, body_sha256, report_id, response) "
    f"SELECT {', '.join(_OF_KEYS)} FROM {_columns_sent(_OF_KEYS)} "
    # In one order, whoever comes: blocks that share keys do not wait for each other both.
    "ORDER BY scope, key ON CONFLICT DO NOTHING"
)


def read_taken(connection: Connection, keys: Sequence[Key]) -> dict[Key, tuple[str, Any]]:
    """Return body hash and report of the keys that are taken."""
    rows = connection.execute(
        text(
            "SELECT w.scope, w.key, k.body_sha256, k.report_id FROM "
            "unnest(CAST(:scopes AS text[]), CAST(:keys AS text[])) AS w(scope, key), "
            # Key by key: as a plain join it may read the whole table, once for each block.
            "LATERAL (SELECT body_sha256, report_id FROM intake_keys "
            "WHERE intake_keys.scope = w.scope AND intake_keys.key = w.key OFFSET 0) AS k"
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
    driver: Any = connection.connection.dbapi_connection
    with psycopg.RawCursor(driver) as cursor:
        cursor.adapters.register_dumper(BinaryArray, ArrayDumper)
        cursor.execute(_FOR_BLOCKS)
        keys = _keys_of(rows)
        cursor.execute(_CLAIM_ALL, list(map(array_of, _OF_KEYS.values(), keys)), prepare=True)
        if cursor.rowcount < len(keys[0]):
            return False
        written: dict[str, BinaryArray] = {}
        for names, statement in _STORING:
            for name in names:
                if name not in written:
                    written[name] = array_of(STAGED[name], [values[name] for values in rows])
            cursor.execute(statement, [written[name] for name in names], prepare=True)
    return True


def _keys_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Sequence[Any], ...]:
    """Return the columns of the keys of reports, as ``_OF_KEYS`` names them."""
    owners = [values for values in rows for _ in values["keys"]]
    return (
        [scope for values in rows for scope in values["scopes"]],
        [key for values in rows for key in values["keys"]],
        [values["body_sha256"] for values in owners],
        [values["id"] for values in owners],
        [values["told_caller"] for values in owners],
    )
