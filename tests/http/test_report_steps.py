"""Check a report's life after intake: steps, the moved pin, events, receipt, its reporter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.contract_shapes import EventPage, Report, checked
from tests.http.demo_county import (
    BAOTOU,
    OTHER_GRID,
    OTHER_TOWNSHIP_GRID,
    WORKER_GRID,
    inside,
    refused,
    store_report,
)

REPORTS = "/v1/reports"


def step(client: httpx.Client, report: dict[str, Any], name: str, **more: str) -> httpx.Response:
    """Take a step on a report."""
    return client.post(f"{REPORTS}/{report['id']}/steps", json={"step": name, **more})


def move(client: httpx.Client, report: dict[str, Any], position: Any) -> httpx.Response:
    """Move the pin of a report."""
    return client.patch(f"{REPORTS}/{report['id']}/position", json=position)


def events(client: httpx.Client, report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of a report."""
    page = checked(EventPage, client.get(f"{REPORTS}/{report['id']}/events"))
    items: list[dict[str, Any]] = page["items"]
    return items


def test_a_worker_accepts_and_closes_a_report(client: TestClient, login: Login) -> None:
    worker = login("grid_worker")
    report = store_report(client)
    seen = checked(Report, worker.get(f"{REPORTS}/{report['id']}"))
    assert {"accept", "return"} <= set(seen["steps_allowed"])
    assert not {"close", "route", "reassign", "grant"} & set(seen["steps_allowed"])
    accepted = checked(Report, step(worker, report, "accept"))
    assert (accepted["status"], accepted["stage"]) == ("accepted", "handling")
    assert {"arrive", "handle", "return", "pass_up", "close"} <= set(accepted["steps_allowed"])
    assert "accept" not in accepted["steps_allowed"]
    closed = checked(Report, step(worker, report, "close", note="已更换灯泡"))
    assert (closed["status"], closed["closed_at"] is not None) == ("closed", True)
    assert closed["steps_allowed"] == []
    assert checked(Report, client.get(f"{REPORTS}/{report['id']}"))["status"] == "closed"


def test_a_worker_signs_before_closing(client: TestClient, login: Login) -> None:
    report = store_report(client)
    refused(step(login("grid_worker"), report, "close", note="不用去了"), 409, "illegal-step")


def test_the_desk_closes_unsigned_work_only_with_a_word_why(client: TestClient) -> None:
    for place in ({}, {"position": None}):
        report = store_report(client, **place)
        for empty in ({}, {"note": "  "}):
            problem = refused(step(client, report, "close", **empty), 422, "invalid-input")
            assert problem["errors"][0]["field"] == "note"
        assert step(client, report, "close", note="来电人撤回").json()["status"] == "closed"


@pytest.mark.parametrize(
    ("before", "impossible", "status"),
    [
        (["accept"], "accept", "accepted"),
        (["accept", "close"], "accept", "closed"),
        (["accept", "close"], "close", "closed"),
    ],
)
def test_a_step_out_of_turn_says_what_the_state_is_and_who_made_it_so(
    client: TestClient, login: Login, before: list[str], impossible: str, status: str
) -> None:
    report = store_report(client)
    for name in before:
        assert step(login("grid_worker"), report, name, note="好").status_code == 200
    last = events(client, report)[-1]
    problem = refused(step(client, report, impossible), 409, "illegal-step")
    assert problem["report_status"] == status
    assert problem["changed_by"] == last["by"]
    assert problem["changed_at"] == last["at"]
    assert events(client, report)[-1] == last


def test_what_waits_for_a_decision_cannot_be_accepted(client: TestClient) -> None:
    report = store_report(client, position=None)
    problem = refused(step(client, report, "accept"), 409, "illegal-step")
    assert problem["report_status"] == "awaiting_decision"


@pytest.mark.parametrize("name", ["hold_on_list", "Accept", ""])
def test_a_step_that_nobody_knows_is_refused(client: TestClient, name: str) -> None:
    refused(step(client, store_report(client), name), 422, "invalid-input")


def test_whoever_acts_for_another_is_named_with_the_other(client: TestClient) -> None:
    report = store_report(client)
    step(client, report, "accept", on_behalf_of="兼职网格员张某", note="电话里说已到现场")
    last = events(client, report)[-1]
    assert last["on_behalf_of"] == "兼职网格员张某"
    assert last["by"] == client.get("/v1/sessions/current").json()["username"]
    assert last["detail"]["note"] == "电话里说已到现场"


def test_events_tell_the_life_in_order(client: TestClient) -> None:
    report = store_report(client)
    move(client, report, inside(OTHER_GRID))
    step(client, report, "accept")
    step(client, report, "close", note="好了")
    told = events(client, report)
    assert [event["kind"] for event in told] == [
        "received", "routed", "moved", "accept", "close",
    ]  # fmt: skip
    assert [event["id"] for event in told] == sorted(event["id"] for event in told)
    instants = [datetime.fromisoformat(event["at"]) for event in told]
    assert instants == sorted(instants)
    assert told[1]["detail"]["grid"] == WORKER_GRID
    assert (told[2]["detail"]["before"]["area"], told[2]["detail"]["grid"]) == (
        WORKER_GRID, OTHER_GRID,
    )  # fmt: skip


def test_a_moved_pin_finds_the_new_owner(client: TestClient) -> None:
    report = store_report(client)
    there = inside(OTHER_TOWNSHIP_GRID, accuracy_m=5)
    moved = checked(Report, move(client, report, there))
    assert moved["grid"]["code"] == moved["area"]["code"] == OTHER_TOWNSHIP_GRID
    assert moved["position"] == moved["assignment"]["position"] == there
    assert moved["assignment"]["worker"] != report["assignment"]["worker"]
    assert moved["status"] == "assigned"
    assert checked(Report, client.get(f"{REPORTS}/{report['id']}")) == moved
    for member in ("id", "number", "text", "created_at", "due_at"):
        assert moved[member] == report[member]


def test_a_pin_gives_a_doubtful_report_its_place(client: TestClient) -> None:
    report = store_report(client, position=None, address="不知道在哪里")
    moved = move(client, report, inside(WORKER_GRID)).json()
    assert (moved["status"], moved["decision"]) == ("assigned", "auto")
    assert moved["address"] == "不知道在哪里"


def test_accepted_work_that_stays_in_its_grid_stays_accepted(client: TestClient) -> None:
    report = store_report(client)
    step(client, report, "accept")
    nudged = inside(WORKER_GRID)
    nudged["lon"] += 1e-6
    assert move(client, report, nudged).json()["status"] == "accepted"
    assert move(client, report, inside(OTHER_GRID)).json()["status"] == "assigned"


def test_a_pin_outside_the_county_is_refused_and_the_old_place_stays(client: TestClient) -> None:
    report = store_report(client)
    before = checked(Report, client.get(f"{REPORTS}/{report['id']}"))
    for place in (BAOTOU, {"lon": -70.0, "lat": -33.4, "crs": "wgs84"}):
        problem = refused(move(client, report, place), 409, "outside-county")
        assert problem["reason"] == "outside"
    assert checked(Report, client.get(f"{REPORTS}/{report['id']}")) == before
    assert [event["kind"] for event in events(client, report)] == ["received", "routed"]


def test_a_pin_that_is_no_position_is_refused(client: TestClient) -> None:
    report = store_report(client)
    for place in ({"lon": 40.5, "lat": 110.5, "crs": "wgs84"}, {"lon": 110.5, "lat": 40.5}, {}):
        refused(move(client, report, place), 422, "invalid-input")


def test_a_closed_report_is_not_moved(client: TestClient) -> None:
    report = store_report(client)
    step(client, report, "close", note="好了")
    problem = refused(move(client, report, inside(OTHER_GRID)), 409, "illegal-step")
    assert problem["report_status"] == "closed"
    assert problem["changed_by"]


def test_a_township_may_move_a_report_out_of_its_hands(client: TestClient, login: Login) -> None:
    report, township = store_report(client), login("township_admin")
    moved = checked(Report, move(township, report, inside(OTHER_TOWNSHIP_GRID)))
    assert moved["grid"]["code"] == OTHER_TOWNSHIP_GRID
    refused(township.get(f"{REPORTS}/{report['id']}"), 404, "not-found")
    refused(login("grid_worker").get(f"{REPORTS}/{report['id']}"), 404, "not-found")
    told = events(client, report)[-1]
    assert (told["kind"], told["by"]) == (
        "moved", township.get("/v1/sessions/current").json()["username"],
    )  # fmt: skip


PLACES: dict[str, dict[str, Any]] = {
    "a point": {"position": inside(WORKER_GRID, accuracy_m=12)},
    "a point of a phone": {"position": {**inside(WORKER_GRID), "crs": "gcj02"}},
    "a wide disc": {"position": inside(WORKER_GRID, accuracy_m=900)},
    "a building": {"position": None, "address": "萨拉齐镇振华大街阳光小区3号楼"},
    "a community": {"position": None, "address": "萨拉齐镇振华社区"},
    "point and text": {"position": inside(WORKER_GRID), "address": "萨拉齐镇振华社区"},
    "nothing": {"position": None},
    "outside": {"position": BAOTOU},
    "a complaint": {"position": inside(WORKER_GRID), "category": "zx03"},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_receipt_can_be_replayed_to_the_same_answer(client: TestClient, place: str) -> None:
    report = store_report(client, **PLACES[place])
    receipt = client.get(f"{REPORTS}/{report['id']}/receipt").json()
    assert receipt["report"] == report["id"]
    assert receipt["number"] == report["number"]
    assert receipt["receipt"]["revision"] == report["assignment"]["revision"]
    asked, given = receipt["receipt"]["question"]["position"], PLACES[place].get("position")
    assert asked == (given and {"accuracy_m": 0.0, **given})
    replay = client.get(f"{REPORTS}/{report['id']}/receipt/replay").json()
    assert (replay["identical"], replay["differences"]) == (True, [])
    assert replay["replayed"]["trace"] == receipt["receipt"]["trace"]


def test_a_moved_report_has_the_receipt_of_its_new_place(client: TestClient) -> None:
    report = store_report(client)
    move(client, report, inside(OTHER_GRID))
    replay = client.get(f"{REPORTS}/{report['id']}/receipt/replay").json()
    question = replay["receipt"]["question"]["position"]
    assert question == {**inside(OTHER_GRID), "accuracy_m": 0.0}
    assert replay["identical"] is True


def test_who_looks_at_the_reporter_is_written_down(client: TestClient, login: Login) -> None:
    admin = login("county_admin")
    report = store_report(client, reporter={"name": "赵某", "phone": "00001112223"})
    for viewer in (client, login("grid_worker"), login("township_admin")):
        shown = viewer.get(f"{REPORTS}/{report['id']}/reporter").json()
        assert shown == {"name": "赵某", "phone": "00001112223"}
        rows = admin.get("/v1/audit?action=reporter_revealed&limit=1").json()["items"]
        assert rows[0]["object"] == report["number"]
        assert rows[0]["actor"] == viewer.get("/v1/sessions/current").json()["username"]


def test_a_worker_sees_the_reporter_only_while_the_report_is_open(
    client: TestClient, login: Login
) -> None:
    report = store_report(client, reporter={"name": "赵某", "phone": "00001112223"})
    step(client, report, "close", note="好了")
    refused(login("grid_worker").get(f"{REPORTS}/{report['id']}/reporter"), 403, "forbidden")
    assert client.get(f"{REPORTS}/{report['id']}/reporter").status_code == 200


@pytest.mark.parametrize("path", ["", "/events", "/receipt", "/receipt/replay", "/reporter"])
def test_a_report_that_is_not_there_is_404(client: TestClient, path: str) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    refused(client.get(f"{REPORTS}/{nobody}{path}"), 404, "not-found")
    refused(client.get(f"{REPORTS}/not-an-id{path}"), 422, "invalid-input")
