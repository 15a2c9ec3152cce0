"""Let batches in, a few at a time, and let one of them work at a time."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from api.locating.batch.parking import Parking
from api.problems import Problem

MOST_OPEN: Final = 8
MOST_OF_ONE_CALLER: Final = 4
_RETRY_S: Final = "2"


class Turns:
    """Give one batch of a process the turn, in the order in which they ask.

    Whoever waits for bytes or for room gives it back: a slow client holds up nobody, and single
    questions of the same process always have a rival or none, never eight.
    """

    def __init__(self) -> None:
        """Begin with nobody's turn."""
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def take(self) -> None:
        """Wait for the turn."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait()

    def give(self) -> None:
        """Hand the turn to whoever has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False

    def pass_on(self) -> None:
        """Let others have a turn in between, when there are any."""
        if self._waiting:
            self.give()
            self.take()


class Gate:
    """Count the batches that are open in this process, and refuse more than memory allows for."""

    def __init__(self, parking: Parking | None = None) -> None:
        """Begin with none; ``parking`` is where they leave what nobody has read yet."""
        self.turns = Turns()
        self.parking = parking or Parking()
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()

    @contextmanager
    def entered(self, caller: str) -> Iterator[None]:
        """Hold a place for the length of a batch; raise Problem 429 or 503 when all are taken."""
        with self._lock:
            if self._open[caller] >= MOST_OF_ONE_CALLER:
                words = f"同一账号同时只能有{MOST_OF_ONE_CALLER}个批量定位，请等前面的完成。"
                raise Problem("too-many-requests", words, headers={"Retry-After": _RETRY_S})
            if self._open.total() >= MOST_OPEN:
                words = "正在处理的批量定位已满，请稍后重试。"
                raise Problem("unavailable", words, headers={"Retry-After": _RETRY_S})
            self._open[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[caller] -= 1
                if not self._open[caller]:
                    del self._open[caller]
