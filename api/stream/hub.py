"""Fan out what the database announces: to the screens of this process and to its memory."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

import orjson
from fastapi.concurrency import run_in_threadpool

from api.accounts.roles import Caller, Role
from api.db import coming_store, told_store
from api.db.engine import SERVICE, Connection, Scope
from api.db.outbox_store import Announcement, Listener, read_outbox
from api.deps import Service
from api.knowledge_news import at_once
from api.problems import Problem
from api.stream.screens import Frame, Screen

logger = logging.getLogger("wangge.stream")

RETRY_S = 1.0
STOP_S = 5.0
# After a publication that its commit told, the database is asked all the same, when all the other
# processes have gone over.
SURE_AFTER_S = 0.05
# Lists of areas can wait for their boxes: first every process takes the publication in.
BOXES_AFTER_S = 0.25
# What was to come and was not committed by then is not waited for any more.
PREPARED_S = 30.0
# From what is told until its commit are some tenths of a second; for longer nobody hurries.
HURRY_S = 2.0
# Reports that are told in one go; between two the other work of the process has its turn.
TOLD_AT_ONCE = 10


def event_bytes(event: str, data: object, event_id: int | None = None) -> bytes:
    """Return a server-sent event."""
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {event}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"


class Hub:
    """Listen once a process; keep the screens and the knowledge in step with the database."""

    def __init__(self, service: Service) -> None:
        """Prepare; nothing is opened before ``running``."""
        self._service = service
        self._screens: set[Screen] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False
        # Reports that were announced and not told yet, and the task that tells them: boundaries
        # and sessions never wait behind a file of reports.
        self._announced: deque[int] = deque()
        self._telling: asyncio.Task[None] | None = None
        # Called each time that all is in memory which the database knew when listening began.
        self.when_loaded: Callable[[], object] = lambda: None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for the length of the block."""
        self._loop = asyncio.get_running_loop()
        waking, wake = os.pipe()
        thread = threading.Thread(target=self._listen, args=(waking,), name="listener", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._is_over = True
            os.write(wake, b"x")
            # It may just wait for a database that is away; then it ends with the process.
            await asyncio.to_thread(thread.join, STOP_S)
            if not thread.is_alive():
                os.close(waking)
                os.close(wake)
            if self._telling is not None:
                self._telling.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._telling
            for screen in self._screens:
                screen.offer(Frame(b"", ends=True))

    @asynccontextmanager
    async def screen(self, caller: Caller, scope: Scope) -> AsyncIterator[Screen]:
        """Register a screen for the length of the block."""
        screen = Screen(caller, scope)
        self._screens.add(screen)
        try:
            yield screen
        finally:
            self._screens.discard(screen)

    # In a thread of its own: boundaries do not wait for the turn of requests, nor for a thread.

    def _listen(self, waking: int) -> None:
        while not self._is_over:
            try:
                with self._service.database.standing() as connection:
                    self._follow(connection, Listener(connection, waking))
            except ConnectionError:
                logger.warning("the database does not announce; trying again")
            except Exception:
                # A process that hears nothing blinds its screens.
                logger.exception("the listener ended; starting it again")
            finally:
                self._service.keeper.listens = False
                # Whether it was committed nobody hears any more.
                self._service.keeper.forget_prepared()
            select.select([waking], [], [], RETRY_S)

    def _follow(self, connection: Connection, listener: Listener) -> None:
        # Whoever looks on from here on misses nothing; the others come back.
        self._in_loop(self._end_streams)
        # What was announced while nobody listened is read once more.
        self._refresh(connection)
        keeper = self._service.keeper
        keeper.listens = True
        self._beforehand(connection, keeper.rehearse, connection)
        self.when_loaded()
        # What is to be done later, and when: whatever is announced meanwhile does not put it off.
        due: dict[Callable[[], object], float] = {}
        make_sure = partial(self._refresh, connection)
        gathering = coming_store.Gathering()
        with ExitStack() as hurry:
            while not self._is_over:
                heard = listener.wait(max(0.0, min(due.values()) - monotonic()) if due else None)
                told = self._is_told(connection, heard)
                if told or any(one.channel == "wangge_revision" for one in heard):
                    if told:
                        due.setdefault(make_sure, monotonic() + SURE_AFTER_S)
                    else:
                        make_sure()
                    if any(one.payload == "boundaries" for one in heard):
                        hurry.close()
                        due.pop(hurry.close, None)
                    due.setdefault(keeper.make_boxes, monotonic() + BOXES_AFTER_S)
                if (coming := _last_coming(gathering, heard)) is not None:
                    hurry.close()
                    if self._beforehand(connection, keeper.prepare, coming):
                        # This thread shall have its turn at once when the commit is announced.
                        hurry.enter_context(at_once())
                        due[hurry.close] = monotonic() + HURRY_S
                    due[keeper.forget_prepared] = monotonic() + PREPARED_S
                self._in_loop(self._tell_of, heard)
                for work in [w for w, at in due.items() if monotonic() >= at and not self._is_over]:
                    del due[work]
                    if work is make_sure:
                        # What it cannot find out ends the listening, which begins with it again.
                        make_sure()
                    else:
                        self._beforehand(connection, work)

    def _is_told(self, connection: Connection, heard: Sequence[Announcement]) -> bool:
        """Take in the publication that its commit told; say whether nothing else was announced."""
        told = [one.payload for one in heard if one.channel == told_store.CHANNEL]
        others = [one.payload for one in heard if one.channel == "wangge_revision"]
        if len(told) != 1 or others != ["boundaries"]:
            return False
        return bool(self._beforehand(connection, self._service.keeper.take_in, told[0]))

    def _beforehand(
        self, connection: Connection, work: Callable[..., object], *about: object
    ) -> object:
        """Do what is only for speed: where it fails, whoever asks waits, and nothing else."""
        try:
            return work(*about)
        except Exception:
            if connection.invalidated:
                # Nothing is heard through it any more.
                raise
            logger.exception("what would have been quicker later could not be done beforehand")
            return None

    def _refresh(self, connection: Connection) -> None:
        try:
            self._service.keeper.refresh(through=connection)
        except Problem as problem:
            # An empty database is no error: the county may be loaded later.
            logger.info("nothing to keep in memory yet: %s", problem.slug)

    def _in_loop(self, work: Callable[..., object], *about: object) -> None:
        if self._loop is not None and not self._is_over:
            self._loop.call_soon_threadsafe(work, *about)

    # On the event loop again.

    def _end_streams(self, *, role: Role | None = None) -> None:
        """End streams, all or a role's: each page reconnects and asks for what it missed."""
        for screen in list(self._screens):
            if role is None or screen.caller.role is role:
                screen.offer(Frame(b"", ends=True))

    def _tell_of(self, announcements: Sequence[Announcement]) -> None:
        """Tell the screens; boundaries and roster are in memory by now."""
        for announcement in announcements:
            self._handle(announcement)

    def _handle(self, announcement: Announcement) -> None:
        if announcement.channel == "wangge_revision":
            self._tell_all("revision", self._revisions())
            if announcement.payload == "roster":
                # What a worker may see follows from the roster: their pages come back with it.
                self._end_streams(role=Role.GRID_WORKER)
        elif announcement.channel == "wangge_session":
            self._forget(UUID(announcement.payload))
        elif announcement.channel == "wangge_outbox" and self._screens:
            self._announced.append(int(announcement.payload))
            if self._telling is None:
                self._telling = asyncio.create_task(self._tell_reports())

    async def _tell_reports(self) -> None:
        """Tell the screens of what was announced, until that is all."""
        try:
            while self._announced and self._screens:
                count = min(TOLD_AT_ONCE, len(self._announced))
                some = [self._announced.popleft() for _ in range(count)]
                for row in await run_in_threadpool(self._read, some):
                    self._tell(row)
        except Exception:
            logger.exception("reports could not be told; the pages ask for what they miss")
            self._end_streams()
        finally:
            # What is left is for nobody, or the pages come back and ask for it.
            self._announced.clear()
            self._telling = None

    def _tell(self, row: Any) -> None:
        frame = Frame(event_bytes("report", row.payload, row.id))
        for screen in list(self._screens):
            if screen.may_see(row):
                screen.offer(frame)

    def _read(self, ids: list[int]) -> list[Any]:
        with self._service.database.transaction(SERVICE) as connection:
            return read_outbox(connection, ids)

    def _revisions(self) -> dict[str, int]:
        try:
            return dict(self._service.keeper.current().revisions)
        except Problem:
            return {}

    def _tell_all(self, event: str, data: object) -> None:
        frame = Frame(event_bytes(event, data))
        for screen in list(self._screens):
            screen.offer(frame)

    def _forget(self, account_id: UUID) -> None:
        self._service.sessions.forget(account_id)
        for screen in list(self._screens):
            if screen.caller.account_id == account_id:
                screen.offer(Frame(b"", ends=True))


def _last_coming(
    gathering: coming_store.Gathering, heard: Sequence[Announcement]
) -> coming_store.Coming | None:
    """Return the publication that is about to come, None for none, or when it has come by now."""
    coming = None
    for announcement in heard:
        if announcement.channel == coming_store.CHANNEL:
            coming = gathering.hear(announcement.payload) or coming
        elif announcement.payload == "boundaries":
            coming = None
    return coming
