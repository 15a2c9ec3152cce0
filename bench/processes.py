"""Start the programs that are measured, stop them, and read the CPU they and theirs have used."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.settings import PROJECT_DIR

_TICKS_S = os.sysconf("SC_CLK_TCK")
START_S = 90.0
STOP_S = 20.0
WANGGE = (sys.executable, "-m", "api.cli.main")


class NotMeasured(Exception):
    """Say why a job cannot be measured here; its message is what the run writes down."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Hold what a command took: seconds on the clock, seconds of CPU of it and its children."""

    wall_s: float
    cpu_s: float


def tree_cpu_s(root_pid: int) -> float:
    """Return the CPU seconds that a process, its living children and their dead ones have used.

    Read from /proc (Linux), in ticks of 10 ms; of a process that is gone nothing is counted.
    """
    known = _processes()
    parents = {pid: parent for pid, (parent, _) in known.items()}
    return sum(used for pid, (_, used) in known.items() if _below(pid, root_pid, parents))


def children_of(parent_pid: int) -> list[int]:
    """Return the process ids of the living children, lowest first."""
    return sorted(pid for pid, (parent, _) in _processes().items() if parent == parent_pid)


def _processes() -> dict[int, tuple[int, float]]:
    """Return parent and CPU seconds of every process."""
    known = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text("utf-8", errors="replace")
        except OSError:
            continue  # it ended while we looked
        fields = stat.rpartition(")")[2].split()
        # utime, stime, and the same of children that were waited for
        used = sum(int(ticks) for ticks in fields[11:15]) / _TICKS_S
        known[int(entry.name)] = (int(fields[1]), used)
    return known


def _below(pid: int, root: int, parents: Mapping[int, int]) -> bool:
    while pid > 1:
        if pid == root:
            return True
        pid = parents.get(pid, 0)
    return False


def run_command(arguments: Sequence[str], *, environment: Mapping[str, str], log: Path) -> Finished:
    """Run a command to its end, output into ``log``; raise NotMeasured when it fails."""
    started = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            arguments,
            cwd=PROJECT_DIR,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - started
    if process.returncode != 0:
        raise NotMeasured(f"{' '.join(arguments[2:])} ended with {process.returncode}; see {log}")
    return Finished(wall_s, usage.ru_utime + usage.ru_stime)


@contextmanager
def running(
    arguments: Sequence[str], *, environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a program running for the length of the block, and end it like Ctrl-C would."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            arguments,
            cwd=PROJECT_DIR,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end; kill it when it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until ``path`` answers 200; raise NotMeasured when the process ends or takes too long.

    Looks every 10 ms, so that a cold start is known to about that.
    """
    deadline = time.monotonic() + START_S
    while not answers(port, path):
        if process.poll() is not None:
            raise NotMeasured(f"the server on port {port} ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise NotMeasured(f"the server on port {port} did not answer within {START_S:.0f} s")
        time.sleep(0.01)


def answers(port: int, path: str) -> bool:
    """Say whether a server of ours answers ``path`` with 200 now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
