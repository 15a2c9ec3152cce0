"""Wait for what another thread or process is about to do."""

from __future__ import annotations

import time
from collections.abc import Callable

MOST_S = 15.0


def wait_until(condition: Callable[[], bool], *, what: str = "it") -> None:
    """Return as soon as ``condition`` holds; fail when it does not within ``MOST_S``."""
    deadline = time.monotonic() + MOST_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {MOST_S:.0f} s"
        time.sleep(0.01)
