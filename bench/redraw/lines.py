"""Talk to one chosen server process each, over a connection that stays open, and time it."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import NotMeasured, children_of

MOST_TRIES = 200
# The service hangs up on who is silent for five seconds.
IDLE_S = 2.0
_ESTABLISHED = "01"


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold an answer: its status, its bytes, and the seconds from the question to the last byte."""

    status: int
    content: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """Return the bytes as JSON."""
        return json.loads(self.content)

    @property
    def is_taken(self) -> bool:
        """Say whether the server did what it was asked."""
        return self.status < http.HTTPStatus.BAD_REQUEST


class Line:
    """Hold one open connection: all that is asked over it is answered by one process."""

    def __init__(self, server: Server, pid: int, connection: http.client.HTTPConnection) -> None:
        """Take a connection that was found to lead to process ``pid``."""
        self.server_pid = pid
        self._server = server
        self._connection = connection
        self._used = time.monotonic()

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request and return what came back, whatever its status."""
        if time.monotonic() - self._used > IDLE_S:
            self._reach_again()
        content = None if body is None else json.dumps(body)
        began = time.perf_counter()
        self._connection.request(method, path, content, {**self._server.headers, **(headers or {})})
        response = self._connection.getresponse()
        read = response.read()
        seconds = time.perf_counter() - began
        self._used = time.monotonic()
        return Answer(response.status, read, seconds)

    def need(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """Return the JSON of an answer; raise NotMeasured for a refusal."""
        answer = self.ask(method, path, body, **more)
        if not answer.is_taken:
            words = answer.content.decode(errors="replace")[:300]
            raise NotMeasured(f"{method} {path} answered {answer.status}: {words}")
        return answer.json

    def _reach_again(self) -> None:
        self.close()
        with self._server.connecting() as connections:
            for pid, connection in connections:
                if pid == self.server_pid:
                    self._connection = connection
                    return

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Server:
    """Hold a service of several processes, and who asks."""

    port: int
    root_pid: int
    token: str

    @property
    def headers(self) -> Mapping[str, str]:
        """Return what every request carries."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    @contextmanager
    def connecting(self) -> Iterator[Iterator[tuple[int, http.client.HTTPConnection]]]:
        """Give new connections, each with the process it leads to; the last one stays open.

        The kernel deals connections out as it likes. Raises NotMeasured after many.
        """
        opened: list[http.client.HTTPConnection] = []

        def connect() -> Iterator[tuple[int, http.client.HTTPConnection]]:
            for _ in range(MOST_TRIES):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
                opened.append(connection)
                connection.request("GET", "/livez")
                connection.getresponse().read()
                local_port = connection.sock.getsockname()[1]
                pid = _server_of(local_port, self.port, children_of(self.root_pid))
                if pid is not None:
                    yield pid, connection
            raise NotMeasured(f"not every server process answered on port {self.port}")

        try:
            yield connect()
        finally:
            # Open until now: a process that holds idle ones leaves the next to another.
            for connection in opened[:-1]:
                connection.close()


@contextmanager
def lines_to_each(server: Server, servers: int) -> Iterator[Sequence[Line]]:
    """Give one line to each of the ``servers`` processes of a service."""
    lines: dict[int, Line] = {}
    while len(lines) < servers:
        with server.connecting() as connections:
            for pid, connection in connections:
                if pid not in lines:
                    lines[pid] = Line(server, pid, connection)
                    break
    try:
        yield [lines[pid] for pid in sorted(lines)]
    finally:
        for line in lines.values():
            line.close()


def _server_of(client_port: int, server_port: int, pids: Sequence[int]) -> int | None:
    """Return which process holds the other end of a loopback connection (Linux)."""
    inode = _inode_of(client_port, server_port)
    wanted = f"socket:[{inode}]"
    for pid in pids:
        try:
            held = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
        except OSError:
            continue  # it ended, or closed one while we looked
        if wanted in held:
            return pid
    return None


def _inode_of(client_port: int, server_port: int) -> str | None:
    ends = f":{server_port:04X}", f":{client_port:04X}"
    for row in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        fields = row.split()
        here, there, state = fields[1:4]
        if state == _ESTABLISHED and here.endswith(ends[0]) and there.endswith(ends[1]):
            return fields[9]
    return None
