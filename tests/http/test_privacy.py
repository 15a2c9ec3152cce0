"""Who reported: sealed, masked, shown to whom it concerns while it does, and found by hash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.privacy.erasure import erase_due, erase_now
from api.privacy.key_file import make_file, read_keys
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.demo_county import (
    OTHER_TOWNSHIP_GRID,
    WORKER_GRID,
    inside,
    new_key,
    refused,
    send_report,
    store_report,
)

REPORTS = "/v1/reports"
CALLER = {"name": "欧阳某", "phone": "0000 765-4321"}
MASKED = {"name": "欧**", "phone": "0000****321"}


def step(client: TestClient, report_id: str, step: str, **members: Any) -> dict[str, Any]:
    answer = client.post(f"{REPORTS}/{report_id}/steps", json={"step": step, **members})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def one_of(county_database: FreshDatabase, statement: str, *values: object) -> tuple[Any, ...]:
    url = county_database.superuser_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement.encode(), values).fetchone()
    assert row is not None
    return row


# ---- what is kept


def test_a_reporter_is_masked_on_the_report_and_sealed_in_the_database(
    client: TestClient, county_database: FreshDatabase
) -> None:
    report = store_report(client, reporter=CALLER)
    assert (report["reporter"], report["reporter_state"]) == (MASKED, "kept")
    assert report["reporter_note"] is None
    again = client.get(f"{REPORTS}/{report['id']}").json()
    assert again["reporter"] == MASKED
    state, sealed, tag = one_of(
        county_database,
        "SELECT state, sealed, phone_tag FROM reporters WHERE report_id = %s",
        report["id"],
    )
    assert (state, len(tag)) == ("kept", 32)
    assert "欧阳".encode() not in sealed


def test_a_report_without_a_reporter_keeps_no_row_of_one(
    client: TestClient, county_database: FreshDatabase
) -> None:
    for given in (None, {}, {"name": None}, {"name": "", "phone": ""}):
        report = store_report(client, reporter=given)
        assert (report["reporter"], report["reporter_state"]) == (None, "none")
        count = "SELECT count(*) FROM reporters WHERE report_id = %s"
        assert one_of(county_database, count, report["id"]) == (0,)


@pytest.mark.parametrize(
    "members",
    [
        {"reporter": {**CALLER, "confidential": True}},
        {"reporter": {"confidential": True}},
        {"category": "jf03", "reporter": CALLER},
    ],
)
def test_whoever_is_not_kept_is_told_so(
    client: TestClient, county_database: FreshDatabase, members: dict[str, Any]
) -> None:
    key = new_key()
    report = send_report(client, key=key, **members).json()
    assert (report["reporter"], report["reporter_state"]) == (None, "withheld")
    assert "没有保存" in report["reporter_note"]
    read = client.get(f"{REPORTS}/{report['id']}").json()
    assert (read["reporter_state"], read["reporter_note"]) == ("withheld", report["reporter_note"])
    row = one_of(
        county_database,
        "SELECT key_id, sealed, phone_tag FROM reporters WHERE report_id = %s",
        report["id"],
    )
    assert row == (None, None, None)
    assert client.get(f"{REPORTS}/{report['id']}/reporter").json() == {"name": None, "phone": None}
    again = send_report(client, key=key, **members)
    assert (again.status_code, again.json()) == (201, report)


def test_a_withheld_name_leaves_no_trace_in_what_a_request_is_known_by(
    client: TestClient,
) -> None:
    """Else a name could be tried out against the stored hash."""
    key, one, other = new_key(), {"name": "甲", "confidential": True}, {"name": "乙"}
    first = send_report(client, key=key, reporter=one)
    second = send_report(client, key=key, reporter={**other, "confidential": True})
    assert first.json()["id"] == second.json()["id"]
    refused(send_report(client, key=key, reporter=other), 409, "idempotency-conflict")


def test_a_report_that_becomes_confidential_forgets_its_reporter(
    client: TestClient, county_database: FreshDatabase
) -> None:
    report = store_report(client, reporter=CALLER)
    shown = step(client, report["id"], "triage", category="jf03")
    assert (shown["category"], shown["reporter_state"]) == ("jf03", "withheld")
    assert shown["confidential"] is True
    row = one_of(county_database, "SELECT sealed FROM reporters WHERE report_id = %s", report["id"])
    assert row == (None,)


def test_the_same_request_gives_the_same_masked_answer_though_nothing_of_it_is_remembered(
    client: TestClient, county_database: FreshDatabase
) -> None:
    key = new_key()
    first = send_report(client, key=key, reporter=CALLER)
    again = send_report(client, key=key, reporter=CALLER)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    remembered, sha = one_of(
        county_database, "SELECT response, body_sha256 FROM intake_keys WHERE key = %s", key
    )
    assert remembered["reporter"] is None
    assert sha not in (first.json()["id"], "")
    other = {**CALLER, "phone": "00007654322"}
    refused(send_report(client, key=key, reporter=other), 409, "idempotency-conflict")


# ---- who sees it


def test_a_worker_sees_the_reporter_of_what_is_in_the_own_hands_and_of_nothing_else(
    client: TestClient, login: Login
) -> None:
    worker = login("grid_worker")
    mine = store_report(client, reporter=CALLER)
    assert worker.get(f"{REPORTS}/{mine['id']}/reporter").json() == CALLER
    step(client, mine["id"], "reassign", to={"area": "150221104001"}, reason="absent")
    handed_on = worker.get(f"{REPORTS}/{mine['id']}/reporter")
    refused(handed_on, 403, "forbidden")
    assert "7654" not in handed_on.text
    doubtful = store_report(client, position=inside(WORKER_GRID, accuracy_m=900), reporter=CALLER)
    if doubtful["status"] == "awaiting_decision":
        answer = worker.get(f"{REPORTS}/{doubtful['id']}/reporter")
        assert answer.status_code in {403, 404}


def test_a_department_sees_the_reporter_while_it_has_the_report(
    client: TestClient, login: Login
) -> None:
    department = login("department")
    office = {"name": "旗综合行政执法局", "kind": "department", "area": "150221"}
    added = login("county_admin").post("/v1/orgs", json=office)
    assert added.status_code == 201, added.text
    report = store_report(client, reporter=CALLER)
    refused(department.get(f"{REPORTS}/{report['id']}/reporter"), 404, "not-found")
    step(client, report["id"], "reassign", to={"org": added.json()["id"]}, reason="not_grid_matter")
    assert department.get(f"{REPORTS}/{report['id']}/reporter").json() == CALLER
    step(client, report["id"], "close", note="已办结")
    assert department.get(f"{REPORTS}/{report['id']}/reporter").status_code in {403, 404}
    assert client.get(f"{REPORTS}/{report['id']}/reporter").json() == CALLER


@pytest.mark.parametrize("role", ["leader", "wall", "system_admin"])
def test_those_who_call_nobody_back_see_no_phone(
    client: TestClient, login: Login, role: str
) -> None:
    report = store_report(client, reporter=CALLER)
    refused(login(role).get(f"{REPORTS}/{report['id']}/reporter"), 403, "forbidden")
    refused(login(role).get(REPORTS, params={"phone": CALLER["phone"]}), 403, "forbidden")


def test_merging_keeps_every_reporter_and_whoever_has_the_main_report_sees_them(
    client: TestClient, login: Login
) -> None:
    main = store_report(client, reporter=CALLER)
    second = {"name": "慕容某", "phone": "00001230000"}
    merged = store_report(client, reporter=second)
    step(client, merged["id"], "merge", report=main["id"], reason="同一事项")
    shown = login("grid_worker").get(f"{REPORTS}/{main['id']}/reporter").json()
    assert {name: shown[name] for name in CALLER} == CALLER
    others = [{"report": merged["id"], "number": merged["number"], **second}]
    assert shown["others"] == others
    items = login("county_admin").get("/v1/audit?action=reporter_revealed&limit=2").json()["items"]
    assert {item["object"] for item in items} == {main["number"], merged["number"]}


def test_a_confidential_part_of_a_call_has_no_caller(client: TestClient, login: Login) -> None:
    report = store_report(client, reporter=CALLER, text="路灯不亮，家里也出了事")
    parts = [{"text": "路灯不亮"}, {"text": "家里出了事", "category": "jf03"}]
    step(client, report["id"], "split", parts=parts, reason="一电多事")
    found = client.get(REPORTS, params={"q": "家里出了事", "category": "jf03"}).json()["items"]
    (part,) = [item for item in found if item["text"] == "家里出了事"]
    assert part["confidential"] is True
    assert client.get(f"{REPORTS}/{part['id']}/reporter").json() == {"name": None, "phone": None}
    refused(login("wall").get(f"{REPORTS}/{part['id']}"), 404, "not-found")


def test_a_part_has_the_reporter_of_the_call_that_it_was_split_from(client: TestClient) -> None:
    report = store_report(client, reporter=CALLER, text="路灯不亮，井盖也坏了")
    parts = [{"text": "路灯不亮"}, {"text": "井盖坏了"}]
    step(client, report["id"], "split", parts=parts, reason="一电多事")
    found = client.get(REPORTS, params={"q": "井盖坏了"}).json()["items"]
    (part,) = [item for item in found if item["text"] == "井盖坏了"]
    assert client.get(f"{REPORTS}/{part['id']}/reporter").json() == CALLER


# ---- search


def test_reports_of_a_number_are_found_however_it_is_written_and_the_audit_has_no_number(
    client: TestClient, login: Login
) -> None:
    phone = "00005550123"
    first = store_report(client, reporter={"phone": phone})
    other = store_report(
        client, reporter={"phone": "0000-555-0123"}, position=inside(OTHER_TOWNSHIP_GRID)
    )
    store_report(client, reporter={"phone": "00005550124"})

    def found(who: TestClient, written: str) -> set[str]:
        answer = who.get(REPORTS, params={"phone": written})
        assert answer.status_code == 200, answer.text
        assert "0123" not in answer.text.replace(first["id"], "").replace(other["id"], "")
        return {item["id"] for item in answer.json()["items"]}

    for written in (phone, "+86 0000 555 0123", "0000-5550123"):
        assert found(client, written) == {first["id"], other["id"]}
    assert found(login("township_admin"), phone) == {first["id"]}
    assert found(login("integration"), phone) == set()
    items = login("county_admin").get("/v1/audit?action=reporter_searched&limit=9").json()["items"]
    assert len(items) == 5
    assert all("0123" not in str(item) for item in items)


@pytest.mark.parametrize("role", ["grid_worker", "department"])
def test_whoever_sees_a_phone_by_the_report_searches_for_none(login: Login, role: str) -> None:
    refused(login(role).get(REPORTS, params={"phone": "00005550123"}), 403, "forbidden")


@pytest.mark.parametrize("phone", ["12", "无", "------"])
def test_what_is_no_number_is_not_searched_for(client: TestClient, phone: str) -> None:
    assert (
        refused(client.get(REPORTS, params={"phone": phone}), 422, "invalid-input")["reason"]
        == "no_number"
    )


# ---- erasure


def test_a_reporter_is_erased_a_set_time_after_the_end_with_an_event_and_nothing_in_it(
    client: TestClient, county_database: FreshDatabase
) -> None:
    members: dict[str, Any] = {
        "channel": "other_system", "source_no": new_key(), "reporter": CALLER,
    }  # fmt: skip
    report = store_report(client, **members)
    still_open = store_report(client, reporter=CALLER)
    step(client, report["id"], "close", note="已办结")
    database = county_database.serving()
    try:
        now = datetime.now(UTC)
        assert erase_due(database, now + timedelta(days=179), days=180) == 0
        assert erase_due(database, now + timedelta(days=181), days=180, batch=1) >= 1
        assert erase_due(database, now + timedelta(days=181), days=180) == 0
    finally:
        database.close()
    shown = client.get(f"{REPORTS}/{report['id']}").json()
    assert (shown["reporter"], shown["reporter_state"]) == (None, "erased")
    assert client.get(f"{REPORTS}/{report['id']}/reporter").json() == {"name": None, "phone": None}
    assert client.get(f"{REPORTS}/{still_open['id']}").json()["reporter"] == MASKED
    events = client.get(f"{REPORTS}/{report['id']}/events").json()["items"]
    assert (events[-1]["kind"], events[-1]["detail"]) == (
        "reporter_erased", {"reason": "retention"},
    )  # fmt: skip
    # It cannot be told any more whether this is the same request: nothing is taken in twice.
    problem = refused(send_report(client, **members), 409, "source-number-conflict")
    assert problem["report"]["number"] == report["number"]


def test_a_merged_report_keeps_its_reporter_until_the_main_one_has_ended(
    client: TestClient, county_database: FreshDatabase
) -> None:
    main = store_report(client, reporter=CALLER)
    merged = store_report(client, reporter=CALLER)
    step(client, merged["id"], "merge", report=main["id"], reason="同一事项")
    database = county_database.serving()
    later = datetime.now(UTC) + timedelta(days=365)
    try:
        erase_due(database, later, days=180)
        assert client.get(f"{REPORTS}/{merged['id']}").json()["reporter_state"] == "kept"
        step(client, main["id"], "close", note="已办结")
        erase_due(database, later, days=180)
    finally:
        database.close()
    for report in (main, merged):
        assert client.get(f"{REPORTS}/{report['id']}").json()["reporter_state"] == "erased"


def test_a_caller_may_be_erased_at_once_and_the_audit_says_why(
    client: TestClient, login: Login, county_database: FreshDatabase
) -> None:
    report = store_report(client, reporter=CALLER)
    database = county_database.serving()
    now = datetime.now(UTC)
    try:
        for there in (True, False):
            erased = erase_now(
                database, report["number"], at=now, actor="command-line", reason="来电人要求"
            )
            assert erased is there
    finally:
        database.close()
    assert client.get(f"{REPORTS}/{report['id']}").json()["reporter_state"] == "erased"
    rows = login("county_admin").get("/v1/audit?action=reporter_erased&limit=2").json()["items"]
    assert [row["object"] for row in rows] == [report["number"]] * 2
    assert rows[0]["detail"]["reason"] == "来电人要求"


# ---- a lost key


@pytest.fixture
def key_file(app_client: TestClient) -> Iterator[Path]:
    """The key file of the service; put back afterwards."""
    path: Path = app_client.app.state.service.settings.reporter_key_file  # type: ignore[attr-defined]
    content = path.read_text("utf-8")
    yield path
    path.write_text(content, "utf-8")


def test_with_another_key_reports_are_served_and_only_the_name_is_not(
    client: TestClient, key_file: Path
) -> None:
    report = store_report(client, reporter=CALLER)
    content, (key,) = key_file.read_text("utf-8"), read_keys(key_file)
    key_file.unlink()
    make_file(key_file, datetime.now(UTC).date())
    shown = client.get(f"{REPORTS}/{report['id']}")
    assert shown.status_code == 200
    assert shown.json()["reporter"] == {"name": "无法解密", "phone": None}
    assert shown.json()["reporter_state"] == "unreadable"
    answer = client.get(f"{REPORTS}/{report['id']}/reporter")
    problem = refused(answer, 503, "reporter-keys-missing")
    assert (problem["key"], "密钥文件" in problem["detail"]) == (key.id, True)
    assert step(client, report["id"], "close", note="已办结")["status"] == "closed"
    assert store_report(client, reporter=CALLER)["reporter"] == MASKED
    key_file.write_text(content, "utf-8")
    assert client.get(f"{REPORTS}/{report['id']}/reporter").json() == CALLER


def test_without_any_key_a_report_is_taken_only_without_its_reporter(
    client: TestClient, app_client: TestClient, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = app_client.app.state.service.vault  # type: ignore[attr-defined]
    monkeypatch.setattr(vault, "_path", None)
    key = new_key()
    problem = refused(send_report(client, key=key, reporter=CALLER), 503, "reporter-keys-missing")
    assert "密钥" in problem["detail"]
    search = client.get(REPORTS, params={"phone": CALLER["phone"]})
    refused(search, 503, "reporter-keys-missing")
    assert store_report(client, reporter={**CALLER, "confidential": True})["status"] == "assigned"
    assert store_report(client)["reporter_state"] == "none"
    monkeypatch.undo()
    # Nothing half done was left behind: the same request is taken in now.
    assert send_report(client, key=key, reporter=CALLER).status_code == 201
