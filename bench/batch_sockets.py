"""Take a body and send bytes back with bare sockets: what the loopback and the client cost alone.

No HTTP server stands between: one connection at a time, one thread, no copy but the kernel's. Run
as ``python -m bench.batch_sockets PORT``; ``POST /?size=N`` is answered with N bytes in chunks, as
an answer is whose length nobody knows when it begins.
"""

from __future__ import annotations

import re
import socket
import sys
from contextlib import suppress
from typing import Final

_PIECE: Final = bytes(2 * 1024 * 1024)
_LENGTH: Final = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_SIZE: Final = re.compile(rb"[?&]size=([0-9]+)")


def main(port: int) -> None:
    """Answer one connection after the other until the process is ended."""
    room = bytearray(1024 * 1024)
    with socket.create_server(("127.0.0.1", port)) as listening:
        while True:
            connection, _ = listening.accept()
            # Whoever hangs up takes nobody else's turn.
            with connection, suppress(ConnectionError):
                _answer(connection, room)


def _answer(connection: socket.socket, room: bytearray) -> None:
    came = b""
    while b"\r\n\r\n" not in came:
        piece = connection.recv(64 * 1024)
        if not piece:
            return
        came += piece
    head, _, begun = came.partition(b"\r\n\r\n")
    missing = _number(_LENGTH, head) - len(begun)
    while missing > 0 and (size := connection.recv_into(room)):
        missing -= size
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    left = _number(_SIZE, head)
    while left:
        size = min(left, len(_PIECE))
        connection.sendall(b"%x\r\n" % size)
        connection.sendall(memoryview(_PIECE)[:size])
        connection.sendall(b"\r\n")
        left -= size
    connection.sendall(b"0\r\n\r\n")


def _number(pattern: re.Pattern[bytes], head: bytes) -> int:
    found = pattern.search(head)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main(int(sys.argv[1]))
