"""Do heavy geometry in a process of its own that is killed when its time is over.

A drawing can be made so that its topology takes minutes, and nothing can stop the library in the
middle of it. So whatever is not bounded to be small (see ``geometry_cost``) is done elsewhere;
no transaction is open and no lock is held meanwhile.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import api
from api.plans.geometry_steps import Step
from api.plans.geometry_wire import Job, read_steps, write_job
from api.problems import Problem
from geo.redraw.refusal import RedrawError

logger = logging.getLogger("wangge.geometry")

# Whoever comes while all places are taken waits so long, and so many may wait for one place.
PATIENCE_S: Final = 5.0
_WAITING: Final = 4
_COME_AGAIN_S: Final = 5
# Isolated mode ignores the environment and the current folder: our own package is named here.
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from api.plans.geometry_child import main; main()"
)
# The whole of it: no address of a database, no login.
_ENVIRONMENT: Final = {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class GeometryProcesses:
    """Run jobs in child processes, so many at once and so long at most."""

    def __init__(self, *, seconds: float, at_once: int) -> None:
        """Keep the limits of this server process."""
        self.seconds = seconds
        self._running = threading.BoundedSemaphore(at_once)
        self._known = threading.BoundedSemaphore(at_once * (1 + _WAITING))

    def run(self, job: Job, *, times: int = 1) -> list[Step]:
        """Return what came of each operation of a job, to the byte as in this process.

        It may take ``times`` the time of one operation. Raises RedrawError ``took_too_long``, and
        Problem 503 when too much is being worked on or the child was killed from outside. No
        process and no file is left in any case.
        """
        with self._place():
            return read_steps(self._answer(write_job(job), self.seconds * times))

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._known.acquire(blocking=False):
            raise _busy()
        try:
            if not self._running.acquire(timeout=PATIENCE_S):
                raise _busy()
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._known.release()

    def _answer(self, job: bytes, seconds: float) -> bytes:
        root = Path(api.__file__).resolve().parent.parent
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, "-I", "-X", "utf8", "-c", _START, str(root)],
            env=_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            answer, complaint = process.communicate(job, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise RedrawError(
                "took_too_long",
                f"图形太复杂，{seconds:g}秒内未能算完，已停止，方案没有改变；"
                "请缩小范围、减少新网格或画线的点数后重试。",
            ) from None
        finally:
            _end(process)
        if process.returncode < 0:
            logger.warning("a geometry process ended by signal %d", -process.returncode)
            words = "图形计算被中断，方案没有改变，请重试。"
            raise Problem("unavailable", words, headers={"Retry-After": "1"})
        if process.returncode != 0:
            raise ChildFailedError(complaint.decode("utf-8", "replace")[-2_000:])
        return answer


class ChildFailedError(RuntimeError):
    """Say that a geometry process ended with a defect of ours, with its last words."""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the child's whole group if it still runs, and leave neither it nor its pipes."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _busy() -> Problem:
    words = "正在计算的图形太多，请稍后重试。"
    return Problem("unavailable", words, headers={"Retry-After": str(_COME_AGAIN_S)})
