"""Check that nothing urgent waits behind reports, however many are announced."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from api.db.engine import SERVICE
from api.db.outbox_store import Announcement
from api.stream import hub as hubs
from api.stream.hub import Hub, Screen

SOMEBODY = UUID(int=7)
MOST_S = 20.0


class Parts:
    """Stand for the service: counts what is read anew and who is forgotten."""

    def __init__(self) -> None:
        self.refreshed = 0
        self.forgotten: list[UUID] = []
        self.keeper = SimpleNamespace(
            refresh=self._refresh,
            current=self._current,
            rehearse=lambda _through: None,
            make_boxes=lambda: None,
        )
        self.sessions = SimpleNamespace(forget=self.forgotten.append)

    def _refresh(self, *, through: object) -> None:
        del through
        self.refreshed += 1

    def _current(self) -> Any:
        return SimpleNamespace(revisions={"boundaries": self.refreshed})


class Announced:
    """Stand for the listener: announces once, and then the hub is over."""

    def __init__(self, hub: Hub, announcements: list[Announcement]) -> None:
        self._hub, self._announcements = hub, announcements

    def wait(self, _seconds: float | None) -> list[Announcement]:
        self._hub._is_over = not self._announcements
        heard, self._announcements = self._announcements, []
        return heard


async def announce(hub: Hub, *announcements: Announcement) -> None:
    """Let the hub's thread hear, and its loop take in, some announcements."""
    hub._loop, hub._is_over = asyncio.get_running_loop(), False
    listener: Any = Announced(hub, [*announcements])
    nothing: Any = None
    await asyncio.to_thread(hub._follow, nothing, listener)


def screen_of(hub: Hub) -> Screen:
    caller: Any = SimpleNamespace(role=None, account_id=SOMEBODY)
    screen = Screen(caller, SERVICE)
    hub._screens.add(screen)
    return screen


def row(number: int) -> Any:
    return SimpleNamespace(id=number, area_code="150221", channel="app", orgs=(), payload={})


async def told(screen: Screen, count: int) -> list[bytes]:
    async with asyncio.timeout(MOST_S):
        return [(await screen.queue.get()).data.split(b"\n")[0] for _ in range(count)]


def test_boundaries_and_sessions_do_not_wait_behind_reports(monkeypatch: Any) -> None:
    may_read = threading.Event()
    asked: list[list[int]] = []

    def read(_hub: Hub, ids: list[int]) -> list[Any]:
        asked.append(ids)
        may_read.wait(MOST_S)
        return [row(number) for number in ids]

    monkeypatch.setattr(Hub, "_read", read)
    parts: Any = Parts()

    async def flooded() -> list[bytes]:
        hub = Hub(parts)
        # Whoever looked on before the listening began comes back.
        await announce(hub)
        screen = screen_of(hub)
        await announce(
            hub,
            *(Announcement("wangge_outbox", str(number)) for number in range(25)),
            Announcement("wangge_revision", "boundaries"),
            Announcement("wangge_session", str(SOMEBODY)),
        )
        assert (await screen.queue.get()).ends
        # Read twice as listening began, and once as it was announced.
        assert (parts.refreshed, parts.forgotten) == (3, [SOMEBODY])
        assert (await told(screen, 1))[0] == b"event: revision"
        assert (await screen.queue.get()).ends
        may_read.set()
        return await told(screen, 25)

    assert asyncio.run(flooded()) == [b"id: %d" % number for number in range(25)]
    assert [len(ids) for ids in asked] == [hubs.TOLD_AT_ONCE, hubs.TOLD_AT_ONCE, 5]


def test_pages_come_back_where_reports_could_not_be_told(monkeypatch: Any) -> None:
    fails = [True]

    def read(_hub: Hub, ids: list[int]) -> list[Any]:
        if fails.pop():
            raise ConnectionError
        return [row(number) for number in ids]

    monkeypatch.setattr(Hub, "_read", read)
    parts: Any = Parts()

    async def broken() -> None:
        hub = Hub(parts)
        screen = screen_of(hub)
        hub._handle(Announcement("wangge_outbox", "1"))
        async with asyncio.timeout(MOST_S):
            assert (await screen.queue.get()).ends
        fails.append(False)
        hub._handle(Announcement("wangge_outbox", "2"))
        assert await told(screen, 1) == [b"id: 2"]

    asyncio.run(broken())
