"""Ask every server process for owners while boundaries are published, and judge each answer."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import psycopg
from numpy.typing import NDArray

from bench.county import FloatArray
from bench.redraw.lines import Line

Owners = NDArray[np.object_]
LISTEN_S = 0.2
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
    """Hold the watches, and when the database announced a commit of boundaries."""

    watches: list[Watch]
    commits: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def watching(
    lines: Sequence[Line], points: FloatArray, connection: psycopg.Connection[tuple[object, ...]]
) -> Iterator[Watching]:
    """Ask each line for the owners of ``points`` again and again for the length of the block.

    One point after another, and now and then all; ``connection`` listens.
    """
    places = points.tolist()
    held = Watching([Watch(line.server_pid) for line in lines])
    connection.execute("LISTEN wangge_revision")
    threads = [threading.Thread(target=_listen, args=(held, connection))]
    threads += [
        threading.Thread(target=_ask, args=(held, watch, line, places))
        for watch, line in zip(held.watches, lines, strict=True)
    ]
    turn_s = sys.getswitchinterval()
    # A commit is noted when it is announced, not when a thread that asks has had its turn.
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
        connection.execute("UNLISTEN *")


def _listen(held: Watching, connection: psycopg.Connection[tuple[object, ...]]) -> None:
    while not held.over.is_set():
        for notify in connection.notifies(timeout=LISTEN_S):
            if notify.payload == "boundaries":
                held.commits.append(time.perf_counter())


def _ask(held: Watching, watch: Watch, line: Line, places: Sequence[Sequence[float]]) -> None:
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
class Verdict:
    """Hold between which two instants after the commit one process came to the new boundaries.

    ``old_ms``: to the asking of the last question that was answered from the old revision, 0 where
    none was asked after the commit: it was not sooner. ``new_ms``: to the first answer from the
    new one: it was not later. What lies between is for want of questions: only ``new_ms`` can
    show that something was quick.
    """

    old_ms: float
    new_ms: float
    answers: int
    wrong: tuple[str, ...]


def judge(watch: Watch, commit: float, expected: Sequence[tuple[str, Owners]]) -> Verdict:
    """Hold every answer against the owners of the revision that it names, old first, new last."""
    wrong = list(watch.errors)
    (old, _), (new, _) = expected
    known = dict(expected)
    is_new = False
    last_old, first_new = commit, None
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
    if first_new is None:
        wrong.append("never answered from the new revision")
        first_new = float("inf")
    return Verdict(
        (last_old - commit) * 1e3, (first_new - commit) * 1e3, len(watch.seen), tuple(wrong)
    )
