"""Measure the core job in this process: point → owning grid, in arrays and one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import numpy as np

from bench.county import County, FloatArray, border_points, mixed_points, read_county
from bench.lookup_databases import DuckDB, PostGIS
from bench.lookup_engines import (
    Geopandas,
    LookupEngine,
    OurIndex,
    Shapely,
    ShapelyTree,
    SingleEngine,
    opened,
)
from bench.results import IntArray, Measurement, count_differences, measure
from bench.run import Run, say
from bench.timing import Lap, Task, interleave
from geo.locate.decision import decide
from geo.position import Datum, Position

SINGLE_CHECKED = 60  # the slowest engine asks no more than this a round
DECISIONS = 500


def lookup(run: Run) -> Iterator[list[Measurement]]:
    """Ask all engines for the owners of mixed points and of points on borders, and one by one."""
    county = read_county()
    mixed = mixed_points(county, run.seed, run.points)
    hard = border_points(county, run.seed + 1, run.points // 2)
    with _engines(county, run) as engines:
        yield _arrays("lookup-array", engines, mixed, run)
        yield _arrays("lookup-array-borders", engines, hard, run)
        singles = [engine for engine in engines if isinstance(engine, SingleEngine)]
        yield _singles(singles, mixed, run)
    yield _decisions(county, mixed, run)


def _engines(county: County, run: Run) -> AbstractContextManager[list[LookupEngine]]:
    return opened(
        (
            lambda: OurIndex(county),
            lambda: Shapely(county),
            lambda: ShapelyTree(county),
            lambda: Geopandas(county),
            lambda: PostGIS(county, run.workplace),
            lambda: DuckDB(county),
        )
    )


def _arrays(
    job: str, engines: Sequence[LookupEngine], points: FloatArray, run: Run
) -> list[Measurement]:
    count = points.shape[1]
    say(f"{job}: {count:,} points, {len(engines)} engines, {run.rounds} rounds")
    for engine in engines:
        engine.load(points)
    tasks = {engine.name: Task(engine.run, engine.cpu_s) for engine in engines}
    laps = interleave(tasks, rounds=run.rounds, chance=run.chance)
    ours = engines[0].answers()
    found = []
    for engine in engines:
        differences = count_differences(ours, engine.answers())
        found += _speeds(job, engine.name, laps[engine.name], count / 1e6, differences)
    return found


def _speeds(
    job: str, engine: str, laps: Sequence[Lap], millions: float, differences: int
) -> list[Measurement]:
    wall = [millions / lap.wall_s for lap in laps]
    cpu = [millions / lap.cpu_s for lap in laps if lap.cpu_s > 0]
    return [
        measure(job, engine, "Mpoint/s", wall, differences=differences),
        measure(job, engine, "Mpoint/cpu-s", cpu, differences=differences),
    ]


def _singles(engines: Sequence[SingleEngine], points: FloatArray, run: Run) -> list[Measurement]:
    say("lookup-single: one question at a time")
    questions = points.T.tolist()
    tasks = {
        engine.name: Task(_asking(engine, questions[: engine.calls]), engine.cpu_s)
        for engine in engines
    }
    laps = interleave(tasks, rounds=run.rounds, chance=run.chance)
    checked = questions[:SINGLE_CHECKED]
    ours = _one_by_one(engines[0], checked)
    found = []
    for engine in engines:
        differences = count_differences(ours, _one_by_one(engine, checked))
        for unit, seconds in (
            ("µs", [lap.wall_s for lap in laps[engine.name]]),
            ("cpu-µs", [lap.cpu_s for lap in laps[engine.name]]),
        ):
            values = [1e6 * s / engine.calls for s in seconds]
            found.append(
                measure("lookup-single", engine.name, unit, values, differences=differences)
            )
    return found


def _asking(engine: SingleEngine, questions: Sequence[list[float]]) -> Callable[[], object]:
    def ask() -> None:
        for lon, lat in questions:
            engine.single(lon, lat)

    return ask


def _one_by_one(engine: SingleEngine, questions: Sequence[list[float]]) -> IntArray:
    return np.array([engine.single(lon, lat) for lon, lat in questions], dtype=np.int64)


def _decisions(county: County, points: FloatArray, run: Run) -> list[Measurement]:
    """Time the whole decision, with reasons and trace: a bare point, and a phone's position."""
    held = county.as_map()
    kinds = {"decision": (Datum.CGCS2000, 0.0), "decision-phone": (Datum.GCJ02, 20.0)}
    found = []
    for job, (datum, accuracy_m) in kinds.items():
        positions = [
            Position(lon=lon, lat=lat, datum=datum, accuracy_m=accuracy_m)
            for lon, lat in points.T[:DECISIONS].tolist()
        ]

        def work(positions: Sequence[Position] = positions) -> None:
            for position in positions:
                decide(county=held, position=position, match=None)

        laps = interleave({job: Task(work)}, rounds=run.rounds, chance=run.chance)[job]
        values = [1e6 * lap.wall_s / len(positions) for lap in laps]
        found.append(measure(job, "wangge", "µs", values))
    return found
