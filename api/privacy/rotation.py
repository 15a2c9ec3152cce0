"""Seal every reporter with the newest key, a batch at a time; what was cut off goes on later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.db import reporter_store
from api.db.account_store import insert_audit
from api.db.engine import SERVICE, Connection, Database
from api.privacy.vault import Unreadable, Vault
from api.problems import Problem

BATCH = 500
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rotation:
    """Hold what a rotation did: the newest key, how many it sealed, what it could not open."""

    key_id: str
    sealed: int
    # By the key that is missing.
    unreadable: Mapping[str, int]


def rotate(
    database: Database, vault: Vault, at: datetime, *, county: str, say: Say, batch: int = BATCH
) -> Rotation:
    """Seal all reporters that other keys seal with the newest one; each batch is stored by itself.

    Raises Problem 503 without keys. What cannot be opened stays as it is, and is counted.
    """
    keys = vault.keys()
    if not keys:
        raise Problem("reporter-keys-missing", "没有密钥文件，无法轮换。")
    newest = keys[0].id
    total = 0
    while True:
        # A service that had not seen the newest key yet may have sealed behind our back.
        sealed, unreadable = _pass(database, vault, at, newest, batch, say)
        total += sealed
        if sealed == 0:
            break
    with database.transaction(SERVICE) as connection:
        detail = {"key": newest, "sealed": total, "unreadable": sum(unreadable.values())}
        insert_audit(
            connection,
            {
                "actor_id": None,
                "actor": "command-line",
                "action": "reporter_keys_rotated",
                "object": newest,
                "area_code": county,
                "detail": detail,
                "ip": None,
            },
        )
    return Rotation(newest, total, unreadable)


def _pass(
    database: Database, vault: Vault, at: datetime, newest: str, batch: int, say: Say
) -> tuple[int, Counter[str]]:
    sealed, unreadable = 0, Counter[str]()
    after: UUID | None = None
    while True:
        with database.transaction(SERVICE) as connection:
            rows = reporter_store.take_other_keys(
                connection, key_id=newest, after=after, limit=batch
            )
            sealed += _seal(connection, vault, rows, at, unreadable)
        if len(rows) < batch:
            return sealed, unreadable
        after = rows[-1].report_id
        say(f"{sealed} reporters sealed with key {newest}")


def _seal(
    connection: Connection, vault: Vault, rows: list[Any], at: datetime, unreadable: Counter[str]
) -> int:
    changes = []
    for row in rows:
        try:
            reporter = vault.open(row.report_id, row.key_id, row.sealed)
        except Unreadable as lost:
            unreadable[lost.key_id] += 1
            continue
        new = vault.seal(row.report_id, reporter)
        changes.append(
            {
                "report_id": row.report_id,
                "key_id": new.key_id,
                "sealed": new.content,
                "phone_tag": new.phone_tag,
            }
        )
    reporter_store.reseal(connection, changes, at)
    return len(changes)
