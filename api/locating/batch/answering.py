"""Answer a batch while it comes in: the body, the work and the answer side by side.

Until the answer has begun, whatever goes wrong is a problem like any other. Afterwards it cannot be
taken back: the last words say that it is not whole, and the connection breaks off.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import pyarrow as pa
from fastapi import Response
from starlette.types import Receive, Scope, Send

from api.db.faults import DatabaseUnavailable
from api.locating.batch.inlet import MIB, Gone, Inlet
from api.locating.batch.outlet import STALLED_S, Outlet
from api.locating.batch.parking import Parking, Share
from api.locating.batch.turns import Turns
from api.problems import Problem, invalid
from geo.errors import CoverageError, GeoError
from geo.tables.refusal import TableBroken, TableTooLarge

logger = logging.getLogger("wangge.batch")

# A place among the few is held by whoever sends: without a byte for so long, or with less than so
# many in the time that was spent waiting for them, it is given to another.
SILENT_S: Final = 60.0
PACE_S: Final = 60.0
PACE_BYTES: Final = 64 * 1024
# That lets a weak line recover; in the long run a place is held by whoever sends in earnest, or a
# few senders that are just quick enough would hold all of them for ever.
LONG_PACE_S: Final = 300.0
LONG_PACE_BYTES: Final = 20 * MIB
# Whoever has sent all holds it by reading, into however many pieces the answer falls: not with less
# than so many in the time of waiting for them.
READ_PACE_S: Final = 300.0
READ_PACE_BYTES: Final = 20 * MIB

LastWords = Callable[[str], bytes]
# What may go wrong with a table, its bytes, the disk or the database; anything else is a mistake.
_EXPECTED = (
    Problem,
    GeoError,
    DatabaseUnavailable,
    OSError,
    MemoryError,
    pa.ArrowException,
    # Names of columns, which Arrow does not look at.
    UnicodeDecodeError,
)


class Work:
    """Hold what a batch does in its thread: ``convert`` reads, answers and writes.

    ``last_words`` are what ends an answer that is not whole, when that has begun.
    """

    def __init__(self, convert: Callable[[Inlet, Outlet], None], last_words: LastWords) -> None:
        """Keep both."""
        self.convert = convert
        self.last_words = last_words


class BatchAnswer(Response):
    """Receive, work and answer at once."""

    def __init__(
        self,
        work: Work,
        *,
        content_type: str,
        place: AbstractContextManager[None],
        turns: Turns,
        folder: Path,
        share: Share | None = None,
    ) -> None:
        """Keep what is to be done; nothing is read yet."""
        super().__init__()
        self._work, self._place, self._turns, self._folder = work, place, turns, folder
        self._content_type = content_type
        self._share = share or Parking().share("")
        self._refusal: Exception | None = None
        self._has_spoken = False

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; raise the Problem of a batch that is refused before the answer begins."""
        with self._place:
            inlet = Inlet(self._turns)
            outlet = Outlet(self._turns, self._folder, self._share)
            reading = _Reading(send)
            try:
                async with anyio.create_task_group() as group:
                    group.start_soon(_listen, receive, inlet, outlet, reading)
                    group.start_soon(self._run, inlet, outlet)
                    await self._speak(outlet, send, reading)
                    group.cancel_scope.cancel()
            finally:
                outlet.close()
        if self._refusal is not None and not self._has_spoken:
            raise self._refusal

    async def _run(self, inlet: Inlet, outlet: Outlet) -> None:
        # A limiter of its own: the threads of the other routes are not taken from them.
        limiter = anyio.CapacityLimiter(1)
        try:
            await anyio.to_thread.run_sync(self._convert, inlet, outlet, limiter=limiter)
        finally:
            # Cancelled or not, the thread has ended by now.
            inlet.close()

    def _convert(self, inlet: Inlet, outlet: Outlet) -> None:
        self._turns.take()
        try:
            self._work.convert(inlet, outlet)
        except Gone:
            pass
        except _EXPECTED as error:
            self._refuse(error, outlet)
        except BaseException:
            # A mistake of ours: what was written so far must not pass for the whole.
            outlet.abandon()
            raise
        finally:
            self._turns.give()
            outlet.end()

    def _refuse(self, error: Exception, outlet: Outlet) -> None:
        self._refusal = as_problem(error)
        if not outlet.discard():
            sentence = getattr(self._refusal, "detail", "出错了。")
            try:
                outlet.write(self._work.last_words(sentence), is_last=True)
            except (Gone, OSError):
                return

    async def _speak(self, outlet: Outlet, send: Send, reading: _Reading) -> None:
        try:
            await outlet.ready()
            if self._refusal is not None:
                return
            self._has_spoken = True
            headers = [(b"content-type", self._content_type.encode())]
            if outlet.ended:
                headers.append((b"content-length", str(outlet.size).encode()))
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while (piece := await outlet.take()) is not None:
                await reading.give(piece, more=True)
            if self._refusal is None:
                await reading.give(b"", more=False)
            else:
                # Without its end the server breaks the connection: no client takes it for whole.
                logger.warning("a batch broke off: %s", getattr(self._refusal, "detail", ""))
        except Gone:
            # The thread may wait for room that nobody makes any more.
            outlet.abandon()


class _Reading:
    """Send to a client, and count how long it takes to read; not before it has sent all."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._since = math.inf
        self._limit = anyio.CancelScope()
        self._pace, self._is_slow = _Pace(READ_PACE_S, READ_PACE_BYTES), False

    def begin(self) -> None:
        """Let its time run: nothing is left to be sent but the answer."""
        self._since = anyio.current_time()
        self._limit.deadline = _stalled_at()

    async def give(self, piece: bytes | memoryview, *, more: bool) -> None:
        """Send a piece; raise Gone for a client that has taken nothing for too long, or too little.

        Whoever has taken all is not slow, however long it took.
        """
        if self._is_slow and more:
            raise Gone
        began = anyio.current_time()
        is_running = self._since < math.inf
        with anyio.CancelScope(deadline=_stalled_at() if is_running else math.inf) as self._limit:
            await self._send({"type": "http.response.body", "body": piece, "more_body": more})
        if self._limit.cancelled_caught:
            raise Gone
        waited_s = anyio.current_time() - max(began, self._since)
        self._is_slow = self._pace.is_missed(max(0.0, waited_s), len(piece))


def _stalled_at() -> float:
    # The loop's own time, by which limits run out.
    return asyncio.get_running_loop().time() + STALLED_S


async def _listen(receive: Receive, inlet: Inlet, outlet: Outlet, reading: _Reading) -> None:
    """Take in the body, then wait for the client to read, or to hang up."""
    try:
        is_whole = await _take_in(receive, inlet)
        reading.begin()
        if is_whole:
            while (await receive())["type"] != "http.disconnect":
                continue
        elif inlet.is_stalled:
            return
    except anyio.get_cancelled_exc_class():
        # The thread waits for one of the two.
        inlet.abandon()
        outlet.abandon()
        raise
    inlet.abandon()
    outlet.abandon()


class _Pace:
    """Count what comes in the time of waiting for it."""

    def __init__(self, seconds: float, least_bytes: int) -> None:
        self._seconds, self._least = seconds, least_bytes
        self._waited_s, self._came = 0.0, 0

    def is_missed(self, waited_s: float, came: int) -> bool:
        """Count; say whether the time is over and too little came in it. Then it begins anew."""
        self._waited_s += waited_s
        self._came += came
        if self._waited_s <= self._seconds:
            return False
        missed = self._came < self._least
        self._waited_s, self._came = 0.0, 0
        return missed

    @property
    def words(self) -> str:
        least = f"{self._least // MIB} MiB" if self._least >= MIB else f"{self._least // 1024} KiB"
        return f"等待{self._seconds:.0f}秒收到不足{least}"


async def _take_in(receive: Receive, inlet: Inlet) -> bool:
    """Take in the body; say whether it came to its end."""
    paces = (_Pace(PACE_S, PACE_BYTES), _Pace(LONG_PACE_S, LONG_PACE_BYTES))
    while True:
        message, began = None, anyio.current_time()
        with anyio.move_on_after(SILENT_S):
            message = await receive()
        if message is None:
            inlet.stall("长时间没有收到数据，已停止。")
            return False
        # The time of waiting for the sender alone: whom we keep waiting is not slow.
        waited_s = anyio.current_time() - began
        slow = [pace for pace in paces if pace.is_missed(waited_s, len(message.get("body", b"")))]
        if slow and message.get("more_body", False):
            inlet.stall(f"发送过慢（{slow[0].words}），已停止；可分成小批发送。")
            return False
        if message["type"] == "http.disconnect":
            inlet.abandon()
            return False
        await inlet.put(message.get("body", b""))
        if not message.get("more_body", False):
            inlet.end()
            return True


def as_problem(error: Exception) -> Exception:
    """Return the problem with which a failure is told."""
    if isinstance(error, TableTooLarge):
        return Problem("body-too-large", error.message, {"reason": error.reason})
    if isinstance(error, TableBroken):
        return Problem("malformed-body", error.message, {"reason": error.reason})
    if isinstance(error, pa.ArrowException | UnicodeDecodeError):
        words = "无法按所述格式读取，内容损坏或不完整。"
        return Problem("malformed-body", words, {"reason": "broken"})
    if isinstance(error, DatabaseUnavailable):
        return error
    if isinstance(error, CoverageError):
        # The file of the index was written to meanwhile: the next question reads another.
        return Problem("unavailable", error.message)
    if isinstance(error, GeoError):
        return invalid(error.message, field=error.field or "", reason=error.reason)
    if isinstance(error, OSError | MemoryError):
        logger.error("a batch failed: %s", type(error).__name__)
        return Problem("unavailable", "服务器暂时处理不了这样大的批量，请稍后重试或分批。")
    return error
