"""Be a gateway on loopback: remember what was posted and answer as a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class FakeGateway:
    """Hold what came in; ``answer`` says what goes out, and may wait before it does."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], Answer] = lambda _request: (200, {}, b"{}")

    @property
    def keys(self) -> list[str]:
        return [request["headers"]["Idempotency-Key"] for request in self.requests]


def says(status: int, body: Any = None, **headers: str) -> Callable[[dict[str, Any]], Answer]:
    sent = b"" if body is None else json.dumps(body).encode()
    return lambda _request: (status, headers, sent)


@contextmanager
def fake_gateway() -> Iterator[FakeGateway]:
    gateway = FakeGateway()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            request = {
                "path": self.path,
                "headers": dict(self.headers.items()),
                "body": json.loads(self.rfile.read(length)),
            }
            with lock:
                gateway.requests.append(request)
            status, headers, body = gateway.answer(request)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    # Who hung up early is part of the test.
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
