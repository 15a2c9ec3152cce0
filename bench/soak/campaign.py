"""Say what a campaign is: it repeats a trial with new seeds and counts what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from bench.workplace import Workplace


@dataclass(slots=True)
class Tally:
    """Hold what a campaign has seen: trials, checks inside them, failures in words."""

    trials: int = 0
    checked: int = 0
    failures: list[str] = field(default_factory=list)
    notes: dict[str, float] = field(default_factory=dict)

    def worst(self, name: str, value: float) -> None:
        """Keep the largest value seen under ``name``."""
        self.notes[name] = max(value, self.notes.get(name, value))

    def add(self, name: str) -> None:
        """Count one more of ``name``."""
        self.notes[name] = self.notes.get(name, 0) + 1


# Does one trial with a seed and writes down what it saw.
Trial = Callable[[int, Tally], None]
# Sets up what the trials share for as long as they run.
Campaign = Callable[[Workplace], AbstractContextManager[Trial]]
