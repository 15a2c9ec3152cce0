"""Hand the body of a request from the event loop to the thread that reads it, within bounds."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections import deque
from typing import Final

from api.locating.batch.turns import Turns
from api.problems import Problem
from geo.tables.refusal import TableBroken
from geo.tables.source import Source

MIB: Final = 1024 * 1024
_MOST_WAITING: Final = 4 * MIB
_PIECE: Final = 256 * 1024


class Gone(Exception):
    """Say that nobody waits for the answer any more."""


class Inlet:
    """Take pieces on one side and give as many bytes as are asked for on the other.

    When more wait than are asked for, whoever brings them has to wait: TCP then slows the client.
    """

    def __init__(self, turns: Turns) -> None:
        """Begin empty; made on the event loop."""
        self._turns = turns
        self._change = threading.Condition()
        self._pieces: deque[bytes | memoryview] = deque()
        self._size = self._wanted = 0
        self._is_full = False
        self._stalled_words = ""
        self._ended = self._closed = self._gone = self.is_stalled = False
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Event()

    async def put(self, piece: bytes) -> None:
        """Bring a piece, and wait until there is room for the next."""
        with self._change:
            if self._closed:
                return
            if piece:
                self._pieces.append(piece)
                self._size += len(piece)
                # Not for every piece: each waking costs both threads their turn.
                if self._is_there():
                    self._change.notify()
        while True:
            with self._change:
                if self._has_room():
                    return
                self._room.clear()
                self._is_full = True
            await self._room.wait()

    def _has_room(self) -> bool:
        return self._closed or self._size < max(_MOST_WAITING, self._wanted)

    def _call_for_more(self) -> None:
        """Let whoever waits with the next piece bring it; called while nothing changes."""
        if self._is_full and self._has_room():
            self._is_full = False
            self._loop.call_soon_threadsafe(self._room.set)

    def end(self) -> None:
        """Say that the body is whole."""
        with self._change:
            self._ended = True
            self._change.notify()

    def abandon(self) -> None:
        """Say that the client has gone."""
        with self._change:
            self._gone = True
            self._change.notify()

    def stall(self, sentence: str) -> None:
        """Say that too little has come from the client for too long, in words for it."""
        with self._change:
            self.is_stalled, self._stalled_words = True, sentence
            self._change.notify()

    def close(self) -> None:
        """Want no more: what still comes is thrown away."""
        with self._change:
            self._closed = True
            self._pieces.clear()
            self._call_for_more()

    def read(self, size: int, /) -> bytes:
        """Return the next ``size`` bytes, fewer at the end alone; raise Gone."""
        with self._change:
            self._wanted = size
            there = self._is_there()
            self._call_for_more()
        if not there:
            self._turns.give()
            try:
                with self._change:
                    self._change.wait_for(self._is_there)
            finally:
                self._turns.take()
        with self._change:
            if self._gone:
                raise Gone
            if self.is_stalled:
                raise TableBroken("stalled", self._stalled_words)
            taken = self._taken(size)
            self._wanted = 0
            self._call_for_more()
        return taken

    def _is_there(self) -> bool:
        return self._size >= self._wanted or self._ended or self._gone or self.is_stalled

    def _taken(self, size: int) -> bytes:
        parts: list[bytes | memoryview] = []
        missing = min(size, self._size)
        self._size -= missing
        while missing:
            piece = self._pieces.popleft()
            if len(piece) > missing:
                # The rest is not copied for the sake of the few bytes before it.
                rest = memoryview(piece)
                self._pieces.appendleft(rest[missing:])
                piece = rest[:missing]
            parts.append(piece)
            missing -= len(piece)
        if len(parts) == 1 and isinstance(parts[0], bytes):
            return parts[0]
        return b"".join(parts)


class Unpacked:
    """Unpack gzip as it is read: never more at once than is asked for."""

    def __init__(self, source: Source) -> None:
        """Take the packed bytes from ``source``."""
        self._source = source
        self._unpacking = zlib.decompressobj(wbits=31)
        self._packed = b""
        self._begun = self._ended = False

    def read(self, size: int, /) -> bytes:
        """Return the next ``size`` bytes, fewer at the end alone; raise TableBroken for garbage."""
        parts: list[bytes] = []
        missing = size
        while missing and not self._ended:
            piece = self._piece(missing)
            parts.append(piece)
            missing -= len(piece)
        return b"".join(parts)

    def _piece(self, most: int) -> bytes:
        if not self._packed:
            self._packed = self._source.read(_PIECE)
            if not self._packed:
                # A member that was begun must be whole; none at all is a body of no bytes.
                if self._begun:
                    raise _no_gzip()
                self._ended = True
                return b""
        self._begun = True
        try:
            piece = self._unpacking.decompress(self._packed, most)
        except zlib.error:
            raise _no_gzip() from None
        self._packed = self._unpacking.unconsumed_tail
        if self._unpacking.eof:
            # Another member may follow.
            self._packed = self._unpacking.unused_data
            self._unpacking = zlib.decompressobj(wbits=31)
            self._begun = False
        return piece


def _no_gzip() -> TableBroken:
    return TableBroken("bad_gzip", "gzip 内容损坏或不完整，无法解压。")


def read_all(source: Source, most_bytes: int, *, advice: str) -> bytes:
    """Return the whole body; raise Problem 413 when it is larger."""
    parts: list[bytes] = []
    size = 0
    while piece := source.read(MIB):
        size += len(piece)
        if size > most_bytes:
            raise too_large(most_bytes, advice)
        parts.append(piece)
    return b"".join(parts)


def too_large(most_bytes: int, advice: str) -> Problem:
    """Return the refusal of a body above its limit."""
    words = f"请求体超过上限{most_bytes // MIB} MiB，{advice}。"
    return Problem("body-too-large", words, {"limit_bytes": most_bytes})
