"""Ask every server process for owners while boundaries are published, and judge each answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold one answer: when it was asked for and came, its revision, what it said."""

    asked: float
    came: float
    revision: str
    grids: tuple[str | None, ...]


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

    One request carries all points, so that a mixed answer would show; ``connection`` listens.
    """
    body = {"crs": "cgcs2000", "positions": points.tolist()}
    held = Watching([Watch(line.server_pid) for line in lines])
    connection.execute("LISTEN wangge_revision")
    threads = [threading.Thread(target=_listen, args=(held, connection))]
    threads += [
        threading.Thread(target=_ask, args=(held, watch, line, body))
        for watch, line in zip(held.watches, lines, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield held
    finally:
        held.over.set()
        for thread in threads:
            thread.join()
        connection.execute("UNLISTEN *")


def _listen(held: Watching, connection: psycopg.Connection[tuple[object, ...]]) -> None:
    while not held.over.is_set():
        for notify in connection.notifies(timeout=LISTEN_S):
            if notify.payload == "boundaries":
                held.commits.append(time.perf_counter())


def _ask(held: Watching, watch: Watch, line: Line, body: Mapping[str, object]) -> None:
    while not held.over.is_set():
        asked = time.perf_counter()
        answer = line.ask("POST", "/v1/locate/batch", body)
        came = time.perf_counter()
        if not answer.is_taken:
            watch.errors.append(f"{answer.status}: {answer.content[:200]!r}")
            continue
        told = answer.json
        grids = tuple(row["grid"] for row in told["rows"])
        watch.seen.append(Seen(asked, came, told["revision"], grids))
        time.sleep(PAUSE_S)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold how one process came to the new boundaries.

    ``old_ms``: from the commit to the last question that was answered from the old revision, 0 for
    none; ``new_ms``: to the first answer from the new one.
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
        if differing := sum(a != b for a, b in zip(seen.grids, known[seen.revision], strict=True)):
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
