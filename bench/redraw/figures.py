"""Keep what was measured of redrawing beside what it has to be, and print both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.results import shown


@dataclass(frozen=True, slots=True)
class Figure:
    """Hold one figure; ``limit`` is what it must not pass, None where nothing is promised."""

    measure: str
    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def holds(self) -> bool:
        """Say whether the limit is kept."""
        return self.limit is None or self.value <= self.limit


@dataclass
class Findings:
    """Hold figures and, in words, what was wrong."""

    figures: list[Figure] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(
        self, measure: str, what: str, value: float, unit: str, limit: float | None = None
    ) -> None:
        """Note one figure."""
        self.figures.append(Figure(measure, what, value, unit, limit))

    def add_times(
        self,
        measure: str,
        what: str,
        seconds: Sequence[float],
        *,
        p95_limit_ms: float | None = None,
    ) -> None:
        """Note median, 95th percentile and the longest of ``seconds``, in milliseconds."""
        if not seconds:
            return
        ms = np.array(seconds) * 1e3
        self.add(measure, f"{what}, {len(ms)} times, median", float(np.median(ms)), "ms")
        p95 = float(np.percentile(ms, 95))
        self.add(measure, f"{what}, p95", p95, "ms", p95_limit_ms)
        self.add(measure, f"{what}, longest", float(ms.max()), "ms")

    def expect(self, measure: str, wrong: Sequence[str]) -> None:
        """Note what was wrong of a measure, and how much."""
        self.add(measure, "broken invariants", len(wrong), "", 0)
        self.wrong += [f"{measure}: {words}" for words in wrong[:20]]

    @property
    def holds(self) -> bool:
        """Say whether every limit is kept and nothing is wrong."""
        return not self.wrong and all(figure.holds for figure in self.figures)


def print_findings(console: Console, findings: Findings) -> None:
    """Print a line for each figure, and what was wrong."""
    table = Table(box=None, pad_edge=False)
    for title in ("measure", "what"):
        table.add_column(title, no_wrap=True)
    for title in ("value", "limit", ""):
        table.add_column(title, justify="right", no_wrap=True)
    for figure in findings.figures:
        limit = "" if figure.limit is None else f"{shown(figure.limit)} {figure.unit}"
        verdict = "" if figure.limit is None else ("ok" if figure.holds else "MISSED")
        value = f"{shown(figure.value)} {figure.unit}"
        table.add_row(figure.measure, figure.what, value, limit, verdict)
    console.print(table)
    for words in findings.wrong:
        console.print(f"WRONG {words}", markup=False)


def write_findings(path: Path, findings: Findings, about: dict[str, Any]) -> None:
    """Write everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        **about,
        "figures": [{**asdict(figure), "holds": figure.holds} for figure in findings.figures],
        "wrong": findings.wrong,
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
