"""Photos that were taken by mistake: withdrawn by who took them or by a desk, and never unseen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2 as httpx
import pytest

from api.photos.service import sweep
from tests.http.demo_county import OTHER_TOWNSHIP_GRID, WORKER_GRID, inside, store_report
from tests.http.test_photos import files_below, send_photo, stored
from tests.unit.api.photos.pictures import bands, photo

SMALL = photo(bands(32, 32))


@pytest.fixture
def report(client: httpx.Client) -> str:
    """A report in the grid of the demo's worker."""
    return str(store_report(client, position=inside(WORKER_GRID))["id"])


def withdraw(client: httpx.Client, url: str, **body: object) -> httpx.Response:
    return client.post(f"{url}/withdraw", json=body)


def test_who_took_a_photo_takes_it_back_while_the_report_is_open(login, report, app_client) -> None:
    worker, desk = login("grid_worker"), login("dispatcher")
    number = str(uuid4())
    before = len(files_below(app_client))
    added = stored(send_photo(worker, report, SMALL, client_id=number))
    answer = withdraw(worker, added["url"])
    assert answer.status_code == 200, answer.text
    gone = answer.json()
    assert gone["withdrawn"]["by"] == added["by"]
    assert gone["withdrawn"]["reason"] is None
    assert gone["may_withdraw"] == "no"
    # The picture is gone for everybody, what it was is not.
    assert len(files_below(app_client)) == before
    tag = {"If-None-Match": "*"}
    assert [c.get(added["url"], headers=tag).status_code for c in (worker, desk)] == [404, 404]
    assert desk.get(f"/v1/reports/{report}/photos").json()["items"] == [gone]
    told = desk.get(f"/v1/reports/{report}/events").json()["items"][-1]
    assert (told["kind"], told["detail"]["photo"]) == ("photo_withdrawn", added["id"])
    # Again is the same; and what the phone sends once more does not bring it back.
    assert withdraw(worker, added["url"]).json() == gone
    again = send_photo(worker, report, SMALL, client_id=number)
    assert stored(again) == gone
    assert again.headers["idempotent-replayed"] == "true"
    kinds = [event["kind"] for event in desk.get(f"/v1/reports/{report}/events").json()["items"]]
    assert kinds.count("photo_withdrawn") == 1


def test_a_desk_says_why_and_the_audit_keeps_it(login, report) -> None:
    worker, desk = login("grid_worker"), login("dispatcher")
    added = stored(send_photo(worker, report, SMALL))
    for body in ({}, {"reason": None}, {"reason": " "}):
        refused = withdraw(desk, added["url"], **body)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-input")
    assert desk.get(added["url"]).status_code == 200
    answer = withdraw(desk, added["url"], reason="拍到了无关的人")
    assert (answer.status_code, answer.json()["withdrawn"]["reason"]) == (200, "拍到了无关的人")
    told = desk.get(f"/v1/reports/{report}/events").json()["items"][-1]
    assert (told["kind"], told["detail"]["note"]) == ("photo_withdrawn", "拍到了无关的人")
    lines = login("county_admin").get("/v1/audit", params={"limit": 50}).json()["items"]
    line = next(line for line in lines if line["action"] == "photo_withdrawn")
    assert line["detail"]["photo"] == added["id"]
    assert line["detail"]["reason"] == "拍到了无关的人"


def test_after_the_end_only_a_desk_takes_a_photo_back(login, report) -> None:
    worker = login("grid_worker")
    added = stored(send_photo(worker, report, SMALL))
    steps = f"/v1/reports/{report}/steps"
    assert worker.post(steps, json={"step": "accept"}).status_code == 200
    assert worker.post(steps, json={"step": "close", "outcome": "resolved"}).status_code == 200
    shown = worker.get(f"/v1/reports/{report}/photos").json()["items"]
    assert shown[0]["may_withdraw"] == "no"
    assert withdraw(worker, added["url"], reason="不想要了").status_code == 403
    assert withdraw(login("dispatcher"), added["url"], reason="群众要求").status_code == 200


def test_what_is_not_seen_is_not_withdrawn(login, client, anonymous) -> None:
    report = str(store_report(client, position=inside(OTHER_TOWNSHIP_GRID))["id"])
    taken = stored(send_photo(login("dispatcher"), report, SMALL))
    assert withdraw(login("grid_worker"), taken["url"]).status_code == 404
    assert withdraw(login("township_admin"), taken["url"], reason="x").status_code == 404
    for role in ("wall", "leader", "integration"):
        assert withdraw(login(role), taken["url"], reason="x").status_code == 403
    assert withdraw(anonymous, taken["url"]).status_code == 401
    assert withdraw(login("dispatcher"), f"/v1/photos/{uuid4()}").status_code == 404
    assert login("dispatcher").get(taken["url"]).status_code == 200


def test_a_withdrawn_photo_makes_room_for_another(login, report) -> None:
    worker = login("grid_worker")
    taken = [stored(send_photo(worker, report, SMALL)) for _ in range(9)]
    assert send_photo(worker, report, SMALL).status_code == 422
    assert withdraw(worker, taken[0]["url"]).status_code == 200
    stored(send_photo(worker, report, SMALL))
    assert send_photo(worker, report, SMALL).status_code == 422


def test_a_file_that_outlived_its_withdrawal_is_swept(login, report, app_client) -> None:
    worker = login("grid_worker")
    added = stored(send_photo(worker, report, SMALL))
    path = next(path for path in files_below(app_client) if path.stem == added["id"])
    assert withdraw(worker, added["url"]).status_code == 200
    path.write_bytes(SMALL)  # as if the process had died before it removed the file
    service = app_client.app.state.service
    sweep(service, datetime.now(UTC) + timedelta(hours=2))
    assert not path.exists()
