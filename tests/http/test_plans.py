"""A plan from its first stroke to its rollback: what administrators and the next report see."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
import shapely
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.demo_county import refused

TOWNSHIP = "150221104"
GRID = "150221104200001"
NEIGHBOURS = ("150221104201001", "150221104201003")


@pytest.fixture
def township(login: Login) -> TestClient:
    return login("township_admin")


def new_plan(author: TestClient, area: str = TOWNSHIP) -> str:
    response = author.post("/v1/plans", json={"name": "调整", "area": area})
    assert response.status_code == 201, response.text
    plan = response.json()
    assert (plan["state"], plan["revision"], plan["area"]) == ("draft", 0, area)
    return f"/v1/plans/{plan['id']}"


def stroke(author: TestClient, plan: str, body: dict[str, Any], revision: int) -> Any:
    return author.post(f"{plan}/operations", json=body, headers={"If-Match": f'"{revision}"'})


def split_of(author: TestClient, code: str = GRID) -> dict[str, Any]:
    """Return a split of a grid by a line from west to east through its middle."""
    area = author.get(f"/v1/areas/{code}").json()
    west, _, east, _ = area["bbox"]
    lat = area["center"][1]
    line = {"type": "LineString", "coordinates": [[west - 0.01, lat], [east + 0.01, lat]]}
    return {"op": "split", "grid": code, "line": line, "crs": "cgcs2000"}


def merge_of(codes: tuple[str, str] = NEIGHBOURS) -> dict[str, Any]:
    return {"op": "merge", "grids": list(codes), "keep": codes[0]}


def grids_of(reader: TestClient, plan: str) -> bytes:
    return reader.get(f"{plan}/grids.geojson").content


def report_in(client: TestClient, lon: float, lat: float) -> dict[str, Any]:
    body = {
        "channel": "walk_in",
        "text": "路灯不亮",
        "position": {"lon": lon, "lat": lat, "crs": "cgcs2000"},
    }
    response = client.post("/v1/reports", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert response.status_code == 201, response.text
    report: dict[str, Any] = response.json()
    return report


def test_a_stroke_says_what_changed_and_undo_gives_the_bytes_back(township: TestClient) -> None:
    plan = new_plan(township)
    before = grids_of(township, plan)
    done = stroke(township, plan, split_of(township), 0).json()
    assert done["revision"] == 1
    assert done["rebased"] is False
    assert [grid["code"] for grid in done["created"]] == ["150221104200009"]
    (changed,) = done["changed"]
    created = done["created"][0]["area_m2"]
    assert changed["code"] == GRID
    assert changed["area_before_m2"] == pytest.approx(changed["area_after_m2"] + created, abs=2)
    drafted = grids_of(township, plan)
    assert drafted != before
    assert township.post(f"{plan}/undo", headers={"If-Match": "1"}).status_code == 200
    assert grids_of(township, plan) == before
    assert township.post(f"{plan}/redo", headers={"If-Match": "2"}).status_code == 200
    assert grids_of(township, plan) == drafted
    refused(township.post(f"{plan}/redo", headers={"If-Match": "3"}), 409, "nothing-left")


def test_two_editors_on_disjoint_places_both_succeed_and_on_the_same_place_the_second_is_told(
    township: TestClient, login: Login
) -> None:
    plan = new_plan(township)
    county = login("county_admin")
    assert stroke(township, plan, split_of(township), 0).status_code == 200
    second = stroke(county, plan, merge_of(), 0)
    assert second.json()["rebased"] is True
    assert second.json()["revision"] == 2
    problem = refused(stroke(county, plan, split_of(county), 0), 409, "edit-conflict")
    assert problem["author"] == "demo-township"
    assert GRID in problem["grids"]
    assert problem["revision"] == 2


def test_a_revision_must_be_named_and_must_exist(township: TestClient) -> None:
    plan = new_plan(township)
    body = merge_of()
    refused(township.post(f"{plan}/operations", json=body), 428, "revision-required")
    refused(stroke(township, plan, body, 7), 412, "unknown-revision")
    nonsense = township.post(f"{plan}/operations", json=body, headers={"If-Match": '"x"'})
    refused(nonsense, 412, "unknown-revision")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {
                "op": "split",
                "grid": GRID,
                "line": {"type": "LineString", "coordinates": [[110.4, 40.5], [110.41, 40.5]]},
                "crs": "cgcs2000",
            },
            "line_does_not_cut",
        ),
        ({"op": "merge", "grids": [GRID, "150221104201001"], "keep": GRID}, "crosses_parent"),
        ({"op": "merge", "grids": ["999999999999999", GRID], "keep": GRID}, "unknown_grid"),
        (
            {
                "op": "transfer",
                "to": GRID,
                "area": {
                    "type": "Polygon",
                    "coordinates": [
                        [[110.5, 40.5], [110.6, 40.6], [110.6, 40.5], [110.5, 40.6], [110.5, 40.5]]
                    ],
                },
                "crs": "cgcs2000",
            },
            "self_crossing",
        ),
    ],
)
def test_a_refused_stroke_gives_its_reason_and_leaves_the_plan_to_the_byte(
    township: TestClient, body: dict[str, Any], reason: str
) -> None:
    plan = new_plan(township)
    before = grids_of(township, plan)
    problem = refused(stroke(township, plan, body, 0), 422, "redraw-refused")
    assert problem["reason"] == reason
    assert grids_of(township, plan) == before
    assert township.get(plan).json()["revision"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"op": "grow"},
        {"op": "split", "grid": GRID},
        {"op": "split", "grid": GRID, "line": 3, "crs": "cgcs2000"},
        {"op": "merge", "grids": GRID, "keep": GRID},
        {"op": "move_node", "from": ["a", 1], "to": [1, 2], "crs": "wgs84"},
        {"op": "transfer", "to": GRID, "area": None, "crs": "moon"},
        {"op": 5},
        {},
    ],
)
def test_a_malformed_stroke_is_refused(township: TestClient, body: dict[str, Any]) -> None:
    refused(stroke(township, new_plan(township), body, 0), 422, "invalid-input")


def test_a_draft_is_seen_by_nobody_who_asks_for_an_owner(
    township: TestClient, client: TestClient
) -> None:
    shapes = client.get("/v1/areas.geojson").content
    area = client.get(f"/v1/areas/{GRID}").json()
    plan = new_plan(township)
    assert stroke(township, plan, split_of(township), 0).status_code == 200
    assert client.get("/v1/areas.geojson").content == shapes
    assert client.get(f"/v1/areas/{GRID}").json()["bbox"] == area["bbox"]
    refused(client.get("/v1/areas/150221104200009"), 404, "not-found")


def test_nobody_drafts_outside_the_own_area_and_nobody_approves_alone(
    township: TestClient, login: Login
) -> None:
    outside = township.post("/v1/plans", json={"name": "越界", "area": "150221105"})
    refused(outside, 403, "forbidden")
    county = login("county_admin")
    plan = new_plan(county)
    assert stroke(county, plan, merge_of(), 0).status_code == 200
    refused(county.post(f"{plan}/approve", json={}), 409, "plan-state")
    assert county.post(f"{plan}/submit").status_code == 200
    refused(county.post(f"{plan}/approve", json={}), 409, "same-person")
    refused(township.post(f"{plan}/approve", json={}), 403, "forbidden")
    refused(
        login("dispatcher").post("/v1/plans", json={"name": "x", "area": TOWNSHIP}),
        403,
        "forbidden",
    )


def test_a_published_split_owns_the_next_report_moves_the_unsigned_and_is_rolled_back_to_the_byte(
    township: TestClient, login: Login, client: TestClient
) -> None:
    county = login("county_admin")
    original = client.get("/v1/areas.geojson").content
    plan = new_plan(township)
    done = stroke(township, plan, split_of(township), 0).json()
    new_code = done["created"][0]["code"]
    inside = next(
        feature
        for feature in township.get(f"{plan}/grids.geojson").json()["features"]
        if feature["properties"]["code"] == new_code
    )
    assert inside["properties"]["state"] == "created"
    lon, lat = _middle(inside)
    unsigned, in_hand = report_in(client, lon, lat), report_in(client, lon, lat)
    accepted = client.post(f"/v1/reports/{in_hand['id']}/steps", json={"step": "accept"})
    assert accepted.status_code == 200
    preview = township.get(f"{plan}/preview").json()
    assert {"from": GRID, "to": new_code, "count": 2} in preview["reports"]["moving"]
    assert new_code in {
        check["code"] for check in preview["checks"] if check["check"] == "no_holder"
    }
    assert township.post(f"{plan}/submit").json()["state"] == "submitted"
    refused(stroke(township, plan, merge_of(), 1), 409, "plan-not-draft")
    refused(county.post(f"{plan}/approve", json={}), 422, "no-holder")
    past = {"effective_at": "2026-01-02T00:00:00+08:00", "allow_vacant": True}
    refused(county.post(f"{plan}/approve", json=past), 422, "invalid-input")
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True}).json()
    assert approved["state"] == "effective"
    assert report_in(client, lon, lat)["grid"]["code"] == new_code
    assert client.get(f"/v1/reports/{unsigned['id']}").json()["grid"]["code"] == new_code
    kept = client.get(f"/v1/reports/{in_hand['id']}").json()
    assert (kept["grid"]["code"], kept["status"]) == (GRID, "accepted")
    summary = approved["changeset"]["summary"]
    assert summary["moved"] == [unsigned["number"]]
    assert summary["kept"] == [in_hand["number"]]
    events = client.get(f"/v1/reports/{unsigned['id']}/events").json()["items"]
    assert events[-1]["kind"] == "moved"
    lineage = county.get(f"/v1/areas/{GRID}/lineage").json()["items"]
    assert {(row["old"], row["new"]) for row in lineage} == {(GRID, GRID), (GRID, new_code)}
    assert sum(row["area_share"] for row in lineage) == pytest.approx(1, abs=1e-3)
    # Whoever asks for the day before is answered as it was then.
    before = client.get(
        "/v1/locate",
        params={"lon": lon, "lat": lat, "crs": "cgcs2000", "at": "2026-06-01T00:00:00Z"},
    ).json()
    assert before["grid"]["code"] == GRID
    rolled = county.post(f"/v1/changesets/{approved['changeset']['id']}/rollback")
    assert rolled.status_code == 200, rolled.text
    assert client.get("/v1/areas.geojson").content == original
    refused(
        county.post(f"/v1/changesets/{approved['changeset']['id']}/rollback"), 409, "plan-overtaken"
    )


def _middle(feature: dict[str, Any]) -> tuple[float, float]:
    point = shapely.from_geojson(json.dumps(feature["geometry"])).representative_point()
    return round(point.x, 6), round(point.y, 6)


def test_a_community_is_proposed_in_grids_of_the_size_asked_for(township: TestClient) -> None:
    community = "150221104001"
    plan = new_plan(township, TOWNSHIP)
    body = {"op": "partition", "area": community, "households": 400, "tolerance": 0.1, "seed": 7}
    done = stroke(township, plan, body, 0)
    assert done.status_code == 200, done.text
    answer = done.json()
    proposed = {grid["code"] for grid in [*answer["created"], *answer["changed"]]}
    # Ten grids are drawn anew and keep their workers: none is given up for a new code.
    assert answer["retired"] == []
    homes = township.get(f"{plan}/preview").json()["households"]
    sizes = [entry["after"] for entry in homes if entry["code"] in proposed]
    named = {code for warning in done.json()["warnings"] for code in warning["grids"]}
    assert len(sizes) >= 5
    assert all(
        360 <= entry["after"] <= 440 or entry["code"] in named
        for entry in homes
        if entry["code"] in proposed
    )
    again = stroke(township, new_plan(township, TOWNSHIP), body, 0).json()
    assert (again["created"], again["changed"]) == (answer["created"], answer["changed"])


def test_chosen_buildings_go_over_with_their_land(township: TestClient) -> None:
    plan = new_plan(township, TOWNSHIP)
    body = {"op": "assign_places", "to": "150221104001010", "places": ["150221104001009-01"]}
    answer = stroke(township, plan, body, 0)
    if answer.status_code == 422:
        # The building lies apart from the receiving grid: refused with its place shown.
        assert answer.json()["reason"] == "would_fall_apart"
        assert answer.json()["geometry"]
    else:
        codes = {grid["code"] for grid in answer.json()["changed"]}
        assert codes == {"150221104001009", "150221104001010"}


def test_a_file_of_new_grids_is_fitted_to_the_border_that_stays(
    township: TestClient, client: TestClient
) -> None:
    village = "150221104200"
    outline = client.get(f"/v1/areas.geojson?level=community&within={village}").json()
    land = shapely.from_geojson(json.dumps(outline["features"][0]["geometry"]))
    west, south, east, north = land.bounds
    middle = (west + east) / 2
    halves = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": json.loads(
                shapely.to_geojson(_largest(land & shapely.box(a, south, b, north)))
            ),
        }
        for a, b in ((west, middle), (middle, east))
    ]
    plan = new_plan(township, TOWNSHIP)
    body = {
        "op": "replan",
        "area": village,
        "grids": {"type": "FeatureCollection", "features": halves},
        "crs": "cgcs2000",
    }
    done = stroke(township, plan, body, 0)
    assert done.status_code == 200, done.text
    assert len(done.json()["created"]) == 2
    assert township.post(f"{plan}/submit").status_code == 200


def _largest(shape: shapely.Geometry) -> shapely.Geometry:
    return max(shapely.get_parts(shape), key=lambda part: float(part.area))
