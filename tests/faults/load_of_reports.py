"""Send many reports at once through faults; hold the acknowledged against the stored ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from tests.store.rows import direct

SENDERS = 8
# Without one more report, and for the whole.
PATIENCE_S, WHOLE_S = 45.0, 90.0
PAUSE_S = 0.05

# Sends the report of a number and returns its id. Raises ConnectionError when the answer did not
# come: nobody knows then whether the report was stored.
Send = Callable[[int], str]


@dataclass(slots=True)
class Load:
    """Hold a load of numbered reports: what was acknowledged, how often it was tried."""

    send: Send
    count: int
    acknowledged: dict[int, str] = field(default_factory=dict)
    unanswered: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self, *, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Send all, again and again until each is acknowledged; do ``meanwhile`` beside it."""
        with ThreadPoolExecutor(SENDERS + 1) as threads:
            tasks = [threads.submit(meanwhile)]
            tasks += [threads.submit(self._deliver, number) for number in range(self.count)]
            done = self._wait_for(tasks)
            self._over.set()  # whoever still tries gives up
            for task in done:
                task.result()
            assert len(done) == len(tasks), "the load did not come to its end"

    def _wait_for(self, tasks: Collection[Future[None]]) -> set[Future[None]]:
        """Return what is done when all is, one has failed, or it takes too long."""
        until = time.monotonic() + WHOLE_S
        while True:
            before, left_s = len(self.acknowledged), until - time.monotonic()
            patience_s = max(0.0, min(PATIENCE_S, left_s))
            done, open_ = wait(tasks, timeout=patience_s, return_when=FIRST_EXCEPTION)
            failed = any(task.exception() for task in done)
            is_late = len(self.acknowledged) == before or time.monotonic() >= until
            if failed or not open_ or is_late:
                return done

    def wait_for(self, share: float) -> None:
        """Return when this share of the reports is acknowledged."""
        while len(self.acknowledged) < share * self.count:
            assert not self._over.wait(0.002), "the load does not get on"

    def _deliver(self, number: int) -> None:
        while not self._over.is_set():
            try:
                report_id = self.send(number)
            except ConnectionError:
                with self._lock:
                    self.unanswered += 1
                self._over.wait(PAUSE_S)
                continue
            with self._lock:
                self.acknowledged[number] = report_id
            return


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say which acknowledged reports are not there, and which are there more than once."""

    lost: frozenset[int]
    doubled: frozenset[int]


def words(load: str, number: int) -> str:
    """Return the text of a report, by which it is found again."""
    return f"{load} {number}"


def verdict(superuser_url: str, name: str, load: Load) -> Verdict:
    """Compare the acknowledged reports of the load ``name`` with the stored ones.

    A report counts as stored with exactly one owner in force, its events and its outbox row.
    """
    with direct(superuser_url) as connection:
        rows = connection.execute(
            "SELECT r.id::text, r.text FROM reports r WHERE r.text LIKE %s"
            " AND (SELECT count(*) FROM assignments a WHERE a.report_id = r.id AND a.current) = 1"
            " AND (SELECT count(*) FROM report_events e WHERE e.report_id = r.id) = 2"
            " AND (SELECT count(*) FROM outbox o WHERE o.payload->>'id' = r.id::text) = 1",
            (f"{name} %",),
        ).fetchall()
    stored = {str(row[0]) for row in rows}
    texts = [str(row[1]) for row in rows]
    return Verdict(
        lost=frozenset(n for n, report_id in load.acknowledged.items() if report_id not in stored),
        doubled=frozenset(n for n in range(load.count) if texts.count(words(name, n)) > 1),
    )
