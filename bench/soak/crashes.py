"""Kill processes of a running service with kill -9 while reports come in, and count the reports.

A report that was answered with 201 must be there, once, with its owner and its events; one that
was not answered is sent again with the same key until it is, and must then be there once too.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from bench.soak.campaign import Tally, Trial
from bench.soak.mortal import KILLS, MortalService
from bench.workplace import Workplace

SENDERS = 6
REPORTS = 240
PATIENCE_S = 120.0


@contextmanager
def crashes(workplace: Workplace) -> Iterator[Trial]:
    """Load the service, kill one of its processes in the middle, and take stock."""
    workplace.credentials()
    service = MortalService(workplace)
    with service.stack:
        service.start()
        token = workplace.login(service.port)

        def trial(seed: int, tally: Tally) -> None:
            chance = random.Random(seed)
            name = chance.choice(list(KILLS))
            load = _Load(service.port, token, f"soak-{seed}")
            began = time.monotonic()
            with ThreadPoolExecutor(SENDERS) as threads:
                sent = [threads.submit(load.deliver, number) for number in range(REPORTS)]
                load.wait_for(chance.randrange(20, REPORTS - 40))
                KILLS[name](service, chance)
                while not all(one.done() for one in sent):
                    service.ensure(tally)
                    time.sleep(0.2)
                for one in sent:
                    one.result()
            service.settle(tally)
            tally.worst("longest_trial_s", time.monotonic() - began)
            tally.add(f"kills of a {name}")
            tally.checked += REPORTS
            tally.failures += [f"seed {seed}, {name}: {wrong}" for wrong in _stock(workplace, load)]

        yield trial


class _Load:
    """Hold the reports of one trial and what was answered to them."""

    def __init__(self, port: int, token: str, name: str) -> None:
        self.name = name
        self.answered: dict[int, str] = {}
        self._port = port
        self._token = token
        self._lock = threading.Lock()

    def deliver(self, number: int) -> None:
        """Send a report again and again, with the same key, until it is answered."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            report_id = self._send(number)
            if report_id is not None:
                with self._lock:
                    self.answered[number] = report_id
                return
            time.sleep(0.05)

    def wait_for(self, count: int) -> None:
        """Return when so many reports are answered."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.answered) < count and time.monotonic() < deadline:
            time.sleep(0.001)

    def _send(self, number: int) -> str | None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"{self.name}-{number:05d}",
        }
        body = {
            "channel": "walk_in",
            "text": f"{self.name} {number}",
            "position": {"lon": 110.52, "lat": 40.55, "crs": "gcj02", "accuracy_m": 20},
        }
        try:
            line.request("POST", "/v1/reports", json.dumps(body), headers)
            response = line.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            line.close()
        return str(answer["id"]) if response.status == http.HTTPStatus.CREATED else None


def _stock(workplace: Workplace, load: _Load) -> list[str]:
    """Return what is wrong with the stored reports of a load, in words."""
    with workplace.connect() as connection:
        rows = connection.execute(
            "SELECT r.id::text, (SELECT count(*) FROM assignments a WHERE a.report_id = r.id AND "
            "a.current), (SELECT count(*) FROM report_events e WHERE e.report_id = r.id), "
            "(SELECT count(*) FROM outbox o WHERE o.payload->>'id' = r.id::text) "
            "FROM reports r WHERE r.text LIKE %s",
            (f"{load.name} %",),
        ).fetchall()
    stored = {str(row[0]) for row in rows}
    wrong = []
    if missing := REPORTS - len(load.answered):
        wrong.append(f"{missing} reports were never answered")
    if lost := set(load.answered.values()) - stored:
        wrong.append(f"{len(lost)} answered reports are lost")
    if len(rows) != REPORTS:
        wrong.append(f"{len(rows)} reports are stored instead of {REPORTS}")
    if halves := sum(tuple(row[1:]) != (1, 2, 1) for row in rows):
        wrong.append(f"{halves} reports lack an owner, an event or an outbox row, or have two")
    return wrong
