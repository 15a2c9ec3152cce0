"""Measure redrawing and hold it against what is promised; fail when something is missed."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path

from rich.console import Console

from bench.__main__ import RESULTS
from bench.machine import describe_machine
from bench.processes import NotMeasured
from bench.redraw.deciding import deciding, history
from bench.redraw.drafting import drafting
from bench.redraw.figures import Findings, print_findings, write_findings
from bench.redraw.large import large
from bench.redraw.messy import messy
from bench.redraw.office import open_office
from bench.run import say
from bench.timing import Control
from bench.workplace import Workplace, settle

MEASURES = ("decide", "walk", "history", "import", "large")


def main() -> int:
    """Run the chosen measures, each in a place of its own; return 1 when something is missed."""
    chosen = _options()
    print(f"seed {chosen.seed}", flush=True)
    findings, control = Findings(), Control()
    before = control.take()
    for name in chosen.only:
        say(f"{name} (load of the machine {settle():.2f})")
        with Workplace(say) as workplace:
            try:
                _measure(name, workplace, findings, chosen)
            except NotMeasured as reason:
                say(f"{reason}\n{workplace.last_words()}")
                findings.wrong.append(f"{name}: could not go on: {reason}")
    after = control.take()
    findings.add("control", "fixed work, against its first time", after.wall_s / before.wall_s, "")
    print_findings(Console(width=130), findings)
    about = {"seed": chosen.seed, "machine": describe_machine()}
    write_findings(chosen.out / "redraw.json", findings, about)
    return 0 if findings.holds else 1


def _measure(
    name: str, workplace: Workplace, findings: Findings, chosen: argparse.Namespace
) -> None:
    if name == "import":
        messy(workplace, findings, seed=chosen.seed)
        return
    with open_office(workplace) as office:
        if name == "walk":
            drafting(office, findings, seed=chosen.seed, operations=chosen.operations)
        elif name == "decide":
            deciding(office, findings, seed=chosen.seed, rounds=chosen.rounds)
        elif name == "history":
            history(office, findings, seed=chosen.seed)
        else:
            large(office, findings, seed=chosen.seed, operations=chosen.operations // 5)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.redraw", description=__doc__)
    parser.add_argument(
        "--only",
        type=lambda text: [name for name in text.split(",") if name],
        default=list(MEASURES),
        help=f"comma list of {', '.join(MEASURES)}",
    )
    parser.add_argument("--operations", type=int, default=2_000, help="operations of the walk")
    parser.add_argument("--rounds", type=int, default=4, help="publications with their rollbacks")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.only if name not in MEASURES]:
        parser.error(f"unknown: {', '.join(unknown)}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
