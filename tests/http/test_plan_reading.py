"""What the editor reads beside its strokes: only what changed, buildings, names of people."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
import shapely
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.demo_county import refused
from tests.http.test_plans import GRID, merge_of, new_plan, split_of, stroke

TOWN_GRID = "150221104001009"


@pytest.fixture
def township(login: Login) -> TestClient:
    return login("township_admin")


def features(reader: TestClient, plan: str, codes: str | None = None) -> dict[str, Any]:
    answer = reader.get(f"{plan}/grids.geojson", params={"codes": codes} if codes else {})
    assert answer.status_code == 200, answer.text
    return {each["properties"]["code"]: each for each in answer.json()["features"]}


def test_only_the_grids_asked_for_are_sent_and_they_are_those_of_the_whole_draft(
    township: TestClient,
) -> None:
    plan = new_plan(township)
    done = stroke(township, plan, split_of(township), 0).json()
    codes = [grid["code"] for grid in (*done["changed"], *done["created"])] + done["noded"]
    whole = features(township, plan)
    assert features(township, plan, ",".join(codes)) == {code: whole[code] for code in codes}
    assert features(township, plan, "150221104999001") == {}
    answer = township.get(f"{plan}/grids.geojson", params={"codes": "x,y"})
    refused(answer, 422, "invalid-input")


def test_a_neighbour_that_only_got_a_node_is_told_apart_in_strokes_drafts_undo_and_preview(
    township: TestClient,
) -> None:
    plan = new_plan(township)
    done = stroke(township, plan, split_of(township), 0).json()
    created = done["created"][0]["code"]
    assert [grid["code"] for grid in done["changed"]] == [GRID]
    assert done["noded"], "the line ends on the border of somebody else's grid"
    drafted = features(township, plan)
    states = {code: each["properties"]["state"] for code, each in drafted.items()}
    assert {code for code, state in states.items() if state == "noded"} == {
        code for code in done["noded"] if code in drafted
    }
    assert (states[GRID], states[created]) == ("changed", "created")
    grids = township.get(f"{plan}/preview").json()["grids"]
    assert [grid["code"] for grid in grids["changed"]] == [GRID]
    assert grids["noded"] == done["noded"]
    back = township.post(f"{plan}/undo", headers={"If-Match": "1"}).json()
    assert [grid["code"] for grid in back["changed"]] == [GRID]
    assert (back["retired"], back["noded"]) == ([created], done["noded"])


def test_a_part_of_a_split_is_of_the_kind_of_the_grid_it_was_cut_from(
    township: TestClient,
) -> None:
    plan = new_plan(township)
    stroke(township, plan, split_of(township), 0)
    stroke(township, plan, split_of(township, TOWN_GRID), 1)
    created = {
        each["properties"]["parent"]: each["properties"]["kind"]
        for each in features(township, plan).values()
        if each["properties"]["state"] == "created"
    }
    assert created == {GRID[:12]: "rural", TOWN_GRID[:12]: "community"}


def test_a_proposal_that_was_undone_keeps_no_codes_from_the_next_one(township: TestClient) -> None:
    plan = new_plan(township)
    body = {"op": "partition", "area": "150221104001", "households": 300, "seed": 1}
    first = stroke(township, plan, body, 0).json()
    township.post(f"{plan}/undo", headers={"If-Match": "1"})
    second = stroke(township, plan, {**body, "seed": 2}, 2).json()
    assert second["created"][0]["code"] == first["created"][0]["code"]
    log = township.get(plan).json()["operations"]
    assert [step["op"] for step in log] == ["partition", "partition"]
    assert [step["state"] for step in log] == ["dropped", "done"]


def test_the_buildings_of_a_grid_are_listed_with_the_grid_as_drafted(township: TestClient) -> None:
    plan = new_plan(township)
    before = township.get(f"{plan}/buildings", params={"codes": TOWN_GRID}).json()
    assert before["complete"] is True
    assert {each["grid"] for each in before["items"]} == {TOWN_GRID}
    assert sum(each["households"] for each in before["items"]) > 300
    done = stroke(township, plan, split_of(township, TOWN_GRID), 0).json()
    both = f"{TOWN_GRID},{done['created'][0]['code']}"
    after = township.get(f"{plan}/buildings", params={"codes": both}).json()
    assert {each["id"] for each in after["items"]} == {each["id"] for each in before["items"]}
    assert {each["grid"] for each in after["items"]} == set(both.split(","))
    far = township.get(f"{plan}/buildings", params={"codes": "150221105001001"}).json()
    assert far["items"] == []
    refused(township.get(f"{plan}/buildings", params={"codes": ""}), 422, "invalid-input")


def test_people_are_shown_by_their_names_in_plans_conflicts_and_changesets(
    township: TestClient, login: Login
) -> None:
    county = login("county_admin")
    plan = new_plan(township)
    drafter = township.get(plan).json()["author_name"]
    assert drafter != "demo-township"
    assert stroke(township, plan, split_of(township), 0).status_code == 200
    conflict = refused(stroke(county, plan, split_of(county), 0), 409, "edit-conflict")
    assert conflict["author_name"] == drafter
    assert conflict["detail"].startswith(drafter)
    assert stroke(county, plan, merge_of(), 1).status_code == 200
    log = county.get(plan).json()["operations"]
    assert log[0]["author_name"] == drafter
    township.post(f"{plan}/submit")
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True}).json()
    assert approved["decider_name"] == log[1]["author_name"]
    changeset = county.get(f"/v1/changesets/{approved['changeset']['id']}").json()
    assert (changeset["author_name"], changeset["decider_name"]) == (
        drafter,
        approved["decider_name"],
    )
    grids = changeset["grids"]
    assert [grid["code"] for grid in grids["changed"]] == [GRID, "150221104201001"]
    assert [grid["code"] for grid in grids["retired"]] == ["150221104201003"]
    listed = county.get("/v1/plans").json()["items"]
    assert drafter in {each["author_name"] for each in listed}


def test_reports_that_a_new_border_makes_doubtful_are_foreseen_and_then_handed_over(
    township: TestClient, client: TestClient, login: Login
) -> None:
    plan = new_plan(township)
    stroke(township, plan, split_of(township, TOWN_GRID), 0)
    area = township.get(f"/v1/areas/{TOWN_GRID}").json()
    lon, lat = area["center"]
    known = {
        feature["properties"]["code"]: shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in features(township, plan).values()
    }
    # Beside the new border, on the side that keeps the code.
    kept = known[TOWN_GRID]
    side = 1 if kept.covers(shapely.Point(lon, lat + 0.0001)) else -1
    place = shapely.Point(lon, lat + side * 0.0001)
    assert kept.covers(place)
    body = {
        "channel": "walk_in",
        "text": "井盖破损",
        "position": {"lon": place.x, "lat": place.y, "crs": "cgcs2000", "accuracy_m": 60},
    }
    headers = {"Idempotency-Key": str(uuid4())}
    report = client.post("/v1/reports", json=body, headers=headers).json()
    assert report["status"] == "assigned"
    reports = township.get(f"{plan}/preview").json()["reports"]
    assert reports["doubtful"] == [{"from": TOWN_GRID, "count": 1}]
    assert reports["complete"] is True
    township.post(f"{plan}/submit")
    approved = login("county_admin").post(f"{plan}/approve", json={"allow_vacant": True})
    assert approved.status_code == 200, approved.text
    assert client.get(f"/v1/reports/{report['id']}").json()["status"] == "awaiting_decision"
    assert report["number"] in approved.json()["changeset"]["summary"]["moved"]
