"""Stand in for an SMS gateway on loopback: it takes everything, and remembers under which key."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Inbox:
    """Hold what came in under each key, as a gateway that tells a second sending from a new one."""

    url: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, text: str) -> None:
        """Take a message; the same key with other words is wrong."""
        with self._lock:
            before = self.texts.setdefault(key, text)
            if before is not text:
                self.repeated += 1
                if before != text:
                    self.wrong.append(f"key {key} came with two texts")


@contextmanager
def fake_gateway() -> Iterator[Inbox]:
    """Listen on a free loopback port for the length of the block."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            inbox.take(self.headers.get("Idempotency-Key", ""), json.loads(body)["text"])
            answer = b'{"code": 0}'
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    inbox.url = f"http://127.0.0.1:{server.server_address[1]}/sms"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield inbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
