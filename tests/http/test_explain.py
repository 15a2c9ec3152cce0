"""Check how the reading of an address is explained: to staff only, with offsets that hold."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from api.accounts.roles import Role
from api.cli.locate import print_explanation
from api.locating import routes
from api.locating.online import Found
from tests.http.conftest import Login
from tests.http.demo_county import WORKER_GRID, inside, refused

BUILDING = "萨拉齐镇振华大街阳光小区3号楼2单元门口路灯坏了"
STORY = "我是沙图沟村的，今天路过😀美岱召镇沙图沟村村委会东200米，看见垃圾"
STAFF = {
    Role.COUNTY_ADMIN, Role.TOWNSHIP_ADMIN, Role.COMMUNITY_ADMIN, Role.DISPATCHER,
    Role.SHIFT_LEAD, Role.LEADER,
}  # fmt: skip


def explained(client: TestClient, address: str) -> dict[str, Any]:
    response = client.post("/v1/locate?explain=true", json={"address": address})
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()["explanation"]
    return told


def test_the_pieces_of_a_text_have_roles_and_offsets_into_it(client: TestClient) -> None:
    for text in (BUILDING, STORY):
        told = explained(client, text)
        assert told["text"] == text
        for span in told["spans"]:
            assert text[span["start"] : span["end"]] == span["text"] != ""
            assert span["label"]
    roles = {span["text"]: span["role"] for span in explained(client, BUILDING)["spans"]}
    assert roles["萨拉齐镇"] == "area"
    assert roles["阳光小区"] == "place"
    spots = [span["text"] for span in explained(client, STORY)["spans"] if span["role"] == "spot"]
    assert any("东200米" in spot for spot in spots)


def test_the_candidates_have_scores_and_reasons(client: TestClient) -> None:
    told = explained(client, BUILDING)
    chosen = [one for one in told["candidates"] if one["chosen"]]
    assert [one["kind"] for one in chosen] == ["building"]
    for one in told["candidates"]:
        assert 0 <= one["score"] <= 1
        assert one["reasons"]
    assert (told["verdict"], told["rule"]) == ("auto", "place_in_one_grid")
    several = explained(client, "磴口村路口")
    assert len([one for one in several["candidates"] if one["chosen"]]) > 1
    assert several["verdict"] != "auto"


@pytest.mark.parametrize("role", Role)
def test_only_staff_are_told(login: Login, role: Role) -> None:
    response = login(role.value).post("/v1/locate?explain=true", json={"address": BUILDING})
    if role in STAFF:
        assert response.json()["explanation"]["spans"]
    else:
        refused(response, 403, "forbidden")


def test_who_does_not_ask_is_not_told(client: TestClient) -> None:
    assert "explanation" not in client.post("/v1/locate", json={"address": BUILDING}).json()
    by_query = client.get("/v1/locate", params={"address": BUILDING, "explain": "true"})
    assert by_query.json()["explanation"] == explained(client, BUILDING)


def test_a_position_alone_has_no_text_to_explain(client: TestClient) -> None:
    response = client.post("/v1/locate?explain=true", json={"position": inside(WORKER_GRID)})
    assert response.json()["explanation"] is None


@pytest.mark.parametrize(
    "text", ["，。！", "😀😀", "我家楼下", "昆都仑区友谊大街", "a" * 2000, "１②"]
)
def test_what_names_nothing_is_explained_too(client: TestClient, text: str) -> None:
    told = explained(client, text)
    assert told["verdict"] == "desk"
    assert [one for one in told["candidates"] if one["chosen"]] == []


def test_the_command_prints_pieces_candidates_and_rule(client: TestClient) -> None:
    console = Console(file=StringIO(), width=200)
    print_explanation(console, explained(client, BUILDING))
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert "“萨拉齐镇” 所在区域" in printed
    assert "✓" in printed
    assert "place_in_one_grid" in printed


def test_the_online_hint_is_off_by_default_and_for_staff_only(login: Login) -> None:
    told = login("dispatcher").post("/v1/locate?online=true", json={"address": BUILDING}).json()
    plain = login("dispatcher").post("/v1/locate", json={"address": BUILDING, "at": told["at"]})
    assert told.pop("online")["state"] == "off"
    assert told == plain.json()
    asked = login("grid_worker").post("/v1/locate?online=true", json={"address": BUILDING})
    refused(asked, 403, "forbidden")


def test_the_online_hint_never_changes_the_answer(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sure:
        def ask(self, _address: str) -> Found:
            position = inside(WORKER_GRID)
            return Found(position["lon"], position["lat"], "门址")

    monkeypatch.setattr(routes, "tianditu_of", lambda _settings: Sure())
    for address in ("磴口村路口", "我家楼下", BUILDING):
        told = client.post("/v1/locate?online=true", json={"address": address}).json()
        plain = client.post("/v1/locate", json={"address": address, "at": told["at"]}).json()
        assert told.pop("online")["grid"]["code"] == WORKER_GRID
        assert told == plain
