"""Run a service whose processes are killed with kill -9, and start again what does not recover."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from api.db.cluster_process import server_pid
from bench.processes import NotMeasured, answers, children_of, free_port, stop
from bench.run import say
from bench.soak.campaign import Tally
from bench.workplace import Workplace

REVIVE_S = 15.0
SETTLE_S = 180.0


@dataclass(slots=True)
class MortalService:
    """Hold a service that is started again when what was killed took it along."""

    workplace: Workplace
    extra: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    stack: ExitStack = field(default_factory=ExitStack)
    silent_since: float | None = None

    def start(self) -> None:
        """Start the service and wait until it answers."""
        self.process = self.stack.enter_context(
            self.workplace.serving(self.port, workers=2, extra=self.extra)
        )

    def ensure(self, tally: Tally) -> None:
        """Start the service again when it ended, or when it does not recover by itself."""
        assert self.process is not None
        if self.process.poll() is None:
            if answers(self.port, "/readyz"):
                self.silent_since = None
                return
            self.silent_since = self.silent_since or time.monotonic()
            if time.monotonic() - self.silent_since < REVIVE_S:
                return
            tally.add("restarts because it did not recover")
            stop(self.process)
        self.silent_since = None
        try:
            self.start()
        except NotMeasured as reason:
            # Backends of a killed database may still be there; whoever keeps it tries again.
            tally.add("starts that were refused")
            say(f"{reason}: {self.workplace.last_words(2)}")

    def settle(self, tally: Tally) -> None:
        """Wait until the service answers: the next trial begins with a sound one."""
        assert self.process is not None
        deadline = time.monotonic() + SETTLE_S
        while self.process.poll() is not None or not answers(self.port, "/readyz"):
            if time.monotonic() > deadline:
                raise NotMeasured(f"the service is not up again after {SETTLE_S:.0f} s")
            self.ensure(tally)
            time.sleep(0.2)


Kill = Callable[[MortalService, random.Random], None]


def _children(service: MortalService, kind: str) -> list[int]:
    """Return the processes of a kind, ``web`` or ``scheduler``, that are alive."""
    assert service.process is not None
    return [pid for pid in children_of(service.process.pid) if kind in _words(pid)]


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", errors="replace").split("\0")
    except OSError:
        return []  # it ended while we looked


def _kill_server(service: MortalService, chance: random.Random) -> None:
    if alive := _children(service, "web"):
        os.kill(chance.choice(alive), signal.SIGKILL)


def _kill_scheduler(service: MortalService, chance: random.Random) -> None:
    if alive := _children(service, "scheduler"):
        os.kill(chance.choice(alive), signal.SIGKILL)


def _kill_supervisor(service: MortalService, _chance: random.Random) -> None:
    assert service.process is not None
    service.process.kill()
    service.process.wait()


def _kill_backend(service: MortalService, chance: random.Random) -> None:
    pid = server_pid(service.workplace.cluster.place)
    assert pid is not None
    os.kill(chance.choice(children_of(pid)), signal.SIGKILL)


def _kill_database(service: MortalService, _chance: random.Random) -> None:
    pid = server_pid(service.workplace.cluster.place)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


KILLS: Mapping[str, Kill] = {
    "web server": _kill_server,
    "scheduler": _kill_scheduler,
    "supervisor": _kill_supervisor,
    "database process": _kill_backend,
    "database": _kill_database,
}
