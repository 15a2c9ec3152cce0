"""Judge the address matcher: ``python -m bench.addresses [--set NAME …] [--wrong]``."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.addresses.cases import DATA, labelled, read_sources
from bench.addresses.county import demo_subject
from bench.addresses.scoring import Outcome, Score, judge, score

# file (without .csv) -> what it is
SETS = ("tuning", "held_out")


def main() -> int:
    """Print the figures of each set; with ``--wrong`` the answers that were not right."""
    chosen = _options()
    subject = demo_subject()
    console = Console(width=150)
    for name in chosen.sets:
        cases = labelled(read_sources(DATA / f"{name}.csv"), subject.truth)
        outcomes = judge(cases, subject.answer, subject.truth)
        print_score(console, name, outcomes)
        if chosen.wrong:
            print_wrong(outcomes)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.addresses", description=__doc__)
    parser.add_argument("--set", dest="sets", action="append", choices=SETS)
    parser.add_argument("--wrong", action="store_true", help="list the answers that are not right")
    chosen = parser.parse_args()
    chosen.sets = chosen.sets or list(SETS)
    return chosen


def print_score(console: Console, name: str, outcomes: Sequence[Outcome]) -> None:
    """Print the figures of a set, as a whole and trap by trap."""
    by_trap: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_trap[outcome.case.source.trap].append(outcome)
    table = Table(box=None, pad_edge=False)
    table.add_column(name, no_wrap=True)
    titles = ("texts", "accuracy", "auto", "of auto right", "answered", "grid auto", "abstained",
              "handed", "swapped")  # fmt: skip
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    _add(table, "all", score(outcomes))
    for trap in sorted(by_trap):
        _add(table, f"  {trap}", score(by_trap[trap]))
    console.print(table)


def _add(table: Table, title: str, found: Score) -> None:
    shares = (found.accuracy, found.auto_share, found.auto_precision, found.answered,
              found.grid_auto, found.abstained, found.handed)  # fmt: skip
    cells = ["" if share is None else f"{share:.3f}" for share in shares]
    table.add_row(title, str(found.texts), *cells, str(found.swapped))


def print_wrong(outcomes: Sequence[Outcome]) -> None:
    """Print each answer that is not right, wrong automatic ones first."""
    for o in sorted((o for o in outcomes if not o.right), key=lambda o: not o.auto):
        said = "、".join(place.name for place in o.finding.places[:3]) or "—"
        mark = "AUTO " if o.auto else ""
        print(f"{mark}{o.finding.verdict.value} {o.finding.rule} {said} {o.finding.grid or ''} "
              f"by {o.finding.settled_by} | wanted {o.case.source.target} "
              f"({o.case.label.wanted.value} {o.case.label.grid or ''}) "
              f"[{o.case.source.trap}] {o.case.source.spoken}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
