"""Serve /v1/stream: reports, revisions and a heartbeat as server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api.accounts.roles import REPORT_READERS, Caller
from api.db.account_store import session_lives
from api.db.engine import Scope
from api.db.figure_store import last_outbox_id
from api.db.outbox_store import read_outbox_since
from api.deps import ScopeDep, Service, ServiceDep, allow
from api.input_types import now
from api.problems import invalid
from api.stream.hub import Hub, event_bytes
from api.stream.screens import Screen

router = APIRouter(prefix="/v1", tags=["stream"])
CallerDep = Annotated[Caller, Depends(allow(REPORT_READERS))]
HEARTBEAT_S = 10.0
# Rows of the outbox that are read at a time for a page that was away.
PAGE = 500


@router.get("/stream", response_class=StreamingResponse)
async def stream(
    request: Request,
    caller: CallerDep,
    scope: ScopeDep,
    parts: ServiceDep,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=20)] = None,
) -> StreamingResponse:
    """Push what changes, as far as the caller may see it; resumes at ``Last-Event-ID``."""
    since = None
    if last_event_id:
        if not (last_event_id.isascii() and last_event_id.isdigit()):
            raise invalid("Last-Event-ID 应为数字。", field="Last-Event-ID", reason="bad_id")
        since = int(last_event_id)
    hub: Hub = request.app.state.hub
    return StreamingResponse(
        _frames(hub, parts, caller, scope, since),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _frames(
    hub: Hub, parts: Service, caller: Caller, scope: Scope, since: int | None
) -> AsyncIterator[bytes]:
    # Registered before the past is read: what happens meanwhile waits in the queue.
    async with hub.screen(caller, scope) as screen:
        newest = await run_in_threadpool(_begin, parts, caller)
        if newest is None:
            return
        # A page that is cut off before its first report must know where to go on, too.
        yield b"retry: 2000\n\n" + _heartbeat(newest if since is None else None)
        if since is not None:
            async for row in _past(parts, scope, since):
                if screen.may_see(row):
                    yield event_bytes("report", row.payload, row.id)
        async for frame in _live(screen):
            yield frame


async def _live(screen: Screen) -> AsyncIterator[bytes]:
    # A session ends when it is revoked or expires, not when the page closes.
    remaining = (screen.caller.expires_at - now()).total_seconds()
    ends_at = time.monotonic() + remaining
    next_beat = time.monotonic() + HEARTBEAT_S
    while (at := time.monotonic()) < ends_at:
        try:
            async with asyncio.timeout(max(0.0, min(next_beat, ends_at) - at)):
                frame = await screen.queue.get()
        except TimeoutError:
            if time.monotonic() < next_beat:
                continue
            next_beat = time.monotonic() + HEARTBEAT_S
            yield _heartbeat()
            continue
        if frame.ends:
            return
        yield frame.data


async def _past(parts: Service, scope: Scope, since: int) -> AsyncIterator[Any]:
    after = 0
    while True:
        rows = await run_in_threadpool(_missed, parts, scope, since, after)
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        after = rows[-1].id


def _missed(parts: Service, scope: Scope, since: int, after: int) -> list[Any]:
    with parts.database.transaction(scope) as connection:
        return read_outbox_since(connection, since, after_id=after, limit=PAGE)


def _begin(parts: Service, caller: Caller) -> int | None:
    """Return the newest event, None when the session ended before its screen was registered."""
    with parts.database.read_once() as connection:
        if not session_lives(connection, caller.session_id):
            return None
        return last_outbox_id(connection)


def _heartbeat(event_id: int | None = None) -> bytes:
    return event_bytes("heartbeat", {"at": now().isoformat()}, event_id)
