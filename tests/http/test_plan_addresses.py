"""Reports known by their address alone follow the boundaries, in the preview and afterwards."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.demo_county import shape
from tests.http.test_plans import new_plan, stroke

# 惠民家园, a compound with buildings, lies in the north of its grid; 阳光小区 in the other one.
COMPOUND_GRID = "150221104002001"
RETIRED, KEPT = "150221104001009", "150221104001010"


@pytest.fixture
def township(login: Login) -> TestClient:
    return login("township_admin")


def test_a_report_known_by_its_address_alone_is_foreseen_to_move_and_the_next_goes_over_too(
    login: Login, client: TestClient, township: TestClient
) -> None:
    plan = new_plan(township)
    merged = {"op": "merge", "crs": "cgcs2000", "grids": [RETIRED, KEPT]}
    done = stroke(township, plan, {**merged, "keep": KEPT}, 0)
    assert done.status_code == 200, done.text
    report = reported_at(client, "萨拉齐镇阳光小区3号楼")
    assert (report["position"], owner_of(report)) == (None, RETIRED)
    reports = township.get(f"{plan}/preview").json()["reports"]
    before = sum(entry["count"] for entry in reports["moving"])
    reported_at(client, "萨拉齐镇阳光小区4号楼")
    reports = township.get(f"{plan}/preview").json()["reports"]
    assert {(entry["from"], entry["to"]) for entry in reports["moving"]} == {(RETIRED, KEPT)}
    assert reports["total"] == before + 1
    township.post(f"{plan}/submit")
    approved = login("county_admin").post(f"{plan}/approve", json={})
    assert approved.status_code == 200, approved.text
    assert report["number"] in approved.json()["changeset"]["summary"]["moved"]
    assert owner_of(reported_at(client, "萨拉齐镇阳光小区")) == KEPT


def test_a_compound_that_came_into_a_new_grid_takes_its_next_report_there(
    login: Login, client: TestClient, township: TestClient
) -> None:
    assert owner_of(reported_at(client, "萨拉齐镇惠民家园")) == COMPOUND_GRID
    west, _, east, _ = shape(COMPOUND_GRID).bounds
    line = [[west - 0.001, 40.5661], [east + 0.001, 40.5661]]
    below = [shape(COMPOUND_GRID).representative_point().x, 40.5655]
    split = {"op": "split", "grid": COMPOUND_GRID, "keep_at": below, "crs": "cgcs2000"}
    plan = new_plan(township)
    drawn = {**split, "line": {"type": "LineString", "coordinates": line}}
    created = stroke(township, plan, drawn, 0).json()["created"][0]["code"]
    township.post(f"{plan}/submit")
    approved = login("county_admin").post(f"{plan}/approve", json={"allow_vacant": True})
    assert approved.status_code == 200, approved.text
    assert owner_of(reported_at(client, "萨拉齐镇惠民家园")) == created


def reported_at(client: TestClient, address: str) -> dict[str, Any]:
    body = {"channel": "walk_in", "text": "井盖破损", "address": address}
    headers = {"Idempotency-Key": str(uuid4())}
    report: dict[str, Any] = client.post("/v1/reports", json=body, headers=headers).json()
    return report


def owner_of(report: dict[str, Any]) -> str:
    assert report["assignment"]["decision"] == "auto", report["assignment"]["reasons"]
    code: str = report["assignment"]["grid"]["code"]
    return code
