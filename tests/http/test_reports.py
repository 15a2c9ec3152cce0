"""Check intake against the contract: the answer, once only, who may send, what is refused."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.calendar.limits import ClockSettings, Limit, Unit, due
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.contract_shapes import Located, Report, ReportPage, checked
from tests.http.demo_county import (
    BAOTOU,
    COUNTY,
    OTHER_TOWNSHIP_GRID,
    WORKER_GRID,
    inside,
    new_key,
    refused,
    send_report,
    store_report,
)
from tests.notice_of_2026 import CALENDAR

REPORTS = "/v1/reports"


def _count(client: httpx.Client) -> int:
    items = 0
    cursor: dict[str, str] = {}
    while True:
        page = client.get(REPORTS, params={"limit": 500, **cursor}).json()
        items += len(page["items"])
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}


def test_a_report_is_answered_with_its_owner_and_why(client: TestClient) -> None:
    sent: dict[str, Any] = {
        "channel": "hotline_12345",
        "text": "路灯不亮\n已经三天",
        "category": "cg03",
        "position": inside(WORKER_GRID, accuracy_m=12.5),
        "address": "萨拉齐镇振华社区",
        "occurred_at": "2026-11-20T00:05:00Z",
        "reporter": {"name": "王女士", "phone": "00001234567"},
        "source_no": "HL-1",
    }
    response = send_report(client, **sent)
    report = checked(Report, response, 201)
    assert response.headers["location"] == f"{REPORTS}/{report['id']}"
    assert "idempotent-replayed" not in response.headers
    for member in ("channel", "text", "category", "address", "source_no"):
        assert report[member] == sent[member]
    assert (report["status"], report["stage"], report["decision"]) == (
        "assigned",
        "routing",
        "auto",
    )
    assert report["round"] == 1
    assert report["occurred_at"] == "2026-11-20T08:05:00+08:00"
    assert report["position"] == sent["position"]
    assert report["grid"]["code"] == report["area"]["code"] == WORKER_GRID
    assert report["reporter"] == {"name": "王**", "phone": "0000****567"}
    assert {"accept", "reassign", "withdraw", "close"} <= set(report["steps_allowed"])
    assert report["light"] == "blue"
    assert checked(Report, client.get(f"{REPORTS}/{report['id']}")) == report


def test_the_assignment_is_what_locate_answers(client: TestClient) -> None:
    position = inside(WORKER_GRID, accuracy_m=900)
    report = store_report(client, position=position)
    assignment = dict(report["assignment"])
    assert assignment.pop("decided_at") == report["created_at"]
    *assignment["reasons"], deadline = assignment["reasons"]
    assert deadline["step"] == "deadline"
    body = {"position": position, "at": assignment["at"]}
    assert checked(Located, client.post("/v1/locate", json=body)) == assignment
    assert (report["status"], report["stage"]) == ("awaiting_decision", "intake")


@pytest.mark.parametrize(
    "place",
    [
        {"position": None},
        {"position": None, "address": "不知道在哪里"},
        {"position": BAOTOU},
        {"position": {"lon": -70.0, "lat": -33.4, "crs": "gcj02"}},
        {"position": {"lon": 0, "lat": 0.1, "crs": "wgs84", "accuracy_m": 1e7}},
    ],
)
def test_a_doubtful_place_is_never_a_reason_to_lose_a_report(
    client: TestClient, place: dict[str, Any]
) -> None:
    report = checked(Report, send_report(client, **place), 201)
    assert (report["status"], report["decision"]) == ("awaiting_decision", "desk")
    assert report["area"]["code"] == report["assignment"]["decided_by"]["code"] == COUNTY
    assert report["assignment"]["worker"]["role"] == "county_desk"


def test_a_report_is_sent_twice_and_taken_once(client: TestClient) -> None:
    key, before = new_key(), _count(client)
    first = send_report(client, key=key, text="只有一次")
    client.post(f"{REPORTS}/{first.json()['id']}/steps", json={"step": "accept"})
    again = send_report(client, key=key, text="只有一次")
    assert again.status_code == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    assert _count(client) == before + 1


def test_many_hands_with_one_key_store_one_report(client: TestClient) -> None:
    key, before = new_key(), _count(client)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: send_report(client, key=key), range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    replayed = Counter(answer.headers.get("idempotent-replayed") for answer in answers)
    assert replayed == {None: 1, "true": 5}
    assert _count(client) == before + 1


def test_a_key_stands_for_one_body_only(client: TestClient) -> None:
    key = new_key()
    report = send_report(client, key=key, text="一").json()
    problem = refused(send_report(client, key=key, text="二"), 409, "idempotency-conflict")
    assert problem["report"]["number"] == report["number"]
    assert problem["report"]["created_at"] == report["created_at"]


def test_a_body_is_the_same_however_it_is_written(client: TestClient) -> None:
    key = new_key()
    plain = {"channel": "walk_in", "text": "路灯不亮", "position": inside(WORKER_GRID)}
    spelt = {
        "round": 1, "address": None, "text": "路灯不亮", "channel": "walk_in",
        "position": {**inside(WORKER_GRID), "accuracy_m": None},
    }  # fmt: skip
    headers = {"Idempotency-Key": key}
    first = client.post(REPORTS, json=plain, headers=headers)
    second = client.post(REPORTS, json=spelt, headers=headers)
    assert second.headers["idempotent-replayed"] == "true"
    assert second.json() == first.json()


def test_keys_of_different_callers_do_not_meet(client: TestClient, login: Login) -> None:
    key = new_key()
    mine = store_report(client, key=key)
    theirs = send_report(login("shift_lead"), key=key, text="另一件")
    assert theirs.status_code == 201
    assert theirs.json()["id"] != mine["id"]


def test_a_source_number_is_taken_once_a_channel_and_round(client: TestClient) -> None:
    sent = {"channel": "hotline_12345", "source_no": "HL-77"}
    first = store_report(client, **sent)
    again = send_report(client, **sent)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first
    refused(send_report(client, **sent, text="换了内容"), 409, "source-number-conflict")
    second_round = store_report(client, **sent, round=2)
    other_channel = store_report(client, channel="other_system", source_no="HL-77")
    assert len({first["id"], second_round["id"], other_channel["id"]}) == 3


def test_a_refused_report_leaves_its_key_free(client: TestClient) -> None:
    key = new_key()
    refused(send_report(client, key=key, category="xx99"), 422, "invalid-input")
    assert send_report(client, key=key).status_code == 201


def test_whoever_is_logged_in_gives_a_key(client: TestClient) -> None:
    body = {"channel": "walk_in", "text": "路灯不亮"}
    refused(client.post(REPORTS, json=body), 422, "idempotency-key-required")
    assert client.post(REPORTS, json=body, headers={"Idempotency-Key": "7"}).status_code == 201
    for key in ("x" * 201, "a b"):
        refused(
            client.post(REPORTS, json=body, headers={"Idempotency-Key": key}), 422, "invalid-input"
        )


@pytest.mark.parametrize("channel", ["app", "wechat"])
def test_a_resident_reports_without_a_login(anonymous: TestClient, channel: str) -> None:
    body = {"channel": channel, "text": "路灯不亮", "position": inside(WORKER_GRID)}
    report = checked(Report, anonymous.post(REPORTS, json=body), 201)
    assert report["status"] == "assigned"
    assert "****" in report["assignment"]["worker"]["phone"]
    assert report["steps_allowed"] == []
    key = {"Idempotency-Key": new_key()}
    keyed = [anonymous.post(REPORTS, json=body, headers=key) for _ in range(2)]
    assert keyed[1].headers["idempotent-replayed"] == "true"
    assert keyed[0].json() == keyed[1].json()


@pytest.mark.parametrize("channel", ["hotline_12345", "patrol", "walk_in", "other_system"])
def test_a_resident_does_not_speak_for_an_office(anonymous: TestClient, channel: str) -> None:
    refused(send_report(anonymous, channel=channel), 401, "unauthenticated")


def test_a_resident_does_not_take_source_numbers(anonymous: TestClient) -> None:
    refused(send_report(anonymous, channel="app", source_no="HL-9"), 401, "unauthenticated")


def test_strangers_from_one_address_are_slowed_down_but_not_the_office(
    county_database: FreshDatabase, tmp_path: Path, client: TestClient
) -> None:
    limit = {"anonymous_reports_per_minute": 3}
    settings = county_database.settings(tmp_path).model_copy(update=limit)
    with TestClient(create_app(settings)) as stranger:
        for _ in range(3):
            assert send_report(stranger, channel="app").status_code == 201
        answer = send_report(stranger, channel="app")
        refused(answer, 429, "too-many-requests")
        assert 0 < int(answer.headers["retry-after"]) <= 60
        office = TestClient(stranger.app, headers=dict(client.headers))
        assert send_report(office).status_code == 201


@pytest.mark.parametrize(
    ("members", "reason", "says"),
    [
        ({"category": "xx99"}, "unknown_category", "类别"),
        ({"category": "CG01"}, "unknown_category", "类别"),
        ({"channel": "pigeon"}, "literal_error", "channel"),
        ({"text": ""}, "empty", "不能为空"),
        ({"text": " \u3000\u200b"}, "empty", "不能为空"),
        ({"source_no": "  "}, "empty", "不能为空"),
        ({"text": "a\x00b"}, "control_character", "控制字符"),
        ({"round": 0}, "greater_than_equal", "round"),
        ({"occurred_at": "2026-11-20T08:00:00"}, "bad_time", "时区"),
        ({"occurred_at": "2199-01-01T00:00:00Z"}, "in_the_future", "发生时间"),
        ({"position": {"lon": 110.5, "lat": 40.5}}, "missing", "crs"),
    ],
)
def test_what_is_malformed_is_refused_and_not_stored(
    client: TestClient, members: dict[str, Any], reason: str, says: str
) -> None:
    before = _count(client)
    problem = refused(send_report(client, **members), 422, "invalid-input")
    assert problem["reason"] == reason
    assert says in problem["detail"]
    assert _count(client) == before


def test_a_clock_that_runs_a_little_ahead_is_forgiven(client: TestClient) -> None:
    now = datetime.now().astimezone()
    for ahead, status in ((timedelta(minutes=4), 201), (timedelta(minutes=6), 422)):
        moment = (now + ahead).isoformat()
        assert send_report(client, occurred_at=moment).status_code == status


@pytest.mark.parametrize(
    ("category", "limit", "words"),
    [
        ("cg02", Limit(24, Unit.HOUR, round_the_clock=True), "时限：紧急，"),
        ("cg03", Limit(3, Unit.WORKING_DAY), "时限：即时办结，"),
        (None, Limit(3, Unit.WORKING_DAY), "时限：即时办结，"),
        ("cg06", Limit(7, Unit.WORKING_DAY), "时限：限时处置，"),
        ("jf06", Limit(7, Unit.WORKING_DAY), "时限：联席会商，"),
    ],
)
def test_the_time_allowed_follows_the_response_level_of_the_category_in_working_days(
    client: TestClient, category: str | None, limit: Limit, words: str
) -> None:
    report = store_report(client, category=category)
    begun = datetime.fromisoformat(report["created_at"])
    until = due(limit, begun, CALENDAR, ClockSettings())
    assert report["due_at"] == until.at.isoformat()
    assert report["due_provisional"] is until.provisional
    (reason,) = (r for r in report["assignment"]["reasons"] if r["step"] == "deadline")
    day = f"{until.at.month}月{until.at.day}日（星期{'一二三四五六日'[until.at.weekday()]}）"
    assert reason["detail"].startswith(words)
    assert f"{day}{until.at:%H:%M}前" in reason["detail"]
    assert checked(Report, client.get(f"{REPORTS}/{report['id']}")) == report


def test_a_report_made_for_elsewhere_is_answered_and_then_out_of_sight(login: Login) -> None:
    township = login("township_admin")
    report = store_report(township, position=inside(OTHER_TOWNSHIP_GRID))
    assert report["grid"]["code"] == OTHER_TOWNSHIP_GRID
    refused(township.get(f"{REPORTS}/{report['id']}"), 404, "not-found")


def test_a_list_is_a_page_of_the_contract(client: TestClient) -> None:
    store_report(client)
    page = checked(ReportPage, client.get(REPORTS, params={"limit": 3}))
    assert 0 < len(page["items"]) <= 3
