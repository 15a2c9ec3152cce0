"""Let each server process write down when it came to new boundaries, by itself.

A measure from outside has the way of a question and of its answer in it, and how late the program
that asks was given a core. Each process appends a line to a file of its own, once its boundaries
have changed for every question that comes.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api.knowledge import Keeper, Knowledge
from bench.own_server import run_or_be

FOLDER: Final = "BENCH_IN_FORCE"
PROGRAM: Final = (sys.executable, "-m", "bench.redraw.in_force")


@dataclass(frozen=True, slots=True)
class InForce:
    """Hold when a revision came into force in a process, by the calendar and by the counter."""

    at: float
    counted: float


def read_instants(folder: Path, pid: int) -> Mapping[str, InForce]:
    """Return when a process came to each revision, by name; the first time counts."""
    found: dict[str, InForce] = {}
    for line in (folder / str(pid)).read_text("utf-8").splitlines():
        at, counted, name = line.split(" ", 2)
        found.setdefault(name, InForce(float(at), float(counted)))
    return found


def _prepare() -> None:
    path = Path(os.environ[FOLDER]) / str(os.getpid())
    refresh = Keeper.refresh

    def noted(keeper: Keeper, *given: Any, **named: Any) -> Knowledge:
        before = keeper.known()
        fresh = refresh(keeper, *given, **named)
        at, counted = time.time(), time.perf_counter()
        names = {row.name for row in before.boundary_revisions} if before else set()
        new = [row.name for row in fresh.boundary_revisions if row.name not in names]
        if new:
            with path.open("a", encoding="utf-8") as file:
                file.writelines(f"{at!r} {counted!r} {name}\n" for name in new)
        return fresh

    Keeper.refresh = noted  # type: ignore[assignment,method-assign]  # the same, noted


if __name__ == "__main__":
    run_or_be(PROGRAM, _prepare)
