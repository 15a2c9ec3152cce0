"""Stand between a browser and the service: let the network go away as in a dead spot."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 65536


class DeadSpot:
    """Pass connections on to the service, or refuse them, or lose what the service answers."""

    def __init__(self, port: int) -> None:
        """Listen on a port of its own for the service on ``port``."""
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.is_cut = threading.Event()
        # How many answers to requests that write are still to be lost on their way.
        self.to_lose = 0
        self.lost: list[bytes] = []
        self.guard = threading.Lock()
        self.open: set[socket.socket] = set()

    def cut(self) -> None:
        """Let the network go away, for what is open too."""
        self.is_cut.set()
        with self.guard:
            there = list(self.open)
        for connection in there:
            _shut(connection)

    def restore(self) -> None:
        """Let it come back."""
        self.is_cut.clear()

    def lose_next_answer(self) -> None:
        """Let the next request that writes arrive, and its answer not."""
        with self.guard:
            self.to_lose += 1

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.is_cut.is_set():
                _shut(near)
                continue
            far = socket.create_connection(("127.0.0.1", self.target))
            with self.guard:
                self.open |= {near, far}
            losing = threading.Event()
            for work, source, sink in ((self._up, near, far), (self._down, far, near)):
                threading.Thread(target=work, args=(source, sink, losing), daemon=True).start()

    def _up(self, source: socket.socket, sink: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if piece.startswith((b"POST /v1/reports", b"PATCH")):
                    with self.guard:
                        if self.to_lose:
                            self.to_lose -= 1
                            self.lost.append(piece.split(b"\r\n", 1)[0])
                            losing.set()
                sink.sendall(piece)
        self._end(source, sink)

    def _down(self, source: socket.socket, sink: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if losing.is_set():
                    break  # the service has done it; nobody hears of it
                sink.sendall(piece)
        self._end(source, sink)

    def _end(self, *connections: socket.socket) -> None:
        for connection in connections:
            _shut(connection)
        with self.guard:
            self.open -= set(connections)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def dead_spot(port: int) -> Iterator[DeadSpot]:
    """Run one before the service on ``port``."""
    between = DeadSpot(port)
    threading.Thread(target=between.serve, daemon=True).start()
    yield between
    between.cut()
    between.listener.close()
