"""Measure how long a person waits: the demo from nothing, again, and until a service answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench.processes import (
    WANGGE,
    Finished,
    free_port,
    run_command,
    running,
    wait_until_ready,
)
from bench.results import Measurement, measure
from bench.run import Run, say

FRESH = 2
AGAIN = 3


def start(run: Run) -> Iterator[list[Measurement]]:
    """Time the demo in a fresh var/, the demo again, the service until it answers, the command.

    The environment is made before (pip and npm are not what is measured).
    """
    fresh, again, serving = [], [], []
    for number in range(FRESH):
        var_dir = run.workplace.folder / f"start-{number}"
        say("the demo from nothing, then again, then the service")
        fresh.append(_demo(run, var_dir))
        again += [_demo(run, var_dir) for _ in range(AGAIN)]
        serving.append(_until_ready(run, var_dir))
        run.workplace.clear(var_dir)
    helped = [_command(run, "--help") for _ in range(run.rounds)]
    for job, finished in (
        ("start-demo-fresh", fresh),
        ("start-demo-again", again),
        ("start-command-help", helped),
    ):
        yield [
            measure(job, "wangge", "s", [one.wall_s for one in finished]),
            measure(job, "wangge", "cpu-s", [one.cpu_s for one in finished]),
        ]
    yield [measure("start-serve-ready", "wangge", "s", serving)]


def _demo(run: Run, var_dir: Path) -> Finished:
    environment = run.workplace.environment(var_dir)
    return run_command(
        [*WANGGE, "demo", "--no-serve"], environment=environment, log=run.workplace.log
    )


def _command(run: Run, *arguments: str) -> Finished:
    environment = run.workplace.environment()
    return run_command([*WANGGE, *arguments], environment=environment, log=run.workplace.log)


def _until_ready(run: Run, var_dir: Path) -> float:
    """Return the seconds from the command to the first answer, database stopped before."""
    port = free_port()
    command = [*WANGGE, "serve", "--port", str(port)]
    environment = run.workplace.environment(var_dir)
    began = time.perf_counter()
    with running(command, environment=environment, log=run.workplace.log) as process:
        wait_until_ready(port, "/readyz", process)
        return time.perf_counter() - began
