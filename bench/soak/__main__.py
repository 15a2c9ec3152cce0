"""Repeat the campaigns with new seeds until the time is over; fail when one found anything."""

from __future__ import annotations

import argparse
import json
import random
import secrets
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from bench.__main__ import RESULTS
from bench.machine import describe_machine
from bench.processes import NotMeasured
from bench.run import say
from bench.soak.agreement import agreement
from bench.soak.campaign import Campaign, Tally
from bench.soak.crashes import crashes
from bench.soak.datums import datums
from bench.soak.life import life
from bench.soak.machines import machines
from bench.soak.redraw import redraw
from bench.workplace import Workplace

CAMPAIGNS: Mapping[str, Campaign] = {
    "agreement": agreement,
    "datums": datums,
    "crashes": crashes,
    "life": life,
    "redraw": redraw,
    "machines": machines,
}


def main() -> int:
    """Run the chosen campaigns, each its share of the time; return 1 for any failure."""
    chosen = _options()
    print(f"seed {chosen.seed}", flush=True)
    seeds = random.Random(chosen.seed)
    tallies: dict[str, Tally] = {}
    share_s = chosen.minutes * 60 / len(chosen.only)
    with Workplace(say) as workplace:
        for name in chosen.only:
            tallies[name] = Tally()
            say(f"{name}: {share_s:.0f} s")
            try:
                _repeat(name, workplace, seeds, share_s, tallies[name])
            except NotMeasured as reason:
                tallies[name].failures.append(f"could not go on: {reason}")
    for name, tally in tallies.items():
        notes = ", ".join(f"{key} {value:.3g}" for key, value in sorted(tally.notes.items()))
        print(f"{name}: {tally.trials} trials, {tally.checked:,} checks; {notes}")
        for failure in tally.failures[:20]:
            print(f"  FAILED {failure}")
    _write(chosen.out, chosen.seed, tallies)
    return 1 if any(tally.failures or not tally.trials for tally in tallies.values()) else 0


def _repeat(
    name: str, workplace: Workplace, seeds: random.Random, share_s: float, tally: Tally
) -> None:
    with ExitStack() as stack:
        trial = stack.enter_context(CAMPAIGNS[name](workplace))
        end = time.monotonic() + share_s
        while not tally.trials or time.monotonic() < end:
            trial(seeds.randrange(2**31), tally)
            tally.trials += 1
            say(f"{name}: {tally.trials} trials, {len(tally.failures)} failures")


def _write(folder: Path, seed: int, tallies: Mapping[str, Tally]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "seed": seed,
        "machine": describe_machine(),
        "campaigns": {
            name: {
                "trials": tally.trials,
                "checked": tally.checked,
                "failures": tally.failures,
                "notes": tally.notes,
            }
            for name, tally in tallies.items()
        },
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (folder / "soak.json").write_text(text, "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0, help="for all campaigns together")
    parser.add_argument(
        "--only",
        type=lambda text: [name for name in text.split(",") if name],
        default=list(CAMPAIGNS),
        help=f"comma list of {', '.join(CAMPAIGNS)}",
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.only if name not in CAMPAIGNS]:
        parser.error(f"unknown: {', '.join(unknown)}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
