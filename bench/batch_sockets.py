"""Take a body and send bytes back with bare sockets: what the loopback and the client cost alone.

No HTTP server stands between: one connection at a time, one thread, no copy but the kernel's. Run
as ``python -m bench.batch_sockets PORT``; ``POST /?size=N`` is answered with N bytes in chunks, as
an answer is whose length nobody knows when it begins. With ``threads=T`` the points of the body, an
Arrow stream, are looked up as they come, and that is all that is done with them.
"""

from __future__ import annotations

import re
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.ipc

from bench.county import read_county
from geo.locate.index import GridIndex

_PIECE: Final = bytes(2 * 1024 * 1024)
_LENGTH: Final = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_SIZE: Final = re.compile(rb"[?&]size=([0-9]+)")
_THREADS: Final = re.compile(rb"[?&]threads=([0-9]+)")
# No body of a million rows is longer.
_ROOM: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Hold where a record batch ends in a body, and where its two columns of doubles begin."""

    end: int
    rows: int
    lons: int
    lats: int


class Lookup:
    """Look up the points of Arrow streams that are cut as the first one of their length was."""

    def __init__(self) -> None:
        """Read the demo county."""
        county = read_county()
        self._index = GridIndex(county.codes, county.shapes)
        self._parts: dict[int, list[Part]] = {}

    def parts_of(self, body: memoryview) -> list[Part]:
        """Return how a whole body is cut."""
        whole = pa.py_buffer(body)
        stream = pa.BufferReader(whole)
        parts = []
        with pa.ipc.open_stream(stream) as reader:
            for batch in reader:
                lons, lats = (
                    batch.column(name).buffers()[1].address - whole.address
                    for name in ("lon", "lat")
                )
                parts.append(Part(stream.tell(), batch.num_rows, lons, lats))
        return self._parts.setdefault(len(body), parts)

    def known_parts(self, length: int) -> list[Part]:
        """Return the same of a body that is still to come, nothing for another length."""
        return self._parts.get(length, [])

    def find(self, body: memoryview, part: Part, threads: int) -> None:
        """Look up the points of a record batch."""
        lons, lats = (
            np.frombuffer(body, dtype=np.float64, count=part.rows, offset=begin)
            for begin in (part.lons, part.lats)
        )
        self._index.owner_numbers(lons, lats, threads=threads)


def main(port: int) -> None:
    """Answer one connection after the other until the process is ended."""
    room, lookup = memoryview(bytearray(_ROOM)), Lookup()
    with socket.create_server(("127.0.0.1", port)) as listening:
        while True:
            connection, _ = listening.accept()
            # Whoever hangs up takes nobody else's turn.
            with connection, suppress(ConnectionError):
                _answer(connection, room, lookup)


def _answer(connection: socket.socket, room: memoryview, lookup: Lookup) -> None:
    came = b""
    while b"\r\n\r\n" not in came:
        piece = connection.recv(64 * 1024)
        if not piece:
            return
        came += piece
    head, _, begun = came.partition(b"\r\n\r\n")
    length, threads = _number(_LENGTH, head), _number(_THREADS, head)
    room[: len(begun)] = begun
    at = len(begun)
    for part in lookup.known_parts(length) if threads else []:
        at = _received(connection, room, at, part.end, length)
        lookup.find(room, part, threads)
    at = _received(connection, room, at, length, length)
    if threads and not lookup.known_parts(length):
        lookup.parts_of(room[:at])
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    left = _number(_SIZE, head)
    while left:
        size = min(left, len(_PIECE))
        connection.sendall(b"%x\r\n" % size)
        connection.sendall(memoryview(_PIECE)[:size])
        connection.sendall(b"\r\n")
        left -= size
    connection.sendall(b"0\r\n\r\n")


def _received(connection: socket.socket, room: memoryview, at: int, end: int, most: int) -> int:
    """Receive until ``end`` at least, and not beyond ``most``; return how far it came."""
    while at < end and (size := connection.recv_into(room[at:most])):
        at += size
    return at


def _number(pattern: re.Pattern[bytes], head: bytes) -> int:
    found = pattern.search(head)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main(int(sys.argv[1]))
