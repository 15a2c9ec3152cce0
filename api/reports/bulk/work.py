"""Take a file's rows in, block by block, on several cores: each worker a process of its own."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from typing import Any

from api.db.engine import SERVICE, Scope
from api.deps import Service
from api.input_types import now as clock
from api.knowledge import Knowledge
from api.reports.bulk.blocks import Fate, Outcome, look_at_block, take_in_block
from api.reports.bulk.rows import Row, RowRefused, Sender, request_of
from api.reports.intake import Request
from api.service_parts import build_service
from api.settings import Settings
from geo.errors import GeoError

_AHEAD = 2
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Hold what holds for every block: who sends, what they may, whether anything is stored."""

    sender: Sender
    scope: Scope = SERVICE
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Hold how the work is cut: processes, and rows in one transaction."""

    jobs: int = 1
    block_rows: int = 1000


@dataclass(frozen=True, slots=True)
class Done:
    """Hold what became of the rows of a block, in order."""

    rows: Sequence[Row]
    outcomes: Sequence[Outcome]


def take_rows(service: Service, task: Task, rows: Sequence[Row]) -> list[Outcome]:
    """Take the rows of one block in; return what became of each, in order."""
    known = service.keeper.current()
    at = clock()
    outcomes: list[Outcome | None] = []
    requests: list[Request] = []
    for row in rows:
        made = _request_or_refusal(row, task.sender, known, at)
        if isinstance(made, Request):
            requests.append(made)
            outcomes.append(None)
        else:
            outcomes.append(made)
    run = look_at_block if task.dry_run else take_in_block
    taken = iter(run(service.database, service.keeper, task.scope, requests))
    return [outcome or next(taken) for outcome in outcomes]


def _request_or_refusal(
    row: Row, sender: Sender, known: Knowledge, at: datetime
) -> Request | Outcome:
    try:
        return request_of(row, sender, known, at)
    except RowRefused as refused:
        return Outcome(
            Fate.REFUSED,
            column=refused.column,
            reason=refused.reason,
            message=refused.message,
        )


def blocks_of(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Return the rows in blocks."""
    remaining = iter(rows)
    while block := list(islice(remaining, size)):
        yield block


def take_all(service: Service, task: Task, rows: Iterable[Row], size: Size) -> Iterator[Done]:
    """Take all rows in and tell of each block as it is done, in the order of the file.

    With several jobs a process each works at a block of its own. A block that was begun is
    finished when the reading of rows fails, or whoever iterates stops.
    """
    blocks = blocks_of(rows, size.block_rows)
    first = list(islice(blocks, 2))
    if size.jobs < 2 or len(first) < 2:
        _load(service)
        for block in (*first, *blocks):
            yield Done(block, _take_quietly(service, task, block))
        return
    with _workers(service.settings, task, size.jobs) as pool:
        try:
            yield from _spread(pool, _chained(first, blocks), size.jobs * _AHEAD)
        except BrokenProcessPool:
            words = "一个工作进程意外结束，可能是内存不足；再次运行同一命令即可接着做，不会重复。"
            raise GeoError("worker_ended", words, field="file") from None


def _chained(first: Sequence[list[Row]], rest: Iterator[list[Row]]) -> Iterator[list[Row]]:
    yield from first
    yield from rest


def _spread(pool: ProcessPoolExecutor, blocks: Iterator[list[Row]], ahead: int) -> Iterator[Done]:
    running: deque[tuple[list[Row], Future[list[Outcome]]]] = deque()
    failed: GeoError | None = None
    while True:
        try:
            while failed is None and len(running) < ahead:
                block = next(blocks)
                running.append((block, pool.submit(_take, block)))
        except StopIteration:
            ahead = 0
        except GeoError as error:  # what was begun is told of first
            failed = error
        if not running:
            break
        rows, future = running.popleft()
        yield Done(rows, future.result())
    if failed is not None:
        raise failed


@contextmanager
def _workers(settings: Settings, task: Task, jobs: int) -> Iterator[ProcessPoolExecutor]:
    # Not forked: connections and threads of this process are its own.
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(settings, task, os.getpid()),
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_here: dict[str, Any] = {}


def _begin(settings: Settings, task: Task, parent: int) -> None:
    """Keep what the blocks of this process share; the first of them opens it."""
    # The terminal tells all of them to stop; the blocks that were begun are finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _here.update(settings=settings, task=task)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)


def _take(rows: Sequence[Row]) -> list[Outcome]:
    if "service" not in _here:
        _here["service"] = build_service(_here["settings"])
        _load(_here["service"])
    return _take_quietly(_here["service"], _here["task"], rows)


def _load(service: Service) -> None:
    """Load what every answer needs, and leave it out of each later search for garbage."""
    service.keeper.current()
    gc.collect()
    gc.freeze()


def _take_quietly(service: Service, task: Task, rows: Sequence[Row]) -> list[Outcome]:
    """Take a block in without a search for garbage in its midst: all of it lives to the end."""
    gc.disable()
    try:
        return take_rows(service, task, rows)
    finally:
        gc.enable()
