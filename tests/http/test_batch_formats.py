"""Check batches over HTTP: in columns, packed, streamed, broken off, by a server as in earnest."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.locating.batch import outlet
from api.locating.batch.formats import ARROW, CSV, JSON, PARQUET
from tests.http.conftest import Login
from tests.http.demo_county import OTHER_TOWNSHIP_GRID, WORKER_GRID, inside, refused
from tests.http.live_service import serving
from tests.unit.api.batch.arrow_files import parquet, rows_of, stream, table_of

BATCH = "/v1/locate/batch"
HERE, THERE = inside(WORKER_GRID), inside(OTHER_TOWNSHIP_GRID)
LONS, LATS = [HERE["lon"], THERE["lon"], 0.0], [HERE["lat"], THERE["lat"], 0.0]
LINE = f"{HERE['lon']!r},{HERE['lat']!r}\n".encode()


@pytest.mark.parametrize(("media", "make"), [(ARROW, stream), (PARQUET, parquet)])
def test_columns_come_back_whole_with_three_more(client: TestClient, media: str, make: Any) -> None:
    body = make(name=["甲", "乙", None], lon=LONS, lat=LATS, count=[1, 2, 3])
    answer = client.post(f"{BATCH}?crs=cgcs2000", content=body, headers={"Content-Type": media})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == media
    rows = rows_of(answer.content)
    assert [row["grid"] for row in rows] == [WORKER_GRID, OTHER_TOWNSHIP_GRID, None]
    assert [row["name"] for row in rows] == ["甲", "乙", None]
    assert table_of(answer.content).column_names == [
        "name", "lon", "lat", "count", "grid", "decision", "reason",
    ]  # fmt: skip
    one = client.get("/v1/locate", params=HERE).json()
    assert table_of(answer.content).schema.metadata[b"wangge.revision"].decode() == one["revision"]


def test_an_instant_in_the_address_holds_for_columns(client: TestClient) -> None:
    at = "2026-02-01T08:00:00+08:00"
    params = {"crs": "cgcs2000", "at": at}
    given = {"Content-Type": ARROW}
    body = stream(lon=LONS, lat=LATS)
    answer = client.post(BATCH, params=params, content=body, headers=given)
    assert table_of(answer.content).schema.metadata[b"wangge.at"].decode() == at
    params["at"] = "1999-01-01T00:00:00+08:00"
    early = client.post(BATCH, params=params, content=body, headers=given)
    refused(early, 422, "before-first-revision")


def test_a_packed_body_is_unpacked(client: TestClient) -> None:
    headers = {"Content-Type": CSV, "Content-Encoding": "gzip"}
    body = b"lon,lat,crs\n" + LINE.replace(b"\n", b",cgcs2000\n")
    answer = client.post(BATCH, content=gzip.compress(body), headers=headers)
    assert WORKER_GRID in answer.text
    refused(client.post(BATCH, content=body, headers=headers), 400, "malformed-body")
    headers["Content-Encoding"] = "br"
    refused(client.post(BATCH, content=body, headers=headers), 415, "unsupported-media-type")


def test_bad_columns_are_refused_as_problems(client: TestClient) -> None:
    given = {"Content-Type": ARROW}
    asked = f"{BATCH}?crs=cgcs2000"
    for body in (b"", b"lon,lat\n1,2\n", stream(lon=LONS, lat=LATS)[:-40]):
        refused(client.post(asked, content=body, headers=given), 400, "malformed-body")
    no_lat = client.post(asked, content=stream(lon=LONS), headers=given)
    refused(no_lat, 422, "invalid-input")
    lists = client.post(asked, content=stream(lon=[[1.0]], lat=[[1.0]]), headers=given)
    refused(lists, 422, "invalid-input")
    unknown = client.post(f"{BATCH}?crs=mars", content=stream(lon=LONS, lat=LATS), headers=given)
    refused(unknown, 422, "invalid-input")
    parquet_of_garbage = {"Content-Type": PARQUET}
    answer = client.post(asked, content=b"PAR1 garbage PAR1", headers=parquet_of_garbage)
    refused(answer, 400, "malformed-body")


def test_a_stranger_may_not_ask_in_any_format(anonymous: TestClient) -> None:
    for media in (JSON, CSV, ARROW, PARQUET):
        answer = anonymous.post(BATCH, content=b"", headers={"Content-Type": media})
        refused(answer, 401, "unauthenticated")


def test_a_declared_json_above_its_limit_is_refused_before_it_is_read(client: TestClient) -> None:
    headers = {"Content-Type": JSON, "Content-Length": str(65 << 20)}
    problem = refused(client.post(BATCH, content=b"", headers=headers), 413, "body-too-large")
    assert problem["limit_bytes"] == 64 << 20


@pytest.fixture(scope="module")
def served(app_client: TestClient, login: Login) -> Iterator[tuple[str, dict[str, str]]]:
    """A server on loopback, and the headers of a dispatcher."""
    token = login("dispatcher").headers["Authorization"]
    with serving(app_client.app) as address:  # type: ignore[arg-type]
        yield address, {"Authorization": token}


Served = tuple[str, dict[str, str]]


def test_an_answer_far_larger_than_memory_may_hold_reaches_a_client_that_sends_all_first(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "HELD_BACK", 64 * 1024)
    monkeypatch.setattr(outlet, "_MOST_IN_MEMORY", 256 * 1024)
    address, headers = served
    block, blocks = LINE * 5000, 60

    def body() -> Iterator[bytes]:
        yield b"lon,lat\n"
        for _ in range(blocks):
            yield block

    # http.client reads nothing before it has sent everything.
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    asked = f"{BATCH}?crs=cgcs2000"
    connection.request("POST", asked, body(), {**headers, "Content-Type": CSV}, encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.read().count(b",auto,") == 5000 * blocks
    connection.close()


def test_an_answer_begins_before_the_question_has_ended(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "HELD_BACK", 64 * 1024)
    address, headers = served
    connection = _begun(address, headers, b"lon,lat\n" + LINE * 60_000)
    with connection, connection.makefile("rb") as answer:
        assert b"200" in answer.readline()
        connection.sendall(_chunk(LINE) + b"0\r\n\r\n")
        rest = answer.read()
    assert rest.endswith(b"0\r\n\r\n")
    assert rest.count(b",auto,") > 59_000


def test_what_goes_wrong_late_breaks_the_connection_after_a_last_word(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "HELD_BACK", 64 * 1024)
    address, headers = served
    body = b"lon,lat\n" + LINE * 60_000
    with _begun(address, headers, body) as connection, connection.makefile("rb") as answer:
        assert b"200" in answer.readline()
        connection.sendall(_chunk(b"1,\xff\n") + b"0\r\n\r\n")
        rest = answer.read()
    assert not rest.endswith(b"0\r\n\r\n")
    assert "# 答复不完整：CSV 应为 UTF-8 编码。".encode() in rest
    with httpx.Client(headers=headers, timeout=60) as again:
        asked = f"{address}{BATCH}"
        given = {"Content-Type": JSON}
        body = json.dumps({"crs": "cgcs2000", "positions": [[LONS[0], LATS[0]]]}).encode()
        assert again.post(asked, content=body, headers=given).json()["rows"][0]["grid"]


def test_whoever_hangs_up_leaves_the_place_to_others(served: Served) -> None:
    address, headers = served
    for _ in range(10):
        _begun(address, headers, b"lon,lat\n" + LINE * 1000).close()
    with httpx.Client(headers={**headers, "Content-Type": CSV}, timeout=30) as client:
        for _ in range(600):
            answer = client.post(f"{address}{BATCH}?crs=cgcs2000", content=b"lon,lat\n" + LINE)
            if answer.status_code == 200:
                break
            refused(answer, 429, "too-many-requests")
            assert answer.headers["Retry-After"]
            time.sleep(0.05)
    assert answer.status_code == 200


def _begun(address: str, headers: dict[str, str], body: bytes) -> socket.socket:
    """Send the beginning of a batch as a chunk, and leave the question open."""
    url = urlsplit(address)
    connection = socket.create_connection((url.hostname, url.port), timeout=60)
    head = f"POST {BATCH}?crs=cgcs2000 HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: {CSV}\r\n"
    head += f"Authorization: {headers['Authorization']}\r\nConnection: close\r\n"
    connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + _chunk(body))
    return connection


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)
