"""The bare sockets that moving bytes is measured by outlive a client that hangs up."""

from __future__ import annotations

import http.client
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc

from bench.batch_sockets import Lookup
from bench.processes import free_port, running, wait_until_ready

ENDLESS = b"POST /?size=1000000000 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"


def test_who_hangs_up_takes_nobody_elses_turn(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "bench.batch_sockets", str(port)]
    with running(command, environment=os.environ, log=tmp_path / "log") as process:
        wait_until_ready(port, "/ready", process)
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(ENDLESS)
            assert client.recv(9) == b"HTTP/1.1 "
            # Closed with a reset, as of a process that was killed.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/?size=7", b"question")
        assert connection.getresponse().read() == bytes(7)
        connection.close()
        assert process.poll() is None


class Index:
    """Stand for an index: keep what is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[float], list[float], int]] = []

    def owner_numbers(self, lons: Any, lats: Any, *, threads: int) -> None:
        self.asked.append((lons.tolist(), lats.tolist(), threads))


def test_points_are_looked_up_as_they_lie_in_the_body() -> None:
    lons, lats = np.arange(8) + 0.5, np.arange(8) + 40.5
    out = pa.BufferOutputStream()
    table = pa.table({"lon": lons, "lat": lats})
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=4)
    body = memoryview(out.getvalue())
    lookup: Any = Lookup()
    index = lookup._index = Index()
    assert lookup.known_parts(len(body)) == []
    parts = lookup.parts_of(body)
    assert lookup.known_parts(len(body)) == parts
    for part in parts:
        # What comes behind it is not there yet.
        lookup.find(body[: part.end], part, 2)
    assert index.asked == [
        (lons[:4].tolist(), lats[:4].tolist(), 2),
        (lons[4:].tolist(), lats[4:].tolist(), 2),
    ]
