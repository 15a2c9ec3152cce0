"""Check /v1/stream over a real connection: what arrives, how soon, at whom, and how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.accounts import session_cache
from api.app import create_app
from api.db import area_store
from api.db.engine import SERVICE, Database, make_engine, normalise_url
from api.stream import routes as stream_routes
from tests.conftest import FreshDatabase
from tests.http.accounts_of_tests import make_account, settled, try_login
from tests.http.conftest import Login
from tests.http.demo_county import (
    OTHER_GRID,
    OTHER_TOWNSHIP_GRID,
    WORKER_GRID,
    inside,
    refused,
    store_report,
)
from tests.http.live_service import Listener, serving, wait_for_listeners
from tests.http.test_photos import send_photo

PAYLOAD = {
    "id", "number", "status", "category", "category_name", "grid", "community", "area", "lon",
    "lat", "decision", "created_at", "due_at", "light", "confidential", "event",
}  # fmt: skip
# Longer than any event takes, short enough to wait for one that must not come.
SILENCE_S = 0.7
Listen = Callable[..., Listener]


@pytest.fixture(scope="module")
def address(
    app_client: TestClient, county_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Serve a second process's worth of application over the same database."""
    with serving(create_app(county_database.settings(tmp_path_factory.mktemp("live")))) as at:
        wait_for_listeners(county_database, 2)
        # The county is in memory: from here on nothing waits for it.
        assert httpx.get(f"{at}/readyz", timeout=30).status_code == 200
        yield at


@pytest.fixture
def listen(
    address: str, app_client: TestClient, county_database: FreshDatabase
) -> Iterator[Listen]:
    """Open streams by role; hang up at the end."""
    open_streams: list[Listener] = []

    def as_role(role: str, *, after: str | None = None, token: str | None = None) -> Listener:
        account = county_database.credentials[role]
        if token is None:
            login = try_login(app_client, account["username"], account["password"])
            token = str(login.json()["token"])
        open_streams.append(Listener(address, token, after=after))
        return open_streams[-1]

    yield as_role
    for stream in open_streams:
        stream.close()


def _accept(client: TestClient, report: dict[str, Any]) -> None:
    answer = client.post(f"/v1/reports/{report['id']}/steps", json={"step": "accept"})
    assert answer.status_code == 200, answer.text


def test_a_report_reaches_an_open_screen_before_the_next_heartbeat(
    client: TestClient, listen: Listen
) -> None:
    screen = listen("dispatcher")
    assert screen.answer is not None
    assert screen.answer.headers["content-type"].split(";")[0] == "text/event-stream"
    assert screen.answer.headers["cache-control"] == "no-store"
    report = store_report(client, category="cg03")
    sent = time.monotonic()
    event = screen.report(report["id"])
    assert event is not None
    assert event.at - sent < 8
    assert set(event.data) == PAYLOAD
    for member in ("number", "status", "category", "created_at", "due_at", "decision"):
        assert event.data[member] == report[member]
    assert event.data["grid"] == event.data["area"] == WORKER_GRID
    assert event.data["community"] == WORKER_GRID[:12]
    assert (event.data["lon"], event.data["lat"]) == (
        report["position"]["lon"], report["position"]["lat"],
    )  # fmt: skip
    assert event.data["event"] == "received"


def test_every_step_and_move_is_told(client: TestClient, listen: Listen) -> None:
    screen = listen("dispatcher")
    report = store_report(client)
    _accept(client, report)
    client.patch(f"/v1/reports/{report['id']}/position", json=inside(OTHER_TOWNSHIP_GRID))
    told = []
    while (event := screen.report(report["id"], within_s=1)) is not None:
        told.append((event.data["event"], event.data["status"], event.data["area"]))
    assert told == [
        ("received", "assigned", WORKER_GRID),
        ("accept", "accepted", WORKER_GRID),
        ("left", "assigned", WORKER_GRID),
        ("moved", "assigned", OTHER_TOWNSHIP_GRID),
    ]


def test_a_photo_that_comes_or_goes_is_told_with_the_report_as_it_stands(
    client: TestClient, listen: Listen, login: Login
) -> None:
    screen, elsewhere = listen("dispatcher"), listen("department")
    report = store_report(client)
    worker = login("grid_worker")
    number = str(uuid4())
    sent = send_photo(worker, report["id"], client_id=number)
    _accept(client, report)
    assert worker.post(f"{sent.json()['url']}/withdraw", json={}).status_code == 200
    # What is sent again, or withdrawn again, changes nothing and is not told again.
    send_photo(worker, report["id"], client_id=number)
    worker.post(f"{sent.json()['url']}/withdraw", json={})
    told = []
    while (event := screen.report(report["id"], within_s=1)) is not None:
        told.append((event.data["event"], event.data["status"]))
        assert set(event.data) == PAYLOAD
    assert told == [
        ("received", "assigned"),
        ("photo_added", "assigned"),
        ("accept", "accepted"),
        ("photo_withdrawn", "accepted"),
    ]
    assert elsewhere.report(report["id"], within_s=0.2) is None


def test_no_text_and_no_person_travels_on_a_stream(client: TestClient, listen: Listen) -> None:
    screen = listen("dispatcher")
    report = store_report(
        client,
        text="老王家的灯",
        address="老王家",
        reporter={"name": "王某", "phone": "00001112223"},
    )
    event = screen.report(report["id"])
    assert event is not None
    for hidden in ("老王", "王某", "2223", report["assignment"]["worker"]["name"]):
        assert hidden not in str(event.data)


def test_a_township_hears_of_its_own_reports_and_of_one_that_leaves(
    client: TestClient, listen: Listen
) -> None:
    screen = listen("township_admin")
    elsewhere = store_report(client, position=inside(OTHER_TOWNSHIP_GRID))
    mine = store_report(client)
    assert screen.report(mine["id"]) is not None
    client.patch(f"/v1/reports/{mine['id']}/position", json=inside(OTHER_TOWNSHIP_GRID))
    left = screen.report(mine["id"])
    assert left is not None
    assert left.data["event"] == "left"
    # The screen learns that it is gone, not where to.
    assert (left.data["lon"], left.data["lat"], left.data["area"]) == (None, None, WORKER_GRID)
    assert OTHER_TOWNSHIP_GRID[:9] not in str(left.data)
    assert screen.report(mine["id"], within_s=SILENCE_S) is None
    assert screen.report(elsewhere["id"], within_s=0.01) is None


def test_a_worker_hears_of_the_own_grid_only(client: TestClient, listen: Listen) -> None:
    screen = listen("grid_worker")
    beside = store_report(client, position=inside(OTHER_GRID))
    complaint = store_report(client, category="zx03")
    mine = store_report(client)
    event = screen.next("report")
    assert event is not None
    assert event.data["id"] == mine["id"]
    later = screen.next("report", within_s=SILENCE_S)
    assert later is None
    assert len({beside["id"], complaint["id"], mine["id"]}) == 3


def test_an_integration_hears_of_its_own_channel_only(
    client: TestClient, login: Login, listen: Listen
) -> None:
    screen = listen("integration")
    store_report(client)
    mine = store_report(login("integration"), channel="hotline_12345")
    event = screen.next("report")
    assert event is not None
    assert event.data["id"] == mine["id"]


def test_a_wall_hears_nothing_of_confidential_orders(client: TestClient, listen: Listen) -> None:
    screen = listen("wall")
    store_report(client, category="jf03")
    plain = store_report(client)
    event = screen.next("report")
    assert event is not None
    assert event.data["id"] == plain["id"]


def test_a_page_that_comes_back_is_told_what_it_missed_in_order(
    client: TestClient, listen: Listen
) -> None:
    before = listen("dispatcher")
    first = store_report(client)
    seen = before.report(first["id"])
    assert seen is not None
    before.close()
    missed = [store_report(client, position=inside(OTHER_GRID)) for _ in range(3)]
    after = listen("dispatcher", after=seen.id)
    told = [after.next("report") for _ in missed]
    # Rows of the last seconds may come again; none may be missing.
    ids = [event.data["id"] for event in told if event is not None]
    while (event := after.next("report", within_s=SILENCE_S)) is not None:
        ids.append(event.data["id"])
    assert [i for i in ids if i in [report["id"] for report in missed]] == [
        report["id"] for report in missed
    ]


def test_a_page_cut_off_before_its_first_report_knows_where_to_go_on(
    client: TestClient, listen: Listen
) -> None:
    before = listen("dispatcher")
    before.close()
    missed = store_report(client)
    assert before.first.id is not None
    assert listen("dispatcher", after=before.first.id).report(missed["id"]) is not None


def test_a_page_that_missed_very_much_still_misses_nothing(
    client: TestClient, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_routes, "PAGE", 2)
    start = client.get("/v1/overview/points").json()["event_id"]
    missed = [store_report(client)["id"] for _ in range(7)]
    screen = listen("dispatcher", after=str(start))
    told = set()
    while (event := screen.next("report", within_s=SILENCE_S)) is not None:
        told.add(event.data["id"])
    assert set(missed) <= told


def test_what_was_missed_is_told_within_the_jurisdiction_only(
    client: TestClient, listen: Listen
) -> None:
    start = client.get("/v1/overview/points").json()["event_id"]
    elsewhere = store_report(client, position=inside(OTHER_TOWNSHIP_GRID))["id"]
    mine = store_report(client)["id"]
    screen = listen("township_admin", after=str(start))
    told = []
    while (event := screen.next("report", within_s=SILENCE_S)) is not None:
        told.append(event.data["id"])
    assert mine in told
    assert elsewhere not in told


def test_the_points_say_where_the_stream_goes_on(client: TestClient, listen: Listen) -> None:
    report = store_report(client)
    points = client.get("/v1/overview/points").json()
    assert report["id"] in [item["id"] for item in points["items"]]
    later = store_report(client)
    assert listen("dispatcher", after=str(points["event_id"])).report(later["id"]) is not None


def test_a_heartbeat_tells_the_time_again_and_again(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stream_routes.HEARTBEAT_S == 10
    monkeypatch.setattr(stream_routes, "HEARTBEAT_S", 0.2)
    screen = listen("dispatcher")
    beats = [screen.next("heartbeat") for _ in range(2)]
    instants = [datetime.fromisoformat(beat.data["at"]) for beat in beats if beat is not None]
    assert len(instants) == 2
    assert instants[0] < instants[1]
    assert all(beat is not None and beat.data["at"].endswith("+08:00") for beat in beats)


def test_a_publication_is_told_to_everyone(county_database: FreshDatabase, listen: Listen) -> None:
    screen = listen("grid_worker")
    publisher = Database(make_engine(normalise_url(county_database.owner_url)))
    with publisher.transaction(SERVICE) as connection:
        area_store.raise_revision(connection, "places")
    publisher.close()
    event = screen.next("revision", within_s=5)
    assert event is not None
    assert set(event.data) == {"access_list", "boundaries", "calendar", "places", "roster"}


@pytest.mark.parametrize("how", ["logout", "lock", "password"])
def test_the_stream_of_a_revoked_session_ends_at_once(
    app_client: TestClient, login: Login, listen: Listen, how: str
) -> None:
    admin = login("county_admin")
    someone = make_account(admin)
    theirs = settled(app_client, someone["username"])
    token = theirs.headers["authorization"].removeprefix("Bearer ")
    screen, bystander = listen("dispatcher", token=token), listen("dispatcher")
    path = f"/v1/accounts/{someone['id']}"
    if how == "logout":
        theirs.delete("/v1/sessions/current")
    elif how == "lock":
        admin.post(f"{path}/lock", json={})
    else:
        admin.post(f"{path}/password", json={"password": "Ten-horses-88"})
    assert screen.ended.wait(2)
    assert not bystander.ended.is_set()


def test_a_session_revoked_while_its_stream_opens_gets_nothing(
    address: str,
    app_client: TestClient,
    login: Login,
    listen: Listen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    someone = make_account(login("county_admin"))
    theirs = settled(app_client, someone["username"])
    # The worst moment: the request has passed, the revocation has been announced already.
    monkeypatch.setattr(session_cache, "LIFETIME_S", 60)
    monkeypatch.setattr(session_cache.SessionCache, "forget", lambda *_: None)
    headers = dict(theirs.headers)
    assert (
        httpx.get(f"{address}/v1/sessions/current", headers=headers, timeout=60).status_code == 200
    )
    assert theirs.delete("/v1/sessions/current").status_code == 204
    with httpx.stream("GET", f"{address}/v1/stream", headers=headers, timeout=30) as answer:
        assert answer.read() == b""


def test_a_stream_ends_with_its_session(
    app_client: TestClient, login: Login, county_database: FreshDatabase, tmp_path: Path,
    listen: Listen,
) -> None:  # fmt: skip
    someone = make_account(login("county_admin"))
    theirs = settled(app_client, someone["username"])
    token = theirs.headers["authorization"].removeprefix("Bearer ")
    database = county_database.serving()
    with database.transaction(SERVICE) as connection:
        connection.exec_driver_sql(
            "UPDATE sessions SET expires_at = now() + interval '2 seconds' FROM accounts a "
            "WHERE a.id = account_id AND a.username = %s",
            (someone["username"],),
        )
    database.close()
    time.sleep(0.2)
    assert listen("dispatcher", token=token).ended.wait(5)


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "１", "9" * 21])
def test_a_last_event_id_that_is_none_is_refused(client: TestClient, after: str) -> None:
    headers = {"Last-Event-ID": after.encode()}
    response = client.get("/v1/stream", headers=headers)  # type: ignore[arg-type]
    refused(response, 422, "invalid-input")


def test_a_last_event_id_beyond_all_events_starts_from_now(
    client: TestClient, listen: Listen
) -> None:
    screen = listen("dispatcher", after="9" * 20)
    report = store_report(client)
    assert screen.report(report["id"]) is not None
