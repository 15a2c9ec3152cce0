"""Bodies pass through the server as they came, in whatever pieces, on one connection or many."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn

from api.straight_protocol import StraightCycle, StraightProtocol
from tests.certificates import make_pair

MIB = 1024 * 1024
POURED = 64
WAITED: list[int] = []
GONE: SimpleQueue[int] = SimpleQueue()


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Send the body back as it comes, in pieces of any kind; with ?whole with its length."""
    if scope["type"] != "http":
        return
    assert type(receive.__self__) is StraightCycle
    if scope["query_string"] == b"pour":
        await pour(send)
        return
    pieces: list[bytes] = []
    more = scope["query_string"] != b"early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            GONE.put(len(b"".join(pieces)))
            return
        assert isinstance(message["body"], bytes)
        pieces.append(message["body"])
        more = message["more_body"]
    body = b"".join(pieces)
    headers = []
    if scope["query_string"] in (b"whole", b"early"):
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for start in range(0, len(body), MIB):
        piece = memoryview(body)[start : start + MIB]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def pour(send: Any) -> None:
    """Send more than any socket holds, and say how much waited in memory at most."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(POURED):
        await send({"type": "http.response.body", "body": bytes(MIB), "more_body": True})
        WAITED.append(send.__self__.transport.get_write_buffer_size())
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@contextmanager
def serving(**options: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            echo, http=StraightProtocol, lifespan="off", ws="none", log_level="critical", **options
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as port:
        yield port


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def tls_port(pair: tuple[Path, Path]) -> Iterator[int]:
    with serving(ssl_certfile=pair[0], ssl_keyfile=pair[1]) as port:
        yield port


@pytest.fixture(params=["plain", "tls"])
def connection(
    request: pytest.FixtureRequest, pair: tuple[Path, Path]
) -> Iterator[http.client.HTTPConnection]:
    """A connection to the server, and the same with TLS."""
    made: http.client.HTTPConnection
    if request.param == "tls":
        trusted = ssl.create_default_context(cafile=pair[0])
        tls_port = request.getfixturevalue("tls_port")
        made = http.client.HTTPSConnection("127.0.0.1", tls_port, context=trusted)
    else:
        made = http.client.HTTPConnection("127.0.0.1", request.getfixturevalue("port"))
    yield made
    made.close()


def test_large_and_small_bodies_come_back_on_one_connection(
    connection: http.client.HTTPConnection,
) -> None:
    large = bytes(range(256)) * (5 * MIB // 256) + b"end"
    for asked in ("/", "/?whole"):
        for body in (large, b"", b"a", large[: 64 * 1024], large, large[: 2 * MIB]):
            connection.request("POST", asked, body)
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.read() == body


def test_an_answer_that_is_not_read_waits_with_its_writer_and_not_in_memory(
    connection: http.client.HTTPConnection,
) -> None:
    WAITED.clear()
    connection.request("GET", "/?pour")
    answer = connection.getresponse()
    # The writer goes on only as it is read; without that it had all of it put by at once.
    assert len(answer.read()) == POURED * MIB
    assert len(WAITED) == POURED
    assert max(WAITED) < 4 * MIB


def test_who_asks_first_whether_a_body_is_wanted_is_told_so(port: int) -> None:
    body = bytes(range(256)) * (MIB // 256)
    head = f"POST /?whole HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    head += "Expect: 100-continue\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode())
        assert connection.recv(MIB).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(body)
        answer = b""
        while piece := connection.recv(MIB):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(body)


def test_a_body_that_comes_a_little_at_a_time_is_whole_and_the_next_is_not_touched(
    port: int,
) -> None:
    body = bytes(range(256)) * (2 * MIB // 256)
    head = f"POST /?whole HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    end = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nyz"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode() + b"\r\n")
        for start in range(0, len(body), 100_001):
            connection.sendall(body[start : start + 100_001])
        connection.sendall(end)
        answer = b""
        while piece := connection.recv(MIB):
            answer += piece
    assert body in answer
    assert answer.count(b"200 OK") == 2
    assert answer.endswith(b"2\r\nyz\r\n0\r\n\r\n")


def test_who_hangs_up_in_the_middle_of_a_body_is_gone(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {64 * MIB}\r\n\r\n"
        connection.sendall(head.encode() + bytes(3 * MIB))
    assert GONE.get(timeout=60) <= 3 * MIB


def test_a_body_that_nobody_wants_any_more_is_read_past(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/?early", bytes(5 * MIB))
    assert connection.getresponse().read() == b""
    connection.request("POST", "/", b"still here")
    assert connection.getresponse().read() == b"still here"
    connection.close()


def test_bodies_in_chunks_and_requests_in_one_go_keep_their_order(port: int) -> None:
    chunk = b"5\r\nabcde\r\n"
    first = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    second = (
        b"POST /?whole HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nxyz"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(first + chunk * 1000 + b"0\r\n\r\n" + second)
        answer = b""
        while piece := connection.recv(MIB):
            answer += piece
    assert answer.count(b"abcde") == 1000
    assert answer.endswith(b"xyz")
    assert answer.count(b"200 OK") == 2


def test_the_question_whether_anything_is_there_is_answered_without_a_body(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("HEAD", "/", bytes(MIB))
    assert connection.getresponse().read() == b""
    connection.request("POST", "/", b"still here")
    assert connection.getresponse().read() == b"still here"
    connection.close()


def test_the_first_piece_is_kept_as_it_came_and_small_ones_behind_it_are_only_added() -> None:
    connection: Any = object.__new__(StraightProtocol)
    connection.parser = SimpleNamespace(should_upgrade=lambda: False)
    connection.flow = SimpleNamespace(pause_reading=lambda: None)
    connection.cycle = SimpleNamespace(
        body=b"", response_complete=False, message_event=asyncio.Event()
    )
    first = bytes(70_000)
    connection.on_body(first)
    assert connection.cycle.body is first
    connection.on_body(b"a")
    grown = connection.cycle.body
    for _ in range(100):
        connection.on_body(b"b")
    assert connection.cycle.body is grown
    assert grown == first + b"a" + b"b" * 100
