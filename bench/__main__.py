"""Measure what is asked for, print a table, write bench/results/latest.json."""

from __future__ import annotations

import argparse
import importlib
import secrets
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from api.settings import PROJECT_DIR
from bench.machine import describe_machine
from bench.processes import NotMeasured
from bench.results import Measurement, print_table, with_ratios, write_results
from bench.run import Job, Run, say
from bench.timing import Control, Lap
from bench.workplace import Workplace, settle

RESULTS = PROJECT_DIR / "bench" / "results"
# Always in this order, each in bench/<file>.py under the name of the job. Intake comes last: the
# thousands of reports that it leaves would be drawn on the map.
JOBS = {
    "lookup": "lookup",
    "map": "map_page",
    "locate": "locate_http",
    "start": "cold_start",
    "intake": "intake",
}


def main() -> int:
    """Run the chosen jobs; return 0, or 1 when a job failed that could have been measured."""
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
        run = Run(
            seed=chosen.seed,
            rounds=chosen.rounds,
            points=chosen.points,
            load_s=chosen.load_seconds,
            load_rounds=chosen.load_rounds,
            workplace=workplace,
        )
        control = Control()
        _note(about, "before", control.take())
        for name in chosen.only:
            if time.monotonic() - run.started > chosen.minutes * 60:
                about["not_measured"].append({"job": name, "reason": "the time was over"})
                continue
            say(f"{name} (load of the machine {settle():.2f})")
            try:
                for part in _job(name)(run):
                    found += part
            except NotMeasured as reason:
                say(f"not measured: {reason}\n{workplace.last_words()}")
                about["not_measured"].append({"job": name, "reason": str(reason)})
            _note(about, f"after {name}", control.take())
    about["took_s"] = round(time.monotonic() - run.started, 1)
    rows = with_ratios(found)
    print_table(Console(width=130), rows)
    _print_rest(about)
    print(f"written to {write_results(chosen.out, rows, about)}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", type=_jobs, default=list(JOBS), help=f"comma list of {', '.join(JOBS)}"
    )
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(2**31), help="varies by default; printed"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each peer")
    parser.add_argument("--points", type=int, default=200_000, help="points of an array lookup")
    parser.add_argument("--load-seconds", type=float, default=3.0, help="seconds of one load run")
    parser.add_argument("--load-rounds", type=int, default=3, help="load runs of each peer")
    parser.add_argument(
        "--minutes", type=float, default=15.0, help="begin no further job after this long"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    return parser.parse_args()


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
