"""Ask every server process for owners while boundaries are published, and judge each answer."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.county import FloatArray
from bench.redraw.announced import NICENESS
from bench.redraw.in_force import InForce
from bench.redraw.lines import Line

Owners = NDArray[np.object_]
# Between an answer and the next question: the two servers shall not do this alone.
PAUSE_S = 0.003
# Every so often all points are asked for in one request, so that a mixed answer would show. The
# others ask for one point each: they come closer together, and take less of the cores for which
# the servers contend.
ALL_EVERY = 10
QUICK_TURN_S = 0.0002


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold one answer: when it was asked for and came, its revision, what it said.

    ``grids`` are the owners of the points from number ``first`` on.
    """

    asked: float
    came: float
    revision: str
    grids: tuple[str | None, ...]
    first: int = 0


@dataclass
class Watch:
    """Hold what one process answered, question after question, and what it refused."""

    server_pid: int
    seen: list[Seen] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Watching:
    """Hold the watches until they are over."""

    watches: list[Watch]
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def watching(lines: Sequence[Line], points: FloatArray) -> Iterator[Watching]:
    """Ask each line for the owners of ``points`` again and again for the length of the block.

    One point after another, and now and then all.
    """
    places = points.tolist()
    held = Watching([Watch(line.server_pid) for line in lines])
    threads = [
        threading.Thread(target=_ask, args=(held, watch, line, places))
        for watch, line in zip(held.watches, lines, strict=True)
    ]
    turn_s = sys.getswitchinterval()
    # An answer is noted when it comes, not when the other thread has had its turn.
    sys.setswitchinterval(QUICK_TURN_S)
    for thread in threads:
        thread.start()
    try:
        yield held
    finally:
        held.over.set()
        sys.setswitchinterval(turn_s)
        for thread in threads:
            thread.join()


def _ask(held: Watching, watch: Watch, line: Line, places: Sequence[Sequence[float]]) -> None:
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    every = {"crs": "cgcs2000", "positions": places}
    single = [f"/v1/locate?lon={lon!r}&lat={lat!r}&crs=cgcs2000" for lon, lat in places]
    for turn in itertools.count():
        if held.over.is_set():
            return
        first = turn % max(1, len(places))
        asks_all = turn % ALL_EVERY == 0 or not places
        asked = time.perf_counter()
        if asks_all:
            answer = line.ask("POST", "/v1/locate/batch", every)
        else:
            answer = line.ask("GET", single[first])
        came = time.perf_counter()
        if not answer.is_taken:
            watch.errors.append(f"{answer.status}: {answer.content[:200]!r}")
            continue
        told = answer.json
        if asks_all:
            first, grids = 0, tuple(row["grid"] for row in told["rows"])
        else:
            grids = (told["grid"] and told["grid"]["code"],)
        watch.seen.append(Seen(asked, came, told["revision"], grids, first))
        time.sleep(PAUSE_S)


@dataclass(frozen=True, slots=True)
class Commit:
    """Hold when a commit was written down (calendar) and when it was announced (counter).

    It takes place between the two: nobody can see it before it is on the disk.
    """

    written: float
    announced: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold how long after the commit one process came to the new boundaries.

    ``in_force_ms``: from the announcement of the commit until the process itself says that every
    question is answered from them, below nought where that is noted first. ``written_ms``: the
    same from the writing of the commit, the disk's time included. From outside, from the
    announcement: ``old_ms`` to the asking of the last question that was answered from the old
    revision, 0 where none was asked after it; ``new_ms`` to the first answer from the new one,
    with its way and the asking program's own lateness.
    """

    in_force_ms: float
    written_ms: float
    old_ms: float
    new_ms: float
    answers: int
    wrong: tuple[str, ...]


def judge(
    watch: Watch,
    commit: Commit,
    expected: Sequence[tuple[str, Owners]],
    in_force: InForce | None,
) -> Verdict:
    """Hold every answer against the owners of the revision that it names, old first, new last.

    None of them may be old when it was asked for after the process said that it is in force.
    """
    wrong = list(watch.errors)
    (old, _), (new, _) = expected
    known = dict(expected)
    is_new = False
    last_old, first_new = commit.announced, None
    for seen in watch.seen:
        if seen.revision not in known:
            wrong.append(f"an answer from {seen.revision}")
            continue
        owners = known[seen.revision][seen.first : seen.first + len(seen.grids)]
        if differing := sum(a != b for a, b in zip(seen.grids, owners, strict=True)):
            wrong.append(f"{differing} owners are not those of {seen.revision}: a mix")
        if seen.revision == new and not is_new:
            is_new, first_new = True, seen.came
        if seen.revision == old:
            last_old = max(last_old, seen.asked)
            if is_new:
                wrong.append("the old revision after the new one")
            if in_force is not None and seen.asked > in_force.counted:
                wrong.append("the old revision after the new one was said to be in force")
    if first_new is None or in_force is None:
        wrong.append("never came to the new revision")
        first_new, in_force = math.inf, InForce(math.inf, math.inf)
    # An answer from the new boundaries says so as well.
    counted = min(in_force.counted, first_new)
    since_written = in_force.at - commit.written - (in_force.counted - counted)
    return Verdict(
        (counted - commit.announced) * 1e3,
        since_written * 1e3,
        (last_old - commit.announced) * 1e3,
        (first_new - commit.announced) * 1e3,
        len(watch.seen),
        tuple(wrong),
    )
