"""The bare sockets that moving bytes is measured by outlive a client that hangs up."""

from __future__ import annotations

import http.client
import os
import socket
import struct
import sys
from pathlib import Path

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
