"""Check notices over HTTP: whom to ring up, who may see it, who did it; nothing of reporters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from api.db import notice_store
from api.db.engine import SERVICE
from api.deps import Service
from api.input_types import SHANGHAI
from api.notices.adapters.by_phone import ByPhone
from api.notices.sending import send_due
from tests.http.accounts_of_tests import make_account, settled
from tests.http.conftest import Login
from tests.http.demo_county import (
    COMMUNITY,
    OTHER_COMMUNITY_GRID,
    WORKER_GRID,
    inside,
    refused,
    store_report,
)
from tests.http.roster_actions import hire, set_up, written

NOTICES = "/v1/notices"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=SHANGHAI)
NAME, PHONE, WORDS = "郝来信", "00009876543", "楼下的井盖丢了一只"


@pytest.fixture(scope="module")
def service(app_client: TestClient) -> Service:
    parts: Service = app_client.app.state.service  # type: ignore[attr-defined]
    return parts


@pytest.fixture
def report(client: TestClient, service: Service) -> Iterator[dict[str, Any]]:
    """A report of the worker's grid; what was noted of others before is gone."""
    stored = store_report(client)
    with service.database.transaction(SERVICE) as connection:
        connection.exec_driver_sql("DELETE FROM notices")
    yield stored


def note(service: Service, report: dict[str, Any], **changes: Any) -> str:
    """Note something for the worker of a report; return the notice's id."""
    worker = service.keeper.current().roster.responsible(
        area_code=WORKER_GRID, kind="community", at=NOON
    )
    assert worker.post is not None
    row = {
        "id": uuid4(),
        "report_id": UUID(report["id"]),
        "kind": "assigned",
        "to_area": WORKER_GRID,
        "to_post": worker.post.id,
        "to_person": None,
        "to_org": None,
        "text": f"您有新诉求{report['number']}（即时办结），请签收。",
        "urgent": False,
        "at": NOON,
        **changes,
    }
    with service.database.transaction(SERVICE) as connection:
        notice_store.put(connection, [row])
    return str(row["id"])


def list_them(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(NOTICES, params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def put_on_the_list(service: Service) -> None:
    send_due(service, lambda: NOON, (ByPhone(),))


def test_the_list_says_whom_to_ring_up_about_what_and_since_when(
    client: TestClient, service: Service, report: dict[str, Any]
) -> None:
    notice = note(service, report)
    (waiting,) = list_them(client, report=report["id"])
    assert (waiting["state"], waiting["state_label"]) == ("waiting", "待发送")
    assert list_them(client, state="by_phone") == []
    put_on_the_list(service)
    (item,) = list_them(client, state="by_phone", area=COMMUNITY)
    assert item["id"] == notice
    assert item["report"] == {"id": report["id"], "number": report["number"]}
    assert item["state_label"] == "需电话通知"
    assert item["since"] == "2026-11-20T12:00:00+08:00"
    assert item["to"]["area"] == WORKER_GRID
    assert item["to"]["role"] == "专职网格员"
    worker = report["assignment"]["worker"]
    assert (item["to"]["name"], item["to"]["phone"]) == (worker["name"], worker["phone"])
    assert list_them(client, state="by_phone", area="150221105") == []


def test_who_rang_up_and_when_is_written_down_once(
    client: TestClient, login: Login, service: Service, report: dict[str, Any]
) -> None:
    notice = note(service, report)
    put_on_the_list(service)
    done = client.post(f"{NOTICES}/{notice}/done")
    assert done.status_code == 200
    assert (done.json()["state"], done.json()["state_label"]) == ("phoned", "已电话通知")
    assert done.json()["done_by"]
    assert list_them(client, state="by_phone") == []
    again = refused(login("shift_lead").post(f"{NOTICES}/{notice}/done"), 409, "notice-state")
    assert again["changed_by"] == done.json()["done_by"]
    assert again["notice_state"] == "phoned"
    events = client.get(f"/v1/reports/{report['id']}/events").json()["items"]
    assert [event["kind"] for event in events].count("notified_by_phone") == 1


def test_a_call_may_come_before_the_gateways_answer(
    client: TestClient, service: Service, report: dict[str, Any]
) -> None:
    notice = note(service, report)
    assert client.post(f"{NOTICES}/{notice}/done").json()["state"] == "phoned"
    way = ByPhone()
    assert send_due(service, lambda: NOON + timedelta(days=1), (way,)) == 0


def test_each_sees_the_notices_of_the_reports_in_sight(
    client: TestClient, login: Login, service: Service, report: dict[str, Any]
) -> None:
    notice = note(service, report)
    county_admin = login("county_admin")
    other = make_account(county_admin, role="township_admin", area="150221105")
    stranger = settled(client, other["username"])
    for role in ("county_admin", "shift_lead", "leader", "grid_worker"):
        assert [item["id"] for item in list_them(login(role))] == [notice], role
    assert list_them(stranger) == []
    refused(stranger.post(f"{NOTICES}/{notice}/done"), 404, "not-found")
    assert list_them(login("department")) == []


def test_who_may_not_see_people_or_phones_does_not_here_either(
    login: Login, service: Service, report: dict[str, Any]
) -> None:
    note(service, report)
    (seen,) = list_them(login("township_admin"))
    assert seen["to"]["phone"].startswith("0000")
    assert "*" not in seen["to"]["phone"]


@pytest.mark.parametrize("role", ["system_admin", "wall", "integration"])
def test_other_roles_have_no_business_here(login: Login, role: str) -> None:
    refused(login(role).get(NOTICES), 403, "forbidden")


@pytest.mark.parametrize("role", ["grid_worker", "department", "leader"])
def test_only_desks_write_down_calls(login: Login, role: str) -> None:
    refused(login(role).post(f"{NOTICES}/{uuid4()}/done"), 403, "forbidden")


def test_a_stranger_is_asked_to_log_in(anonymous: TestClient) -> None:
    refused(anonymous.get(NOTICES), 401, "unauthenticated")
    refused(anonymous.post(f"{NOTICES}/{uuid4()}/done"), 401, "unauthenticated")


@pytest.mark.parametrize(
    "query",
    [
        {"state": "gone"},
        {"state": "sent,by-phone"},
        {"area": "15"},
        {"report": "1"},
        {"limit": "0"},
        {"limit": "501"},
        {"cursor": "x"},
        {"cursor": "WzEsMl0"},
        {"cursor": "WzEsICJ4IiwgInkiXQ"},
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(
    client: TestClient, query: dict[str, str]
) -> None:
    refused(client.get(NOTICES, params=query), 422, "invalid-input")


def test_pages_follow_each_other_without_a_gap(
    client: TestClient, service: Service, report: dict[str, Any]
) -> None:
    made = [
        note(service, report, urgent=n % 3 == 0, at=NOON + timedelta(seconds=n // 2))
        for n in range(7)
    ]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get(NOTICES, params=query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    assert set(seen[:3]) == {made[0], made[3], made[6]}


def test_what_waits_for_the_morning_says_so(
    client: TestClient, service: Service, report: dict[str, Any]
) -> None:
    night = NOON.replace(hour=23) + timedelta(days=3650)
    note(service, report, at=night)
    note(service, report, at=night, urgent=True)
    held = {item["urgent"]: item["held_until"] for item in list_them(client)}
    morning = (night + timedelta(hours=8)).isoformat()
    assert held == {False: morning, True: None}


def test_no_notice_of_a_life_holds_a_word_of_the_reporter_or_the_place(
    client: TestClient, login: Login, service: Service
) -> None:
    stored = store_report(
        client, text=WORDS, reporter={"name": NAME, "phone": PHONE}, address="振华社区第三网格"
    )
    worker = login("grid_worker")
    steps = f"/v1/reports/{stored['id']}/steps"
    assert worker.post(steps, json={"step": "accept"}).status_code == 200
    for by, body in (
        (client, {"step": "urge", "note": f"{NAME}又来电"}),
        (worker, {"step": "handle", "outcome": "resolved", "answer": f"已告知{NAME}{PHONE}"}),
    ):
        answer = by.post(steps, json=body)
        assert answer.status_code == 200, answer.text
    told = list_them(client, report=stored["id"])
    assert {"urged", "handled"} <= {item["kind"] for item in told}
    for item in told:
        assert stored["number"] in item["text"]
        for secret in (NAME, PHONE, WORDS, "井盖", "振华", "又来电"):
            assert secret not in item["text"], item


def test_whoever_is_given_a_new_report_is_told_and_who_found_it_himself_is_not(
    client: TestClient, login: Login, anonymous: TestClient, service: Service
) -> None:
    given = store_report(client, category="cg03")
    (told,) = list_them(client, report=given["id"])
    assert (told["kind"], told["to"]["name"]) == ("assigned", given["assignment"]["worker"]["name"])
    body = {"channel": "app", "text": "路灯不亮", "position": inside(WORKER_GRID)}
    sent = anonymous.post("/v1/reports", json=body).json()
    assert [item["kind"] for item in list_them(client, report=sent["id"])] == ["assigned"]
    found = store_report(login("grid_worker"), channel="patrol")
    assert list_them(client, report=found["id"]) == []


def test_who_gets_a_report_by_a_pin_that_was_moved_is_told(
    client: TestClient, service: Service
) -> None:
    stored = store_report(client)
    moved = client.patch(f"/v1/reports/{stored['id']}/position", json=inside(OTHER_COMMUNITY_GRID))
    assert moved.status_code == 200, moved.text
    areas = {item["to"]["area"] for item in list_them(client, report=stored["id"])}
    assert areas == {WORKER_GRID, OTHER_COMMUNITY_GRID}


# No test behind it does without them.
@pytest.fixture(scope="module")
def leads(login: Login) -> dict[str, str]:
    """A lead of a building in each of two grids, by the grid."""
    admin = login("county_admin")
    found: dict[str, str] = {}
    for grid in (WORKER_GRID, OTHER_COMMUNITY_GRID):
        lead = hire(admin, f"楼长{uuid4().hex[:4]}", area=grid, number=uuid4().hex[:8])
        post = set_up(admin, area=grid, role="building_lead")
        term = {"post": post["id"], "person": lead["number"]}
        written(admin.post("/v1/holders", json=term))
        found[grid] = lead["name"]
    return found


def informed(client: TestClient, report: dict[str, Any]) -> list[str]:
    items = list_them(client, report=report["id"])
    return [item["to"]["name"] for item in items if item["kind"] == "informed"]


def test_the_lead_of_a_building_is_told_once_wherever_the_report_is(
    client: TestClient, service: Service, leads: dict[str, str]
) -> None:
    here, there = leads[WORKER_GRID], leads[OTHER_COMMUNITY_GRID]
    stored = store_report(client, text=WORDS, reporter={"name": NAME, "phone": PHONE})
    assert informed(client, stored) == [here]
    (item,) = [one for one in list_them(client, report=stored["id"]) if one["kind"] == "informed"]
    assert stored["number"] in item["text"]
    assert "不负责办理" in item["text"]
    assert not any(secret in item["text"] for secret in (NAME, PHONE, WORDS))
    pin = f"/v1/reports/{stored['id']}/position"
    assert client.patch(pin, json=inside(WORKER_GRID)).status_code == 200
    assert informed(client, stored) == [here]
    assert client.patch(pin, json=inside(OTHER_COMMUNITY_GRID)).status_code == 200
    assert informed(client, stored) == [here, there]
    doubtful = store_report(client, position=inside(WORKER_GRID, accuracy_m=900))
    assert informed(client, doubtful) == []
    step = {"step": "confirm_grid", "grid": WORKER_GRID}
    placed = client.post(f"/v1/reports/{doubtful['id']}/steps", json=step)
    assert placed.status_code == 200, placed.text
    assert informed(client, doubtful) == [here]
    assert f"告知：楼栋长{here}" in str(placed.json()["assignment"]["reasons"])


@pytest.mark.parametrize(
    "kind", [{"category": "jf03"}, {"category": "zx03"}, {"about": "grid_worker"}], ids=str
)
def test_no_lead_is_told_of_what_is_confidential(
    client: TestClient, service: Service, leads: dict[str, str], kind: dict[str, str]
) -> None:
    stored = store_report(client, **kind)
    assert informed(client, stored) == []
    assert leads[WORKER_GRID] not in str(stored)
