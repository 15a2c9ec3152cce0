"""Measure GET /v1/locate under load, beside one PostGIS query per request and an empty route."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from bench.county import FloatArray, mixed_points, read_county
from bench.load import Traffic
from bench.results import IntArray, Measurement, count_differences
from bench.run import Run, say
from bench.services import Target, figures, loads, peer_service
from bench.workplace import ask

CONNECTIONS = (1, 16)
WORKERS = (1, 2)
QUESTIONS = 5000
CHECKED = 300


def locate(run: Run) -> Iterator[list[Measurement]]:
    """Load the services of one and of two processes, one connection and sixteen."""
    points = mixed_points(read_county(), run.seed, QUESTIONS)
    for workers in WORKERS:
        with ExitStack() as stack:
            ours = stack.enter_context(run.workplace.service(workers))
            bare = stack.enter_context(peer_service(run, workers))
            token = run.workplace.login(ours.port)
            targets = {
                "wangge": Target("wangge", ours, Traffic(_paths(points), token)),
                "postgis": Target("postgis", bare, Traffic(_bare_paths(points))),
                "empty": Target("empty", bare, Traffic(["/empty"])),
            }
            wrong = {"wangge": 0, "postgis": _differences(ours.port, token, bare.port, points)}
            for connections in CONNECTIONS:
                job = f"locate-http-w{workers}-c{connections}"
                say(f"{job}: {run.load_s:.0f} s a run, {run.load_rounds} rounds")
                seen = loads(run, targets, connections=connections)
                yield figures(job, targets, seen, wrong)
            if workers == WORKERS[-1]:
                phone = {"phone": Target("wangge", ours, Traffic(_phone_paths(points), token))}
                say("locate-http-phone: GCJ-02 with 20 m of accuracy")
                seen = loads(run, phone, connections=16)
                yield figures(f"locate-http-phone-w{workers}-c16", phone, seen, {})


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
