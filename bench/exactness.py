"""Hold our answers against "covers, the lowest code": every difference is counted.

The reference is shapely, polygon by polygon over the candidates: the predicate of GEOS on the
stored doubles. PostGIS is asked for a million points more; where ST_Covers, which takes a shortcut
that rounds, differs from ours, GEOS inside PostGIS (ST_Relate) decides.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.county import County, FloatArray, mixed_points, read_county
from bench.coverages import county_like
from bench.hard_coverages import shuffled, with_enclaves, with_overlaps
from bench.lookup_databases import PostGIS
from bench.lookup_engines import OurIndex, OurIndexTwoThreads, Shapely
from bench.points import edge_points, uniform_points, vertex_points
from bench.processes import NotMeasured
from bench.results import Measurement, count_differences, measure
from bench.run import Run, say

FULL_TIMES = 10  # the ordinary points of the large form, in lots of this many
ONE_BY_ONE = 2_000


def exact(run: Run) -> Iterator[list[Measurement]]:
    """Compare on ordinary points, every vertex and points on edges, coverage by coverage."""
    made = shuffled(county_like(run.seed), run.seed)
    coverages = {
        "demo": read_county(),
        "plain": made,
        "enclaves": with_enclaves(made, run.seed),
        "overlaps": with_overlaps(made, run.seed),
    }
    for number, (name, county) in enumerate(coverages.items()):
        ours, theirs = OurIndex(county), Shapely(county)
        two = OurIndexTwoThreads(ours)
        for kind, lots in _kinds(county, run, run.seed + 10 * number).items():
            asked = wrong = threads_wrong = 0
            for points in lots:
                for engine in (ours, two, theirs):
                    engine.load(points)
                    engine.run()
                asked += points.shape[1]
                wrong += count_differences(ours.answers(), theirs.answers())
                threads_wrong += count_differences(ours.answers(), two.answers())
            job = f"exact-{name}-{kind}"
            say(f"{job}: {asked:,} points, {wrong} differ")
            yield [
                _found(job, "shapely", asked, wrong),
                _found(job, "wangge-2-threads", asked, threads_wrong),
                _one_by_one(job, ours, points),
            ]
    yield _in_postgis(coverages["enclaves"], run)


def _kinds(county: County, run: Run, seed: int) -> dict[str, Iterator[FloatArray]]:
    """Return lots of points by kind, each made when it is asked for."""
    count = run.batch_points
    lots = FULL_TIMES if run.full else 1

    def ordinary() -> Iterator[FloatArray]:
        for lot in range(lots):
            make = mixed_points if lot % 2 else uniform_points
            yield make(county, seed + lot, count)

    return {
        "ordinary": ordinary(),
        "vertices": iter([vertex_points(county)]),
        "edges": iter([edge_points(county, seed, count)]),
    }


def _found(job: str, engine: str, asked: int, wrong: int) -> Measurement:
    return measure(job, engine, "points", [float(asked)], differences=wrong)


def _one_by_one(job: str, ours: OurIndex, points: FloatArray) -> Measurement:
    """Ask some points one by one: the owner, and the first of all that cover."""
    some = points[:, :ONE_BY_ONE]
    codes = np.array([*ours.index.codes, None], dtype=object)
    expected = codes[ours.answers()[: some.shape[1]]]
    wrong = 0
    for (lon, lat), code in zip(some.T.tolist(), expected.tolist(), strict=True):
        covering = ours.index.covering(lon=lon, lat=lat)
        first = covering[0] if covering else None
        wrong += ours.index.owner(lon=lon, lat=lat) != code or first != code
    return _found(job, "wangge-one-by-one", some.shape[1], wrong)


def _in_postgis(county: County, run: Run) -> list[Measurement]:
    """Ask PostGIS for ordinary points, vertices and points on edges, a mix of them."""
    share = run.batch_points * 2 // 5
    vertices = vertex_points(county)[:, : run.batch_points // 5]
    points = np.ascontiguousarray(
        np.concatenate(
            [
                mixed_points(county, run.seed + 90, share),
                edge_points(county, run.seed + 91, share),
                vertices,
            ],
            axis=1,
        )
    )
    try:
        theirs = PostGIS(county, run.workplace)
    except NotMeasured as reason:
        say(f"not measured: {reason}")
        return []
    ours = OurIndex(county)
    try:
        for engine in (ours, theirs):
            engine.load(points)
            engine.run()
        owners = ours.answers()
        rounded = np.flatnonzero(owners != theirs.answers())
        wrong = sum(
            theirs.single_by_geos(*points[:, index].tolist()) != owners[index]
            for index in rounded.tolist()
        )
    finally:
        theirs.close()
    job = "exact-enclaves-postgis"
    say(f"{job}: {len(owners):,} points, {wrong} differ; ST_Covers rounds {len(rounded)}")
    return [
        _found(job, "postgis", len(owners), wrong),
        measure(job, "postgis", "points rounded by ST_Covers", [float(len(rounded))]),
    ]
