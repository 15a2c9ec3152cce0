"""Let each server process write down when it came to new boundaries, by itself.

A measure from outside has the way of a question and of its answer in it, and how late the program
that asks was given a core. Each process appends a line to a file of its own, once its boundaries
have changed for every question that comes.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
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
    for name in ("refresh", "take_in"):
        setattr(Keeper, name, _noted(getattr(Keeper, name), path))


def _noted(goes_over: Callable[..., Any], path: Path) -> Callable[..., Any]:
    """Return a method of ``Keeper`` that writes down what has come into force in it."""

    def noted(keeper: Keeper, *given: Any, **named: Any) -> Any:
        before = keeper.known()
        returned = goes_over(keeper, *given, **named)
        at, counted = time.time(), time.perf_counter()
        known = _names(before)
        new = [name for name in _names(keeper.known()) if name not in known]
        if new:
            with path.open("a", encoding="utf-8") as file:
                file.writelines(f"{at!r} {counted!r} {name}\n" for name in new)
        return returned

    return noted


def _names(known: Knowledge | None) -> list[str]:
    return [] if known is None else [row.name for row in known.boundary_revisions]


if __name__ == "__main__":
    run_or_be(PROGRAM, _prepare)
