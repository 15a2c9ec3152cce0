"""Keep the processes of the service running: several web servers and one scheduler.

Children live in sessions of their own, so a Ctrl-C reaches only the supervisor, which then ends
them in order. A child that dies is replaced; one that cannot start ends the service.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.cli.refusal import Refused
from api.stopping import StopSignal

CHILD = (sys.executable, "-m", "api.cli.child")
_STOP_S = 8.0
_LOOK_S = 0.25
_QUICK_S = 10.0
_MOST_QUICK_ENDS = 3


@dataclass(slots=True)
class _Child:
    arguments: Sequence[str]
    socket: socket.socket | None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    quick_ends: int = 0


class Supervisor:
    """Start, watch and stop the children; hold what they need meanwhile."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        *,
        environment: Mapping[str, str],
        log: Path | None = None,
        program: Sequence[str] = CHILD,
        web_arguments: Sequence[str] = (),
    ) -> None:
        """Prepare one web server per socket and the scheduler; ``log`` gets what they print.

        ``web_arguments`` go to the web servers alone.
        """
        self._program = program
        self._children = [_Child(("web", *web_arguments), listener) for listener in sockets]
        self._children.append(_Child(("scheduler",), None))
        self._environment = dict(environment)
        self._log = log
        self._alive_read, self._alive_write = os.pipe()
        self._stop = StopSignal()

    def __enter__(self) -> Supervisor:
        """Start the children and listen to the signals that end the service.

        The handlers stay to the end of the process: a second Ctrl-C must not interrupt the
        stopping half-way.
        """
        self._stop.listen((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        for child in self._children:
            self._start(child)
        return self

    def __exit__(self, *_error: object) -> None:
        """End every child and release the sockets and the pipe."""
        processes = [child.process for child in self._children if child.process is not None]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + _STOP_S
        for process in processes:
            try:
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for child in self._children:
            if child.socket is not None:
                child.socket.close()
        os.close(self._alive_read)
        os.close(self._alive_write)

    @property
    def stopping(self) -> bool:
        """Say whether somebody asked the service to end."""
        return self._stop.asked

    def watch(self, *, for_s: float | None = None) -> None:
        """Replace children that end, until asked to stop or for ``for_s`` seconds.

        Raises Refused when a child keeps ending right after its start.
        """
        end = None if for_s is None else time.monotonic() + for_s
        while not self._stop.asked and (end is None or time.monotonic() < end):
            for child in self._children:
                if child.process is not None and child.process.poll() is not None:
                    self._replace(child)
            self._stop.wait(_LOOK_S if for_s is None else min(_LOOK_S, for_s))

    def _replace(self, child: _Child) -> None:
        quick = time.monotonic() - child.started_at < _QUICK_S
        child.quick_ends = child.quick_ends + 1 if quick else 0
        if child.quick_ends >= _MOST_QUICK_ENDS:
            where = f"what it printed is in {self._log}" if self._log else "see its messages above"
            raise Refused(f"The {child.arguments[0]} process does not stay up; {where}.")
        self._start(child)

    def _start(self, child: _Child) -> None:
        command = [*self._program, *child.arguments]
        command += ["--alive", str(self._alive_read)]
        inherited = [self._alive_read]
        if child.socket is not None:
            command += ["--socket", str(child.socket.fileno())]
            inherited.append(child.socket.fileno())
        output = self._log.open("ab") if self._log is not None else None
        try:
            child.process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=inherited,
                start_new_session=True,
            )
        finally:
            if output is not None:
                output.close()
        child.started_at = time.monotonic()
