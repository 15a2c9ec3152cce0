"""Nothing of a reporter leaves by any other door than the one that is written down.

A caller with an unmistakable name and number is planted in reports that are taken through their
life; then every reading route is asked as every role, and every table and log line is searched.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql

from api.accounts.roles import Role
from api.db import intake_store
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.demo_county import WORKER_GRID, inside, new_key, send_report, store_report

REPORTS = "/v1/reports"
CALLER = {"name": "司徒南北", "phone": "+86 0000 481-5162"}
# No masked form holds these: one character of the name and seven digits may show.
MARKS = ("徒南", "南北", "481516", "0000 481", "00004815162")
WORDS = "凤凰亭边的灯不亮"
NEVER_ENDING = "/v1/stream"
REVEALING = REPORTS + "/{report_id}/reporter"
PAGES = ("/map", "/desk", "/m", "/duty", "/edit", "/import", "/history", "/audit", "/accounts")
OUR_LOGGERS = ("wangge", "uvicorn", "sqlalchemy", "fastapi", "starlette", "alembic", "psycopg")


def step(client: TestClient, on: dict[str, Any], name: str, /, **members: Any) -> None:
    answer = client.post(f"{REPORTS}/{on['id']}/steps", json={"step": name, **members})
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def planted(client: TestClient, login: Login) -> list[dict[str, Any]]:
    """Reports that name the caller, at various points of their life; the first two are open."""
    office = {"name": "旗综合行政执法局", "kind": "department", "area": "150221"}
    org = login("county_admin").post("/v1/orgs", json=office).json()["id"]
    sent: dict[str, Any] = {"text": WORDS, "reporter": CALLER, "position": inside(WORKER_GRID)}
    mine, handed, merged, split, closed = (
        store_report(login("integration"), channel="hotline_12345", source_no=new_key(), **sent)
        for _ in range(5)
    )
    step(login("grid_worker"), mine, "accept")
    step(client, handed, "reassign", to={"org": org}, reason="not_grid_matter", note="转部门")
    step(client, merged, "merge", report=mine["id"], note="同一事项")
    step(client, split, "split", parts=[{"text": WORDS}, {"text": WORDS}], note="一电多事")
    step(client, closed, "close", note="已办结")
    return [mine, handed, merged, split, closed]


def text_of(answer: httpx.Response) -> str:
    """Return what a person could read of an answer; a workbook is unpacked."""
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            return "".join(
                packed.read(name).decode("utf-8", "replace") for name in packed.namelist()
            )
    return answer.text


def marked(text: str) -> list[str]:
    return [mark for mark in MARKS if mark in text]


def addresses(client: TestClient, reports: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield template and address of every route that reads, for every planted report."""
    described = client.get("/openapi.json").json()["paths"]
    for template in [path for path, methods in described.items() if "get" in methods]:
        if "{report_id}" in template:
            for report in reports:
                yield template, template.replace("{report_id}", report["id"])
        elif template == "/v1/desk/queues/{key}":
            for queue in client.get("/v1/desk/queues").json()["items"]:
                yield template, template.replace("{key}", queue["key"])
        elif template != NEVER_ENDING:
            address = template.replace("{code}", WORKER_GRID)
            for name in ("plan_id", "changeset_id", "import_id", "photo_id", "paper", "drawing"):
                address = address.replace(f"{{{name}}}", str(uuid4()))
            yield template, address
    yield from ((page, page) for page in PAGES)


QUERY = {
    "limit": "500", "q": "凤凰亭", "grid": WORKER_GRID, "lon": "110.5", "lat": "40.5",
    "crs": "cgcs2000", "codes": WORKER_GRID, "from": "2026-11-21T00:00:00+08:00",
    "working_days": "1",
}  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_no_route_but_the_audited_one_names_a_reporter(
    client: TestClient, login: Login, planted: list[dict[str, Any]], role: Role
) -> None:
    reader = login(role.value)
    answered: dict[str, list[int]] = {}
    for template, address in addresses(client, planted):
        for query in ({},) if "{report_id}" in template else ({}, QUERY):
            answer = reader.get(address, params=query)
            answered.setdefault(template, []).append(answer.status_code)
            assert answer.status_code < 500, (address, answer.text)
            if template != REVEALING:
                assert marked(text_of(answer)) == [], address
    for template in (REPORTS, f"{REPORTS}/{{report_id}}"):
        # The walk proves nothing where it was not let in.
        assert (200 in answered[template]) == (role is not Role.SYSTEM_ADMIN), template
    seen = {status for status in answered[REVEALING] if status == 200}
    assert bool(seen) == (role not in {Role.LEADER, Role.WALL, Role.SYSTEM_ADMIN})


def test_refusals_repeat_nothing_of_a_reporter(client: TestClient, login: Login) -> None:
    key = new_key()
    first = send_report(client, key=key, reporter=CALLER)
    answers = [
        send_report(client, key=key, reporter=CALLER, text="换了内容"),
        send_report(client, reporter={**CALLER, "wechat": CALLER["phone"]}),
        send_report(client, reporter={**CALLER, "phone": CALLER["phone"] * 9}),
        send_report(client, reporter=CALLER, category="没有的类别"),
        send_report(login("leader"), reporter=CALLER),
        client.get(REPORTS, params={"phone": CALLER["phone"] * 9}),
        login("grid_worker").get(REPORTS, params={"phone": CALLER["phone"]}),
        client.post(f"{REPORTS}/{first.json()['id']}/steps", json={"step": "reopen"}),
    ]
    assert [answer.status_code // 100 for answer in answers] == [4] * len(answers)
    for answer in (first, *answers):
        assert marked(answer.text) == []


def test_the_log_has_nothing_of_a_reporter_even_when_something_breaks(
    client: TestClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger("wangge"), "propagate", True)
    careful = TestClient(client.app, headers=dict(client.headers), raise_server_exceptions=False)
    with caplog.at_level(logging.DEBUG):
        report = send_report(careful, reporter=CALLER).json()
        careful.get(f"{REPORTS}/{report['id']}/reporter")
        careful.get(REPORTS, params={"phone": CALLER["phone"]})

        def breaks(_connection: object, values: dict[str, Any]) -> None:
            raise RuntimeError(f"broken while storing {values['number']}")

        monkeypatch.setattr(intake_store, "insert_reports", breaks)
        broken = send_report(careful, reporter=CALLER)
    assert broken.status_code == 500
    assert marked(broken.text) == []
    lines = [
        logging.Formatter().format(record)
        for record in caplog.records
        if record.name.startswith(OUR_LOGGERS)
    ]
    assert any("broken while storing" in line for line in lines)
    assert [line for line in lines if marked(line)] == []


def test_no_table_holds_a_reporter_in_the_open(
    client: TestClient, county_database: FreshDatabase, planted: list[dict[str, Any]]
) -> None:
    looked = client.get(f"{REPORTS}/{planted[0]['id']}/reporter").json()
    assert (looked["name"], len(looked["others"])) == (CALLER["name"], 1)
    client.get(REPORTS, params={"phone": CALLER["phone"]})
    # Bytes are shown as hexadecimal digits.
    wanted = [*MARKS, *(mark.encode().hex() for mark in MARKS)]
    url = county_database.superuser_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()

        def tables_with(words: list[str]) -> set[str]:
            found = set()
            for (name,) in names:
                query = sql.SQL("SELECT count(*) FROM {} t WHERE t::text LIKE ANY(%s)").format(
                    sql.Identifier(name)
                )
                row = connection.execute(query, ([f"%{word}%" for word in words],)).fetchone()
                if row and row[0]:
                    found.add(name)
            return found

        assert tables_with(wanted) == set()
        # The search itself finds what is there.
        assert {"reports", "intake_keys"} <= tables_with([WORDS])
        ids = [report["id"] for report in planted]
        assert tables_with(ids) >= {"reporters", "outbox", "audit", "notices"}
