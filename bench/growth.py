"""Measure how the index grows: 1,000, 10,000, 100,000 polygons, and 300,000 in the large form.

For each size two processes of their own: one builds the index and saves it, one opens the file and
answers, taking turns with the index of a county. Memory is that of the process, beyond what it
held before.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.coverages import SIZES
from bench.processes import NotMeasured, run_command
from bench.results import Measurement, measure
from bench.run import Run, say

QUICK, USUAL = (1_000, 10_000), (1_000, 10_000, 100_000)


def growth(run: Run) -> Iterator[list[Measurement]]:
    """Build, save, open and ask one size after the other."""
    sizes = tuple(SIZES) if run.full else QUICK if run.quick else USUAL
    folder = run.workplace.folder
    _child(run, "build", 0, folder)
    for polygons in sizes:
        say(f"growth-{polygons}: building")
        built = _child(run, "build", polygons, folder)
        say(f"growth-{polygons}: asking")
        asked = _child(run, "ask", polygons, folder)
        (folder / f"{polygons}.index").unlink()
        yield [*_of_building(polygons, built), *_of_asking(polygons, asked)]


def _child(run: Run, step: str, polygons: int, folder: Path) -> dict[str, Any]:
    """Run one step in a process of its own; 0 polygons stand for the county."""
    command = [sys.executable, "-m", "bench.growth_steps", step, str(polygons), str(folder)]
    command += ["--seed", str(run.seed), "--points", str(run.batch_points)]
    command += ["--rounds", str(run.rounds)]
    run_command(command, environment=run.workplace.environment(), log=run.workplace.log)
    told = folder / f"{polygons}-{step}.json"
    if not told.is_file():
        raise NotMeasured(f"{step} of {polygons} polygons told nothing")
    found: dict[str, Any] = json.loads(told.read_text("utf-8"))
    return found


def _of_building(polygons: int, built: dict[str, Any]) -> list[Measurement]:
    job = f"growth-{polygons}"
    return [
        *(
            measure(job, "wangge", unit, built[unit])
            for unit in (
                "build s",
                "build cpu-s",
                "build peak MB",
                "held MB",
                "save s",
                "file MB",
                "patch of 3 ms",
            )
        ),
        measure(job, "shapely", "points", [built["compared"]], differences=built["differences"]),
    ]


def _of_asking(polygons: int, asked: dict[str, Any]) -> list[Measurement]:
    job = f"growth-{polygons}"
    differences = asked["differences"]
    found = [
        measure(job, "wangge", "load s", asked["load s"]),
        measure(job, "wangge", "loaded MB", asked["loaded MB"]),
        measure(job, "wangge-file", "points", [asked["compared"]], differences=differences),
    ]
    for engine, kinds in asked["rates"].items():
        found += [measure(job, engine, unit, values) for unit, values in kinds.items()]
    return found
