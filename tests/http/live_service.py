"""Serve the application on a loopback port and listen to its stream, as a browser does."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import uvicorn
from fastapi import FastAPI

from api.db.engine import SERVICE
from api.db.outbox_store import APPLICATION_NAME
from api.straight_protocol import StraightProtocol
from tests.conftest import FreshDatabase


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve ``app`` on a free loopback port for the length of the block; give its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=StraightProtocol, log_level="warning", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    assert server.started
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


def wait_for_listeners(database: FreshDatabase, wanted: int) -> None:
    """Return when ``wanted`` processes hear what the database announces."""
    serving = database.serving()
    try:
        for _ in range(100):
            with serving.transaction(SERVICE) as connection:
                listeners = connection.exec_driver_sql(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND application_name = %(name)s",
                    {"name": APPLICATION_NAME},
                ).scalar_one()
            if listeners >= wanted:
                return
            time.sleep(0.1)
    finally:
        serving.close()
    raise AssertionError("the processes do not listen")


@dataclass(frozen=True)
class Event:
    """Hold one server-sent event."""

    kind: str
    data: dict[str, Any]
    id: str | None
    at: float


class Listener:
    """Read a stream in a thread of its own."""

    def __init__(self, address: str, token: str, *, after: str | None = None) -> None:
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}
        if after is not None:
            self._headers["Last-Event-ID"] = after
        self._url = f"{address}/v1/stream"
        self._events: queue.Queue[Event] = queue.Queue()
        self._client = httpx.Client(timeout=httpx.Timeout(15))
        self.ended = threading.Event()
        self.answer: httpx.Response | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        # The first heartbeat says that the screen is registered.
        first = self.next("heartbeat", within_s=10)
        assert first is not None
        self.first = first

    def _read(self) -> None:
        try:
            with self._client.stream("GET", self._url, headers=self._headers) as answer:
                self.answer = answer
                fields: dict[str, str] = {}
                for line in answer.iter_lines():
                    if line:
                        name, _, value = line.partition(": ")
                        fields[name] = value
                    elif "event" in fields:
                        data = json.loads(fields["data"])
                        event = Event(fields["event"], data, fields.get("id"), time.monotonic())
                        self._events.put(event)
                        fields = {}
        except (httpx.TransportError, httpx.StreamError):
            pass
        finally:
            self.ended.set()

    def next(self, kind: str, *, within_s: float = 2) -> Event | None:
        """Return the next event of a kind, None when it does not come in time."""
        deadline = time.monotonic() + within_s
        while (left := deadline - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=left)
            except queue.Empty:
                return None
            if event.kind == kind:
                return event
        return None

    def report(self, report_id: str, *, within_s: float = 2) -> Event | None:
        """Return the next event about a report, None when none comes in time."""
        deadline = time.monotonic() + within_s
        while (left := deadline - time.monotonic()) > 0:
            event = self.next("report", within_s=left)
            if event is not None and event.data["id"] == report_id:
                return event
        return None

    def close(self) -> None:
        """Hang up."""
        self._client.close()
