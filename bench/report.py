"""Write the figures of the last runs into docs/benchmarks.md, between the marks that stand there.

A mark names what belongs there::

    <!-- figures: targets -->            every target: wanted, measured, met or missed
    <!-- figures: run -->                when, where, how quiet
    <!-- figures: batch-* | growth-* --> a table of these jobs, engines down, units across
    <!-- end of figures -->

Figures come from bench/results/latest.json, and for jobs of the large form from full.json.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from api.settings import PROJECT_DIR
from bench.__main__ import RESULTS
from bench.results import shown
from bench.targets import Row, judge

DOCUMENT = PROJECT_DIR / "docs" / "benchmarks.md"
_MARK = re.compile(
    r"(<!-- figures: (?P<what>[^>]*?) -->\n).*?(?P<end><!-- end of figures -->)", re.DOTALL
)
_DIFFERENCES = "differences"


def main() -> int:
    """Print the document with its figures, or write it."""
    parser = argparse.ArgumentParser(prog="python -m bench.report", description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = parser.parse_args()
    rows, runs = read_results(chosen.results)
    if not rows:
        print(f"no figures in {chosen.results}: run make bench first", file=sys.stderr)
        return 1
    text = filled(DOCUMENT.read_text("utf-8"), rows, runs)
    if chosen.write:
        DOCUMENT.write_text(text, "utf-8")
    else:
        print(text)
    return 0


def read_results(folder: Path) -> tuple[list[Row], list[Row]]:
    """Return the rows of the last run, those of the last large one in their place, and both runs.

    A job of the large form replaces all rows of the same job name.
    """
    rows: list[Row] = []
    runs: list[Row] = []
    for name, about in (("latest", "run"), ("full", "full-run")):
        if not (folder / f"{name}.json").is_file():
            continue
        found = json.loads((folder / f"{name}.json").read_text("utf-8"))
        jobs = {row["job"] for row in found}
        rows = [row for row in rows if row["job"] not in jobs] + found
        runs.append(json.loads((folder / f"{about}.json").read_text("utf-8")))
    return rows, runs


def filled(text: str, rows: Sequence[Row], runs: Sequence[Row]) -> str:
    """Return the document with the tables of its marks; a mark without figures stays as it is."""

    def table(mark: re.Match[str]) -> str:
        content = _content(mark["what"].strip(), rows, runs)
        return f"{mark[1]}{content}{mark['end']}" if content else mark[0]

    return _MARK.sub(table, text)


def _content(what: str, rows: Sequence[Row], runs: Sequence[Row]) -> str:
    if what == "targets":
        return targets_table(rows)
    if what == "run":
        return "".join(_of_run(run) for run in runs)
    patterns = [part.strip() for part in what.split("|")]
    chosen = [row for row in rows if any(fnmatchcase(row["job"], one) for one in patterns)]
    return jobs_table(chosen) if chosen else ""


def targets_table(rows: Sequence[Row]) -> str:
    """Return every target that was measured as a table in Markdown."""
    lines = ["| target | job | wanted | measured | |", "| --- | --- | --- | --- | --- |"]
    for row in judge(rows):
        if row["met"] is not None:
            verdict = "met" if row["met"] else "**missed**"
            lines.append(
                f"| {row['target']} | `{row['where'] or row['job']}` | {row['wanted']} "
                f"| {shown(row['value'])} | {verdict} |"
            )
    return _lines(lines) if len(lines) > 2 else ""


def jobs_table(rows: Sequence[Row]) -> str:
    """Return the rows as a table: jobs and engines down, units across, the ratio in brackets."""
    units = list(dict.fromkeys(row["unit"] for row in rows))
    differ = any(row["differences"] is not None for row in rows)
    titles = ["job", "engine", *units, *([_DIFFERENCES] if differ else [])]
    lines = [_line(titles), _line(["---"] * len(titles))]
    for job, engine in dict.fromkeys((row["job"], row["engine"]) for row in rows):
        own = {row["unit"]: row for row in rows if (row["job"], row["engine"]) == (job, engine)}
        cells = [job, engine, *(_cell(own.get(unit)) for unit in units)]
        if differ:
            known = [r["differences"] for r in own.values() if r["differences"] is not None]
            cells.append(f"{max(known):,}" if known else "–")
        lines.append(_line(cells))
    return _lines(lines)


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    ratio = row["ratio_to_ours"]
    beside = "" if ratio is None or ratio == 1 else f" ({shown(ratio)})"
    return f"{shown(row['value'])}{beside}"


def _of_run(run: Row) -> str:
    machine: Row = run["machine"]
    first = run["control"][0]["wall_s"]
    drift = [lap["wall_s"] / first for lap in run["control"]]
    load = ", ".join(str(one) for one in machine["load_before"])
    versions: dict[str, Any] = machine["versions"]
    return _lines(
        [
            f"- `{run['command']}`, {run['began']}, seed {run['seed']}, {run['took_s']:.0f} s: "
            f"{machine['cpu']}, {machine['cores']} cores, {machine['memory']}, "
            f"{machine['system']}; load before {load}; control {min(drift):.2f} to "
            f"{max(drift):.2f} of its first time; "
            + ", ".join(f"{name} {version}" for name, version in versions.items())
            + "."
        ]
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
