"""Drive reports through their lives over HTTP: a few senders, many reports under way at a time.

Every request carries a key. One that is not answered is sent again under the same key until it is,
so that whatever is killed meanwhile, each step is acknowledged once or refused once.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from bench.day.choosing import Chooser, Move
from bench.day.ledger import Ledger
from bench.day.matters import Matters
from bench.day.people import People

PATIENCE_S = 120.0
PAUSE_S = 0.1
MOST_REFUSALS = 12
_NOT_NOW = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY})


class Unanswered(Exception):
    """Say that the service did not answer for longer than anybody would wait."""


class Line:
    """Hold one connection that is opened again when it breaks."""

    def __init__(self, port: int, ledger: Ledger) -> None:
        """Open nothing yet."""
        self._port = port
        self._ledger = ledger
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0

    def send(
        self, method: str, path: str, body: object, token: str, key: str
    ) -> tuple[int, dict[str, Any], bool, float]:
        """Return status, answer, whether it is a replay, and the seconds of the last try.

        Raises Unanswered after a long time without an answer.
        """
        deadline = time.monotonic() + PATIENCE_S
        content = None if body is None else json.dumps(body)
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        while time.monotonic() < deadline:
            began = time.perf_counter()
            try:
                status, answer, replayed = self._once(method, path, content, headers)
            except (OSError, http.client.HTTPException, ValueError):
                self.close()
                self._ledger.break_off()
                time.sleep(PAUSE_S)
                continue
            if status not in _NOT_NOW:
                return status, answer, replayed, time.perf_counter() - began
            time.sleep(PAUSE_S)
        raise Unanswered(f"{method} {path} was never answered")

    def _once(
        self, method: str, path: str, content: str | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any], bool]:
        # The service hangs up on who is silent for five seconds.
        if self._connection is None or time.monotonic() - self._used > 2:
            self.close()
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        self._connection.request(method, path, content, dict(headers))
        response = self._connection.getresponse()
        read = response.read()
        self._used = time.monotonic()
        answer = json.loads(read) if read else {}
        return response.status, answer, response.headers.get("Idempotent-Replayed") == "true"

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass
class _Life:
    """Hold a report under way: its last answer, who chooses, how many steps were sent."""

    number: int
    chooser: Chooser
    report: dict[str, Any] | None = None
    sent: int = 0
    refusals: int = 0


@dataclass
class Drive:
    """Hold a day's load. ``count`` reports, at most ``at_once`` of them under way."""

    port: int
    people: People
    matters: Matters
    run: str
    seed: int
    count: int
    at_once: int = 200
    senders: int = 2
    until: float = float("inf")
    ledger: Ledger = field(default_factory=Ledger)
    intake_s: list[float] = field(default_factory=list)
    step_s: dict[str, list[float]] = field(default_factory=dict)
    begun: int = 0
    ended: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    # How a sender reaches the service; a control of the harness has another way.
    line: Callable[[Ledger], Line] | None = None
    _under_way: list[_Life] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def go(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Drive all reports to their ends, or until the time is over; do ``meanwhile`` beside."""
        with ThreadPoolExecutor(self.senders + 1) as threads:
            tasks = [threads.submit(self._send, number) for number in range(self.senders)]
            beside = threads.submit(meanwhile)
            wait(tasks)
            self.stop.set()
            for task in (*tasks, beside):
                task.result()

    @property
    def steps(self) -> int:
        """Return how many steps were acknowledged."""
        return len(self.ledger.keys)

    def _send(self, number: int) -> None:
        chance = random.Random(f"{self.seed} sender {number}")
        line = self.line(self.ledger) if self.line else Line(self.port, self.ledger)
        try:
            while (life := self._take(chance)) is not None:
                if self._advance(line, life):
                    with self._lock:
                        self._under_way.append(life)
                else:
                    self.ended += 1
        except Unanswered as silence:
            self.ledger.complain(str(silence))
        finally:
            line.close()

    def _take(self, chance: random.Random) -> _Life | None:
        """Return a report that nobody else has in hand, a new one while there is room."""
        with self._lock:
            if self.stop.is_set() or time.monotonic() > self.until:
                return None
            room = self.begun < self.count and len(self._under_way) < self.at_once
            if room and (not self._under_way or chance.random() < 0.3):
                self.begun += 1
                source = random.Random(f"{self.seed} life {self.begun}")
                return _Life(self.begun, Chooser(self.people, source, self._another))
            if not self._under_way:
                return None
            # The last one takes the place of the one that is taken out.
            index = chance.randrange(len(self._under_way))
            self._under_way[index], self._under_way[-1] = (
                self._under_way[-1],
                self._under_way[index],
            )
            return self._under_way.pop()

    def _another(self) -> dict[str, Any] | None:
        with self._lock:
            known = [life.report for life in self._under_way[-20:] if life.report is not None]
        return known[0] if known else None

    def _advance(self, line: Line, life: _Life) -> bool:
        """Do the next thing of a report; say whether there is more to come."""
        if life.report is None:
            return self._begin(line, life)
        choice = life.chooser.next(life.report)
        return choice is not None and self._step(line, life, choice)

    def _begin(self, line: Line, life: _Life) -> bool:
        key = f"{self.run}-{life.number}"
        body = self.matters.body(life.number, self.run)
        token = self.people.token("dispatcher")
        status, answer, replayed, seconds = line.send("POST", "/v1/reports", body, token, key)
        if status != HTTPStatus.CREATED:
            self.ledger.complain(f"intake answered {status}: {str(answer)[:200]}")
            return False
        self.ledger.take_report(key, answer, replayed=replayed)
        self.intake_s.append(seconds)
        # The answer of intake is kept as it was; the life is told by the report itself.
        life.report = self._read(line, str(answer["id"]))
        return life.report is not None

    def _step(self, line: Line, life: _Life, choice: Move) -> bool:
        assert life.report is not None
        before, life.sent = life.report, life.sent + 1
        key = f"{self.run}-{life.number}-{life.sent}"
        path = f"/v1/reports/{before['id']}/steps"
        token = self.people.token(choice.who)
        status, answer, replayed, seconds = line.send("POST", path, choice.body, token, key)
        if status == HTTPStatus.OK:
            self.ledger.take_step(key, choice.body, before, answer, replayed=replayed)
            self.step_s.setdefault(choice.step, []).append(seconds)
            # What a worker or a department is told is cut to what they may see.
            life.report = answer if choice.who in ("dispatcher", "shift_lead") else None
        elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.ledger.complain(f"{choice.step} answered {status}: {str(answer)[:200]}")
        else:
            life.refusals += 1
            self.ledger.refuse(choice.step, str(answer.get("reason", answer.get("title"))))
            life.report = None
        if life.report is None:
            life.report = self._read(line, str(before["id"]))
        if status != HTTPStatus.OK and life.refusals > MOST_REFUSALS:
            return False
        if status != HTTPStatus.OK and life.report is not None and life.refusals > 2:
            return self._step(line, life, life.chooser.after_refusal(life.report))
        return life.report is not None

    def _read(self, line: Line, report_id: str) -> dict[str, Any] | None:
        token = self.people.token("dispatcher")
        status, answer, _, _ = line.send("GET", f"/v1/reports/{report_id}", None, token, "read")
        if status != HTTPStatus.OK:
            self.ledger.complain(f"reading a report answered {status}")
            return None
        return answer
