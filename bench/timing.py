"""Take times: peers interleaved round by round, CPU beside wall, a control before and after."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely

CONTROL_SEED = 1


@dataclass(frozen=True, slots=True)
class Lap:
    """Hold the seconds of one run: on the clock, and of CPU in all processes that worked."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Task:
    """Hold what is run and how the CPU it burns is read (in seconds, ever growing)."""

    run: Callable[[], object]
    cpu_s: Callable[[], float] = time.process_time


def take_lap(task: Task) -> Lap:
    """Run a task once, with the garbage of the one before cleared away."""
    gc.collect()
    cpu, wall = task.cpu_s(), time.perf_counter()
    task.run()
    wall = time.perf_counter() - wall
    return Lap(wall, task.cpu_s() - cpu)


def interleave(
    tasks: Mapping[str, Task],
    *,
    rounds: int,
    chance: random.Random,
    warm_up: bool = True,
    turns: Mapping[str, int] | None = None,
) -> dict[str, list[Lap]]:
    """Run every task once a round, in another order each round, after one round to warm up.

    A machine that slows down for a while then slows all of them, not the one whose turn it was.
    ``turns`` gives a quick task more turns in a round, for the same reason.
    """
    given = turns or {}
    laps: dict[str, list[Lap]] = {name: [] for name in tasks}
    for name in tasks if warm_up else ():
        tasks[name].run()
    for _ in range(rounds):
        order = [name for name in tasks for _ in range(given.get(name, 1))]
        chance.shuffle(order)
        for name in order:
            laps[name].append(take_lap(tasks[name]))
    return laps


class Control:
    """Do a fixed piece of numpy and GEOS work that never changes, to see the machine drift."""

    def __init__(self) -> None:
        """Make the work: the seed is fixed on purpose."""
        source = np.random.default_rng(CONTROL_SEED)
        self._numbers = source.random(1_000_000)
        turns = np.linspace(0, 2 * np.pi, 2000)
        self._shape = shapely.Polygon(np.column_stack([np.cos(turns), np.sin(turns)]))
        self._x, self._y = source.uniform(-1, 1, (2, 20_000))

    def take(self) -> Lap:
        """Return the best of five: what the machine can do at this moment."""
        laps = [take_lap(Task(self._work)) for _ in range(5)]
        return min(laps, key=lambda lap: lap.wall_s)

    def _work(self) -> None:
        np.sort(self._numbers)
        # Not prepared on purpose: the plain predicate walks the ring for every point.
        shapely.intersects_xy(self._shape, self._x[:2000], self._y[:2000])
        shapely.prepare(self._shape)
        shapely.intersects_xy(self._shape, self._x, self._y)
        shapely.destroy_prepared(self._shape)
