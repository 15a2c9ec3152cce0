"""What is no scheduler is told so within seconds, whatever it says or does not say."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import distributed
import pytest

from geo.assign.many_machines import machines
from geo.assign.refusal import AssignRefused
from geo.assign.scheduler_probe import require_greeting
from tests.unit.geo.assign.files import coverages, order


@contextmanager
def saying(words: bytes) -> Iterator[int]:
    """Listen, say ``words`` to the first who comes, and leave it at that."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as link, suppress(ConnectionError):
                link.sendall(words)
                link.recv(100)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


@pytest.mark.parametrize(
    "words", [b"", b"HTTP/1.0 400 Bad", b"SSH-2.0-x\r\n", b"\x01\0\0", struct.pack("<Q", 0)]
)
def test_what_does_not_greet_as_dask_does_is_no_scheduler(words: bytes) -> None:
    began = time.monotonic()
    with saying(words) as port, pytest.raises(AssignRefused, match="8786") as caught:
        require_greeting("127.0.0.1", port, connect_s=5, answer_s=0.3)
    assert caught.value.reason == "not_a_scheduler"
    assert time.monotonic() - began < 3


def test_a_greeting_of_some_hundred_bytes_will_do() -> None:
    with saying(struct.pack("<Q", 300)) as port:
        require_greeting("127.0.0.1", port, connect_s=5, answer_s=5)


def test_where_nobody_listens_that_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(AssignRefused, match="连不上"):
        require_greeting("127.0.0.1", port, connect_s=0.3)


def test_a_web_server_is_not_handed_to_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.assign.many_machines._CONNECT_S", 1)
    monkeypatch.setattr(distributed, "Client", None)
    address = "tcp://127.0.0.1:%d"
    with (
        saying(b"HTTP/1.0 400 Bad Request\r\n\r\n") as port,
        pytest.raises(AssignRefused, match="8787"),
        machines(address % port, coverages(), order(Path(), Path()).answers, tls=None),
    ):
        pass


def test_a_worker_is_no_scheduler(tmp_path: Path) -> None:
    with distributed.LocalCluster(
        n_workers=1,
        local_directory=str(tmp_path),
        threads_per_worker=1,
        processes=False,
        host="tcp://127.0.0.1",
        protocol="tcp://",
        dashboard_address="127.0.0.1:0",
        silence_logs=True,
    ) as started:
        (address,) = started.scheduler.workers
        with (
            pytest.raises(AssignRefused, match="8786"),
            machines(address, coverages(), order(Path(), Path()).answers, tls=None),
        ):
            pass
