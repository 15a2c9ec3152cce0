"""Wait until a signal asks to stop.

A handler runs between any two steps of the main thread. ``threading.Event.set`` takes a lock that
the main thread may hold at that very step, inside ``wait``: then both wait for ever. A byte
written into a pipe takes none.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterable
from types import FrameType


class StopSignal:
    """Remember that one of some signals came, and wake whoever waits. For the main thread."""

    def __init__(self) -> None:
        """Prepare; nothing is listened to yet."""
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self.asked = False

    def listen(self, numbers: Iterable[int]) -> None:
        """Handle these signals, but for those that are ignored, to the end of the process."""
        for number in numbers:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._note)

    def wait(self, seconds: float) -> bool:
        """Return whether somebody asked to stop, at the latest after ``seconds``."""
        if not self.asked:
            select.select([self._read], [], [], seconds)
        return self.asked

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        if not self.asked:
            self.asked = True
            os.write(self._write, b"x")
