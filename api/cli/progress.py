"""Show how far long work has come: a bar with rate and remaining time, or a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_EVERY_S: Final = 10.0


class Tell(Protocol):
    """Take how far the work is: the part that is done (0..1) and how many rows that were."""

    def __call__(self, part: float, rows: int, /) -> None:
        """Show it."""


@contextmanager
def showing_progress(title: str, *, unit: str, quiet: bool = False) -> Iterator[Tell]:
    """Yield what takes the progress and shows it on standard error: a bar on a terminal."""
    started = time.monotonic()

    def rate(rows: int) -> str:
        seconds = max(time.monotonic() - started, 1e-9)
        return f"{rows:,} {unit} · {rows / seconds:,.0f}/s"

    if quiet:
        yield lambda _part, _rows: None
    elif sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]}"))
        with Progress(
            *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True)
        ) as bar:
            task = bar.add_task(title, total=1.0, rate="")
            yield lambda part, rows: bar.update(task, completed=part, rate=rate(rows))
    else:
        yield _Lines(title, started, rate)


class _Lines:
    """Print a line each ten seconds, for logs."""

    def __init__(self, title: str, started: float, rate: Callable[[int], str]) -> None:
        self._title, self._started, self._rate = title, started, rate
        self._last = started

    def __call__(self, part: float, rows: int) -> None:
        """Print where the work stands when the last line is old enough."""
        now = time.monotonic()
        if now - self._last < LINE_EVERY_S:
            return
        self._last = now
        left = (now - self._started) * (1 - part) / part if part else None
        remaining = f", {left:.0f} s left" if left is not None else ""
        typer.echo(f"{self._title}: {part:.0%}, {self._rate(rows)}{remaining}", err=True)
