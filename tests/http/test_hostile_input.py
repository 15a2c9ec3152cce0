"""Check that no request, however malformed, breaks the service, is echoed or leaves a trace."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

import httpx2 as httpx
import pytest

from tests.http.hostile_bodies import BODIES, TARGETS, HostileBody, Target
from tests.http.hostile_requests import GETS
from tests.http.hostile_values import MARKER, POSITION

_INSIDES = (
    "Traceback", 'File "', "site-packages", "sqlalchemy", "psycopg", "pydantic", "starlette",
    "SELECT ", "INSERT ", "UPDATE ", "root:x", "ValueError", "TypeError", "wangge_",
)  # fmt: skip
_keys = iter(range(1_000_000))


def _new_key() -> str:
    return f"hostile-{time.time_ns()}-{next(_keys)}"


def _headers(content_type: str | None, path: str) -> dict[str, str]:
    headers = {"Idempotency-Key": _new_key()} if path == "/v1/reports" else {}
    if content_type is not None:
        headers["Content-Type"] = content_type
    return headers


def _assert_problem(response: httpx.Response, *, says: str = "") -> None:
    """Assert that the answer is a problem in our own words and holds nothing of the input."""
    assert 400 <= response.status_code < 500, response.text[:300]
    assert response.headers["content-type"].split(";")[0] == "application/problem+json"
    problem = response.json()
    assert problem["type"].startswith("/problems/")
    assert problem["status"] == response.status_code
    for member in ("title", "detail", "instance"):
        assert isinstance(problem[member], str)
        assert problem[member]
    assert says in problem["detail"]
    assert MARKER not in response.text
    assert MARKER not in str(response.headers)
    assert [word for word in _INSIDES if word in response.text] == []
    assert len(response.content) < 5_000


def _newest(client: httpx.Client) -> list[dict[str, Any]]:
    response = client.get("/v1/reports", params={"limit": 1})
    assert response.status_code == 200, response.text[:300]
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def _post_report(client: httpx.Client) -> dict[str, Any]:
    body = {"channel": "walk_in", "text": "路灯不亮", "position": POSITION}
    response = client.post("/v1/reports", json=body, headers={"Idempotency-Key": _new_key()})
    assert response.status_code == 201, response.text[:300]
    report: dict[str, Any] = response.json()
    return report


@pytest.fixture(scope="module")
def report_id(client: httpx.Client) -> str:
    """Return a report that exists, so that a path is never the reason of a refusal."""
    return str(_post_report(client)["id"])


@pytest.fixture(scope="module")
def seen() -> dict[str, list[Any]]:
    """Hold what there was after the request before: nobody else writes between these requests."""
    return {}


def _state(client: httpx.Client, path: str, report_id: str) -> list[Any]:
    """Return what a request to ``path`` could have changed."""
    if path == "/v1/reports":
        return _newest(client)
    if "{report}" in path:
        events = client.get(f"/v1/reports/{report_id}/events").json()["items"]
        return [client.get(f"/v1/reports/{report_id}").json(), len(events)]
    return []


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case.name)
def test_a_malformed_body_is_refused_in_words_and_stores_nothing(
    client: httpx.Client, report_id: str, seen: dict[str, list[Any]], case: HostileBody
) -> None:
    watched = "one" if "{report}" in case.path else case.path
    before = seen.get(watched) or _state(client, case.path, report_id)
    started = time.process_time()
    response = client.request(
        case.method,
        case.path.replace("{report}", report_id),
        content=case.content,
        headers=_headers(case.content_type, case.path),
    )
    assert time.process_time() - started < 3  # the service runs in this process
    _assert_problem(response, says=case.says)
    assert response.status_code in case.statuses
    seen[watched] = _state(client, case.path, report_id)
    assert seen[watched] == before


@pytest.mark.parametrize("path", ["/v1/locate", "/v1/reports", "/v1/sessions"])
def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(
    client: httpx.Client, path: str
) -> None:
    chunks = (b" " * 65_536 for _ in range(20))
    response = client.post(path, content=chunks, headers=_headers("application/json", path))
    _assert_problem(response)
    assert response.status_code == 413


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_same_bodies_without_the_defect_are_taken(client: httpx.Client, target: Target) -> None:
    report = _post_report(client)
    response = client.request(
        target.method,
        target.path.replace("{report}", report["id"]),
        content=json.dumps(target.good).encode(),
        headers=_headers("application/json", target.path),
    )
    assert response.status_code < 500
    assert response.status_code not in (400, 413, 415, 422), response.text[:300]


def test_a_stored_report_is_the_first_of_the_list(client: httpx.Client) -> None:
    # The check "nothing was stored" above rests on this.
    assert _post_report(client)["id"] == _newest(client)[0]["id"]


@pytest.mark.parametrize("url", GETS, ids=lambda url: url[:70])
def test_a_malformed_address_or_query_is_refused_in_words(client: httpx.Client, url: str) -> None:
    _assert_problem(client.get(url))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/reports"),
        ("PUT", "/v1/locate"),
        ("TRACE", "/v1/areas"),
        ("BREW", "/v1/sessions"),
        ("GET", "/v1/sessions"),
        ("POST", "/v1/areas"),
    ],
)
def test_a_method_that_is_not_offered_is_a_problem_too(
    client: httpx.Client, method: str, path: str
) -> None:
    _assert_problem(client.request(method, path))


def test_a_refused_method_is_answered_with_all_that_there_are(client: httpx.Client) -> None:
    refusal = client.request("DELETE", "/v1/locate")
    assert (refusal.status_code, refusal.headers["allow"]) == (405, "GET, POST")
    assert client.request("PUT", "/v1/locate/batch").headers["allow"] == "POST"


@pytest.mark.parametrize("key", [None, "", "   ", "k" * 5000, "a\x01b"], ids=repr)
def test_a_report_without_a_usable_idempotency_key_is_refused(
    client: httpx.Client, key: str | None
) -> None:
    before = _newest(client)
    headers = {} if key is None else {"Idempotency-Key": key}
    body = {"channel": "walk_in", "text": "路灯不亮", "position": POSITION}
    _assert_problem(client.post("/v1/reports", json=body, headers=headers))
    assert _newest(client) == before


def _sample(cases: Iterable[HostileBody], *, every: int) -> list[HostileBody]:
    return list(cases)[::every]


@pytest.mark.parametrize("case", _sample(BODIES, every=25), ids=lambda case: case.name)
def test_a_stranger_gets_a_problem_as_well(anonymous: httpx.Client, case: HostileBody) -> None:
    path = case.path.replace("{report}", "00000000-0000-4000-8000-000000000000")
    headers = _headers(case.content_type, case.path)
    _assert_problem(anonymous.request(case.method, path, content=case.content, headers=headers))


@pytest.mark.parametrize(
    "token", ["", "x", "x" * 20_000, "' OR 1=1 --", "eyJhbGciOiJub25lIn0.e30.", "a\x01b", MARKER]
)
def test_a_made_up_token_is_refused(anonymous: httpx.Client, token: str) -> None:
    response = anonymous.get("/v1/areas", headers={"Authorization": f"Bearer {token}"})
    _assert_problem(response)
    assert response.status_code in (400, 401)


_ROWS: tuple[Any, ...] = (
    [110.52, 40.56], [181, 40.5], [110.5, 91], [40.5, 110.5], [0, 0], [110.5], [], [1, 2, 3, 4],
    ["110.5", "40.5"], [None, None], [True, False], None, "110.5,40.5", {"lon": 110.5}, 5,
    [[110.5], [40.5]], [1e308, -1e308], [110.52, 40.56],
)  # fmt: skip


def test_a_bad_row_of_a_batch_gets_its_reason_and_stops_nothing(client: httpx.Client) -> None:
    body = {"crs": "cgcs2000", "positions": _ROWS}
    response = client.post("/v1/locate/batch", json=body)
    assert response.status_code == 200, response.text[:300]
    rows = response.json()["rows"]
    assert len(rows) == len(_ROWS)
    assert rows[0]["grid"]
    assert rows[0] == rows[-1]
    assert all(row["grid"] is None and row["reason"] for row in rows[1:-1])


def test_a_bad_row_of_a_csv_batch_gets_its_reason_and_stops_nothing(client: httpx.Client) -> None:
    lines = (
        "id,lon,lat,crs", "1,110.52,40.56,cgcs2000", "2,nan,40.5,cgcs2000", "3,inf,40.5,cgcs2000",
        "4,110.5,,cgcs2000", "5,110.5,40.5,mars", "6,40.5,110.5,cgcs2000", "7,0,0,cgcs2000",
        "8,１１０.５,４０.５,cgcs2000", "9,1e999,40.5,cgcs2000", "10,abc,40.5,cgcs2000",
        "11,0x10,40.5,cgcs2000", "12,1_1_0,40.5,cgcs2000", "13,110.52,40.56,cgcs2000",
    )  # fmt: skip
    response = client.post(
        "/v1/locate/batch",
        content=("\n".join(lines) + "\n").encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert response.status_code == 200, response.text[:300]
    answer = response.text.strip().splitlines()
    assert len(answer) == len(lines)
    grids = [line.split(",")[4] for line in answer[1:]]
    assert grids[0]
    assert grids[0] == grids[-1]
    assert set(grids[1:-1]) == {""}
