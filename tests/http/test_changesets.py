"""Who may approve, what is listed of what was published, and what doubt becomes of a redraw."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import combinations
from uuid import uuid4

import pytest
import shapely
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.demo_county import refused
from tests.http.test_plans import NEIGHBOURS, merge_of, new_plan, split_of, stroke


@pytest.fixture
def township(login: Login) -> TestClient:
    return login("township_admin")


@pytest.fixture
def county(login: Login) -> TestClient:
    return login("county_admin")


def test_who_drew_a_step_of_a_plan_does_not_approve_it(
    township: TestClient, county: TestClient
) -> None:
    plan = new_plan(township)
    stroke(township, plan, split_of(township), 0)
    assert stroke(county, plan, merge_of(), 1).status_code == 200
    assert township.post(f"{plan}/submit").status_code == 200
    refused(county.post(f"{plan}/approve", json={"allow_vacant": True}), 409, "same-person")
    # A step that was taken back is nobody's any more.
    assert county.post(f"{plan}/reject", json={"reason": "由苏木乡镇自己合并"}).status_code == 200
    assert county.post(f"{plan}/undo", headers={"If-Match": '"2"'}).status_code == 200
    assert township.post(f"{plan}/submit").status_code == 200
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True})
    assert approved.status_code == 200, approved.text
    undone = county.post(f"/v1/changesets/{approved.json()['changeset']['id']}/rollback")
    assert undone.status_code == 200


def test_changesets_are_listed_page_by_page_each_once(
    township: TestClient, county: TestClient
) -> None:
    plan = new_plan(township)
    stroke(township, plan, split_of(township), 0)
    township.post(f"{plan}/submit")
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True}).json()
    county.post(f"/v1/changesets/{approved['changeset']['id']}/rollback")
    whole = [row["id"] for row in county.get("/v1/changesets").json()["items"]]
    assert len(whole) >= 2
    seen, cursor = [], None
    while True:
        page = county.get("/v1/changesets", params={"limit": 1, "cursor": cursor}).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == whole
    refused(county.get("/v1/changesets", params={"cursor": "x"}), 422, "invalid-input")


def test_a_doubtful_report_gets_the_candidates_of_the_new_boundaries(
    township: TestClient, county: TestClient, client: TestClient
) -> None:
    lon, lat = township.get(f"/v1/areas/{NEIGHBOURS[0]}").json()["center"]
    position = {"lon": lon, "lat": lat, "crs": "cgcs2000", "accuracy_m": 3000}
    body = {"channel": "walk_in", "text": "水管漏水", "position": position}
    report = client.post("/v1/reports", json=body, headers={"Idempotency-Key": str(uuid4())}).json()
    assert report["status"] == "awaiting_decision"
    before = [each["grid"]["code"] for each in report["assignment"]["candidates"]]
    plan = new_plan(county, "150221")
    # Two neighbours among the candidates, neither of them the grid of the point itself.
    pairs = [
        (one, other)
        for one, other in combinations(before, 2)
        if one[:12] == other[:12] and report["grid"]["code"] not in (one, other)
    ]
    merged = next(
        pair for pair in pairs if stroke(county, plan, merge_of(pair), 0).status_code == 200
    )
    county.post(f"{plan}/undo", headers={"If-Match": '"1"'})
    plan = new_plan(township)
    stroke(township, plan, merge_of(merged), 0)
    township.post(f"{plan}/submit")
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True}).json()
    now = client.get(f"/v1/reports/{report['id']}").json()
    assert (now["status"], now["grid"]) == ("awaiting_decision", report["grid"])
    after = {each["grid"]["code"] for each in now["assignment"]["candidates"]}
    assert merged[0] in after
    assert merged[1] not in after
    assert report["number"] in approved["changeset"]["summary"]["moved"]
    county.post(f"/v1/changesets/{approved['changeset']['id']}/rollback")


def test_what_a_person_settled_is_in_doubt_again_only_where_land_was_given_away(
    township: TestClient, county: TestClient, client: TestClient
) -> None:
    lon, lat = township.get(f"/v1/areas/{NEIGHBOURS[0]}").json()["center"]
    position = {"lon": lon, "lat": lat, "crs": "cgcs2000", "accuracy_m": 3000}
    body = {"channel": "walk_in", "text": "水管漏水", "position": position}
    settled = []
    for grid in NEIGHBOURS:
        key = {"Idempotency-Key": str(uuid4())}
        report = client.post("/v1/reports", json=body, headers=key).json()
        step = {"step": "confirm_grid", "grid": grid}
        answer = client.post(f"/v1/reports/{report['id']}/steps", json=step)
        assert answer.status_code == 200, answer.text
        settled.append(answer.json())
    plan = new_plan(township)
    assert stroke(township, plan, merge_of(), 0).status_code == 200
    township.post(f"{plan}/submit")
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True}).json()
    kept, gone = (client.get(f"/v1/reports/{report['id']}").json() for report in settled)
    assert (kept["status"], kept["area"]["code"]) == ("assigned", NEIGHBOURS[0])
    assert kept["holder"] == settled[0]["holder"]
    assert gone["area"]["code"] != NEIGHBOURS[1]
    moved = approved["changeset"]["summary"]["moved"]
    assert gone["number"] in moved
    assert kept["number"] not in moved
    county.post(f"/v1/changesets/{approved['changeset']['id']}/rollback")


def test_a_rollback_says_before_which_reports_it_moves(
    township: TestClient, county: TestClient, client: TestClient
) -> None:
    plan = new_plan(township)
    stroke(township, plan, merge_of(), 0)
    township.post(f"{plan}/submit")
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True}).json()
    place = f"/v1/changesets/{approved['changeset']['id']}/rollback"
    before = county.get(place).json()["reports"]["total"]
    lon, lat = inside(township, NEIGHBOURS[1])
    body = {"channel": "walk_in", "text": "路灯不亮", "position": {
        "lon": lon, "lat": lat, "crs": "cgcs2000"}}  # fmt: skip
    headers = {"Idempotency-Key": str(uuid4())}
    report = client.post("/v1/reports", json=body, headers=headers).json()
    assert report["grid"]["code"] == NEIGHBOURS[0]
    reports = county.get(place).json()["reports"]
    assert reports["total"] == before + 1
    assert {"from": NEIGHBOURS[0], "to": NEIGHBOURS[1], "count": before + 1} in reports["moving"]
    assert county.post(place).status_code == 200
    assert client.get(f"/v1/reports/{report['id']}").json()["grid"]["code"] == NEIGHBOURS[1]


def inside(reader: TestClient, code: str) -> tuple[float, float]:
    """Return a point inside a grid as it was on a day before any plan."""
    at = {"at": "2026-06-01T00:00:00+08:00", "within": code[:12]}
    for feature in reader.get("/v1/areas.geojson", params=at).json()["features"]:
        if feature["properties"]["code"] == code:
            point = shapely.from_geojson(json.dumps(feature["geometry"])).representative_point()
            return point.x, point.y
    raise AssertionError(f"{code} was not there")


def test_nobody_answers_for_a_retired_grid_and_who_did_is_still_told(
    township: TestClient, county: TestClient
) -> None:
    before = datetime.now(UTC).isoformat()
    plan = new_plan(township)
    retired = stroke(township, plan, merge_of(), 0).json()["retired"]
    township.post(f"{plan}/submit")
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True}).json()
    (gone,) = retired
    refused(county.get("/v1/duty", params={"grid": gone}), 404, "not-found")
    assert county.get("/v1/duty", params={"grid": gone[:12]}).status_code == 200
    then = county.get("/v1/duty", params={"grid": gone, "at": before})
    assert then.json()["worker"] is not None
    county.post(f"/v1/changesets/{approved['changeset']['id']}/rollback")
    assert county.get("/v1/duty", params={"grid": gone}).status_code == 200
