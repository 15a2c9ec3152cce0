"""Check suggestions over HTTP: what they hold, what is refused, how soon a name is known."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.demo_county import COMMUNITY, refused

MEMBERS = {"id", "kind", "name", "text", "path_name", "code", "center", "found", "spelling"}


def suggest(client: TestClient, q: str, **more: Any) -> list[dict[str, Any]]:
    response = client.get("/v1/places/suggest", params={"q": q, **more})
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def test_initials_offer_the_community_and_the_village(client: TestClient) -> None:
    items = suggest(client, "ht")
    assert {"后炭村", "后炭市社区"} <= {item["name"] for item in items[:3]}
    for item in items:
        assert set(item) - {"bbox"} == MEMBERS
        assert ("bbox" in item) == (item["kind"] in ("county", "township", "community", "grid"))


def test_the_text_of_a_suggestion_is_understood_as_that_place(client: TestClient) -> None:
    for q in ("ygxq3hl", "dengkou", "后炭", "沙图沟"):
        item = suggest(client, q)[0]
        match = client.post("/v1/locate", json={"address": item["text"]}).json()["address_match"]
        assert match["level"] == item["kind"]
        assert match["mentions"] == []
        assert item["name"].removesuffix("村") in match["name"]


def test_what_is_on_screen_comes_first(client: TestClient) -> None:
    places = suggest(client, "磴口村", limit=20)
    for item in [one for one in places if one["name"] == "磴口村"]:
        lon, lat = item["center"]
        bbox = f"{lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}"
        assert suggest(client, "磴口村", bbox=bbox)[0]["id"] == item["id"]


@pytest.mark.parametrize("role", ["wall", "grid_worker", "system_admin", "integration"])
def test_whoever_is_logged_in_may_ask(login: Login, role: str) -> None:
    assert suggest(login(role), "阳光")


def test_nobody_else_may(anonymous: TestClient) -> None:
    refused(anonymous.get("/v1/places/suggest?q=ht"), 401, "unauthenticated")


@pytest.mark.parametrize(
    "query",
    [
        "", "q=", "q=" + "a" * 61, "q=ht&limit=0", "q=ht&limit=51", "q=ht&bbox=1,2,3",
        "q=ht&bbox=111,40,110,41", "q=ht&bbox=a,b,c,d", "q=ht&bbox=nan,1,2,3", "q=%00",
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(client: TestClient, query: str) -> None:
    refused(client.get(f"/v1/places/suggest?{query}"), 422, "invalid-input")


def test_a_new_place_is_suggested_at_once(login: Login) -> None:
    admin = login("county_admin")
    unit = suggest(admin, COMMUNITY)[0]
    lon, lat = unit["center"]
    place = {
        "name": "铜锣湾烤全羊", "kind": "poi",
        "position": {"lon": lon, "lat": lat, "crs": "cgcs2000"}, "aliases": [{"name": "老羊倌"}],
    }  # fmt: skip
    assert suggest(admin, "tlwk") == []
    created = admin.post("/v1/places", json=place)
    assert created.status_code == 201, created.text
    assert suggest(admin, "tlwk")[0]["id"] == created.json()["id"]
    assert suggest(admin, "lyg")[0]["spelling"] == "老羊倌"
