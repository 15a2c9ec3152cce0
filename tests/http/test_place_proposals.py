"""What operators settle becomes a proposal; an administrator who did not make it decides."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.demo_county import (
    OTHER_GRID,
    OTHER_TOWNSHIP_GRID,
    WORKER_GRID,
    inside,
    refused,
    store_report,
)
from tests.store.rows import direct

TOWNSHIP = "150221104"


@pytest.fixture(scope="module")
def admin(login: Login) -> TestClient:
    return login("county_admin")


def waiting(client: TestClient, name: str) -> list[dict[str, Any]]:
    page = client.get("/v1/places/proposals", params={"limit": 500}).json()
    return [one for one in page["items"] if one["name"] == name]


def move(client: TestClient, report: dict[str, Any], grid: str) -> None:
    moved = client.patch(f"/v1/reports/{report['id']}/position", json=inside(grid))
    assert moved.status_code == 200, moved.text


def decide(client: TestClient, proposal: dict[str, Any], how: str, **body: Any) -> Any:
    return client.post(f"/v1/places/proposals/{proposal['id']}/{how}", json=body)


def found(client: TestClient, address: str) -> str | None:
    answer = client.post("/v1/locate", json={"address": address}).json()
    return (answer["address_match"] or {}).get("name")


def test_a_moved_pin_proposes_what_was_said_with_its_evidence(
    client: TestClient, admin: TestClient
) -> None:
    report = store_report(client, address="老驼队大院门口", position=inside(OTHER_GRID))
    move(client, report, WORKER_GRID)
    (proposal,) = waiting(admin, "老驼队大院")
    assert (proposal["kind"], proposal["status"]) == ("colloquial", "proposed")
    assert proposal["area"]["code"].startswith(WORKER_GRID[:12])
    (evidence,) = proposal["evidence"]
    assert (evidence["number"], evidence["what"]) == (report["number"], "moved")
    assert (evidence["said"], evidence["by"]) == ("老驼队大院门口", "demo-dispatcher")
    assert evidence["before"]["lon"] != evidence["after"]["lon"]
    assert evidence["grid"]["code"] == WORKER_GRID
    # A second report says the same: more evidence, not a second proposal.
    second = store_report(client, address="老驼队大院后头", position=inside(OTHER_GRID))
    move(client, second, WORKER_GRID)
    move(client, second, WORKER_GRID)
    (proposal,) = waiting(admin, "老驼队大院")
    assert [one["number"] for one in proposal["evidence"]] == [report["number"], second["number"]]
    assert found(client, "老驼队大院门口") is None


def test_an_approved_name_is_known_at_once_and_its_making_can_be_undone(
    client: TestClient, admin: TestClient
) -> None:
    report = store_report(client, address="骆驼桥头小院", position=inside(OTHER_GRID))
    move(client, report, WORKER_GRID)
    (proposal,) = waiting(admin, "骆驼桥头小院")
    if proposal["place"] is None:
        refused(decide(admin, proposal, "approve"), 422, "invalid-input")
    answer = decide(admin, proposal, "approve", new_place="poi")
    assert answer.status_code == 200, answer.text
    place = answer.json()
    assert (place["name"], found(client, "骆驼桥头小院门口")) == ("骆驼桥头小院", "骆驼桥头小院")
    refused(decide(admin, proposal, "reject", reason="晚了"), 409, "place-state")
    headers = {"If-Match": f'"{place["edition"]}"'}
    admin.post(f"/v1/places/{place['id']}/undo", json={}, headers=headers)
    assert found(client, "骆驼桥头小院门口") is None


def test_a_proposal_for_a_known_place_becomes_its_alias_in_its_township(
    client: TestClient, admin: TestClient
) -> None:
    body = {"name": "红光修理部", "kind": "poi", "position": inside(WORKER_GRID)}
    place = admin.post("/v1/places", json=body).json()
    report = store_report(client, address="大铁匠铺旁边", position=inside(OTHER_GRID))
    move(client, report, WORKER_GRID)
    (proposal,) = waiting(admin, "大铁匠铺")
    assert proposal["place"]["id"] == place["id"]
    assert proposal["scope"]["code"] == TOWNSHIP
    approved = decide(admin, proposal, "approve").json()
    (alias,) = approved["aliases"]
    assert (alias["name"], alias["status"]) == ("大铁匠铺", "approved")
    assert found(client, "萨拉齐镇大铁匠铺门口") == "红光修理部"
    history = admin.get(f"/v1/places/{place['id']}/history").json()["items"]
    assert history[0]["action"] == "place_alias_approved"


def test_a_picked_grid_proposes_the_name_for_its_village(
    client: TestClient, admin: TestClient
) -> None:
    report = store_report(client, address="老骡马大店", position=None, text="路灯不亮")
    step = {"step": "confirm_grid", "grid": WORKER_GRID}
    response = client.post(f"/v1/reports/{report['id']}/steps", json=step)
    assert response.status_code == 200, response.text
    (proposal,) = waiting(admin, "老骡马大店")
    assert (proposal["place"]["name"], proposal["position"]) == ("振华社区居民委员会", None) or (
        proposal["place"]["hint"].startswith("萨拉齐镇")
    )
    assert proposal["evidence"][0]["what"] == "picked"
    rejected = decide(admin, proposal, "reject", reason="没有这个地方")
    assert (rejected.status_code, rejected.json()["status"]) == (200, "rejected")
    # What was rejected is not proposed again.
    again = store_report(client, address="老骡马大店", position=None, text="路灯不亮")
    client.post(f"/v1/reports/{again['id']}/steps", json=step)
    assert waiting(admin, "老骡马大店") == []
    listed = admin.get("/v1/places/proposals", params={"status": "rejected"}).json()["items"]
    assert [one["reason"] for one in listed if one["name"] == "老骡马大店"] == ["没有这个地方"]


@pytest.mark.parametrize(
    "address",
    [
        "我家楼下",
        "旗里头那条路上",
        "110",
        "阳光小区3号楼",
        "阳光小区3号楼没水，文化路的树也倒了",
        "",
    ],
)
def test_what_is_no_name_teaches_nothing(
    client: TestClient, admin: TestClient, address: str
) -> None:
    before = admin.get("/v1/places/proposals").json()["waiting"]
    more = {"address": address} if address else {}
    report = store_report(client, position=inside(OTHER_GRID), **more)
    move(client, report, WORKER_GRID)
    assert admin.get("/v1/places/proposals").json()["waiting"] == before


def test_who_proposes_does_not_decide(
    client: TestClient, admin: TestClient, login: Login, county_database: FreshDatabase
) -> None:
    place = admin.get("/v1/places", params={"area": TOWNSHIP, "kind": "compound"}).json()
    target = place["items"][0]["id"]
    body = {"place": target, "name": "老机关大院", "note": "老住户都这样叫"}
    mine = admin.post("/v1/places/proposals", json=body)
    assert mine.status_code == 201, mine.text
    assert (mine.json()["own"], mine.json()["may_decide"]) == (True, False)
    refused(decide(admin, mine.json(), "approve"), 409, "own-proposal")
    refused(decide(client, mine.json(), "approve"), 403, "forbidden")
    refused(admin.post("/v1/places/proposals", json=body), 409, "place-state")
    town = login("township_admin")
    if county_database.credentials["township_admin"]["area"] == TOWNSHIP:
        assert decide(town, mine.json(), "approve").status_code == 200


def test_proposals_of_another_township_are_not_seen(
    client: TestClient, admin: TestClient, login: Login, county_database: FreshDatabase
) -> None:
    own = county_database.credentials["township_admin"]["area"]
    kinds = admin.get("/v1/places", params={"kind": "community", "limit": 500}).json()["items"]
    other = next(one for one in kinds if not one["area"]["code"].startswith(own))
    body = {"place": other["id"], "name": "别处的老地方"}
    proposal = client.post("/v1/places/proposals", json=body).json()
    town = login("township_admin")
    assert waiting(town, "别处的老地方") == []
    refused(decide(town, proposal, "approve"), 404, "not-found")
    refused(town.post("/v1/places/proposals", json=body | {"name": "又一个"}), 403, "forbidden")
    with direct(county_database.app_url) as connection:
        rows = connection.execute(
            "SELECT count(*) FROM place_aliases WHERE status = 'proposed'"
        ).fetchall()
    assert rows[0][0] == 0


def test_who_said_an_approved_name_elsewhere_is_not_shown(
    client: TestClient, admin: TestClient, login: Login, county_database: FreshDatabase
) -> None:
    assert county_database.credentials["township_admin"]["area"] == TOWNSHIP
    body = {"name": "河口修理部", "kind": "poi", "position": inside(OTHER_TOWNSHIP_GRID)}
    assert admin.post("/v1/places", json=body).status_code == 201
    report = store_report(client, address="大船坞门口", position=inside(WORKER_GRID))
    move(client, report, OTHER_TOWNSHIP_GRID)
    (proposal,) = waiting(admin, "大船坞")
    assert decide(admin, proposal, "approve").status_code == 200

    def listed(who: TestClient) -> list[str]:
        page = who.get("/v1/places/proposals", params={"status": "approved", "limit": 500})
        return [one["name"] for one in page.json()["items"]]

    assert "大船坞" in listed(admin)
    assert "大船坞" not in listed(login("township_admin"))


def test_a_report_out_of_sight_is_not_named_as_evidence(
    client: TestClient, admin: TestClient, login: Login
) -> None:
    report = store_report(client, address="老戏班大院", position=inside(OTHER_GRID))
    move(client, report, WORKER_GRID)
    town = login("township_admin")
    (own,) = waiting(town, "老戏班大院")
    assert own["evidence"][0]["number"] == report["number"]
    move(client, report, OTHER_TOWNSHIP_GRID)
    (still,) = [one for one in waiting(town, "老戏班大院") if one["id"] == own["id"]]
    (evidence,) = still["evidence"]
    hidden = ("report", "number", "said", "before")
    assert [evidence[name] for name in hidden] == [None] * len(hidden)
    assert evidence["after"] is not None
    (seen,) = [one for one in waiting(admin, "老戏班大院") if one["id"] == own["id"]]
    assert seen["evidence"][0]["number"] == report["number"]
