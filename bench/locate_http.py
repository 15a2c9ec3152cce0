"""Measure GET /v1/locate under load, beside what an empty route costs and one PostGIS query.

Ours and the empty route are served by the same processes, behind the same edge and the same look
at the login. The peers are bare: no login, no checks, no reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from bench.county import FloatArray, mixed_points, read_county
from bench.load import Traffic
from bench.results import IntArray, Measurement, count_differences
from bench.run import Run, say
from bench.services import Target, figures, loads, peer_service
from bench.with_empty_route import PATH as EMPTY
from bench.with_empty_route import PROGRAM
from bench.workplace import Service, ask

CONNECTIONS = (1, 16)
WORKERS = (1, 2)
QUESTIONS = 5000
# With one connection this machine goes at either of two paces, for some seconds each.
TURN_S = 1.0
CHECKED = 300


def locate(run: Run) -> Iterator[list[Measurement]]:
    """Load the services of one and of two processes, one connection and sixteen."""
    points = mixed_points(read_county(), run.seed, QUESTIONS)
    for workers in WORKERS:
        with ExitStack() as stack:
            ours = stack.enter_context(run.workplace.service(workers, program=PROGRAM))
            bare = stack.enter_context(peer_service(run, workers))
            token = run.workplace.login(ours.port)
            targets = {
                "wangge": Target("wangge", ours, Traffic(_paths(points), token)),
                "empty": Target("empty", ours, Traffic([EMPTY], token)),
                "postgis": Target("postgis", bare, Traffic(_bare_paths(points))),
                "fastapi": Target("fastapi", bare, Traffic(["/empty"])),
                "asgi": Target("asgi", bare, Traffic(["/asgi"])),
            }
            wrong = {"wangge": 0, "postgis": _differences(ours.port, token, bare.port, points)}
            for connections in CONNECTIONS:
                job = f"locate-http-w{workers}-c{connections}"
                say(
                    f"{job}: {run.load_rounds} times {run.load_s:.0f} s, in turns of {TURN_S:.0f} s"
                )
                seen = loads(run, targets, connections=connections, turn_s=TURN_S)
                yield figures(job, targets, seen, wrong)
            if workers == WORKERS[-1]:
                yield from _other_questions(run, ours, token, points)


def _other_questions(
    run: Run, ours: Service, token: str, points: FloatArray
) -> Iterator[list[Measurement]]:
    """Load with questions that have more to them: a phone's position, one at a known instant."""
    kinds: Mapping[str, list[str]] = {
        "phone": _phone_paths(points),
        "dated": [f"{path}&at=2026-11-20T14:05:00Z" for path in _paths(points)],
    }
    for kind, paths in kinds.items():
        target = {kind: Target("wangge", ours, Traffic(paths, token))}
        say(f"locate-http-{kind}")
        seen = loads(run, target, connections=CONNECTIONS[-1])
        yield figures(f"locate-http-{kind}-w{WORKERS[-1]}-c{CONNECTIONS[-1]}", target, seen, {})


def _paths(points: FloatArray) -> list[str]:
    return [f"/v1/locate?lon={lon!r}&lat={lat!r}&crs=cgcs2000" for lon, lat in points.T.tolist()]


def _phone_paths(points: FloatArray) -> list[str]:
    return [
        f"/v1/locate?lon={lon:.6f}&lat={lat:.6f}&crs=gcj02&accuracy_m=20"
        for lon, lat in points.T.tolist()
    ]


def _bare_paths(points: FloatArray) -> list[str]:
    return [f"/owner?lon={lon!r}&lat={lat!r}" for lon, lat in points.T.tolist()]


def _differences(ours: int, token: str, bare: int, points: FloatArray) -> int:
    """Return how many of the first points the bare service gives to another grid."""
    some = points[:, :CHECKED]
    headers = {"Authorization": f"Bearer {token}"}
    own = _asked(_paths(some), lambda path: ask(ours, "GET", path, headers=headers))
    other = _asked(_bare_paths(some), lambda path: ask(bare, "GET", path))
    return count_differences(own, other)


def _asked(paths: Sequence[str], question: Callable[[str], dict[str, Any]]) -> IntArray:
    owners = []
    for path in paths:
        grid = question(path)["grid"]
        code = grid["code"] if isinstance(grid, dict) else grid
        owners.append(-1 if code is None else int(code))
    return np.array(owners, dtype=np.int64)
