"""Hold the quick answers of GET /v1/locate against those of its route: the same to the byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api.accounts import session_cache
from api.accounts.roles import Role
from api.app import create_app
from api.locating.fast_path import FastLocate, plain_question
from tests.conftest import FreshDatabase
from tests.http.accounts_of_tests import make_account, try_login
from tests.http.demo_county import WORKER_GRID, features, inside, on_a_border, refused

AT = "2026-11-20T14:05:00+08:00"
# Made anew for each answer.
OF_ITS_OWN = re.compile(r"nonce-[\w-]+|x-request-id: \w+")
PRESENT = re.compile(rb'"at":"[^"]*"')


class Reached:
    """Count the requests that come to the framework."""

    count = 0

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        Reached.count += 1
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Two:
    """The service as it is, and the same without the quick way; headers of a login by role."""

    quick: TestClient
    slow: TestClient
    logins: dict[str, dict[str, str]]

    def both(
        self, query: str, role: str = "dispatcher", **headers: str
    ) -> tuple[httpx.Response, httpx.Response]:
        """Ask both the same."""
        sent = {"Accept-Encoding": "identity", **self.logins[role], **headers}
        first, second = (
            client.get(f"/v1/locate?{query}", headers=sent) for client in (self.quick, self.slow)
        )
        return first, second

    def was_quick(self, query: str, role: str = "dispatcher") -> bool:
        """Ask, and say whether the answer came without the framework."""
        before = Reached.count
        self.quick.get(f"/v1/locate?{query}", headers=self.logins[role])
        return Reached.count == before


@pytest.fixture(scope="module")
def two(county_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Run both over one database; sessions are remembered for the length of the module."""
    quick, slow = (
        create_app(county_database.settings(tmp_path_factory.mktemp("var"))) for _ in range(2)
    )
    quick.user_middleware.append(Middleware(Reached))
    slow.user_middleware = [
        one for one in slow.user_middleware if one.cls is not cast(Any, FastLocate)
    ]
    with pytest.MonkeyPatch.context() as patch, TestClient(quick) as one, TestClient(slow) as other:
        patch.setattr(session_cache, "LIFETIME_S", 3600.0)
        logins = {}
        for role, account in county_database.credentials.items():
            token = try_login(one, account["username"], account["password"]).json()["token"]
            logins[role] = {"Authorization": f"Bearer {token}"}
        pair = Two(one, other, logins)
        for role in logins:
            pair.both("", role)
        yield pair


def query(**more: object) -> str:
    """Return the query string of a place inside a grid."""
    return "&".join(
        f"{name}={quote(str(value))}" for name, value in inside(WORKER_GRID, **more).items()
    )


def same(answers: tuple[httpx.Response, httpx.Response], *, at_once: bool = False) -> None:
    """Compare two answers to the byte, but for what is made anew and (at once) the present."""
    told = []
    for response in answers:
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers.multi_items())
        body = PRESENT.sub(b"", response.content) if at_once else response.content
        told.append((response.status_code, OF_ITS_OWN.sub("", headers), body))
    assert told[0] == told[1]


def _corners() -> list[tuple[float, float]]:
    border, _ = on_a_border()
    some = [inside(code) for code in sorted(features())[::120]]
    return [(place["lon"], place["lat"]) for place in (border, *some, {"lon": 116.4, "lat": 39.9})]


def _written(value: float) -> st.SearchStrategy[str]:
    forms = [repr(value), f"{value:.6f}", f"{value:e}", f"+{value}", f"0{value}", f"{value:.0f}."]
    return st.sampled_from(forms)


PLACES = st.one_of(
    st.sampled_from(_corners()), st.tuples(st.floats(109.8, 111.5), st.floats(40.1, 41.0))
)
DATUMS = st.sampled_from(["cgcs2000", "wgs84", "gcj02", "bd09"])
ACCURACIES = st.sampled_from(["0", "-0.0", "3.5", "20", "400", "2e4"])
INSTANTS = st.sampled_from(
    [AT, "2026-03-01T00:00:00Z", "2026-11-20t14:05:00.25+08:00", "2199-01-01T00:00:00Z"]
)
WRONG = st.sampled_from(
    ["", " 1", "1_0", "nan", "inf", "1e999", "-1", "0", "110.5.5", "１１０", "0x1", "1" * 30,
     ".5", "WGS84", "mars", "2025-12-31T23:59:59+08:00", "2026-11-20", "2026-11-20T14:05:00",
     "\x00", "是"]
)  # fmt: skip
NAMES = st.sampled_from(
    ["lon", "lat", "crs", "accuracy_m", "at", "address", "explain", "online", "accuracy", "LON", ""]
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Draw a query string: mostly a good question, often with one thing wrong."""
    lon, lat = draw(PLACES)
    pairs = [("lon", draw(_written(lon))), ("lat", draw(_written(lat))), ("crs", draw(DATUMS))]
    pairs += [("accuracy_m", draw(ACCURACIES))] if draw(st.booleans()) else []
    pairs += [("at", draw(INSTANTS))] if draw(st.booleans()) else []
    pairs = draw(st.permutations(pairs))
    defect = draw(st.sampled_from(["none", "none", "value", "more", "less", "twice"]))
    place = draw(st.integers(0, len(pairs) - 1))
    if defect == "value":
        pairs[place] = (pairs[place][0], draw(WRONG))
    elif defect == "more":
        pairs.insert(place, (draw(NAMES), draw(WRONG)))
    elif defect == "less":
        del pairs[place]
    elif defect == "twice":
        pairs.append(pairs[place])
    escaped = draw(st.sampled_from(["", "+:-.", ":"]))
    joined = [f"{name}={quote(value, safe=escaped)}" for name, value in pairs]
    return draw(st.sampled_from(["&", "&", "&", "&&", ";"])).join(joined)


@given(asked=queries())
@settings(max_examples=250, deadline=None)
def test_every_question_is_answered_to_the_byte_as_by_the_route(two: Two, asked: str) -> None:
    same(two.both(asked), at_once=re.search("(^|&)at=", asked) is None)


@pytest.mark.parametrize("role", [role.value for role in Role if role.value != "shift_lead"])
def test_every_role_is_told_as_much_as_by_the_route(two: Two, role: str) -> None:
    if role not in two.logins:
        pytest.skip("no such demo login")
    for more in ({"at": AT}, {"at": AT, "accuracy_m": 5}):
        same(two.both(query(**more), role))
        assert two.was_quick(query(**more), role)


@pytest.mark.parametrize(
    "more",
    [{}, {"accuracy_m": 5}, {"crs": "bd09"}, {"at": AT}, {"crs": "gcj02", "accuracy_m": 2.5}],
)
def test_a_plain_question_does_not_reach_the_framework(two: Two, more: dict[str, object]) -> None:
    assert two.was_quick(query(**more))


@pytest.mark.parametrize(
    "more",
    [{"address": "阳光小区"}, {"accuracy_m": 9000}, {"explain": "true"}, {"crs": "mars"}, {"x": 1}],
)
def test_whatever_else_is_asked_does(two: Two, more: dict[str, object]) -> None:
    assert not two.was_quick(query(**more))


@pytest.mark.parametrize(
    "header", ["Basic {}", "{}", "bearer {}", "Bearer  {}", "Bearer {}x", "Bearer", "Bearer é"]
)
def test_a_key_of_any_form_opens_as_much_as_at_the_route(two: Two, header: str) -> None:
    token = two.logins["dispatcher"]["Authorization"].removeprefix("Bearer ")
    sent = header.format(token).encode("latin-1")
    same(two.both(query(at=AT), Authorization=sent))  # type: ignore[arg-type]


def test_without_a_login_or_by_another_method_the_route_refuses(two: Two) -> None:
    for client in (two.quick, two.slow):
        client.cookies.clear()
    asked = f"/v1/locate?{query(at=AT)}"
    same((two.quick.get(asked), two.slow.get(asked)))
    refused(two.quick.get(asked), 401, "unauthenticated")
    known = two.logins["dispatcher"]
    for method in ("HEAD", "PUT", "OPTIONS"):
        same(tuple(c.request(method, asked, headers=known) for c in (two.quick, two.slow)))  # type: ignore[arg-type]


def test_compression_and_vary_are_those_of_the_route(two: Two) -> None:
    for accepted in ("gzip", "identity", "br", ""):
        same(two.both(query(at=AT), **{"Accept-Encoding": accepted}))


def test_whoever_has_not_chosen_a_password_or_has_left_is_refused_at_once(two: Two) -> None:
    admin = TestClient(two.quick.app, headers=two.logins["county_admin"])
    account = make_account(admin)
    token = try_login(two.quick, account["username"]).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    asked = f"/v1/locate?{query(at=AT)}"
    for _ in range(2):
        refused(two.quick.get(asked, headers=headers), 403, "password-change-required")
    assert two.quick.delete("/v1/sessions/current", headers=headers).status_code == 204
    refused(two.quick.get(asked, headers=headers), 401, "unauthenticated")


def test_a_query_that_says_more_than_a_place_is_left_to_the_route() -> None:
    assert plain_question(b"lon=110.5&lat=40.5&crs=wgs84") is not None
    for asked in (b"", b"lon=110.5&lat=40.5", b"lon=1&lat=2&crs=wgs84&lon=1", b"lat=1&crs=wgs84"):
        assert plain_question(asked) is None
