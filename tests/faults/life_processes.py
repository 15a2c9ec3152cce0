"""Run server processes with a scheduler beside them, and people who take steps on reports."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
from collections.abc import Mapping

from fastapi.testclient import TestClient

from bench.day.driving import Line
from bench.day.ledger import Ledger
from bench.day.people import ROLES, People
from tests.conftest import FreshDatabase
from tests.faults.test_killed_servers import Servers
from tests.http.demo_county import WORKER_GRID


class LifeProcesses(Servers):
    """Web servers on one port of loopback, and one scheduler; any of them can be killed."""

    def __init__(self, database: FreshDatabase) -> None:
        super().__init__(database)
        self.scheduler = self._start_scheduler()

    def _start_scheduler(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "api.cli.child", "scheduler", "--alive", str(self._alive[0])],
            env=self._environment,
            pass_fds=[self._alive[0]],
            start_new_session=True,
        )

    def kill_scheduler(self) -> None:
        """Kill the scheduler at once and start another."""
        self.scheduler.send_signal(signal.SIGKILL)
        self.scheduler.wait()
        self.scheduler = self._start_scheduler()

    def stop(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait()
        super().stop()


def people_of(database: FreshDatabase, login: Mapping[str, str]) -> People:
    """Everybody who takes steps, by the token that ``login`` holds for their role."""
    return People(login, {WORKER_GRID: login["grid_worker"]}, department="")


def tokens_over_http(servers: Servers, database: FreshDatabase) -> dict[str, str]:
    tokens = {}
    for role in ROLES:
        account = database.credentials[role]
        body = {"username": account["username"], "password": account["password"]}
        tokens[role] = str(servers.ask("POST", "/v1/sessions", body, {})["token"])
    return tokens


class InProcessLine(Line):
    """Send to an application of this process instead of over the wire."""

    def __init__(self, client: TestClient, ledger: Ledger) -> None:
        super().__init__(0, ledger)
        self._client = client

    def _once(
        self, method: str, path: str, content: str | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, object], bool]:
        response = self._client.request(method, path, content=content, headers=dict(headers))
        answer = response.json() if response.content else {}
        return (
            response.status_code,
            answer,
            response.headers.get("Idempotent-Replayed") == "true",
        )


class KeylessLine(InProcessLine):
    """Lose the first answer and every eighth after it, and send again under another key."""

    sent = 0

    def _once(
        self, method: str, path: str, content: str | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, object], bool]:
        self.sent += method == "POST"
        key = f"{headers['Idempotency-Key']}-{self.sent}"
        answer = super()._once(method, path, content, {**headers, "Idempotency-Key": key})
        if method == "POST" and self.sent % 8 == 1:
            raise http.client.RemoteDisconnected("the line broke after the request had left")
        return answer
