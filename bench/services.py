"""Run our service and its bare peers side by side, and put load on each in turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bench.load import Seen, Traffic, put_load
from bench.processes import free_port, running, tree_cpu_s, wait_until_ready
from bench.results import Measurement, measure
from bench.run import Run
from bench.workplace import Service


@dataclass(frozen=True, slots=True)
class Target:
    """Hold a server and what it is asked."""

    engine: str
    service: Service
    traffic: Traffic


@contextmanager
def peer_service(run: Run, workers: int) -> Iterator[Service]:
    """Run the bare routes with as many processes as ours for the length of the block."""
    port = free_port()
    environment = run.workplace.environment(BENCH_CONNINFO=run.workplace.conninfo())
    command = [sys.executable, "-m", "uvicorn", "bench.peer_service:served"]
    command += ["--port", str(port), "--workers", str(workers)]
    command += ["--no-access-log", "--no-server-header", "--log-level", "warning"]
    with running(command, environment=environment, log=run.workplace.log) as process:
        wait_until_ready(port, "/empty", process)

        def cpu_s() -> float:
            return tree_cpu_s(process.pid) + run.workplace.database_cpu_s()

        yield Service(port, process.pid, cpu_s)


def loads(
    run: Run, targets: Mapping[str, Target], *, connections: int, turn_s: float | None = None
) -> dict[str, list[Seen]]:
    """Put load on each target in turn, several rounds in changing order, after a warm-up.

    ``turn_s`` cuts the same time into more and shorter turns: a machine that goes at another pace
    for some seconds then does so for all.
    """
    seconds = run.load_s if turn_s is None else min(turn_s, run.load_s)
    rounds = max(run.load_rounds, round(run.load_rounds * run.load_s / seconds))
    seen: dict[str, list[Seen]] = {name: [] for name in targets}
    for number in range(-1, rounds):
        order = list(targets)
        run.chance.shuffle(order)
        for name in order:
            target = targets[name]
            found = put_load(
                port=target.service.port,
                traffic=target.traffic,
                connections=connections,
                seconds=seconds if number >= 0 else 1,
                folder=run.workplace.folder,
                run=f"{run.seed}-{name}-{connections}-{number}",
                cpu_s=target.service.cpu_s,
            )
            if number >= 0:
                seen[name].append(found)
    return seen


_UNITS: Mapping[str, Callable[[Seen], float]] = {
    "request/s": lambda seen: seen.per_second,
    "p50 ms": lambda seen: seen.p50_ms,
    "p99 ms": lambda seen: seen.p99_ms,
    "cpu-ms/request": lambda seen: seen.cpu_ms,
}


def figures(
    job: str,
    targets: Mapping[str, Target],
    seen: Mapping[str, list[Seen]],
    differences: Mapping[str, int],
    *,
    unit: str = "request/s",
) -> list[Measurement]:
    """Return throughput, latency and CPU of each target; ``unit`` names the throughput."""
    return [
        measure(
            job,
            target.engine,
            unit if label == "request/s" else label,
            [value(one) for one in seen[name]],
            differences=differences.get(name),
        )
        for name, target in targets.items()
        for label, value in _UNITS.items()
    ]
