"""Hold what every job gets: the seed, the length of the run, the workplace, a voice."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.results import Measurement
from bench.workplace import Workplace


def say(sentence: str) -> None:
    """Tell the person what happens, on stderr: stdout is for the table."""
    print(f"  {sentence}", file=sys.stderr, flush=True)


@dataclass(slots=True)
class Run:
    """Hold one run. ``rounds`` and the two of load make it longer, the points larger.

    ``full`` asks a job for its largest form (make bench-full), ``quick`` for the smallest that
    still goes through every step.
    """

    seed: int
    rounds: int
    points: int
    load_s: float
    load_rounds: int
    workplace: Workplace
    batch_points: int = 1_000_000
    full: bool = False
    quick: bool = False
    chance: random.Random = field(init=False)
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Draw the order of the peers from the seed as well."""
        self.chance = random.Random(self.seed)


# A job gives its figures part by part: what was measured stays when a later part cannot be.
Job = Callable[[Run], Iterator[list[Measurement]]]
