"""Administrators keep the gazetteer; everybody is answered by it at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import FreshDatabase
from tests.http.conftest import Login

# A point of the demo county's 振华社区 in 萨拉齐镇, and one of 双龙镇.
HERE = {"lon": 110.5195335, "lat": 40.5609691, "crs": "cgcs2000"}
COMMUNITY, TOWNSHIP, OTHER_TOWNSHIP = "150221104001", "150221104", "150221105"


@pytest.fixture(scope="module")
def admin(login: Login) -> TestClient:
    return login("county_admin")


@pytest.fixture(scope="module")
def town(login: Login) -> TestClient:
    return login("township_admin")


def added(client: TestClient, name: str, **more: Any) -> dict[str, Any]:
    body = {"name": name, "kind": "poi", "position": HERE, **more}
    response = client.post("/v1/places", json=body)
    assert response.status_code == 201, response.text
    return dict(response.json())


def changed(client: TestClient, place: dict[str, Any], **body: Any) -> Any:
    headers = {"If-Match": f'"{place["edition"]}"'}
    return client.patch(f"/v1/places/{place['id']}", json=body, headers=headers)


def act(client: TestClient, place: dict[str, Any], path: str, **body: Any) -> Any:
    headers = {"If-Match": f'"{place["edition"]}"'}
    return client.post(f"/v1/places/{place['id']}/{path}", json=body, headers=headers)


def found(client: TestClient, address: str) -> str | None:
    answer = client.post("/v1/locate", json={"address": address}).json()
    return (answer["address_match"] or {}).get("name")


def test_a_new_place_is_found_at_once_and_lies_where_its_point_lies(admin: TestClient) -> None:
    place = added(admin, "老粮库遗址", aliases=[{"name": "旧粮食局", "kind": "colloquial"}])
    assert place["area"]["code"].startswith(COMMUNITY)
    assert place["grids"] == [place["area"]["code"]]
    assert (place["edition"], place["in_force"], place["may_change"]) == (1, True, True)
    assert found(admin, "老粮库遗址门口") == "老粮库遗址"
    assert found(admin, "旧粮食局门口") == "老粮库遗址"
    listed = admin.get("/v1/places", params={"q": "旧粮食"}).json()["items"]
    assert [one["id"] for one in listed] == [place["id"]]


def test_a_new_name_keeps_the_old_one_as_an_alias_with_its_day(admin: TestClient) -> None:
    place = added(admin, "红星照相馆")
    renamed = changed(admin, place, name="东方照相馆").json()
    assert (renamed["name"], renamed["edition"]) == ("东方照相馆", 2)
    (old,) = renamed["aliases"]
    assert (old["name"], old["kind"], old["status"]) == ("红星照相馆", "former", "approved")
    assert old["until"] is not None
    assert found(admin, "红星照相馆") == "东方照相馆"
    back = changed(admin, renamed, name="红星照相馆").json()
    assert {(one["name"], one["status"]) for one in back["aliases"]} == {
        ("红星照相馆", "ended"),
        ("东方照相馆", "approved"),
    }


def test_a_change_says_which_edition_it_saw(admin: TestClient) -> None:
    place = added(admin, "新华浴池")
    response = admin.patch(f"/v1/places/{place['id']}", json={"name": "新华洗浴"})
    assert response.status_code == 428
    assert changed(admin, place, radius_m=60.0).status_code == 200
    late = changed(admin, place, name="新华洗浴")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/place-changed")
    assert (late.json()["edition"], late.json()["changed_by"]) == (2, "demo-county")


def test_a_place_ends_comes_back_and_is_never_lost(admin: TestClient) -> None:
    place = added(admin, "西门粮油店")
    ended = act(admin, place, "end", reason="拆除").json()
    assert ended["in_force"] is False
    assert found(admin, "西门粮油店") is None
    assert changed(admin, ended, name="西门粮店").status_code == 409
    listed = {"q": "西门粮油店"}
    assert admin.get("/v1/places", params=listed).json()["items"] == []
    over = admin.get("/v1/places", params={**listed, "state": "ended"}).json()["items"]
    assert [one["id"] for one in over] == [place["id"]]
    back = act(admin, ended, "reopen").json()
    assert (back["in_force"], found(admin, "西门粮油店")) == (True, "西门粮油店")
    assert act(admin, back, "reopen").status_code == 409
    history = admin.get(f"/v1/places/{place['id']}/history").json()["items"]
    assert [one["action"] for one in history] == ["place_reopened", "place_ended", "place_added"]
    assert history[1]["before"] == {"valid_to": None}
    assert (history[1]["reason"], history[2]["before"]) == ("拆除", None)


def test_a_place_may_end_later_and_an_end_in_the_past_is_refused(admin: TestClient) -> None:
    place = added(admin, "临时集市")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    ending = act(admin, place, "end", at=tomorrow.isoformat()).json()
    assert (ending["in_force"], ending["valid_to"] is not None) == (True, True)
    assert found(admin, "临时集市") == "临时集市"
    past = act(admin, ending, "end", at=(tomorrow - timedelta(days=3)).isoformat())
    assert past.status_code == 422


def test_the_last_change_is_undone_and_done_again(admin: TestClient) -> None:
    place = added(admin, "老供销社")
    renamed = changed(admin, place, name="供销大楼", radius_m=80).json()
    undone = act(admin, renamed, "undo").json()
    assert (undone["name"], undone["radius_m"]) == ("老供销社", place["radius_m"])
    assert [one["status"] for one in undone["aliases"]] == ["ended"]
    again = act(admin, undone, "undo").json()
    assert (again["name"], again["aliases"][0]["status"]) == ("供销大楼", "approved")
    assert found(admin, "老供销社") == "供销大楼"
    new = added(admin, "错登的地方")
    assert act(admin, new, "undo").json()["in_force"] is False


def test_an_alias_holds_where_it_is_said_and_ends_and_comes_back(admin: TestClient) -> None:
    place = added(admin, "振华粮贸公司")
    given = act(admin, place, "aliases", name="大粮库", kind="colloquial", scope=TOWNSHIP)
    assert given.status_code == 201, given.text
    (alias,) = given.json()["aliases"]
    assert alias["scope"] == {"code": TOWNSHIP, "name": "萨拉齐镇"}
    assert found(admin, "萨拉齐镇大粮库门口") == "振华粮贸公司"
    twice = act(admin, given.json(), "aliases", name="大粮库", scope=TOWNSHIP)
    assert twice.status_code == 409
    ended = act(admin, given.json(), f"aliases/{alias['id']}/end").json()
    assert ended["aliases"][0]["status"] == "ended"
    assert found(admin, "萨拉齐镇大粮库门口") != "振华粮贸公司"
    back = act(admin, ended, f"aliases/{alias['id']}/reopen").json()
    assert back["aliases"][0]["status"] == "approved"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": "振华社区居委会门前", "area": OTHER_TOWNSHIP}, "不在所写的"),
        ({"position": {"lon": 116.4, "lat": 39.9, "crs": "wgs84"}}, "不在本旗"),
        ({"parent": "nowhere"}, "没有这个上级地点"),
        ({"name": "x"}, "2至"),
        ({"name": "名|称称"}, "竖线"),
        ({"kind": "planet"}, ""),
        ({"radius_m": -1}, ""),
        ({"aliases": [{"name": "甲乙", "scope": "150221999"}]}, "没有这个编码"),
    ],
)
def test_what_cannot_be_a_place_is_refused_in_words(
    admin: TestClient, body: dict[str, Any], words: str
) -> None:
    good = {"name": "无中生有楼", "kind": "poi", "position": HERE}
    response = admin.post("/v1/places", json=good | body)
    assert response.status_code == 422, response.text
    assert words in response.text


def test_two_of_one_name_in_one_parent_and_cycles_are_refused(admin: TestClient) -> None:
    first = added(admin, "同名车行", kind="compound", area=COMMUNITY)
    body = {"name": "同名车行", "kind": "compound", "position": HERE, "area": COMMUNITY}
    double = admin.post("/v1/places", json=body)
    assert (double.status_code, "同名地点" in double.text) == (422, True)
    house = added(admin, "8号楼", kind="building", parent=first["id"])
    by_full_name = admin.get("/v1/places", params={"q": "同名车行8号"}).json()["items"]
    assert [one["id"] for one in by_full_name] == [house["id"]]
    cycle = changed(admin, first, parent=house["id"])
    assert (cycle.status_code, "上级地点" in cycle.text) == (422, True)
    ended = act(admin, first, "end").json()
    again = added(admin, "同名车行", kind="compound", area=COMMUNITY)
    assert again["in_force"]
    back = act(admin, ended, "reopen")
    assert (back.status_code, "同名地点" in back.text) == (422, True)


def test_a_township_keeps_its_own_places_and_reads_the_others(
    admin: TestClient, town: TestClient, login: Login, county_database: FreshDatabase
) -> None:
    own = county_database.credentials["township_admin"]["area"]
    mine = admin.get("/v1/places", params={"area": own, "kind": "community"}).json()["items"][0]
    other = next(
        one
        for one in admin.get("/v1/places", params={"kind": "community"}).json()["items"]
        if not one["area"]["code"].startswith(own)
    )
    shown = town.get(f"/v1/places/{other['id']}").json()
    assert shown["may_change"] is False
    assert changed(town, shown, radius_m=900).status_code == 403
    assert changed(town, mine, radius_m=900).json()["radius_m"] == 900
    assert login("dispatcher").get("/v1/places", params={"limit": 1}).status_code == 200
    for role in ("dispatcher", "community_admin", "leader"):
        assert changed(login(role), mine, radius_m=800).status_code == 403
    for role in ("grid_worker", "wall", "department"):
        assert login(role).get("/v1/places").status_code == 403


def test_pages_of_the_list_meet_without_a_gap(admin: TestClient) -> None:
    query: dict[str, str | int] = {"kind": "community", "limit": 100}
    names: list[str] = []
    cursor = None
    while True:
        page = admin.get("/v1/places", params=query | ({"cursor": cursor} if cursor else {})).json()
        names += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(names) == len(set(names)) == 216


def test_a_township_gives_no_name_that_holds_in_another(town: TestClient) -> None:
    place = added(town, "振华旧货行")
    elsewhere = act(town, place, "aliases", name="旧货大院", scope=OTHER_TOWNSHIP)
    assert elsewhere.status_code == 403, elsewhere.text
    assert act(town, place, "aliases", name="旧货大院", scope=TOWNSHIP).status_code == 201


def test_an_edition_that_a_place_never_had_is_named_as_that(admin: TestClient) -> None:
    place = added(admin, "老戏台旧址")
    for seen in ('"99"', '"x"', "*"):
        headers = {"If-Match": seen}
        answer = admin.patch(f"/v1/places/{place['id']}", json={"radius_m": 9}, headers=headers)
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (412, "/problems/unknown-revision")
        assert (problem["title"], "方案" in answer.text) == ("没有这个版本", False)
    assert admin.get(f"/v1/places/{place['id']}").json()["edition"] == 1


@pytest.mark.parametrize("word", ["附近", "路灯", "3号楼", "五单元", "居民", "Ｂ座"])
def test_a_word_of_every_day_is_no_name_and_no_alias(admin: TestClient, word: str) -> None:
    def refused(response: Any) -> bool:
        return response.status_code == 422 and "日常用语" in response.text

    good = {"name": "西河渠首闸房", "kind": "poi", "position": HERE}
    assert refused(admin.post("/v1/places", json=good | {"name": word}))
    assert refused(admin.post("/v1/places", json=good | {"aliases": [{"name": word}]}))
    place = admin.get("/v1/places", params={"kind": "poi", "limit": 1}).json()["items"][0]
    assert refused(changed(admin, place, name=word))
    assert refused(act(admin, place, "aliases", name=word, scope=COMMUNITY))
    body = {"place": place["id"], "name": word}
    assert refused(admin.post("/v1/places/proposals", json=body))
    assert word not in admin.get(f"/v1/places/{place['id']}").text


def test_a_name_taken_in_a_grid_is_taken_in_its_community_and_the_other_way(
    admin: TestClient,
) -> None:
    first = added(admin, "丰裕旧货场")
    assert len(first["area"]["code"]) == 15
    body = {"name": "丰裕旧货场", "kind": "compound", "position": HERE, "area": COMMUNITY}
    around = admin.post("/v1/places", json=body)
    assert (around.status_code, "同名地点" in around.text) == (422, True)
    added(admin, "丰裕新货场", kind="compound", area=COMMUNITY)
    within = admin.post("/v1/places", json={"name": "丰裕新货场", "kind": "poi", "position": HERE})
    assert (within.status_code, "同名地点" in within.text) == (422, True)
    # Below a place of its own it stands apart.
    market = added(admin, "丰裕市场", kind="compound", area=COMMUNITY)
    assert added(admin, "丰裕旧货场", parent=market["id"])["in_force"]
