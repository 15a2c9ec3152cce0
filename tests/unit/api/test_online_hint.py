"""Ask a stand-in of Tianditu on loopback: its documented reply, and whatever else may come back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from api.locating.online import Tianditu, online_hint, tianditu_of
from api.settings import Settings
from bench.county import read_county
from geo.locate.county_map import CountyMap

INSIDE = ("110.5161600", "40.5607480")
OFF = Settings(tianditu_url=None, tianditu_key=None)


@dataclass
class StandIn:
    """Hold what is answered next, and what was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    hold: threading.Event | None = None

    def says(self, **reply: Any) -> None:
        self.status, self.body = 200, json.dumps(reply).encode()

    def finds(self, lon: object, lat: object, **more: Any) -> None:
        location = {"lon": lon, "lat": lat, "level": "地名地址", **more}
        self.says(location=location, status="0", msg="ok", searchVersion="4.8.0")


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    state = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(parse_qs(urlsplit(self.path).query))
            if state.hold is not None:
                state.hold.wait(30)
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/geocoder"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        if state.hold is not None:
            state.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def county() -> CountyMap:
    return read_county().as_map()


def hint(stand_in: StandIn, county: CountyMap, address: str = "振华大街") -> dict[str, Any]:
    return online_hint(Tianditu(stand_in.url, "secret"), county, address)


def test_the_documented_reply_is_read_in_its_datum(stand_in: StandIn, county: CountyMap) -> None:
    stand_in.finds(*INSIDE)
    told = hint(stand_in, county)
    assert told["state"] == "found"
    assert told["position"] == {"lon": 110.51616, "lat": 40.560748, "crs": "cgcs2000"}
    assert told["level"] == "地名地址"
    assert told["grid"]["code"].startswith("150221")
    assert "CGCS2000" in told["detail"]
    assert "不据此派单" in told["detail"]


def test_the_address_goes_out_with_the_county_and_without_a_phone(
    stand_in: StandIn, county: CountyMap
) -> None:
    stand_in.finds(*INSIDE)
    hint(stand_in, county, "阳光小区3号楼 13800001111\n")
    (asked,) = stand_in.asked
    assert asked["tk"] == ["secret"]
    (words,) = asked["ds"]
    assert json.loads(words) == {"keyWord": f"{county.names['150221']}阳光小区3号楼"}


def test_a_point_of_another_county_is_thrown_away(stand_in: StandIn, county: CountyMap) -> None:
    stand_in.finds("116.39", "39.91")
    told = hint(stand_in, county)
    assert (told["state"], told["position"], told["grid"]) == ("outside", None, None)


def test_nothing_found_is_said(stand_in: StandIn, county: CountyMap) -> None:
    stand_in.says(status="101", msg="结果为空")
    assert hint(stand_in, county)["state"] == "nothing"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"), (302, b"{}"), (403, b'{"status":"0"}'), (200, b""), (200, b"<html>"),
        (200, b"[]"), (200, b"null"), (200, b'{"status":"404","msg":"error"}'),
        (200, b'{"status":"0"}'), (200, b'{"status":"0","location":{"lon":"x","lat":"40"}}'),
        (200, b'{"status":"0","location":{"lon":"NaN","lat":"40"}}'),
        (200, b'{"status":"0","location":{"lon":"1e9","lat":"40"}}'),
        (200, b'{"status":"0","location":{"lon":[],"lat":{}}}'), (200, b'{"status":"0"' * 20_000),
    ],
)  # fmt: skip
def test_any_other_answer_harms_nothing(
    stand_in: StandIn, county: CountyMap, status: int, body: bytes
) -> None:
    stand_in.status, stand_in.body = status, body
    told = hint(stand_in, county)
    assert (told["state"], told["position"], told["grid"]) == ("failed", None, None)


def test_who_does_not_answer_is_not_waited_for(stand_in: StandIn, county: CountyMap) -> None:
    stand_in.hold = threading.Event()
    slow = Tianditu(stand_in.url, "secret", timeout_s=0.05)
    assert online_hint(slow, county, "振华大街")["state"] == "failed"


def test_who_is_not_there_harms_nothing(county: CountyMap) -> None:
    nowhere = Tianditu("http://127.0.0.1:1/geocoder", "secret")
    assert online_hint(nowhere, county, "振华大街")["state"] == "failed"


def test_it_is_off_until_both_settings_are_there(county: CountyMap) -> None:
    assert tianditu_of(OFF) is None
    assert online_hint(None, county, "振华大街")["state"] == "off"
    alone = OFF.model_copy(update={"tianditu_url": SecretStr("https://example.org/geocoder")})
    assert tianditu_of(alone) is None
    both = alone.model_copy(update={"tianditu_key": SecretStr("secret")})
    service = tianditu_of(both)
    assert service is not None
    assert "secret" not in repr(service)
