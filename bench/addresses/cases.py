"""Read labelled texts: what came in, what it is a trap for, and what it means."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.addresses.labels import Label, label_of
from bench.addresses.truth import Truth

DATA = Path(__file__).with_name("data")
COLUMNS = ("column", "text", "trap", "target")


@dataclass(frozen=True, slots=True)
class Source:
    """Hold one row as a person or a generator wrote it.

    ``column`` is the address column of the order, often empty or coarse; ``trap`` names the
    difficulty; ``target`` is read by ``labels``.
    """

    column: str
    text: str
    trap: str
    target: str

    @property
    def spoken(self) -> str:
        """Return column and text as one text, as the desk has them before it."""
        return f"{self.column}。{self.text}" if self.column else self.text


@dataclass(frozen=True, slots=True)
class Case:
    """Hold a text with its label."""

    source: Source
    label: Label


def read_sources(path: Path) -> list[Source]:
    """Read the rows of a file; raise ValueError for other columns."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{path.name}: the columns are {', '.join(COLUMNS)}")
        return [Source(**row) for row in reader]


def write_sources(path: Path, sources: Iterable[Source]) -> None:
    """Write rows as ``read_sources`` reads them."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((s.column, s.text, s.trap, s.target) for s in sources)


def labelled(sources: Iterable[Source], truth: Truth) -> list[Case]:
    """Return the rows with their labels; raise ValueError naming the first that has none."""
    cases: list[Case] = []
    for source in sources:
        try:
            cases.append(Case(source, label_of(source.target, truth)))
        except (ValueError, KeyError, IndexError) as fault:
            raise ValueError(f"{source.text[:40]} [{source.target}]: {fault}") from fault
    return cases
