"""Keep what was measured, set it beside our own figure, print it and write it down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

OURS = "wangge"
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measurement:
    """Hold one figure: the median of ``rounds`` values between ``low`` and ``high``.

    ``differences`` counts the answers that differ from ours; None where there is no answer to
    compare (an empty route, a file size).
    """

    job: str
    engine: str
    unit: str
    value: float
    low: float
    high: float
    rounds: int
    differences: int | None = None


def measure(
    job: str,
    engine: str,
    unit: str,
    values: Sequence[float],
    *,
    differences: int | None = None,
) -> Measurement:
    """Return the median of ``values``, with the lowest and the highest; raise ValueError for none.

    Medians, because a pause of the machine makes one round slow and no round fast.
    """
    if not values:
        raise ValueError(f"{job}: {engine} has no values")
    median = float(np.median(values))
    return Measurement(
        job, engine, unit, median, min(values), max(values), len(values), differences
    )


def count_differences(ours: IntArray, theirs: IntArray) -> int:
    """Return how many points have another owner; both hold owner numbers, −1 for none.

    Raises ValueError when the two did not answer the same number of questions.
    """
    if ours.shape != theirs.shape:
        raise ValueError(f"{ours.shape} answers against {theirs.shape}")
    return int(np.count_nonzero(ours != theirs))


def with_ratios(measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    """Return the rows to write: ``ratio_to_ours`` is the value divided by ours.

    Ours is the figure of the same job in the same unit; without one, or when it is 0, the ratio
    is None. Whether a large ratio is good depends on the unit: it is for points per second, it is
    not for milliseconds.
    """
    ours = {(m.job, m.unit): m.value for m in measurements if m.engine == OURS}
    rows = []
    for m in measurements:
        own = ours.get((m.job, m.unit))
        rows.append(
            {
                "job": m.job,
                "engine": m.engine,
                "unit": m.unit,
                "value": m.value,
                "ratio_to_ours": m.value / own if own else None,
                "differences": m.differences,
                "low": m.low,
                "high": m.high,
                "rounds": m.rounds,
            }
        )
    return rows


def write_results(
    folder: Path, rows: Sequence[dict[str, Any]], about: dict[str, Any], *, name: str = "latest"
) -> Path:
    """Write ``<name>.json`` (the rows) and ``about`` the run beside it; return the former."""
    folder.mkdir(parents=True, exist_ok=True)
    latest = folder / f"{name}.json"
    beside = folder / ("run.json" if name == "latest" else f"{name}-run.json")
    for path, content in ((latest, rows), (beside, about)):
        new = path.with_suffix(".new")
        new.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
        new.replace(path)
    return latest


def other_rows(
    folder: Path, rows: Sequence[dict[str, Any]], *, name: str = "latest"
) -> list[dict[str, Any]]:
    """Return what ``<name>.json`` holds of jobs that are not among ``rows``; nothing without it."""
    path = folder / f"{name}.json"
    written = json.loads(path.read_text("utf-8")) if path.is_file() else []
    jobs = {row["job"] for row in rows}
    return [row for row in written if row["job"] not in jobs]


def print_table(console: Console, rows: Sequence[dict[str, Any]]) -> None:
    """Print the rows, a line for each figure, jobs apart."""
    table = Table(box=None, pad_edge=False)
    for title in ("job", "engine", "unit"):
        table.add_column(title, no_wrap=True)
    for title in ("median", "low", "high", "ratio", "differences"):
        table.add_column(title, justify="right", no_wrap=True)
    job = None
    for row in rows:
        if job is not None and row["job"] != job:
            table.add_row()
        job = row["job"]
        differences = "" if row["differences"] is None else str(row["differences"])
        table.add_row(
            row["job"],
            row["engine"],
            row["unit"],
            *(shown(row[name]) for name in ("value", "low", "high", "ratio_to_ours")),
            differences,
        )
    console.print(table)


def shown(value: float | None) -> str:
    """Return a figure with three digits that count, whole numbers in full."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
