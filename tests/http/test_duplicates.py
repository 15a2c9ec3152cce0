"""Check what is suggested as perhaps the same matter: by place, time, words, and who looks."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.demo_county import (
    BAOTOU,
    OTHER_GRID,
    OTHER_TOWNSHIP_GRID,
    WORKER_GRID,
    inside,
    on_a_border,
    refused,
    store_report,
)
from tests.store.rows import direct

SIMILAR = "/v1/reports/similar"
NO_ID = "00000000-0000-4000-8000-000000000000"
LAMP = "cg01"  # 100 m, 7 days


def beside(position: dict[str, Any], *, east_m: float) -> dict[str, Any]:
    """Return a point so many metres east, 84.7 km to a degree at this latitude."""
    return {**position, "lon": position["lon"] + east_m / 84_700}


def ask(client: httpx.Client, **members: Any) -> dict[str, Any]:
    response = client.post(SIMILAR, json={"category": LAMP, "text": "路灯不亮", **members})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [item["id"] for item in found["items"]]


@pytest.fixture(scope="module")
def lamp(client: TestClient) -> dict[str, Any]:
    """A lamp in the grid of the demo worker."""
    text = "振华社区门口的路灯不亮了两天，请派人修"
    return store_report(client, category=LAMP, text=text, position=inside(WORKER_GRID))


def test_the_same_lamp_in_other_words_is_suggested_with_distance_and_likeness(
    client: TestClient, lamp: dict[str, Any]
) -> None:
    where = beside(inside(WORKER_GRID), east_m=40)
    found = ask(client, text="来电人反映东墙外路灯没有亮", position=where)
    assert (found["radius_m"], found["days"]) == (100.0, 7)
    first = found["items"][0]
    assert first["id"] == lamp["id"]
    assert first["distance_m"] == pytest.approx(40, abs=0.5)
    assert first["likeness"] > 0.5
    assert first["grid"]["code"] == WORKER_GRID
    assert first["reason"].startswith("同类事项，相距约40米，1小时内登记")


def test_the_other_lamp_three_hundred_metres_on_is_not(
    client: TestClient, lamp: dict[str, Any]
) -> None:
    assert lamp["id"] not in ids(ask(client, position=beside(inside(WORKER_GRID), east_m=300)))


def test_a_position_of_a_phone_is_moved_to_the_datum_of_the_county_first(
    client: TestClient, lamp: dict[str, Any]
) -> None:
    # Half a kilometre apart as written, the same street corner in truth.
    wrong = {**inside(WORKER_GRID), "crs": "gcj02"}
    assert lamp["id"] not in ids(ask(client, position=wrong))


def test_another_category_at_the_same_spot_is_not(client: TestClient, lamp: dict[str, Any]) -> None:
    found = ask(client, category="cg02", position=inside(WORKER_GRID))
    assert lamp["id"] not in ids(found)
    assert (found["radius_m"], found["days"]) == (50.0, 7)


def test_what_came_in_longer_ago_than_the_days_of_the_category_is_not(
    client: TestClient, county_database: FreshDatabase
) -> None:
    spot = inside(OTHER_TOWNSHIP_GRID)
    old = store_report(client, category=LAMP, position=spot)["id"]
    young = store_report(client, category=LAMP, position=spot)["id"]
    with direct(county_database.superuser_url) as connection:
        for report, hours in ((old, 7 * 24 + 1), (young, 7 * 24 - 1)):
            connection.execute(
                "UPDATE reports SET created_at = created_at - %s * interval '1 hour' WHERE id = %s",
                (hours, report),
            )
    found = ids(ask(client, position=spot))
    assert young in found
    assert old not in found


def test_a_border_between_two_grids_keeps_nothing_apart(client: TestClient) -> None:
    border, owners = on_a_border()
    sides = [beside(border, east_m=20), beside(border, east_m=-20)]
    stored = [store_report(client, category="cg03", position=side) for side in sides]
    found = client.get(f"/v1/reports/{stored[0]['id']}/similar").json()
    assert stored[1]["id"] in ids(found)
    assert stored[0]["id"] not in ids(found)
    assert len(owners) > 1


def test_quarrels_are_never_held_against_each_other(client: TestClient) -> None:
    spot = inside(OTHER_GRID)
    twins = [store_report(client, category="jf01", position=spot) for _ in range(2)]
    found = client.get(f"/v1/reports/{twins[0]['id']}/similar").json()
    assert found == {"radius_m": None, "days": None, "items": []}
    assert ask(client, category="jf01", position=spot)["items"] == []


def test_a_confidential_report_is_never_suggested_and_gets_no_suggestion(
    client: TestClient, county_database: FreshDatabase
) -> None:
    spot = beside(inside(OTHER_GRID), east_m=5)
    hidden, open_ = (store_report(client, category="cg08", position=spot) for _ in range(2))
    with direct(county_database.superuser_url) as connection:
        connection.execute("UPDATE reports SET confidential = true WHERE id = %s", (hidden["id"],))
    assert hidden["id"] not in ids(ask(client, category="cg08", position=spot))
    assert client.get(f"/v1/reports/{hidden['id']}/similar").json()["items"] == []
    assert open_["id"] in ids(ask(client, category="cg08", position=spot))


def test_without_a_position_the_same_address_is_what_counts(client: TestClient) -> None:
    first = store_report(client, category=LAMP, position=None, address="萨拉齐镇振华社区")
    village = store_report(client, category=LAMP, position=None, address="海子乡磴口村东头")
    found = ask(client, address="萨拉齐镇 振华社区")
    item = next(item for item in found["items"] if item["id"] == first["id"])
    assert item["distance_m"] is None
    assert "地址相同" in item["reason"]
    assert village["id"] not in ids(found)
    # Everybody's neighbour is no place.
    nowhere = store_report(client, category=LAMP, position=None, address="邻居家门口")
    assert nowhere["id"] not in ids(ask(client, address="邻居家门口"))


def test_nearest_and_likest_come_first_and_no_more_than_asked_for(client: TestClient) -> None:
    spot = beside(inside(OTHER_TOWNSHIP_GRID), east_m=2_000)
    texts = ["垃圾桶旁边臭水流出来", "公厕水龙头坏了", "垃圾桶满了没人清运"]
    far, other, alike = (
        store_report(client, category="cg03", text=text, position=beside(spot, east_m=metres))
        for text, metres in zip(texts, (140, 10, 12), strict=True)
    )
    found = ask(client, category="cg03", text="垃圾桶满了，没有清运", position=spot)
    assert ids(found) == [alike["id"], other["id"], far["id"]]
    short = client.post(
        SIMILAR,
        params={"limit": 1},
        json={"category": "cg03", "text": "垃圾桶满了", "position": spot},
    )
    assert ids(short.json()) == [alike["id"]]


def test_nobody_is_suggested_what_he_may_not_see(login: Login, lamp: dict[str, Any]) -> None:
    inside_jurisdiction = login("community_admin")
    assert lamp["id"] in ids(ask(inside_jurisdiction, position=inside(WORKER_GRID)))
    border = inside(OTHER_TOWNSHIP_GRID)
    theirs = store_report(login("dispatcher"), category=LAMP, position=border)
    assert theirs["id"] not in ids(ask(inside_jurisdiction, position=border))
    refused(inside_jurisdiction.get(f"/v1/reports/{theirs['id']}/similar"), 404, "not-found")


def test_a_wall_is_told_nothing(login: Login, lamp: dict[str, Any]) -> None:
    wall = login("wall")
    refused(wall.get(f"/v1/reports/{lamp['id']}/similar"), 403, "forbidden")
    refused(wall.post(SIMILAR, json={"category": LAMP}), 403, "forbidden")


def test_bad_questions_are_refused_and_strange_ones_answered(client: TestClient) -> None:
    refused(client.post(SIMILAR, json={"text": "路灯"}), 422, "invalid-input")
    problem = refused(client.post(SIMILAR, json={"category": "xx99"}), 422, "invalid-input")
    assert problem["errors"][0]["field"] == "category"
    refused(client.get(f"/v1/reports/{NO_ID}/similar"), 404, "not-found")
    assert ask(client, position=BAOTOU)["items"] == []
    assert ask(client, text="")["items"] == []
    assert ask(client, address="%_\\' OR 1=1")["items"] == []


def test_a_report_that_nobody_has_named_a_category_for_has_no_suggestions(
    client: TestClient,
) -> None:
    report = store_report(client, position=inside(WORKER_GRID))
    found = client.get(f"/v1/reports/{report['id']}/similar").json()
    assert found == {"radius_m": None, "days": None, "items": []}
