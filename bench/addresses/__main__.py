"""Judge and time the address matcher: ``python -m bench.addresses [--set NAME …] [--wrong]``.

``tuning`` are the texts it was made with; ``held_out`` were written by hand and never looked at
while it was made; ``others`` are made about invented counties, another one for each seed.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections import defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from api.settings import PROJECT_DIR
from bench.addresses.cases import DATA, labelled, read_sources
from bench.addresses.county import demo_subject
from bench.addresses.limits import note_score, note_speed
from bench.addresses.other_county import make_county
from bench.addresses.other_texts import other_cases
from bench.addresses.scoring import Outcome, Score, judge, score
from bench.addresses.speed import SIZES, Speed, measure_speed
from bench.machine import describe_machine
from bench.redraw.figures import Findings, print_findings, write_findings

FILES = ("tuning", "held_out")
SETS = (*FILES, "others", "speed")
RESULTS = PROJECT_DIR / "bench" / "results" / "addresses.json"


def main() -> int:
    """Print the figures of each set beside their limits; return 1 when a limit is missed."""
    chosen = _options()
    console, findings = Console(width=150), Findings()
    print(f"seeds {', '.join(map(str, chosen.seeds))}", flush=True)
    subject = demo_subject() if set(FILES) & set(chosen.sets) else None
    for name in chosen.sets:
        if name == "speed":
            speeds = [measure_speed(chosen.seeds[0], places) for places in SIZES]
            print_speed(console, speeds)
            note_speed(findings, speeds)
            continue
        if name == "others":
            outcomes = _outcomes_of_others(chosen.seeds)
        else:
            assert subject is not None
            cases = labelled(read_sources(DATA / f"{name}.csv"), subject.truth)
            outcomes = judge(cases, subject.answer, subject.truth)
        print_score(console, name, outcomes)
        note_score(findings, name, score(outcomes), judged=name != "tuning")
        if chosen.wrong:
            print_wrong(outcomes)
    console.print()
    print_findings(console, findings)
    about = {"seeds": chosen.seeds, "sets": chosen.sets, "machine": describe_machine()}
    write_findings(RESULTS, findings, about)
    return 0 if findings.holds else 1


def _outcomes_of_others(seeds: Sequence[int]) -> list[Outcome]:
    found: list[Outcome] = []
    for seed in seeds:
        subject = make_county(seed).subject()
        found += judge(other_cases(subject.truth, seed), subject.answer, subject.truth)
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.addresses", description=__doc__)
    parser.add_argument("--set", dest="sets", action="append", choices=SETS)
    parser.add_argument("--wrong", action="store_true", help="list the answers that are not right")
    parser.add_argument(
        "--seeds", type=int, nargs="+", help="of the invented counties; vary by default, printed"
    )
    chosen = parser.parse_args()
    chosen.sets = chosen.sets or list(SETS)
    chosen.seeds = chosen.seeds or [secrets.randbelow(2**31) for _ in range(3)]
    return chosen


def print_speed(console: Console, found: Sequence[Speed]) -> None:
    """Print the times and the memory, a gazetteer a row."""
    table = Table(box=None, pad_edge=False)
    lengths = [f"{length:,} chars ms" for length, _ in found[0].by_length_ms]
    for title in ("places", "p50 ms", "p95 ms", "most ms", "rebuild CPU s", "MiB", *lengths,
                  "refusal ms"):  # fmt: skip
        table.add_column(title, justify="right", no_wrap=True)
    for speed in found:
        long = [f"{ms:.1f}" for _, ms in speed.by_length_ms]
        table.add_row(
            f"{speed.places:,}", f"{speed.p50_ms:.2f}", f"{speed.p95_ms:.2f}",
            f"{speed.most_ms:.2f}", f"{speed.rebuild_s:.2f}", f"{speed.memory_mib:.0f}", *long,
            f"{speed.refused_ms:.3f}",
        )  # fmt: skip
    console.print(table)


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
