"""Measure what is asked for, print a table, write bench/results/latest.json (full.json)."""

from __future__ import annotations

import argparse
import importlib
import secrets
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from api.settings import PROJECT_DIR
from bench.machine import describe_machine
from bench.processes import NotMeasured
from bench.results import Measurement, other_rows, print_table, with_ratios, write_results
from bench.run import Job, Run, say
from bench.targets import DIFFERENCES, judge, print_targets
from bench.timing import Control, Lap
from bench.workplace import Workplace, settle

RESULTS = PROJECT_DIR / "bench" / "results"
# Always in this order, each in bench/<file>.py under the name of the job. What leaves reports by
# the thousand comes last: they would be drawn on the map.
JOBS = {
    "batch": "lookup_batch",
    "exact": "exactness",
    "growth": "growth",
    "lookup": "lookup",
    "map": "map_page",
    "locate": "locate_http",
    "batch_http": "batch_http",
    "assign": "assign_file",
    "redraw": "redraw_lag",
    "start": "cold_start",
    "intake": "intake",
    "bulk": "bulk_intake",
}
# The jobs that have a larger form: run.full is set for them.
FULL_JOBS = ("exact", "growth", "assign")
MINUTES, FULL_MINUTES = 18.0, 120.0
QUICK_POINTS = 20_000


def main() -> int:
    """Run the chosen jobs; return 1 when an answer differed or a job broke, else 0."""
    chosen = _options()
    print(f"seed {chosen.seed}", flush=True)
    about: dict[str, Any] = {
        "seed": chosen.seed,
        "began": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": " ".join(["python -m bench", *sys.argv[1:]]),
        "machine": describe_machine(),
        "not_measured": [],
        "control": [],
    }
    found: list[Measurement] = []
    with Workplace(say) as workplace:
        run = _run(chosen, workplace)
        control = Control()
        _note(about, "before", control.take())
        for name in chosen.only:
            if time.monotonic() - run.started > chosen.minutes * 60:
                about["not_measured"].append({"job": name, "reason": "the time was over"})
                continue
            say(f"{name} (load of the machine {settle():.2f})")
            began = time.monotonic()
            try:
                for part in _job(name)(run):
                    found += part
            except NotMeasured as reason:
                say(f"not measured: {reason}\n{workplace.last_words()}")
                about["not_measured"].append({"job": name, "reason": str(reason)})
            except Exception as error:  # noqa: BLE001 - the figures of the others shall not be lost
                traceback.print_exc()
                about["not_measured"].append({"job": name, "reason": f"broken: {error}"})
            say(f"{name} took {time.monotonic() - began:.0f} s")
            _note(about, f"after {name}", control.take())
    about["took_s"] = round(time.monotonic() - run.started, 1)
    rows = with_ratios(found)
    name = "full" if chosen.full else "latest"
    if chosen.keep:
        rows = [*other_rows(chosen.out, rows, name=name), *rows]
    about["targets"] = judge(rows)
    print_table(Console(width=130), rows)
    print()
    print_targets(Console(width=130), about["targets"])
    _print_rest(about)
    print(f"written to {write_results(chosen.out, rows, about, name=name)}")
    wrong = [row for row in about["targets"] if row["unit"] == DIFFERENCES and row["met"] is False]
    broken = [left for left in about["not_measured"] if left["reason"].startswith("broken")]
    return 1 if wrong or broken else 0


def _run(chosen: argparse.Namespace, workplace: Workplace) -> Run:
    """Return the run as it was chosen; a quick one goes through every step once."""
    quick = chosen.quick
    return Run(
        seed=chosen.seed,
        rounds=1 if quick else chosen.rounds,
        points=min(chosen.points, QUICK_POINTS) if quick else chosen.points,
        load_s=1.0 if quick else chosen.load_seconds,
        load_rounds=1 if quick else chosen.load_rounds,
        workplace=workplace,
        batch_points=min(chosen.batch_points, QUICK_POINTS) if quick else chosen.batch_points,
        full=chosen.full,
        quick=quick,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", type=_jobs, help=f"comma list of {', '.join(JOBS)}")
    parser.add_argument(
        "--full", action="store_true", help=f"the largest forms, of {', '.join(FULL_JOBS)}"
    )
    parser.add_argument(
        "--quick", action="store_true", help="every step once and small: no figures to keep"
    )
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(2**31), help="varies by default; printed"
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each peer")
    parser.add_argument("--points", type=int, default=200_000, help="points of an array lookup")
    parser.add_argument("--batch-points", type=int, default=1_000_000, help="points of a batch")
    parser.add_argument("--load-seconds", type=float, default=3.0, help="seconds of one load run")
    parser.add_argument("--load-rounds", type=int, default=3, help="load runs of each peer")
    parser.add_argument(
        "--minutes",
        type=float,
        help=f"begin no job after this long ({MINUTES:.0f}; {FULL_MINUTES:.0f} with --full)",
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    parser.add_argument(
        "--keep", action="store_true", help="keep the written figures of jobs that are not run now"
    )
    chosen = parser.parse_args()
    if chosen.only is None:
        chosen.only = list(FULL_JOBS if chosen.full else JOBS)
    if chosen.minutes is None:
        chosen.minutes = FULL_MINUTES if chosen.full else MINUTES
    return chosen


def _jobs(text: str) -> Sequence[str]:
    wanted = [name for name in text.split(",") if name]
    if unknown := [name for name in wanted if name not in JOBS]:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
    return [name for name in JOBS if name in wanted]


def _job(name: str) -> Job:
    module = importlib.import_module(f"bench.{JOBS[name]}")
    job: Job = getattr(module, name)
    return job


def _note(about: dict[str, Any], when: str, lap: Lap) -> None:
    about["control"].append({"when": when, "wall_s": lap.wall_s, "cpu_s": lap.cpu_s})


def _print_rest(about: dict[str, Any]) -> None:
    first = about["control"][0]["wall_s"]
    drift = ", ".join(f"{c['when']} {c['wall_s'] / first:.2f}" for c in about["control"])
    print(f"\ncontrol (fixed work, against its first time): {drift}")
    for left_out in about["not_measured"]:
        print(f"not measured: {left_out['job']}: {left_out['reason']}")
    print(f"seed {about['seed']}, {about['took_s']:.0f} s, {about['machine']['cpu']}")


if __name__ == "__main__":
    sys.exit(main())
