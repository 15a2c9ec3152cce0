"""Hand the answer from the thread that writes it to the event loop, at the client's pace.

A client may send all of its body before it reads a byte. So what it has not taken yet lies in
memory, and beyond that in a file. Only where the disk has no room for that is the body not read on
before the client reads, or others have freed the disk.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import IO, Final

from api.locating.batch.inlet import MIB, Gone
from api.locating.batch.parking import Share, no_room
from api.locating.batch.turns import Turns

# The answer begins when it is whole, or larger than this: smaller ones are refused or complete.
HELD_BACK: Final = 8 * MIB
_MOST_IN_MEMORY: Final = 16 * MIB
_MOST_IN_FILE: Final = 8 * 1024 * MIB
STALLED_S: Final = 300.0
# How long a batch waits for the disk while its client takes nothing.
ROOM_S: Final = 10.0
_LOOK_S: Final = 0.5
# What is taken at once meanwhile, so that a slow client is seen to take something.
_SMALL: Final = 256 * 1024
# A piece that is on its way when the waiting begins gets time for so many bytes a second.
_SLOWEST: Final = 64 * 1024


class Outlet:
    """Keep what was written until it is taken, or until the client or the disk gives out."""

    def __init__(self, turns: Turns, folder: Path, share: Share) -> None:
        """Begin empty; made on the event loop. What memory does not hold lies in ``folder``."""
        self._turns, self._folder, self._share = turns, folder, share
        self._change = threading.Condition()
        self._pieces: deque[bytes | memoryview] = deque()
        self._in_memory = 0
        self._file: IO[bytes] | None = None
        self._filed = self._read = self._takes = self._on_its_way = 0
        self._is_short = False
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._gone = False
        self.ended = False
        self.begun = False
        self.size = 0

    def write(self, *pieces: bytes | memoryview, is_last: bool = False) -> None:
        """Add pieces; raise Gone when nobody takes them any more, Problem 507 for a full disk."""
        given = [piece for piece in pieces if len(piece)]
        if not given:
            return
        with self._change:
            if self._gone:
                raise Gone
            for piece in given:
                self._add(piece)
            full, crowded = not self._has_room(), self._is_crowded()
        self._tell()
        if full and not is_last:
            self._wait_for_room()
        if crowded and not is_last:
            self._wait_for_others()

    def _add(self, piece: bytes | memoryview) -> None:
        self.size += len(piece)
        if self._filed == self._read and self._in_memory < _MOST_IN_MEMORY:
            self._pieces.append(piece)
            self._in_memory += len(piece)
        else:
            self._put_in_file(piece)

    def _wait_for_room(self) -> None:
        with self._turn_given(), self._change:
            self._change.wait_for(self._has_room, timeout=STALLED_S)
            # Whoever takes too little is given up, and what is left does not end the answer.
            self._gone = self._gone or not self._has_room()
            if self._gone:
                raise Gone

    def _wait_for_others(self) -> None:
        """Wait until the disk has room, as long as the client reads, which makes some.

        Raise Problem 507 when it does not: the answer ends with these words.
        """
        with self._turn_given(), self._change:
            self._is_short = True
            takes, until = self._takes, monotonic() + ROOM_S + self._on_its_way / _SLOWEST
            while not self._gone and self._is_crowded():
                if takes != self._takes:
                    takes, until = self._takes, monotonic() + ROOM_S
                elif monotonic() >= until:
                    raise no_room()
                # Others tell nobody that they have gone.
                self._change.wait(min(_LOOK_S, ROOM_S))
            self._is_short = False
            if self._gone:
                raise Gone

    @contextmanager
    def _turn_given(self) -> Iterator[None]:
        self._turns.give()
        try:
            yield
        finally:
            self._turns.take()

    def _has_room(self) -> bool:
        return self._gone or self._filed - self._read <= _MOST_IN_FILE

    def _is_crowded(self) -> bool:
        return self._filed > self._read and not self._share.has_room(self._folder)

    def _put_in_file(self, piece: bytes | memoryview) -> None:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed below
        self._file.seek(self._filed)
        self._file.write(piece)
        self._filed += len(piece)
        self._share.take(len(piece))

    def end(self) -> None:
        """Say that nothing follows."""
        with self._change:
            self.ended = True
        self._tell()

    def discard(self) -> bool:
        """Throw away what was written if the answer has not begun; say whether that was so."""
        with self._change:
            if self.begun:
                return False
            self._pieces.clear()
            self.ended = True
        self._tell()
        return True

    def abandon(self) -> None:
        """Say that the client has gone."""
        with self._change:
            self._gone = True
            self._change.notify()
        self._tell()

    def close(self) -> None:
        """Let the file go."""
        with self._change:
            if self._file is not None:
                self._file.close()
                self._share.give_back(self._filed)
                self._filed = self._read = 0

    def _tell(self) -> None:
        self._loop.call_soon_threadsafe(self._news.set)

    async def ready(self) -> None:
        """Wait until the answer is whole, or too large to be held back; raise Gone."""
        while True:
            with self._change:
                if self._gone:
                    raise Gone
                if self.ended or self.size > HELD_BACK:
                    self.begun = True
                    return
                self._news.clear()
            await self._news.wait()

    async def take(self) -> bytes | memoryview | None:
        """Return the next piece, None behind the last; raise Gone."""
        while True:
            with self._change:
                if self._gone:
                    raise Gone
                if self._pieces:
                    return self._from_memory()
                if self._file is not None and self._read < self._filed:
                    return self._from_file(self._file)
                if self.ended:
                    return None
                self._news.clear()
            await self._news.wait()

    def _from_memory(self) -> bytes | memoryview:
        piece = self._pieces.popleft()
        if self._is_short and len(piece) > _SMALL:
            self._pieces.appendleft(memoryview(piece)[_SMALL:])
            piece = memoryview(piece)[:_SMALL]
        self._in_memory -= len(piece)
        self._on_its_way = len(piece)
        self._takes += 1
        return piece

    def _from_file(self, file: IO[bytes]) -> bytes:
        file.seek(self._read)
        piece = file.read(min(_SMALL if self._is_short else MIB, self._filed - self._read))
        self._read += len(piece)
        self._on_its_way = len(piece)
        self._takes += 1
        if self._read == self._filed:
            self._share.give_back(self._filed)
            self._read = self._filed = 0
            file.truncate(0)
        # Who waits for the disk looks by itself whether the client reads.
        if not self._is_short or not self._filed:
            self._change.notify()
        return piece
