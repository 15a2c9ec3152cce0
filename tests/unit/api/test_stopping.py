"""A process that waits for a signal is woken by it, at whatever step it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from api.stopping import StopSignal

# The signal comes at the n-th line that the waiting runs through, for every n. The same with an
# event of ``threading`` hangs at the line after it took its lock.
EVERY_STEP = """
import signal, sys
from api.stopping import StopSignal
for place in range(1, 40):
    stop = StopSignal()
    stop.listen([signal.SIGTERM])
    left = place
    def trace(frame, event, argument):
        global left
        left -= 1
        if left == 0:
            signal.raise_signal(signal.SIGTERM)
        return trace
    sys.settrace(trace)
    stop.wait(0.01)
    sys.settrace(None)
    assert stop.asked or left > 0
print("done")
"""


@pytest.fixture
def stop() -> StopSignal:
    return StopSignal()


def test_waiting_ends_with_the_signal(stop: StopSignal) -> None:
    before = signal.getsignal(signal.SIGUSR1)
    stop.listen([signal.SIGUSR1])
    try:
        assert not stop.wait(0.0)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        started = time.monotonic()
        assert stop.wait(30.0)
        assert time.monotonic() - started < 20
        assert stop.wait(30.0)  # and stays so
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_signal_that_is_ignored_stays_ignored(stop: StopSignal) -> None:
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        stop.listen([signal.SIGUSR1])
        os.kill(os.getpid(), signal.SIGUSR1)
        assert not stop.wait(0.0)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_signals_at_any_step_of_the_waiting_never_lock_it_up() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EVERY_STEP],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == "done\n", done.stderr
