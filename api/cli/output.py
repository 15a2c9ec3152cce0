"""Tell a person at a terminal what goes on: progress on standard error, answers on the other."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import typer


@dataclass(slots=True)
class Narrator:
    """Print one line per step with the seconds since the start; nothing when ``quiet``."""

    quiet: bool = False
    _start: float = field(default_factory=time.monotonic)

    def say(self, sentence: str) -> None:
        """Print ``sentence`` to standard error."""
        if not self.quiet:
            typer.echo(f"[{time.monotonic() - self._start:5.1f} s] {sentence}", err=True)
