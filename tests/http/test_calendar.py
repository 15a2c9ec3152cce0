"""Check the calendar against the contract: due dates, loading a notice, the hours of offices."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx
import openpyxl
import pytest
from fastapi.testclient import TestClient

from api.input_types import SHANGHAI
from tests.http.conftest import Login
from tests.http.demo_county import refused
from tests.notice_of_2026 import SEED

DUE, IMPORT, HOURS = "/v1/calendar/due", "/v1/calendar/import", "/v1/calendar/hours"
SENT = SEED.read_bytes()


def send(client: TestClient, content: bytes, **form: str) -> httpx.Response:
    return client.post(IMPORT, files={"file": ("notice.csv", content)}, data=form)


@pytest.mark.parametrize(
    ("start", "days", "due", "provisional"),
    [
        ("2026-02-13T09:30:00+08:00", 3, "2026-02-25T09:30:00+08:00", False),
        ("2026-09-30T09:30:00+08:00", 3, "2026-10-10T09:30:00+08:00", False),
        ("2026-12-30T09:30:00+08:00", 3, "2027-01-04T09:30:00+08:00", True),
        ("2026-11-21T10:00:00+08:00", 1, "2026-11-24T00:00:00+08:00", False),
        ("2026-02-13T01:30:00Z", 3, "2026-02-25T09:30:00+08:00", False),
        ("2200-12-31T00:00:00+08:00", 1000, "2204-10-31T00:00:00+08:00", True),
    ],
)
def test_the_golden_cases(
    client: TestClient, start: str, days: int, due: str, provisional: bool
) -> None:
    answer = client.get(DUE, params={"from": start, "working_days": days})
    assert answer.json() == {
        "due_at": due,
        "provisional": provisional,
        "calendar_version": "2026-1",
    }


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "2026-02-13T09:30:00+08:00"},
        {"working_days": "3"},
        {"from": "2026-02-13", "working_days": "3"},
        {"from": "2026-02-13T09:30:00", "working_days": "3"},
        {"from": "2026-02-13T09:30:00+08:00", "working_days": "-1"},
        {"from": "2026-02-13T09:30:00+08:00", "working_days": "1001"},
        {"from": "2026-02-13T09:30:00+08:00", "working_days": "3.5"},
        {"from": "2026-02-13T09:30:00+08:00", "working_days": "9" * 400},
        {"from": "9999-12-31T23:59:59-14:00", "working_days": "3"},
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(
    client: TestClient, query: dict[str, str]
) -> None:
    refused(client.get(DUE, params=query), 422, "invalid-input")


def test_whoever_is_logged_in_may_read_and_a_stranger_may_not(
    login: Login, anonymous: TestClient
) -> None:
    for path in (DUE + "?from=2026-02-13T09:30:00%2B08:00&working_days=1", "/v1/calendar"):
        for role in ("wall", "grid_worker", "integration", "leader"):
            assert login(role).get(path).status_code == 200
        refused(anonymous.get(path), 401, "unauthenticated")


def test_only_administrators_of_the_county_load_a_notice_or_set_hours(
    login: Login, anonymous: TestClient
) -> None:
    body = {"since": "2090-01-01", "day_starts": "08:30", "day_ends": "18:00", "cut_off": "18:00"}
    for role in ("township_admin", "dispatcher", "shift_lead", "leader", "wall"):
        refused(send(login(role), SENT), 403, "forbidden")
        refused(login(role).post(HOURS, json=body), 403, "forbidden")
    refused(send(anonymous, SENT), 401, "unauthenticated")


def test_the_calendar_in_force_is_shown_with_its_notice(client: TestClient) -> None:
    shown = client.get("/v1/calendar").json()
    assert (shown["version"], shown["known_from"], shown["known_through"]) == (
        "2026-1",
        "2026-01-01",
        "2026-12-31",
    )
    assert len(shown["days"]) == 39
    assert shown["days"][0] == {"date": "2026-01-01", "kind": "holiday", "name": "元旦"}
    (version,) = shown["versions"]
    assert version["document_no"] == "国办发明电〔2025〕7号"
    assert version["in_force"] is True
    assert shown["hours"][0] == {
        "since": None,
        "day_starts": "08:30",
        "day_ends": "18:00",
        "cut_off": "18:00",
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"2026-10-04,holiday,\xe5\x9b\xbd\xe5\xba\x86\xe8\x8a\x82\n", b"", (36, "date", "gap")),
        (b"05-01,holiday", b"05-01,ECHO7f3a", (20, "kind", "unknown_kind")),
        (b"05-02,holiday", b"05-01,holiday", (21, "date", "duplicate_day")),
        (b"2026-05-02", b"2025-05-02", (21, "date", "wrong_year")),
    ],
)
def test_each_faulty_row_is_named_and_nothing_is_loaded(
    login: Login, old: bytes, new: bytes, expected: tuple[int, str, str]
) -> None:
    admin = login("county_admin")
    assert SENT.count(old) == 1
    answer = send(admin, SENT.replace(old, new))
    problem = refused(answer, 422, "rows-refused")
    assert [(e["line"], e["column"], e["reason"]) for e in problem["errors"]] == [expected]
    assert "ECHO7f3a" not in answer.text
    assert len(admin.get("/v1/calendar").json()["versions"]) == 1


@pytest.mark.parametrize(
    ("content", "form", "reason"),
    [
        (b"", {}, "no_header"),
        (b"\xff\xd8\xff no table", {}, "bad_encoding"),
        (b"PK\x03\x04 no workbook", {}, "bad_workbook"),
        (b"a,b\n1,2\n", {}, "no_header"),
        (SENT, {"year": "soon"}, "bad_field"),
        (SENT, {"year": "1999"}, "bad_field"),
        (SENT, {"dry_run": "perhaps"}, "bad_field"),
        (SENT, {"force": "1"}, "unknown_field"),
        (SENT, {"document_no": "x" * 61}, "bad_field"),
    ],
)
def test_what_is_no_notice_is_refused_with_the_reason(
    login: Login, content: bytes, form: dict[str, str], reason: str
) -> None:
    problem = refused(send(login("county_admin"), content, **form), 422, "invalid-input")
    assert problem["reason"] == reason


def test_a_body_that_is_no_form_and_a_form_without_a_file_are_refused(login: Login) -> None:
    admin = login("county_admin")
    refused(admin.post(IMPORT, json={}), 415, "unsupported-media-type")
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = admin.post(IMPORT, content=b"--x--\r\n", headers=kind)
    assert refused(answer, 422, "invalid-input")["reason"] == "missing"
    answer = admin.post(IMPORT, content=b"garbage", headers={"Content-Type": "multipart/form-data"})
    assert answer.status_code == 400


def workbook_of_next_year() -> bytes:
    book = openpyxl.Workbook()
    rows: list[list[Any]] = [["日期", "类型", "节日"]]
    for line in SEED.read_text("utf-8").splitlines()[1:]:
        day, kind, name = line.split(",")
        if kind == "holiday":
            rows.append([datetime.fromisoformat(day.replace("2026", "2027")), "放假", name])
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_is_checked_loaded_once_and_known_to_the_next_question(login: Login) -> None:
    admin, book = login("county_admin"), workbook_of_next_year()
    checked = send(admin, book, dry_run="true").json()
    assert checked == {
        "year": 2027,
        "days": 33,
        "version": None,
        "unchanged": False,
        "dry_run": True,
        "recomputed": 0,
    }
    loaded = send(admin, book, document_no="国办发明电〔2026〕0号").json()
    assert (loaded["version"], loaded["unchanged"]) == ("2027-1", False)
    again = send(admin, book).json()
    assert (again["version"], again["unchanged"]) == ("2027-1", True)
    query = {"from": "2026-12-30T09:30:00+08:00", "working_days": 3}
    wanted = {
        "due_at": "2027-01-05T09:30:00+08:00",
        "provisional": False,
        "calendar_version": "2027-1",
    }
    begun = datetime.now(SHANGHAI)
    while (answer := admin.get(DUE, params=query).json()) != wanted:
        assert datetime.now(SHANGHAI) - begun < timedelta(seconds=2), answer
    shown = admin.get("/v1/calendar").json()
    assert (shown["known_through"], shown["version"]) == ("2027-12-31", "2027-1")
    assert [(v["name"], v["in_force"]) for v in shown["versions"]] == [
        ("2026-1", True),
        ("2027-1", True),
    ]


def test_hours_are_set_for_days_to_come(login: Login) -> None:
    admin = login("county_admin")
    day = f"{datetime.now(SHANGHAI) + timedelta(days=40):%Y-%m-%d}"
    body = {"since": day, "day_starts": "08:00", "day_ends": "24:00", "cut_off": "17:30"}
    answer = admin.post(HOURS, json=body)
    assert (answer.status_code, answer.json()) == (201, body)
    assert admin.get("/v1/calendar").json()["hours"][-1] == body
    yesterday = f"{datetime.now(SHANGHAI) - timedelta(days=1):%Y-%m-%d}"
    for bad, reason in (
        ({"since": yesterday}, "in_the_past"),
        ({"since": "2026-02-30"}, "bad_date"),
        ({"since": 20261201}, "bad_date"),
        ({"day_ends": "07:00"}, "ends_before_start"),
        ({"day_ends": "24:01"}, "bad_clock"),
        ({"cut_off": "９:30"}, "bad_clock"),
        ({"cut_off": 1050}, "bad_clock"),
        ({"lunch": "12:00"}, None),
    ):
        problem = refused(admin.post(HOURS, json={**body, **bad}), 422, "invalid-input")
        assert reason is None or problem["reason"] == reason
