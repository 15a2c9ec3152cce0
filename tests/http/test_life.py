"""Play the life of reports over HTTP: who may press what, what it does, who sees it then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import psycopg
import pytest
from fastapi.testclient import TestClient

from api.input_types import now as present
from api.reports.ticking import tick_due
from tests.conftest import FreshDatabase
from tests.http.accounts_of_tests import PASSWORD, logged_in, make_account
from tests.http.conftest import Login
from tests.http.contract_shapes import EventPage, Report, checked
from tests.http.demo_county import (
    COUNTY,
    OTHER_GRID,
    OTHER_TOWNSHIP,
    TOWNSHIP,
    WORKER_GRID,
    inside,
    new_key,
    refused,
    store_report,
)

REPORTS = "/v1/reports"
VILLAGE_GRID = "150221105202001"
OWN_PASSWORD = "Ten-camels-3-x"
DONE = {"outcome": "resolved", "note": "已修好"}


def press(client: httpx.Client, about: dict[str, Any], step: str, **more: Any) -> dict[str, Any]:
    """Take a step that must be taken, and return the report."""
    answer = client.post(f"{REPORTS}/{about['id']}/steps", json={"step": step, **more})
    assert answer.status_code == 200, answer.text
    return checked(Report, answer)


def try_step(client: httpx.Client, about: dict[str, Any], step: str, **more: Any) -> httpx.Response:
    """Take a step that may be refused."""
    return client.post(f"{REPORTS}/{about['id']}/steps", json={"step": step, **more})


def kinds(client: httpx.Client, report: dict[str, Any]) -> list[str]:
    """Return the kinds of the events of a report."""
    page = checked(EventPage, client.get(f"{REPORTS}/{report['id']}/events"))
    return [event["kind"] for event in page["items"]]


@pytest.fixture(scope="module")
def office(login: Login) -> Iterator[tuple[dict[str, Any], TestClient]]:
    """An organisation of the county and the account of its liaison."""
    admin = login("county_admin")
    body = {"name": f"供热公司{uuid4().hex[:6]}", "kind": "department", "area": COUNTY}
    org = admin.post("/v1/orgs", json=body)
    assert org.status_code == 201, org.text
    account = make_account(admin, role="department", org=org.json()["id"])
    first = logged_in(admin, account["username"])
    changed = first.post(
        "/v1/password", json={"old_password": PASSWORD, "new_password": OWN_PASSWORD}
    )
    assert changed.status_code == 204, changed.text
    yield org.json(), logged_in(admin, account["username"], OWN_PASSWORD)


def test_a_report_goes_through_its_whole_life(client: TestClient, login: Login) -> None:
    worker, lead = login("grid_worker"), login("shift_lead")
    report = store_report(client, reporter={"name": "王某", "phone": "00001234567"})
    assert (report["holder"]["level"], report["holder"]["area"]["code"]) == ("grid", WORKER_GRID)
    assert {clock["kind"] for clock in report["clocks"]} == {"settle", "sign"}
    # Until it is signed the sender is answerable.
    sign = next(clock for clock in report["clocks"] if clock["kind"] == "sign")
    assert sign["party"]["level"] == "county"
    signed = press(worker, report, "accept")
    assert [clock["kind"] for clock in signed["clocks"]] == ["settle"]
    assert press(worker, report, "arrive")["status"] == "on_site"
    handled = press(worker, report, "handle", **DONE)
    assert (handled["status"], handled["outcome_label"]) == ("handled", "已解决")
    refused(try_step(worker, report, "verify", passed=True), 403, "forbidden")
    assert press(lead, report, "verify", passed=True)["stage"] == "verification"
    answered = press(client, report, "reply", answer="路灯已修好。")
    assert (answered["status"], answered["stage_label"]) == ("replied", "反馈")
    called = press(client, report, "follow_up", resolved="yes", satisfied="satisfied")
    assert called["status"] == "followed_up"
    closed = press(client, report, "close")
    assert (closed["status"], closed["clocks"]) == ("closed", [])
    assert kinds(client, report) == [
        "received", "routed", "accept", "arrive", "handle", "verify", "reply", "follow_up", "close",
    ]  # fmt: skip


def test_a_return_goes_back_to_its_sender_and_the_second_locks_the_case(
    client: TestClient, login: Login
) -> None:
    worker, township = login("grid_worker"), login("township_admin")
    report = store_report(client)
    asked = press(worker, report, "return", reason="not_my_grid", grid=OTHER_GRID)
    assert (asked["status"], asked["request"]["grid"]) == ("return_pending", OTHER_GRID)
    refused(try_step(worker, report, "grant"), 403, "forbidden")
    back = press(client, report, "grant")
    assert (back["status"], back["holder"]["level"]) == ("awaiting_decision", "county")
    assert back["grid_named"]["code"] == OTHER_GRID
    again = refused(try_step(client, report, "grant"), 409, "illegal-step")
    assert again["reason"] == "already_decided"
    sent = press(client, report, "route", to={"area": WORKER_GRID})
    assert (sent["status"], sent["grid_named"]) == ("assigned", None)
    locked = press(worker, report, "return", reason="other", note="又派回来了")
    assert (locked["locked_to"], locked["holder"]["area"]["code"]) == (TOWNSHIP, TOWNSHIP)
    assert (
        "return" not in press(township, report, "route", to={"area": WORKER_GRID})["steps_allowed"]
    )
    problem = refused(
        try_step(worker, report, "return", reason="other", note="还是不对"), 409, "illegal-step"
    )
    assert problem["reason"] == "locked"


def test_a_return_that_nobody_decides_counts_as_signed_by_the_clock(
    client: TestClient, login: Login, app_client: TestClient
) -> None:
    report = store_report(client)
    press(login("grid_worker"), report, "return", reason="not_grid_matter")
    service = app_client.app.state.service  # type: ignore[attr-defined]
    tick_due(service.database, service.keeper, present() + timedelta(days=14))
    seen = checked(Report, client.get(f"{REPORTS}/{report['id']}"))
    assert (seen["status"], seen["request"]) == ("accepted", None)
    page = checked(EventPage, client.get(f"{REPORTS}/{report['id']}/events"))["items"]
    decided = next(event for event in page if event["kind"] == "counted_as_signed")
    assert decided["by"] == "clock"
    # Another look finds nothing more to do.
    tick_due(service.database, service.keeper, present() + timedelta(days=14))
    assert checked(EventPage, client.get(f"{REPORTS}/{report['id']}/events"))["items"] == page


def test_a_damaged_life_holds_up_no_other_clock(
    client: TestClient, app_client: TestClient, login: Login, county_database: FreshDatabase
) -> None:
    damaged, sound = store_report(client), store_report(client)
    press(login("grid_worker"), sound, "return", reason="not_grid_matter")
    superuser = county_database.superuser_url.replace("+psycopg", "")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(
            "UPDATE reports SET life = '{}', next_tick = created_at WHERE id = %s", (damaged["id"],)
        )
    service = app_client.app.state.service  # type: ignore[attr-defined]
    later = present() + timedelta(days=14)
    tick_due(service.database, service.keeper, later)
    seen = checked(Report, client.get(f"{REPORTS}/{sound['id']}"))
    assert seen["status"] == "accepted"
    with psycopg.connect(superuser, autocommit=True) as connection:
        query = "SELECT next_tick > %s FROM reports WHERE id = %s"
        assert connection.execute(query, (later, damaged["id"])).fetchone() == (True,)
        connection.execute(
            "UPDATE reports SET life = NULL, next_tick = NULL WHERE id = %s", (damaged["id"],)
        )


def test_who_knows_the_village_says_which_group_it_is(client: TestClient) -> None:
    report = store_report(client, position=None, address="不知道在哪里")
    assert report["status"] == "awaiting_decision"
    placed = press(client, report, "confirm_grid", grid=VILLAGE_GRID)
    assert (placed["status"], placed["grid"]["code"]) == ("assigned", VILLAGE_GRID)
    assert placed["assignment"]["decision"] == "auto"
    assert "确认" in placed["assignment"]["reasons"][-2]["detail"]
    replay = client.get(f"{REPORTS}/{report['id']}/receipt/replay").json()
    assert replay["identical"], replay["differences"]
    for grid in ("150221999999001", "150221104001", "x"):
        refused(try_step(client, report, "confirm_grid", grid=grid), 422, "invalid-input")


def test_a_summoned_department_sees_the_report_and_its_arrival_is_confirmed(
    client: TestClient, login: Login, office: tuple[dict[str, Any], TestClient]
) -> None:
    org, liaison = office
    worker, report = login("grid_worker"), store_report(client)
    refused(liaison.get(f"{REPORTS}/{report['id']}"), 404, "not-found")
    press(worker, report, "accept")
    summoned = press(worker, report, "summon", orgs=[org["id"]])
    assert (summoned["status"], summoned["summons"][0]["name"]) == ("summoned", org["name"])
    arrival = next(clock for clock in summoned["clocks"] if clock["kind"] == "arrival")
    assert arrival["party"]["org"] == org["id"]
    reported = press(liaison, report, "arrive")
    assert reported["summons"][0]["reported_at"] is not None
    assert reported["own_summons"]["reported_at"] == reported["summons"][0]["reported_at"]
    listed = liaison.get(REPORTS, params={"status": "summoned"}).json()["items"]
    assert [one["own_summons"] for one in listed if one["id"] == report["id"]] == [
        reported["own_summons"]
    ]
    assert reported["summons"][0]["arrived_at"] is None
    there = press(worker, report, "arrive")
    assert (there["on_site_at"] is not None, there["own_summons"]) == (True, None)
    confirmed = press(worker, report, "arrive", org=org["id"], passed=True)
    assert confirmed["summons"][0]["arrived_at"] is not None
    assert confirmed["status"] == "on_site"
    refused(try_step(worker, report, "summon", orgs=[str(uuid4())]), 422, "invalid-input")


def test_what_is_sent_to_a_department_is_seen_by_it_until_it_gives_it_back(
    client: TestClient, office: tuple[dict[str, Any], TestClient]
) -> None:
    org, liaison = office
    report = store_report(client)
    press(client, report, "reassign", reason="not_grid_matter", to={"org": org["id"]})
    mine = liaison.get(REPORTS, params={"mine": True}).json()["items"]
    assert report["id"] in [item["id"] for item in mine]
    press(liaison, report, "accept")
    press(liaison, report, "return", reason="not_our_duty", note="依据三定方案第四条")
    press(client, report, "grant")
    refused(liaison.get(f"{REPORTS}/{report['id']}"), 404, "not-found")


def test_one_call_becomes_several_matters_with_one_caller(client: TestClient) -> None:
    report = store_report(
        client, text="灯不亮，还有垃圾", reporter={"name": "王某", "phone": "00001234567"}
    )
    parts = [{"text": "楼下垃圾成堆", "category": "cg03"}]
    split = press(client, report, "split", parts=parts)
    (part,) = split["parts"]
    made = checked(Report, client.get(f"{REPORTS}/{part}"))
    assert (made["text"], made["category"], made["part_of"]) == (
        "楼下垃圾成堆", "cg03", report["id"],
    )  # fmt: skip
    assert made["number"] != report["number"]
    assert made["reporters"] == [report["id"]]
    assert kinds(client, made) == ["split"]


def test_a_matter_of_a_call_goes_at_once_to_whom_intake_would_send_it(
    client: TestClient, login: Login
) -> None:
    call = store_report(client, text="灯不亮，还有垃圾", position=inside(WORKER_GRID))
    plain = store_report(client, text="楼下垃圾成堆", position=inside(WORKER_GRID), category="cg03")
    parts = [{"text": "楼下垃圾成堆", "category": "cg03"}, {"text": "另一件，类别未定"}]
    sent, kept = press(client, call, "split", parts=parts)["parts"]
    made = checked(Report, client.get(f"{REPORTS}/{sent}"))
    assert made["status"] == "assigned"
    assert made["holder"] == client.get(f"{REPORTS}/{plain['id']}").json()["holder"]
    assert made["assignment"]["grid"]["code"] == WORKER_GRID
    assert f"从{call['number']}拆出" in str(made["assignment"]["reasons"])
    assert login("grid_worker").get(f"{REPORTS}/{sent}").status_code == 200
    assert client.get(f"{REPORTS}/{kept}").json()["status"] == "awaiting_decision"


def test_merging_keeps_every_reporter_and_unmerging_gives_the_report_its_life_back(
    client: TestClient,
) -> None:
    first = store_report(client, reporter={"phone": "00001234567"})
    second = store_report(client, reporter={"phone": "00007654321"})
    merged = press(client, second, "merge", report=first["id"])
    assert (merged["status"], merged["merged_into"]) == ("merged", first["id"])
    assert merged["closed_at"] is not None
    main = checked(Report, client.get(f"{REPORTS}/{first['id']}"))
    assert set(main["reporters"]) == {first["id"], second["id"]}
    assert "merge" in kinds(client, first)
    refused(try_step(client, first, "merge", report=first["id"]), 422, "invalid-input")
    refused(try_step(client, first, "merge", report=str(uuid4())), 422, "invalid-input")
    out = press(client, second, "unmerge")
    assert (out["status"], out["closed_at"]) == ("assigned", None)
    main = checked(Report, client.get(f"{REPORTS}/{first['id']}"))
    assert main["reporters"] == [first["id"]]


def test_a_suspension_pauses_the_light_and_leave_does_not(client: TestClient, login: Login) -> None:
    worker, report = login("grid_worker"), store_report(client)
    press(worker, report, "accept")
    until = (present() + timedelta(days=3)).isoformat()
    press(worker, report, "suspend", until=until, note="等配件")
    still = press(login("township_admin"), report, "grant")
    assert (still["status"], still["light"]) == ("suspended", "paused")
    paused = client.get(REPORTS, params={"light": "paused"}).json()["items"]
    assert report["id"] in [item["id"] for item in paused]
    before = datetime.fromisoformat(still["due_at"])
    going = press(worker, report, "resume")
    assert going["status"] == "accepted"
    assert datetime.fromisoformat(going["due_at"]) >= before


def test_the_same_key_takes_a_step_once(client: TestClient, login: Login) -> None:
    worker, report = login("grid_worker"), store_report(client)
    address, headers = f"{REPORTS}/{report['id']}/steps", {"Idempotency-Key": new_key()}
    first = worker.post(address, json={"step": "accept"}, headers=headers)
    again = worker.post(address, json={"step": "accept"}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert kinds(client, report).count("accept") == 1
    other = worker.post(address, json={"step": "arrive"}, headers=headers)
    refused(other, 409, "idempotency-conflict")
    # A step that was refused holds no key.
    fresh = {"Idempotency-Key": new_key()}
    assert worker.post(address, json={"step": "accept"}, headers=fresh).status_code == 409
    assert worker.post(address, json={"step": "arrive"}, headers=fresh).status_code == 200


def test_a_leader_supervises_and_does_nothing_else(client: TestClient, login: Login) -> None:
    report = store_report(client)
    leader = login("leader")
    sheet = press(leader, report, "supervise", note="三日内办结", leader="李副旗长")
    assert (sheet["case_leader"], sheet["supervisions"][0]["words"]) == ("李副旗长", "三日内办结")
    refused(try_step(leader, report, "accept"), 403, "forbidden")
    refused(try_step(login("wall"), report, "accept"), 403, "forbidden")


def test_a_complaint_that_triage_finds_leaves_the_grid_and_stays_above_it(
    client: TestClient, login: Login
) -> None:
    worker, report = login("grid_worker"), store_report(client, text="网格员从不露面")
    assert worker.get(f"{REPORTS}/{report['id']}").status_code == 200
    lifted = press(client, report, "triage", category="zx03")
    assert (lifted["area"]["code"], lifted["grid"]) == (TOWNSHIP, None)
    refused(worker.get(f"{REPORTS}/{report['id']}"), 404, "not-found")
    down = {"to": {"area": WORKER_GRID}}
    kept = refused(try_step(client, report, "route", **down), 409, "illegal-step")
    assert kept["reason"] in ("withheld", "not_on_list")
    refused(try_step(client, report, "confirm_grid", grid=WORKER_GRID), 409, "illegal-step")
    client.patch(f"{REPORTS}/{report['id']}/position", json=inside(WORKER_GRID))
    refused(worker.get(f"{REPORTS}/{report['id']}"), 404, "not-found")


def test_load_is_no_reason_and_another_place_is_none_either(client: TestClient) -> None:
    report = store_report(client)
    refused(
        try_step(client, report, "reassign", reason="too_much_work", to={"area": OTHER_GRID}),
        422,
        "invalid-input",
    )
    elsewhere = {"reason": "absent", "to": {"area": OTHER_TOWNSHIP}}
    refused(try_step(client, report, "reassign", **elsewhere), 422, "invalid-input")


def test_the_words_of_the_county_are_served(client: TestClient) -> None:
    words = client.get("/v1/life").json()
    assert words["steps"]["accept"] == "签收"
    assert words["stages"] == ["受理", "分流", "处置", "反馈", "评价"]
    assert {"key": "not_my_grid", "label": "不属本网格"} in words["return_reasons"]
