"""Check which rows each role sees, and how much of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.accounts.roles import Role
from tests.http.conftest import Login
from tests.http.demo_county import (
    COMMUNITY,
    COUNTY,
    OTHER_COMMUNITY_GRID,
    OTHER_GRID,
    OTHER_TOWNSHIP_GRID,
    TOWNSHIP,
    WORKER_GRID,
    inside,
    refused,
    send_report,
    store_report,
)

NO_ID = "00000000-0000-4000-8000-000000000000"
SEE_PHONES = {
    Role.COUNTY_ADMIN,
    Role.TOWNSHIP_ADMIN,
    Role.COMMUNITY_ADMIN,
    Role.DISPATCHER,
    Role.SHIFT_LEAD,
    Role.LEADER,
    Role.GRID_WORKER,
}
POSITION = inside(WORKER_GRID)
Call = Callable[[TestClient, str], Any]


@pytest.fixture(scope="module")
def hotline_report(login: Login) -> dict[str, Any]:
    """Return a report of the hotline in the worker's grid."""
    return store_report(login("integration"), channel="hotline_12345")


def _numbers(client: TestClient) -> set[str]:
    items = client.get("/v1/reports", params={"limit": 500}).json()["items"]
    return {item["number"] for item in items}


@pytest.fixture(scope="module")
def spread(client: TestClient) -> dict[str, dict[str, Any]]:
    """One report in each of four grids, farther and farther from the worker's."""
    grids = (WORKER_GRID, OTHER_GRID, OTHER_COMMUNITY_GRID, OTHER_TOWNSHIP_GRID)
    return {
        grid: store_report(
            client, position=inside(grid), reporter={"name": "乙", "phone": "00001234567"}
        )
        for grid in grids
    }


@pytest.mark.parametrize(
    ("role", "reach"),
    [
        ("grid_worker", WORKER_GRID),
        ("community_admin", COMMUNITY),
        ("township_admin", TOWNSHIP),
        ("county_admin", COUNTY),
        ("leader", COUNTY),
        ("wall", COUNTY),
    ],
)
def test_each_role_lists_the_reports_of_its_area_and_no_other(
    login: Login, spread: dict[str, dict[str, Any]], role: str, reach: str
) -> None:
    seen = _numbers(login(role))
    for grid, report in spread.items():
        assert (report["number"] in seen) == grid.startswith(reach)


_BEHIND_A_REPORT: dict[str, Call] = {
    "one": lambda c, i: c.get(f"/v1/reports/{i}"),
    "events": lambda c, i: c.get(f"/v1/reports/{i}/events"),
    "receipt": lambda c, i: c.get(f"/v1/reports/{i}/receipt"),
    "replay": lambda c, i: c.get(f"/v1/reports/{i}/receipt/replay"),
    "reporter": lambda c, i: c.get(f"/v1/reports/{i}/reporter"),
    "step": lambda c, i: c.post(f"/v1/reports/{i}/steps", json={"step": "accept"}),
    "position": lambda c, i: c.patch(f"/v1/reports/{i}/position", json=POSITION),
}


@pytest.mark.parametrize("what", _BEHIND_A_REPORT)
@pytest.mark.parametrize("role", ["township_admin", "community_admin"])
def test_a_report_of_another_township_is_as_good_as_not_there(
    login: Login, spread: dict[str, dict[str, Any]], role: str, what: str
) -> None:
    elsewhere = spread[OTHER_TOWNSHIP_GRID]["id"]
    refused(_BEHIND_A_REPORT[what](login(role), elsewhere), 404, "not-found")
    refused(_BEHIND_A_REPORT[what](login(role), NO_ID), 404, "not-found")


@pytest.mark.parametrize("what", sorted(set(_BEHIND_A_REPORT) - {"position"}))
def test_a_worker_reaches_nothing_of_the_neighbouring_grid(
    login: Login, spread: dict[str, dict[str, Any]], what: str
) -> None:
    refused(
        _BEHIND_A_REPORT[what](login("grid_worker"), spread[OTHER_GRID]["id"]), 404, "not-found"
    )


def test_a_department_sees_only_what_was_handed_to_it(
    login: Login, spread: dict[str, dict[str, Any]]
) -> None:
    department = login("department")
    assert _numbers(department) == set()
    refused(department.get(f"/v1/reports/{spread[WORKER_GRID]['id']}"), 404, "not-found")
    assert all(
        area["open_reports"] == 0
        for area in department.get("/v1/areas", params={"level": "township"}).json()["items"]
    )


def test_an_integration_reads_and_writes_its_own_channel_only(
    login: Login, hotline_report: dict[str, Any], spread: dict[str, dict[str, Any]]
) -> None:
    hotline = login("integration")
    seen = _numbers(hotline)
    assert hotline_report["number"] in seen
    assert not seen & {report["number"] for report in spread.values()}
    refused(hotline.get(f"/v1/reports/{spread[WORKER_GRID]['id']}"), 404, "not-found")
    refused(send_report(hotline, channel="other_system"), 403, "forbidden")


def test_a_wall_gets_neither_texts_nor_people(
    login: Login, client: TestClient, spread: dict[str, dict[str, Any]]
) -> None:
    secret = store_report(
        client,
        text="老王家门口的灯",
        address="萨拉齐镇振华社区老王家",
        reporter={"name": "王某", "phone": "00007654321"},
    )
    wall = login("wall")
    worker = client.get(f"/v1/reports/{secret['id']}").json()["assignment"]["worker"]
    answers = [
        wall.get(f"/v1/reports/{secret['id']}"),
        wall.get("/v1/reports", params={"limit": 500}),
        wall.get("/v1/overview/points"),
        wall.get(f"/v1/areas/{WORKER_GRID}"),
        wall.post("/v1/locate", json={"position": POSITION}),
        wall.get("/v1/locate", params=POSITION),
    ]
    for answer in answers:
        assert answer.status_code == 200
        for hidden in ("老王", "王某", "4321", worker["name"], worker["phone"]):
            assert hidden not in answer.text
    shown = answers[0].json()
    assert (shown["text"], shown["address"], shown["reporter"]) == (None, None, None)
    assert (shown["assignment"]["worker"], shown["assignment"]["address_match"]) == (None, None)


def test_a_wall_cannot_find_a_report_by_the_words_that_it_may_not_see(
    login: Login, client: TestClient
) -> None:
    store_report(client, text="只有一处提到凤凰亭")
    hits = client.get("/v1/reports", params={"q": "凤凰亭"}).json()["items"]
    assert len(hits) == 1
    found = login("wall").get("/v1/reports", params={"q": "凤凰亭", "limit": 500}).json()["items"]
    assert len(found) != 1


def test_phones_of_workers_are_masked_for_those_who_do_not_direct_them(login: Login) -> None:
    for role in Role:
        if role is Role.WALL:
            continue
        worker = login(role.value).post("/v1/locate", json={"position": POSITION}).json()["worker"]
        full = role in SEE_PHONES
        assert ("****" in worker["phone"]) != full, role


def test_a_township_sees_phones_of_its_own_workers_only(login: Login) -> None:
    township = login("township_admin")
    for grid, full in ((WORKER_GRID, True), (OTHER_TOWNSHIP_GRID, False)):
        worker = township.post("/v1/locate", json={"position": inside(grid)}).json()["worker"]
        assert ("****" not in worker["phone"]) == full
        posts = township.get(f"/v1/areas/{grid}").json()["posts"]
        phones = [holder["phone"] for post in posts for holder in post["holders"]]
        # People of another township's posts are not shown at all.
        assert bool(phones) == full
        assert all("****" not in phone for phone in phones)
