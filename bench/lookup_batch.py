"""Measure whole columns: a million points, ours beside the best form of every peer.

The county is a made one of 1,173 polygons and 226,389 nodes, another for each seed. Points lie
anywhere in it, or near buildings and along roads; one in a hundred within metres of a border; each
set in random order and in the order of space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from bench.county import County, FloatArray
from bench.coverages import county_like
from bench.hard_coverages import with_enclaves
from bench.lookup_cells import OneCell, top_level_bytes
from bench.lookup_databases import DuckDB, PostGIS
from bench.lookup_engines import (
    Geopandas,
    LookupEngine,
    OurIndex,
    OurIndexTwoThreads,
    Shapely,
    ShapelyByLon,
    ShapelyTree,
    opened,
)
from bench.lookup_processes import OurIndexTwoProcesses
from bench.lookup_sedona import Sedona
from bench.points import clustered_points, in_space_order, uniform_points
from bench.results import IntArray, Measurement, count_differences, measure
from bench.run import Run, say
from bench.timing import Lap, Task, interleave, take_lap

# A quick engine has several turns in a round, of so long each, that make up so much together: the
# pace of a machine may change within a second, and one long turn would meet one pace.
TURN_S, ROUND_S = 0.08, 0.4
# In the order of space the slow ones gain little; they have been asked for both sets by then.
IN_SPACE_ORDER = (
    "wangge",
    "wangge-2-threads",
    "wangge-2-processes",
    "cell-top",
    "cell-64-mb",
    "shapely",
    "shapely-by-lon",
    "sedona",
)
WITH_ENCLAVES = ("wangge", "cell-top", "shapely", "shapely-by-lon")


def batch(run: Run) -> Iterator[list[Measurement]]:
    """Ask all engines for the owners of four sets of points, and of one with enclaves."""
    county = county_like(run.seed)
    uniform = uniform_points(county, run.seed, run.batch_points)
    clustered = clustered_points(county, run.seed + 1, run.batch_points)
    with _engines(county, run) as engines:
        yield _measured("batch-uniform", engines, uniform, run)
        yield _measured("batch-clustered", engines, clustered, run)
        quick = [engine for engine in engines if engine.name in IN_SPACE_ORDER]
        yield _measured("batch-uniform-sorted", quick, in_space_order(uniform), run)
        yield _measured("batch-clustered-sorted", quick, in_space_order(clustered), run)
    with _engines(with_enclaves(county, run.seed), run, WITH_ENCLAVES) as engines:
        yield _measured("batch-enclaves", engines, uniform, run)


def _engines(
    county: County, run: Run, names: Sequence[str] = ()
) -> AbstractContextManager[list[LookupEngine]]:
    """Make those engines that are named, or all; ours first."""
    ours = OurIndex(county)
    makers: dict[str, Callable[[], LookupEngine]] = {
        "wangge": lambda: ours,
        "wangge-2-threads": lambda: OurIndexTwoThreads(ours),
        "wangge-2-processes": lambda: OurIndexTwoProcesses(ours, run.workplace.folder),
        "cell-top": lambda: OneCell("cell-top", county, top_level_bytes(ours.index)),
        "cell-64-mb": lambda: OneCell("cell-64-mb", county, 64_000_000),
        "shapely": lambda: Shapely(county),
        "shapely-by-lon": lambda: ShapelyByLon(county),
        "shapely-tree": lambda: ShapelyTree(county),
        "geopandas": lambda: Geopandas(county),
        "sedona": lambda: Sedona(county),
        "duckdb": lambda: DuckDB(county),
        "postgis": lambda: PostGIS(county, run.workplace),
    }
    return opened(make for name, make in makers.items() if not names or name in names)


def _measured(
    job: str, engines: Sequence[LookupEngine], points: FloatArray, run: Run
) -> list[Measurement]:
    count = points.shape[1]
    say(f"{job}: {count:,} points, {len(engines)} engines, {run.rounds} rounds")
    repeats, turns = {}, {}
    tasks = {}
    for engine in engines:
        engine.load(points)
        took = max(_warm_up(engine), 1e-3)
        again = 1 if run.quick else max(1, round(TURN_S / took))
        turns[engine.name] = 1 if run.quick else max(1, round(ROUND_S / (again * took)))
        repeats[engine.name] = again
        tasks[engine.name] = Task(_again(engine, again), engine.cpu_s)
    laps = interleave(tasks, rounds=run.rounds, chance=run.chance, warm_up=False, turns=turns)
    ours = engines[0].answers()
    found = []
    for engine in engines:
        millions = repeats[engine.name] * count / 1e6
        found += _speeds(job, engine, laps[engine.name], millions, ours)
    return found


def _warm_up(engine: LookupEngine) -> float:
    """Return how long an answer takes when nothing is compiled or planned for the first time."""
    took = take_lap(Task(engine.run, engine.cpu_s)).wall_s
    return took if took > ROUND_S else take_lap(Task(engine.run, engine.cpu_s)).wall_s


def _again(engine: LookupEngine, times: int) -> Callable[[], object]:
    if isinstance(engine, OurIndexTwoProcesses):
        return lambda: engine.run_times(times)

    def run() -> None:
        for _ in range(times):
            engine.run()

    return run


def _speeds(
    job: str, engine: LookupEngine, laps: Sequence[Lap], millions: float, ours: IntArray
) -> list[Measurement]:
    # A read of one cell is the least that any table could do; it knows no owners.
    answered = not isinstance(engine, OneCell)
    differences = count_differences(ours, engine.answers()) if answered else None
    cpu = [millions / max(lap.cpu_s, 1e-6) for lap in laps]
    wall = [millions / lap.wall_s for lap in laps]
    return [
        measure(job, engine.name, "Mpoint/cpu-s", cpu, differences=differences),
        measure(job, engine.name, "Mpoint/s", wall, differences=differences),
    ]
