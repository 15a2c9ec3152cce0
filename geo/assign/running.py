"""Run a plan: pieces in any order on many cores, written in their order, with a way back in."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from geo.assign.journal import Journal, Line
from geo.assign.plans import Done, Plan
from geo.assign.refusal import cannot_write


class Future(Protocol):
    """Stand for a piece that is being done, here or on another machine."""

    def result(self) -> Done:
        """Wait for it and return it; raise what it raised."""
        ...

    def cancel(self) -> object:
        """Ask that it is not begun."""
        ...


Submit = Callable[[Any], Future]


@dataclass(slots=True)
class Progress:
    """Hold what has been done so far."""

    rows: int
    total: int | None
    # 0 to 1, for files whose rows are not known beforehand.
    share: float


@dataclass(slots=True)
class Counts:
    """Hold what the whole file came to."""

    rows: int = 0
    assigned: int = 0
    resumed_rows: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    # Sentences about the input as a whole, to be told at the end.
    warnings: list[str] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """Count a block."""
        self.rows += line.rows
        self.assigned += line.assigned
        self.reasons.update(line.reasons)


def run(
    plan: Plan,
    journal: Journal,
    *,
    threads: int,
    tell: Callable[[Progress], None],
    submit: Submit | None = None,
    ahead: int | None = None,
) -> Counts:
    """Work through the plan into the open journal's part, up to the end of the file.

    The pieces are done by ``threads`` here, or where ``submit`` sends them; ``ahead`` bounds how
    many are under way. Raises GeoError; what is done stays in the journal.
    """
    begin, head = plan.first()
    if not journal.lines:
        journal.append(head, Line(begin, begin + len(head), _crc(head), 0, 0, 0, {}))
    counts = Counts(resumed_rows=journal.resumed_rows)
    for line in journal.lines:
        counts.add(line)
    with ThreadPoolExecutor(threads, "assign") as pool, _Beside(plan, journal) as beside:
        send: Submit = submit or (lambda item: pool.submit(plan.work, item))
        pieces = in_order(plan.items(journal.mark), send, ahead=ahead or threads + 1)
        for piece in pieces:
            beside.check()
            line = piece.line(journal.end)
            journal.append(piece.data, line)
            counts.add(line)
            tell(Progress(counts.rows, plan.row_count, plan.share_read()))
        beside.wait()
    return counts


def _crc(data: bytes) -> int:
    from zlib import crc32

    return crc32(data)


def in_order(items: Iterable[Any], submit: Submit, *, ahead: int) -> Iterator[Done]:
    """Yield the pieces in the order of their items, at most ``ahead`` more than one under way."""
    waiting: deque[Future] = deque()
    try:
        for item in items:
            waiting.append(submit(item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


class _Beside:
    """Run what a plan does beside its pieces, and hand on what goes wrong there."""

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self._plan, self._journal = plan, journal
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="assign-copy", daemon=True)

    def _run(self) -> None:
        try:
            self._plan.beside(self._journal.descriptor, self._stop)
        except OSError as error:
            self._error = cannot_write(error)
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits for it
            self._error = error

    def __enter__(self) -> _Beside:
        self._thread.start()
        return self

    def check(self) -> None:
        if self._error is not None:
            raise self._error

    def wait(self) -> None:
        self._thread.join()
        self.check()

    def __exit__(self, *_raised: object) -> None:
        self._stop.set()
        self._thread.join()
