"""Read the outbox, from which live pages are fed, and listen to what the database announces."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import psycopg
from sqlalchemy import Connection, text

from api.db.engine import connect_arguments, normalise_url

# Channel → what its triggers announce. Anybody with a login to the database may announce too.
CHANNELS = {
    "wangge_outbox": re.compile(r"[0-9]{1,18}"),
    "wangge_revision": re.compile(r"[a-z]+"),
    "wangge_session": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}
# No transaction lasts longer (see the engine's timeouts), so what is older is complete.
OVERLAP = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Announcement:
    """Hold one notification: its channel and what it names."""

    channel: str
    payload: str


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[AsyncIterator[Announcement]]:
    """Listen on a connection of its own; iterate to receive what is announced.

    Raises ConnectionError when the database goes away.
    """
    try:
        connection = await psycopg.AsyncConnection.connect(
            **connect_arguments(normalise_url(url)), autocommit=True
        )
    except psycopg.Error as error:
        raise ConnectionError("the database does not answer") from error
    try:
        for channel in CHANNELS:
            await connection.execute(f"LISTEN {channel}")
        yield _announcements(connection)
    finally:
        await connection.close()


async def _announcements(
    connection: psycopg.AsyncConnection[Any],
) -> AsyncIterator[Announcement]:
    try:
        async for notify in connection.notifies():
            if CHANNELS[notify.channel].fullmatch(notify.payload):
                yield Announcement(notify.channel, notify.payload)
    except psycopg.Error as error:
        raise ConnectionError("the database went away") from error


def put(
    connection: Connection,
    *,
    area_code: str,
    channel: str,
    orgs: Sequence[str],
    payload: dict[str, Any],
) -> None:
    """Tell live pages at the commit what became of a report."""
    connection.execute(
        text(
            "INSERT INTO outbox (topic, area_code, channel, orgs, payload) "
            "VALUES ('report', :area_code, :channel, :orgs, CAST(:payload AS jsonb))"
        ),
        {
            "area_code": area_code,
            "channel": channel,
            "orgs": list(orgs),
            "payload": orjson.dumps(payload).decode(),
        },
    )


def read_outbox(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """Return (id, topic, area_code, channel, orgs, payload) of the rows ``ids``, in order."""
    return list(
        connection.execute(
            text(
                "SELECT id, topic, area_code, channel, orgs, payload FROM outbox "
                "WHERE id = ANY(:ids) ORDER BY id"
            ),
            {"ids": list(ids)},
        )
    )


def read_outbox_since(
    connection: Connection, last_id: int, *, limit: int, after_id: int = 0
) -> list[Any]:
    """Return the rows after ``last_id``, and those that may have been committed after it.

    Ids are drawn before a commit, so a lower id can appear later: the seconds before the last
    row are read again, that row included: what comes last is the newest. A row may come twice,
    none is missed. ``after_id`` is where the reading
    before this one ended, when there were ``limit`` rows.
    """
    return list(
        connection.execute(
            text(
                "SELECT id, topic, area_code, channel, orgs, payload FROM outbox "
                "WHERE id > :after AND (id > :last OR at >= ("
                "SELECT at - CAST(:overlap AS interval) FROM outbox WHERE id = :last)) "
                "ORDER BY id LIMIT :limit"
            ),
            {
                "last": last_id,
                "after": after_id,
                "overlap": f"{OVERLAP.total_seconds():.0f} seconds",
                "limit": limit,
            },
        )
    )


def prune(connection: Connection, *, now: datetime, outbox_days: int, key_days: int) -> int:
    """Delete outbox rows, intake keys and sessions that have served their time."""
    deleted = 0
    for statement, values in (
        (
            "DELETE FROM outbox WHERE at < :before",
            {"before": now - timedelta(days=outbox_days)},
        ),
        (
            # A source number stays taken for ever; a caller's key is for retries only.
            "DELETE FROM intake_keys WHERE scope NOT LIKE 'source:%' AND created_at < :before",
            {"before": now - timedelta(days=key_days)},
        ),
        ("DELETE FROM sessions WHERE expires_at < :before", {"before": now}),
    ):
        deleted += connection.execute(text(statement), values).rowcount
    return deleted
