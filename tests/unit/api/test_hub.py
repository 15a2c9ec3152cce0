"""Check that nothing urgent waits behind reports, and that nothing makes a process deaf."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from api.db import told_store
from api.db.coming_store import CHANNEL, Coming, pieces_of
from api.db.engine import SERVICE
from api.db.outbox_store import Announcement
from api.stream import hub as hubs
from api.stream.hub import Hub
from api.stream.screens import Screen

SOMEBODY = UUID(int=7)
MOST_S = 20.0


class Parts:
    """Stand for the service: counts what is read anew and who is forgotten."""

    def __init__(self) -> None:
        self.refreshed = 0
        self.rehearsed = 0
        # How many publications were in memory each time that boxes were made.
        self.boxes_made: list[int] = []
        # What was prepared, and how many publications were in memory then; None: it was dropped.
        self.prepared: list[tuple[Coming | None, int]] = []
        # Whether it could be prepared.
        self.prepares = True
        # What goes wrong in what is done beforehand.
        self.fault: Exception | None = None
        self.forgotten: list[UUID] = []
        # What was told with a commit, and whether it is believed.
        self.told: list[str] = []
        self.believes = True
        self.keeper = SimpleNamespace(
            refresh=self._refresh,
            current=self._current,
            rehearse=self._rehearse,
            take_in=self._take_in,
            make_boxes=self._make_boxes,
            prepare=self._prepare,
            forget_prepared=lambda: self._prepare(None),
        )
        self.sessions = SimpleNamespace(forget=self.forgotten.append)

    def _refresh(self, *, through: object) -> None:
        del through
        self.refreshed += 1

    def _take_in(self, payload: str) -> bool:
        self.told.append(payload)
        if self.fault is not None:
            raise self.fault
        return self.believes

    def _rehearse(self, _through: object) -> None:
        self.rehearsed += 1
        if self.fault is not None:
            raise self.fault

    def _prepare(self, shapes: Coming | None) -> bool:
        self.prepared.append((shapes, self.refreshed))
        if self.fault is not None:
            raise self.fault
        return self.prepares

    def _make_boxes(self) -> None:
        self.boxes_made.append(self.refreshed)
        if self.fault is not None:
            raise self.fault

    def _current(self) -> Any:
        return SimpleNamespace(revisions={"boundaries": self.refreshed})


class Turns:
    """Stand for the listener and the clock: each turn is what is heard and how long it took."""

    def __init__(self, hub: Hub, turns: list[tuple[float, list[Announcement]]]) -> None:
        self._hub, self._turns = hub, turns
        self.now = 0.0
        self.waits: list[float | None] = []

    def wait(self, seconds: float | None) -> list[Announcement]:
        self.waits.append(seconds)
        if not self._turns:
            self._hub._is_over = True
            return []
        took, heard = self._turns.pop(0)
        self.now += took
        return heard


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
    await asyncio.to_thread(hub._follow, connection_that(invalidated=False), listener)


def connection_that(*, invalidated: bool) -> Any:
    return SimpleNamespace(invalidated=invalidated)


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


REVISION = Announcement("wangge_revision", "boundaries")
REPORT = Announcement("wangge_outbox", "1")


def follow(monkeypatch: Any, parts: Any, turns: list[tuple[float, list[Announcement]]]) -> Turns:
    """Let a hub hear ``turns`` one after another, by their clock."""
    hub = Hub(parts)
    listener: Any = Turns(hub, turns)
    monkeypatch.setattr(hubs, "monotonic", lambda: listener.now)
    hub._follow(connection_that(invalidated=False), listener)
    return listener  # type: ignore[no-any-return]


def test_boxes_are_made_in_time_however_much_else_is_announced(monkeypatch: Any) -> None:
    parts: Any = Parts()
    # Ten reports a second for ever after the publication: there is never silence.
    turns = [(0.0, [REVISION]), *((0.1, [REPORT]) for _ in range(20))]
    listener = follow(monkeypatch, parts, turns)
    assert parts.boxes_made == [2]
    # Nobody waits for a time while nothing is due.
    assert listener.waits[:2] == [None, hubs.BOXES_AFTER_S]
    assert listener.waits[-1] is None


def test_boxes_of_several_publications_are_made_once_and_never_before_they_are_in_memory(
    monkeypatch: Any,
) -> None:
    parts: Any = Parts()
    turns = [(0.0, [REVISION]), (0.1, [REVISION]), (0.15, []), (9.0, []), (0.0, [REVISION])]
    follow(monkeypatch, parts, [*turns, (0.25, [])])
    assert parts.boxes_made == [3, 4]


def test_what_is_only_for_speed_ends_no_listening(monkeypatch: Any) -> None:
    parts: Any = Parts()
    parts.fault = MemoryError()
    turns = [(0.0, coming(NEXT)), (0.0, [REVISION]), (0.25, []), (0.0, [REVISION])]
    follow(monkeypatch, parts, turns)
    assert (parts.rehearsed, parts.boxes_made, parts.refreshed) == (1, [2], 3)
    assert parts.prepared == [(NEXT, 1)]


NEXT: Coming = {"150221104200001": b"next"}
AFTER: Coming = {"150221104200001": b"after" * 5_000}


def coming(shapes: Coming) -> list[Announcement]:
    return [Announcement(CHANNEL, piece) for piece in pieces_of(shapes)]


def test_what_is_told_beforehand_is_prepared_on_what_is_in_force(monkeypatch: Any) -> None:
    parts: Any = Parts()
    first, *rest = coming(AFTER)
    assert rest
    # The pieces of the second come in two goes, the first of them with the commit before it.
    follow(monkeypatch, parts, [(0.0, coming(NEXT)), (0.0, [REVISION, first]), (0.0, rest)])
    assert parts.prepared == [(NEXT, 1), (AFTER, 2)]


def test_what_has_come_by_now_is_not_prepared(monkeypatch: Any) -> None:
    parts: Any = Parts()
    follow(monkeypatch, parts, [(0.0, [*coming(NEXT), REVISION])])
    assert parts.prepared == []
    follow(monkeypatch, parts, [(0.0, [*coming(NEXT), REVISION, *coming(AFTER)])])
    assert parts.prepared == [(AFTER, 4)]
    # Another kind of knowledge says nothing of boundaries.
    roster = Announcement("wangge_revision", "roster")
    follow(monkeypatch, parts, [(0.0, [*coming(NEXT), roster])])
    assert parts.prepared[1:] == [(NEXT, 6)]


def test_what_did_not_come_is_dropped_in_time_whatever_else_is_announced(monkeypatch: Any) -> None:
    parts: Any = Parts()
    minute = [(1.0, [REPORT]) for _ in range(60)]
    listener = follow(monkeypatch, parts, [(0.0, coming(NEXT)), *minute])
    assert parts.prepared == [(NEXT, 1), (None, 1)]
    assert listener.waits[:4] == [None, hubs.HURRY_S, hubs.HURRY_S - 1, hubs.PREPARED_S - 2]
    assert listener.waits[-1] is None


def hurried_turns(
    monkeypatch: Any, parts: Any, turns: list[tuple[float, list[Announcement]]]
) -> list[bool]:
    """Return for each wait of a hub that hears ``turns`` whether it hurried then."""
    before = sys.getswitchinterval()
    hurried: list[bool] = []
    wait = Turns.wait

    def watched(listener: Turns, seconds: float | None) -> list[Announcement]:
        assert (sys.getswitchinterval() < before) is not gc.isenabled()
        hurried.append(sys.getswitchinterval() < before)
        return wait(listener, seconds)

    with monkeypatch.context() as patch:
        patch.setattr(Turns, "wait", watched)
        follow(patch, parts, [*turns])
    # One that ends in between has left everything as it was, too.
    assert (sys.getswitchinterval(), gc.isenabled()) == (before, True)
    return hurried


def test_who_listens_hurries_from_what_is_told_beforehand_to_its_commit(monkeypatch: Any) -> None:
    parts: Any = Parts()
    monkeypatch.setattr(parts.keeper, "make_boxes", lambda: None)
    told, other = coming(NEXT), coming(AFTER)
    turns = [(0.0, told), (0.0, other), (0.0, [REVISION]), (0.0, told)]
    hurried = hurried_turns(monkeypatch, parts, turns)
    assert hurried == [False, True, True, False, True]
    assert parts.keeper.listens is True
    # Another kind of knowledge is not what was told.
    roster = Announcement("wangge_revision", "roster")
    assert hurried_turns(monkeypatch, parts, [(0.0, told), (0.0, [roster])]) == [False, True, True]


def test_who_listens_hurries_for_two_seconds_at_most_where_no_commit_follows(
    monkeypatch: Any,
) -> None:
    parts: Any = Parts()
    told = coming(NEXT)
    turns = [(0.0, told), (1.9, [REPORT]), (0.1, [REPORT]), (1.0, told), (1.0, []), (1.0, [])]
    hurried = hurried_turns(monkeypatch, parts, turns)
    assert hurried == [False, True, True, False, True, True, False]
    # What is prepared stays for a commit that comes later.
    assert parts.prepared == [(NEXT, 1), (NEXT, 1)]


def test_who_listens_does_not_hurry_for_what_cannot_be_prepared(monkeypatch: Any) -> None:
    parts: Any = Parts()
    turns = [(0.0, coming(NEXT)), (0.0, [REPORT])]
    parts.prepares = False
    assert hurried_turns(monkeypatch, parts, turns) == [False, False, False]
    parts.fault = ValueError("no shape")
    assert hurried_turns(monkeypatch, parts, turns) == [False, False, False]
    # The hurry of the one before is over with it.
    parts.fault, parts.prepares = None, True
    fails: list[bool] = [False, True]

    def prepare(_shapes: Coming) -> bool:
        if fails.pop():
            return True
        raise ValueError

    parts.keeper.prepare = prepare
    turns = [(0.0, coming(NEXT)), (0.0, coming(AFTER)), (0.0, [])]
    assert hurried_turns(monkeypatch, parts, turns) == [False, True, False, False]


def test_the_database_is_asked_later_about_what_its_commit_told(monkeypatch: Any) -> None:
    parts: Any = Parts()
    told = Announcement(told_store.CHANNEL, "what")
    turns = [(0.0, coming(NEXT)), (0.0, [REVISION, told]), (hubs.SURE_AFTER_S, []), (0.2, [])]
    listener = follow(monkeypatch, parts, turns)
    assert parts.told == ["what"]
    # Once as it began to listen, and once to be sure, when the others have gone over.
    assert parts.refreshed == 2
    assert listener.waits[2:4] == [hubs.SURE_AFTER_S, hubs.BOXES_AFTER_S - hubs.SURE_AFTER_S]
    assert parts.boxes_made == [2]


@pytest.mark.parametrize(
    ("others", "told"),
    [
        pytest.param([Announcement("wangge_revision", "roster")], 1, id="another-kind"),
        pytest.param([Announcement("wangge_revision", "boundaries")], 1, id="once-more"),
        pytest.param([], 2, id="two"),
    ],
)
def test_the_database_is_asked_at_once_where_more_was_announced_than_was_told(
    monkeypatch: Any, others: list[Announcement], told: int
) -> None:
    parts: Any = Parts()
    tellings = [Announcement(told_store.CHANNEL, "what")] * told
    listener = follow(monkeypatch, parts, [(0.0, [REVISION, *tellings, *others]), (0.0, [])])
    assert parts.refreshed == 2
    assert listener.waits[1] == hubs.BOXES_AFTER_S


def test_the_database_is_asked_at_once_about_what_is_not_believed(monkeypatch: Any) -> None:
    told = Announcement(told_store.CHANNEL, "what")
    parts: Any = Parts()
    parts.believes = False
    follow(monkeypatch, parts, [(0.0, [REVISION, told])])
    assert (parts.told, parts.refreshed) == (["what"], 2)
    # From a process of another version, for one.
    parts = Parts()
    parts.fault = KeyError("areas")
    follow(monkeypatch, parts, [(0.0, [REVISION, told])])
    assert (parts.told, parts.refreshed) == (["what"], 2)
    # Told by somebody without a commit.
    parts = Parts()
    follow(monkeypatch, parts, [(0.0, [told])])
    assert (parts.told, parts.refreshed) == ([], 1)


def test_who_cannot_be_sure_of_what_was_told_begins_to_listen_anew(monkeypatch: Any) -> None:
    parts: Any = Parts()

    def refresh(*, through: object) -> None:
        parts._refresh(through=through)
        if parts.refreshed == 2:
            raise ValueError("it took too long")

    parts.keeper.refresh = refresh
    told = Announcement(told_store.CHANNEL, "what")
    with pytest.raises(ValueError, match="took too long"):
        follow(monkeypatch, parts, [(0.0, [REVISION, told]), (hubs.SURE_AFTER_S, [])])


def test_two_things_that_are_due_are_each_done_in_their_time(monkeypatch: Any) -> None:
    parts: Any = Parts()
    turns = [(0.0, coming(NEXT)), (0.0, [REVISION]), (0.25, []), (hubs.PREPARED_S, [])]
    listener = follow(monkeypatch, parts, turns)
    assert (parts.boxes_made, parts.prepared) == ([2], [(NEXT, 1), (None, 2)])
    assert listener.waits[1:4] == [hubs.HURRY_S, hubs.BOXES_AFTER_S, hubs.PREPARED_S - 0.25]


def test_what_fails_for_a_connection_that_is_lost_does_end_it() -> None:
    parts: Any = Parts()
    parts.fault = ConnectionError()
    hub = Hub(parts)
    listener: Any = Announced(hub, [REVISION])
    with pytest.raises(ConnectionError):
        hub._follow(connection_that(invalidated=True), listener)


class Away:
    """Stand for a database that is not there: counts how often it is asked, and by whom."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = [*faults]
        self.asked = threading.Semaphore(0)
        self.may_answer = threading.Event()
        self._asking: set[threading.Thread] = set()

    def listening(self) -> list[threading.Thread]:
        """Return the threads that have asked and have not ended."""
        return [thread for thread in self._asking if thread.is_alive()]

    @contextmanager
    def standing(self) -> Iterator[None]:
        self._asking.add(threading.current_thread())
        self.asked.release()
        if self.faults:
            raise self.faults.pop(0)
        self.may_answer.wait(MOST_S)
        raise ConnectionError
        yield


def test_whatever_ends_the_listening_it_begins_again(monkeypatch: Any) -> None:
    monkeypatch.setattr(hubs, "RETRY_S", 0.0)
    parts: Any = Parts()
    parts.database = Away(ConnectionError(), RuntimeError("unforeseen"), MemoryError())

    async def listening() -> None:
        async with Hub(parts).running():
            for _ in range(4):
                assert await asyncio.to_thread(parts.database.asked.acquire, timeout=MOST_S)
            parts.database.may_answer.set()

    asyncio.run(listening())
    assert parts.database.listening() == []
    # What was prepared by the one before is dropped each time.
    assert parts.prepared[:4] == [(None, 0)] * 4
    assert parts.keeper.listens is False


def test_a_service_ends_at_once_between_two_tries(monkeypatch: Any) -> None:
    monkeypatch.setattr(hubs, "RETRY_S", 10 * MOST_S)
    monkeypatch.setattr(hubs, "STOP_S", MOST_S)
    parts: Any = Parts()
    parts.database = Away(ConnectionError())

    async def listening() -> None:
        async with Hub(parts).running():
            assert await asyncio.to_thread(parts.database.asked.acquire, timeout=MOST_S)

    asyncio.run(listening())
    assert parts.database.listening() == []


def test_a_service_ends_without_a_database_that_does_not_answer(monkeypatch: Any) -> None:
    monkeypatch.setattr(hubs, "STOP_S", 0.0)
    parts: Any = Parts()
    parts.database = Away()

    async def listening() -> bool:
        hub = Hub(parts)
        async with hub.running():
            screen = screen_of(hub)
            assert await asyncio.to_thread(parts.database.asked.acquire, timeout=MOST_S)
        return (await screen.queue.get()).ends

    assert asyncio.run(listening())
    (left,) = parts.database.listening()
    # It is told of the end as soon as it looks.
    parts.database.may_answer.set()
    left.join(MOST_S)
    assert not left.is_alive()
