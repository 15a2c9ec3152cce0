"""Hold the figures against what is promised: ratios of one run, each met or missed.

A target names jobs by a pattern; where several match, the worst of them counts. A job adds its
targets here, one entry each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.results import OURS, shown

Row = dict[str, Any]
DIFFERENCES = "differences"


@dataclass(frozen=True, slots=True)
class Target:
    """Hold one promise about ``engine`` in all jobs that ``job`` matches, in ``unit``.

    With ``over`` the figure is the ratio to that engine's, of the same job or of ``over_job``.
    The unit DIFFERENCES stands for the number of answers that differ from ours. ``engine`` may
    be a pattern as well.
    """

    what: str
    job: str
    unit: str
    engine: str = OURS
    over: str = ""
    over_job: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def wanted(self) -> str:
        """Return the limit in words."""
        times = " ×" if self.over else ""
        if self.at_least is not None:
            return f"≥ {shown(self.at_least)}{times}"
        return f"≤ {shown(self.at_most)}{times}"

    def holds(self, value: float) -> bool:
        """Say whether a figure keeps the promise."""
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is None or value <= self.at_most


_CPU, _WALL, _PER_S = "Mpoint/cpu-s", "Mpoint/s", "request/s"

TARGETS: tuple[Target, ...] = (
    Target("one thread, shapely by longitude", "batch-*", _CPU, over="shapely-by-lon", at_least=15),
    Target("one thread, shapely's best form", "batch-*", _CPU, over="shapely", at_least=15),
    Target("one thread, SedonaDB", "batch-*", _CPU, over="sedona", at_least=18),
    Target("one thread, geopandas", "batch-*", _CPU, over="geopandas", at_least=40),
    Target("one thread, DuckDB", "batch-*", _CPU, over="duckdb", at_least=40),
    Target("one thread, PostGIS", "batch-*", _CPU, over="postgis", at_least=40),
    # A table of one level has 64 MB for a county; our own first level, which lies in the caches, 4.
    # In the order of space the cell is none at random.
    Target("one random cell, one level", "batch-uniform", _CPU, over="cell-64-mb", at_least=0.5),
    Target("one random cell per point", "batch-uniform", _CPU, over="cell-top", at_least=0.5),
    Target("one cell per point, in towns", "batch-clustered", _CPU, over="cell-top", at_least=0.5),
    Target(
        "two threads, one thread", "batch-*", _WALL, "wangge-2-threads", over="wangge", at_least=1.7
    ),
    Target("answers of all engines", "batch-*", DIFFERENCES, engine="*", at_most=0),
    Target("covers and lowest code", "exact-*", DIFFERENCES, engine="*", at_most=0),
    Target(
        "300,000 polygons, the county's rate",
        "growth-300000",
        _CPU,
        over="wangge-county",
        at_least=0.5,
    ),
    Target("300,000 polygons, index", "growth-300000", "file MB", at_most=1000),
    Target("300,000 polygons, build", "growth-300000", "build s", at_most=60),
    Target("300,000 polygons, load", "growth-300000", "load s", at_most=0.2),
    Target("answers of large coverages", "growth-*", DIFFERENCES, engine="*", at_most=0),
    Target("batch over HTTP, Arrow", "http-batch", _WALL, "arrow", over="wangge", at_least=0.6),
    Target("batch over HTTP, CSV", "http-batch", _WALL, "csv", over="models", at_least=5),
    Target("batch over HTTP, JSON", "http-batch", _WALL, "json", over="models", at_least=2),
    Target("answers over HTTP", "http-batch", DIFFERENCES, engine="*", at_most=0),
    Target(
        "assign, reading and writing the file",
        "assign-20000000",
        "s",
        "pyarrow-*",
        over="wangge",
        at_least=0.5,
    ),
    Target("answers in the file", "assign-*", DIFFERENCES, engine="*", at_most=0),
    Target(
        "3 grids redrawn, every process",
        "redraw-lag*",
        "worst ms",
        engine="process-*",
        at_most=20,
    ),
    # Both are stricter than what is promised: before the commit is on the disk nobody can see it,
    # and an answer has its way, and how late the asking program is, in it.
    Target(
        "the same, from the commit's writing",
        "redraw-lag*",
        "since written worst ms",
        engine="process-*",
        at_most=20,
    ),
    Target(
        "the same, to the first answer",
        "redraw-lag*",
        "first new worst ms",
        engine="process-*",
        at_most=20,
    ),
    Target(
        "locate, requests/s of an empty route",
        "locate-http-w?-c*",
        _PER_S,
        over="empty",
        at_least=0.8,
    ),
    Target(
        "locate, p99 of an empty route", "locate-http-w?-c*", "p99 ms", over="empty", at_most=1.5
    ),
    Target("locate, one PostGIS query", "locate-http-w?-c*", _PER_S, over="postgis", at_least=2),
    Target("single intake, one INSERT", "intake-w*", "report/s", over="bare", at_least=0.8),
    Target("bulk intake", "bulk-intake", "report/s", at_least=20_000),
)


def judge(rows: Sequence[Row], targets: Sequence[Target] = TARGETS) -> list[Row]:
    """Return a row for each target: the worst figure, where it stood, and whether it is met.

    ``met`` is None where nothing was measured.
    """
    return [_judged(target, rows) for target in targets]


def _judged(target: Target, rows: Sequence[Row]) -> Row:
    found = _figures(target, rows)
    worst, where = None, ""
    if found:
        choose = min if target.at_least is not None else max
        worst, where = choose(found)
    return {
        "job": target.job,
        "target": target.what,
        "unit": target.unit,
        "wanted": target.wanted,
        "value": worst,
        "where": where,
        "met": None if worst is None else target.holds(worst),
    }


def _figures(target: Target, rows: Sequence[Row]) -> list[tuple[float, str]]:
    found = []
    for row in rows:
        if not fnmatchcase(row["job"], target.job) or not fnmatchcase(row["engine"], target.engine):
            continue
        if target.unit == DIFFERENCES:
            if row["differences"] is not None:
                found.append((float(row["differences"]), f"{row['job']} {row['engine']}"))
        elif row["unit"] == target.unit:
            value = _against(target, row, rows)
            if value is not None:
                found.append((value, f"{row['job']} {row['engine']}"))
    return found


def _against(target: Target, row: Row, rows: Sequence[Row]) -> float | None:
    value = float(row["value"])
    if not target.over:
        return value
    job = target.over_job or row["job"]
    for other in rows:
        if (other["job"], other["engine"], other["unit"]) == (job, target.over, target.unit):
            return value / other["value"] if other["value"] else None
    return None


def print_targets(console: Console, judged: Sequence[Row]) -> None:
    """Print what was measured of the targets, each met or MISSED."""
    table = Table(box=None, pad_edge=False)
    for title in ("job", "target"):
        table.add_column(title)
    for title in ("wanted", "worst"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("", "where"):
        table.add_column(title, no_wrap=True)
    for row in judged:
        if row["met"] is not None:
            verdict = "met" if row["met"] else "MISSED"
            table.add_row(
                row["job"], row["target"], row["wanted"], shown(row["value"]), verdict, row["where"]
            )
    if table.row_count:
        console.print(table)
