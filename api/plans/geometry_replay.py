"""Do a plan's steps again on other boundaries, the heavy ones before any lock is held.

While boundaries are published every report waits at the lock. So a replay that may take long is
never done under it: the transaction is given up, the replay done in a process of its own, and the
transaction begun anew, in which its outcome is at hand if the boundaries are still the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from api.db.engine import Connection, Database, Scope
from api.plans.geometry_cost import is_heavy
from api.plans.geometry_process import GeometryProcesses
from api.plans.geometry_steps import Step, do_in_order
from api.plans.geometry_wire import Job, write_job
from api.plans.operation_log import from_log
from api.problems import Problem
from geo.redraw.limits import Limits
from geo.redraw.operations import Operation
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

# A plan may hold several heavy steps.
_TIMES: Final = 3
# Each plan that is scheduled for later may need a replay of its own.
_MOST_TRIES: Final = 12

T = TypeVar("T")
_Done = dict[bytes, "list[Step] | RedrawError"]
_done: ContextVar[_Done | None] = ContextVar("replays_done", default=None)


class ReplayWantedError(Exception):
    """Give a transaction up: a heavy replay has to be done before it."""

    def __init__(self, key: bytes, job: Job) -> None:
        """Keep the work and the name under which its outcome will be looked for."""
        super().__init__("a heavy replay has to be done first")
        self.key = key
        self.job = job


def with_replays(
    database: Database,
    processes: GeometryProcesses,
    scope: Scope,
    work: Callable[[Connection], T],
) -> T:
    """Run ``work`` in one transaction, its heavy replays done before; commit before the return.

    Raises whatever ``work`` does, and Problem 503 when the boundaries never keep still.
    """
    done: _Done = {}
    token = _done.set(done)
    try:
        for _ in range(_MOST_TRIES):
            try:
                with database.transaction(scope) as connection:
                    return work(connection)
            except ReplayWantedError as wanted:
                done[wanted.key] = _aside(processes, wanted.job)
    finally:
        _done.reset(token)
    words = "界线正被频繁修改，没有做成，请稍后重试。"
    raise Problem("unavailable", words, headers={"Retry-After": "5"})


def _aside(processes: GeometryProcesses, job: Job) -> list[Step] | RedrawError:
    try:
        return processes.run(job, times=_TIMES)
    except RedrawError as refusal:
        return refusal


def do_again(
    sheet: Sheet, rows: Sequence[Any], limits: Limits, *, halt: bool
) -> Iterator[tuple[Any, Step]]:
    """Yield each row of a plan's log with what comes of it on ``sheet``, in order.

    A refused step changes nothing; with ``halt`` it is also the last. Raises ReplayWantedError
    inside ``with_replays`` for what has to be done before.
    """
    operations = [from_log(row.logged) for row in rows]
    heavy = next((n for n, step in enumerate(operations) if is_heavy(sheet, step)), None)
    done = _done.get()
    if heavy is None or done is None:
        yield from zip(rows, do_in_order(sheet, operations, limits, halt=halt), strict=False)
        return
    steps = _ahead(done, sheet, operations, limits, halt=halt)
    if isinstance(steps, RedrawError):
        # Nobody knows how far it came: the heavy step is to blame, or none can be done.
        yield from ((row, steps) for row in (rows[heavy : heavy + 1] if halt else rows))
        return
    yield from zip(rows, steps, strict=False)


def _ahead(
    done: _Done, sheet: Sheet, operations: Sequence[Operation], limits: Limits, *, halt: bool
) -> list[Step] | RedrawError:
    job = Job(
        sheet=sheet,
        operations=operations,
        area=limits.area,
        exclaves=sorted(limits.exclaves),
        halt=halt,
    )
    key = hashlib.sha256(write_job(job)).digest()
    if key not in done:
        raise ReplayWantedError(key, job)
    return done[key]
