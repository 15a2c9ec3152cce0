"""Complaints about workers and cadres: hidden from the level they are about, wherever it looks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from tests.conftest import FreshDatabase
from tests.http.accounts_of_tests import try_login
from tests.http.conftest import Login
from tests.http.demo_county import (
    COUNTY,
    OTHER_COMMUNITY_GRID,
    OTHER_GRID,
    TOWNSHIP,
    WORKER_GRID,
    inside,
    refused,
    store_report,
)
from tests.http.live_service import Listener, serving, wait_for_listeners
from tests.http.test_plans import NEIGHBOURS, merge_of, new_plan, stroke

REPORTS = "/v1/reports"
# Each is looked for by words of its own: somebody may well see another complaint.
WORDS = {
    "grid_worker": "收了钱不办事",
    "community_cadre": "优亲厚友吃低保",
    "township_cadre": "工作日喝酒误事",
}
BELOW = {
    "grid_worker": ("grid_worker", "community_admin"),
    "community_cadre": ("grid_worker", "community_admin"),
    "township_cadre": ("grid_worker", "community_admin", "township_admin"),
}
ABOVE = {
    "grid_worker": ("township_admin", "county_admin"),
    "community_cadre": ("township_admin", "county_admin"),
    "township_cadre": ("county_admin", "leader"),
}
LEVEL = {"grid_worker": TOWNSHIP, "community_cadre": TOWNSHIP, "township_cadre": COUNTY}
CASES = [(about, role) for about, roles in BELOW.items() for role in roles]


def complain(client: TestClient, about: str, **members: Any) -> dict[str, Any]:
    """A complaint about somebody, told as any other matter might be."""
    plain = {"about": about, "text": WORDS[about], "category": "ms05"}
    return store_report(client, **{**plain, **members})


def everything_seen(them: TestClient, report: dict[str, Any], words: str) -> str:
    """What somebody finds who looks for a report in every place where reports are shown."""
    pages = [
        them.get(REPORTS, params={"limit": 500, **query})
        for query in ({}, {"q": words}, {"q": report["number"]}, {"mine": "true"})
    ]
    pages += [
        them.get("/v1/overview/points"),
        them.get("/v1/search", params={"q": words[:4]}),
        them.get("/v1/areas", params={"limit": 500}),
        them.get(f"{REPORTS}/{report['id']}/similar"),
        them.get("/v1/desk/queues/open"),
        them.get("/v1/notices"),
    ]
    return "\n".join(page.text for page in pages)


@pytest.mark.parametrize(("about", "role"), CASES)
def test_whom_it_is_about_finds_it_nowhere(
    client: TestClient, login: Login, about: str, role: str
) -> None:
    report, them = complain(client, about), login(role)
    seen = everything_seen(them, report, WORDS[about])
    for secret in (WORDS[about], report["number"], report["id"]):
        assert secret not in seen
    for part in ("", "/events", "/receipt", "/receipt/replay", "/reporter", "/similar"):
        assert them.get(f"{REPORTS}/{report['id']}{part}").status_code in (403, 404)
    step = them.post(f"{REPORTS}/{report['id']}/steps", json={"step": "accept"})
    assert step.status_code in (403, 404)
    moved = them.patch(f"{REPORTS}/{report['id']}/position", json=inside(WORKER_GRID))
    assert moved.status_code in (403, 404)


@pytest.mark.parametrize(("about", "role"), [(a, r) for a, roles in ABOVE.items() for r in roles])
def test_the_level_above_has_it(client: TestClient, login: Login, about: str, role: str) -> None:
    report = complain(client, about)
    shown = login(role).get(f"{REPORTS}/{report['id']}")
    assert shown.status_code == 200
    assert shown.json()["about"] == about
    assert shown.json()["area"]["code"] == LEVEL[about]
    assert shown.json()["grid"] is None


@pytest.mark.parametrize("about", BELOW)
def test_a_complaint_keeps_no_caller_and_is_no_walls_business(
    client: TestClient, login: Login, about: str
) -> None:
    report = complain(client, about, reporter={"name": "李某", "phone": "00009988776"})
    assert (report["confidential"], report["reporter"]) == (True, None)
    assert "9988776" not in client.get(f"{REPORTS}/{report['id']}").text
    refused(login("wall").get(f"{REPORTS}/{report['id']}"), 404, "not-found")
    assert report["number"] not in login("wall").get("/v1/overview/points").text


@pytest.mark.parametrize("role", ["grid_worker", "community_admin"])
def test_not_even_a_count_tells_of_it(client: TestClient, login: Login, role: str) -> None:
    def counted() -> list[int]:
        them = login(role)
        pages = [
            them.get("/v1/overview/counts", params={"level": level}).json()["items"]
            for level in ("township", "community", "grid")
        ]
        overview = [sum(one["open"] for one in page) for page in pages]
        area = them.get(f"/v1/areas/{WORKER_GRID}").json()
        return [*overview, area["open_reports"], sum(area["reports_by_status"].values())]

    before = counted()
    complain(client, "grid_worker")
    assert counted() == before


@pytest.mark.parametrize("about", BELOW)
def test_a_moved_pin_does_not_bring_it_down(client: TestClient, login: Login, about: str) -> None:
    report = complain(client, about, position=inside(OTHER_GRID))
    moved = client.patch(f"{REPORTS}/{report['id']}/position", json=inside(WORKER_GRID))
    assert moved.json()["area"]["code"] == LEVEL[about]
    refused(login("grid_worker").get(f"{REPORTS}/{report['id']}"), 404, "not-found")


@pytest.mark.parametrize("about", BELOW)
@pytest.mark.parametrize(
    "step",
    [
        {"step": "confirm_grid", "grid": WORKER_GRID},
        {"step": "route", "to": {"area": WORKER_GRID}},
        {"step": "route", "to": {"area": WORKER_GRID[:12]}},
        {"step": "reassign", "to": {"area": WORKER_GRID}, "reason": "wrong_post"},
    ],
    ids=lambda step: f"{step['step']}-{len(step.get('to', {}).get('area', ''))}",
)
def test_no_step_brings_it_down(
    client: TestClient, login: Login, about: str, step: dict[str, Any]
) -> None:
    report = complain(client, about)
    if step["step"] == "reassign":
        # It lies with those above, not signed yet: the one state from which this is a step.
        sent = {"step": "route", "to": {"area": LEVEL[about]}}
        assert client.post(f"{REPORTS}/{report['id']}/steps", json=sent).status_code == 200
    answer = client.post(f"{REPORTS}/{report['id']}/steps", json=step)
    assert refused(answer, 409, "illegal-step")["reason"] == "withheld"
    for role in BELOW[about]:
        refused(login(role).get(f"{REPORTS}/{report['id']}"), 404, "not-found")


def test_what_turns_out_to_be_a_complaint_is_taken_away_from_the_grid(
    client: TestClient, login: Login
) -> None:
    report = store_report(client, text=WORDS["grid_worker"])
    worker = login("grid_worker")
    assert worker.get(f"{REPORTS}/{report['id']}").status_code == 200
    answer = client.post(
        f"{REPORTS}/{report['id']}/steps", json={"step": "triage", "category": "zx03"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["area"]["code"] == TOWNSHIP
    refused(worker.get(f"{REPORTS}/{report['id']}"), 404, "not-found")
    assert report["number"] not in everything_seen(worker, report, report["text"])


@pytest.fixture(scope="module")
def address(
    app_client: TestClient, county_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The application on a port, for streams."""
    with serving(create_app(county_database.settings(tmp_path_factory.mktemp("live")))) as at:
        wait_for_listeners(county_database, 2)
        yield at


@pytest.mark.parametrize(("about", "role"), CASES)
def test_no_stream_tells_of_it(
    client: TestClient,
    app_client: TestClient,
    county_database: FreshDatabase,
    address: str,
    about: str,
    role: str,
) -> None:
    """What comes after it on the stream arrives, it does not."""
    account = county_database.credentials[role]
    token = try_login(app_client, account["username"], account["password"]).json()["token"]
    screen = Listener(address, str(token))
    try:
        hidden = complain(client, about)
        client.patch(f"{REPORTS}/{hidden['id']}/position", json=inside(OTHER_COMMUNITY_GRID))
        plain = store_report(client)
        told = []
        while (event := screen.next("report", within_s=10)) is not None:
            told.append(event.data["id"])
            if event.data["id"] == plain["id"]:
                break
        assert plain["id"] in told
        assert hidden["id"] not in told
    finally:
        screen.close()


def test_exports_hold_no_reports(login: Login, client: TestClient) -> None:
    """The files that leave the house tell of land and posts; a complaint is in none of them."""
    report = complain(client, "community_cadre")
    community = login("community_admin")
    for path in ("/v1/roster.xlsx", "/v1/areas.geojson", "/v1/boundaries.geojson"):
        content = community.get(path).content
        assert report["number"].encode() not in content


def test_an_unknown_person_complained_about_is_refused(client: TestClient) -> None:
    body = {"channel": "walk_in", "text": "办事拖拉", "about": "mayor"}
    answer = client.post(REPORTS, json=body, headers={"Idempotency-Key": "about-mayor"})
    refused(answer, 422, "invalid-input")
    assert "mayor" not in answer.text


def test_a_publication_of_boundaries_does_not_bring_it_down(
    client: TestClient, login: Login
) -> None:
    """What happened beside it moves with the land and is listed; the complaint stays above."""
    township, county = login("township_admin"), login("county_admin")
    place = inside(NEIGHBOURS[1])
    hidden = complain(client, "grid_worker", position=place)
    plain, once = (store_report(client, position=place) for _ in range(2))
    for category in ("zx03", "cg08"):
        body = {"step": "triage", "category": category}
        assert client.post(f"{REPORTS}/{once['id']}/steps", json=body).status_code == 200
    plan = new_plan(township)
    assert stroke(township, plan, merge_of(), 0).status_code == 200
    township.post(f"{plan}/submit")
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True})
    assert approved.status_code == 200, approved.text
    assert plain["number"] in approved.json()["changeset"]["summary"]["moved"]
    for report in (hidden, once):
        assert report["number"] not in approved.text
        shown = client.get(f"{REPORTS}/{report['id']}").json()
        assert (shown["area"]["code"], shown["grid"]) == (TOWNSHIP, None)


def test_a_complaint_in_a_split_call_is_known_to_those_above_alone(
    client: TestClient, login: Login
) -> None:
    """The rest of the call stays with the worker, who learns nothing of the other matter."""
    worker = login("grid_worker")
    call = store_report(client, reporter={"name": "李某", "phone": "00009988776"})
    parts = [{"text": WORDS["grid_worker"], "category": "zx03"}, {"text": "井盖松动"}]
    answer = client.post(f"{REPORTS}/{call['id']}/steps", json={"step": "split", "parts": parts})
    assert answer.status_code == 200, answer.text
    (told,) = answer.json()["parts"]
    assert client.get(f"{REPORTS}/{told}").json()["text"] == "井盖松动"
    found = client.get(REPORTS, params={"q": WORDS["grid_worker"], "limit": 500}).json()["items"]
    (complaint,) = [one for one in found if one["created_at"] > call["created_at"]][:1]
    shown = login("township_admin").get(f"{REPORTS}/{complaint['id']}").json()
    assert (shown["area"]["code"], shown["grid"], shown["confidential"]) == (TOWNSHIP, None, True)
    assert (shown["assignment"]["worker"] or {}).get("role") != "full_time_grid_worker"
    assert shown["reporters"] == []
    for them in (worker, login("community_admin")):
        refused(them.get(f"{REPORTS}/{complaint['id']}"), 404, "not-found")
        seen = everything_seen(them, complaint, WORDS["grid_worker"])
        seen += them.get(f"{REPORTS}/{call['id']}").text
        seen += them.get(f"{REPORTS}/{call['id']}/events").text
        for secret in (complaint["number"], complaint["id"]):
            assert secret not in seen


def test_a_complaint_is_not_merged_with_what_others_have(client: TestClient, login: Login) -> None:
    plain, hidden = store_report(client), complain(client, "grid_worker")
    for one, other in ((hidden, plain), (plain, hidden)):
        body = {"step": "merge", "report": other["id"]}
        answer = client.post(f"{REPORTS}/{one['id']}/steps", json=body)
        assert refused(answer, 409, "illegal-step")["reason"] == "withheld"
    assert hidden["id"] not in login("grid_worker").get(f"{REPORTS}/{plain['id']}").text
    second = complain(client, "grid_worker")
    body = {"step": "merge", "report": hidden["id"]}
    assert client.post(f"{REPORTS}/{second['id']}/steps", json=body).status_code == 200


def test_what_was_a_complaint_once_stays_above_when_its_pin_moves(
    client: TestClient, login: Login
) -> None:
    report = store_report(client, position=inside(OTHER_GRID))
    for category in ("zx03", "cg08"):
        body = {"step": "triage", "category": category}
        assert client.post(f"{REPORTS}/{report['id']}/steps", json=body).status_code == 200
    moved = client.patch(f"{REPORTS}/{report['id']}/position", json=inside(WORKER_GRID))
    assert (moved.json()["area"]["code"], moved.json()["grid"]) == (TOWNSHIP, None)
    refused(login("grid_worker").get(f"{REPORTS}/{report['id']}"), 404, "not-found")
    replayed = client.get(f"{REPORTS}/{report['id']}/receipt/replay").json()
    assert replayed["identical"], replayed["differences"]
