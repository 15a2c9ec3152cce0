"""Read the outbox, from which live pages are fed, and listen to what the database announces."""

from __future__ import annotations

import re
import select
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import psycopg
from sqlalchemy import Connection, text

from api.db import coming_store, told_store
from api.db.faults import passing_faults_named

# Channel → what is announced there. Anybody with a login to the database may announce, too.
CHANNELS = {
    "wangge_outbox": re.compile(r"[0-9]{1,18}"),
    "wangge_revision": re.compile(r"[a-z_]+"),
    "wangge_session": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    coming_store.CHANNEL: coming_store.PAYLOAD,
    told_store.CHANNEL: told_store.PAYLOAD,
}
# No transaction lasts longer (see the engine's timeouts), so what is older is complete.
OVERLAP = timedelta(seconds=30)
# What the session of a process that listens is called.
APPLICATION_NAME = "wangge listener"


@dataclass(frozen=True, slots=True)
class Announcement:
    """Hold one notification: its channel and what it names."""

    channel: str
    payload: str


class Listener:
    """Hear what the database announces, on a standing connection and in one thread.

    Between two announcements the connection is free for other statements of that thread. Raises
    DatabaseUnavailable when the database goes away.
    """

    def __init__(self, connection: Connection, waking: int) -> None:
        """Listen from here on; a byte to read from ``waking`` ends a wait."""
        self._driver: psycopg.Connection[Any] = _driver_of(connection)
        self._heard: deque[Announcement] = deque()
        # What arrives while another statement is answered.
        self._driver.add_notify_handler(lambda notify: self._hear(notify.channel, notify.payload))
        self._ears = select.poll()
        self._ears.register(self._driver.fileno(), select.POLLIN)
        self._ears.register(waking, select.POLLIN)
        for channel in CHANNELS:
            connection.execute(text(f"LISTEN {channel}"))
        # So that an administrator knows the session, whatever it asked last.
        name = "SELECT set_config('application_name', :name, false)"
        connection.execute(text(name), {"name": APPLICATION_NAME})

    def wait(self, seconds: float | None = None) -> list[Announcement]:
        """Return what was announced, waiting for it; nothing when the time is up or on waking."""
        if not self._heard:
            self._ears.poll(None if seconds is None else seconds * 1000)
            with passing_faults_named():
                self._take_in()
        heard = [*self._heard]
        self._heard.clear()
        return heard

    def _take_in(self) -> None:
        wire = self._driver.pgconn
        wire.consume_input()
        while (notify := wire.notifies()) is not None:
            self._hear(notify.relname.decode(), notify.extra.decode(errors="replace"))

    def _hear(self, channel: str, payload: str) -> None:
        if CHANNELS[channel].fullmatch(payload):
            self._heard.append(Announcement(channel, payload))


def _driver_of(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


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
