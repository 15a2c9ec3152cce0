"""Steps know the boundaries in force: no report goes to a grid that is not, or was a moment ago."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.db.report_store import PUBLICATION_LOCK
from api.deps import _present
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.demo_county import OTHER_GRID, inside, refused, store_report
from tests.http.test_plans import NEIGHBOURS, merge_of, new_plan, stroke
from tests.store.rows import Direct, direct
from tests.store.waiting import wait_until

NOWHERE = (NEIGHBOURS[1], "150221104001999", "150222104001001", "1502211040010", "一号网格")


def step(client: TestClient, report: dict[str, Any], name: str, **members: Any) -> httpx.Response:
    body = {"step": name, **members}
    return client.post(f"/v1/reports/{report['id']}/steps", json=body)


def doubtful(client: TestClient) -> dict[str, Any]:
    """A report of a place so vague that either of two neighbours may have it."""
    report = store_report(client, position=inside(NEIGHBOURS[0], accuracy_m=3000))
    assert report["status"] == "awaiting_decision"
    return report


@pytest.fixture(scope="module")
def merged(login: Login) -> None:
    """Publish that the second of two neighbours is part of the first."""
    township, county = login("township_admin"), login("county_admin")
    plan = new_plan(township)
    assert stroke(township, plan, merge_of(), 0).status_code == 200
    assert township.post(f"{plan}/submit").status_code == 200
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True})
    assert approved.status_code == 200, approved.text


@pytest.mark.usefixtures("merged")
@pytest.mark.parametrize("code", NOWHERE)
def test_nothing_is_sent_to_a_grid_that_is_not_in_force(
    client: TestClient, login: Login, code: str
) -> None:
    report = doubtful(client)
    for asked in ({"step": "confirm_grid", "grid": code}, {"step": "route", "to": {"area": code}}):
        answer = client.post(f"/v1/reports/{report['id']}/steps", json=asked)
        refused(answer, 422, "invalid-input")
    assert client.get(f"/v1/reports/{report['id']}").json()["area"] == report["area"]
    worker, own = login("grid_worker"), store_report(client)
    answer = step(worker, own, "return", reason="not_my_grid", grid=code)
    assert refused(answer, 422, "invalid-input")["errors"][0]["field"] == "grid"
    assert step(worker, own, "return", reason="not_my_grid", grid=OTHER_GRID).status_code == 200


@pytest.mark.usefixtures("merged")
def test_no_post_is_made_on_a_grid_that_was_retired(login: Login) -> None:
    admin = login("county_admin")
    body = {"area": NEIGHBOURS[1], "role": "mediator"}
    assert refused(admin.post("/v1/posts", json=body), 422, "invalid-input")["reason"] == (
        "area_ended"
    )
    assert admin.post("/v1/posts", json={**body, "area": NEIGHBOURS[0]}).status_code == 201


def test_triage_sends_a_report_to_nobody_whom_its_sender_names(
    client: TestClient, login: Login
) -> None:
    """Only the category moves it: the rules of sending on are those of the steps that send."""
    report = store_report(client)
    asked = {"category": "cg08", "to": {"area": NEIGHBOURS[0]}}
    answer = step(login("township_admin"), report, "triage", **asked)
    assert answer.status_code == 200, answer.text
    shown = client.get(f"/v1/reports/{report['id']}").json()
    assert (shown["holder"], shown["status"]) == (report["holder"], "assigned")
    assert shown["category"] == "cg08"


def test_a_pin_that_moves_within_its_grid_is_what_happened_last(
    client: TestClient, login: Login
) -> None:
    """Events go forward, however long who moved it had to wait for its turn."""
    report = store_report(client)
    here = report["position"]
    moved = {**here, "lon": here["lon"] + 1e-6}
    answer = client.patch(f"/v1/reports/{report['id']}/position", json=moved)
    assert answer.json()["holder"] == report["holder"]
    late = datetime.fromisoformat(events(client, report)[-1]["at"]) - timedelta(seconds=5)
    app = client.app
    app.dependency_overrides[_present] = lambda: late  # type: ignore[attr-defined]
    try:
        assert step(login("grid_worker"), report, "accept").status_code == 200
        again = client.patch(f"/v1/reports/{report['id']}/position", json=here)
        assert again.status_code == 200
    finally:
        del app.dependency_overrides[_present]  # type: ignore[attr-defined]
    told = events(client, report)
    assert [event["kind"] for event in told[-3:]] == ["moved", "accept", "moved"]
    instants = [datetime.fromisoformat(event["at"]) for event in told]
    assert instants == sorted(instants)


def events(client: TestClient, report: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/v1/reports/{report['id']}/events").json()["items"]
    return items


def test_a_step_that_sends_waits_for_a_publication_and_knows_it_then(
    client: TestClient, county_database: FreshDatabase
) -> None:
    """Else a report would lie with a grid whose reports have been handed over already."""
    sent, signed = doubtful(client), doubtful(client)
    answers: list[httpx.Response] = []

    def confirm() -> None:
        answers.append(step(client, sent, "confirm_grid", grid=NEIGHBOURS[0]))

    waiting = threading.Thread(target=confirm)
    with direct(county_database.superuser_url) as publication, publication.transaction():
        publication.execute("SELECT pg_advisory_xact_lock(%s)", (PUBLICATION_LOCK,))
        waiting.start()
        wait_until(lambda: _waits(publication), what="the waiting for the publication")
        # What moves no report waits for nobody.
        assert step(client, signed, "handoff", hotline="110").status_code == 200
        assert answers == []
    waiting.join(30)
    assert answers[0].status_code == 200


def _waits(looking: Direct) -> bool:
    waiting = looking.execute(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'"
        " AND NOT granted AND objid = %s",
        (PUBLICATION_LOCK,),
    )
    return waiting.fetchone() is not None
