"""Check that confidential orders keep no caller and complaints never reach whom they are about."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.demo_county import (
    COUNTY,
    OTHER_GRID,
    TOWNSHIP,
    WORKER_GRID,
    inside,
    refused,
    store_report,
)

REPORTS = "/v1/reports"


@pytest.mark.parametrize("category", ["jf03", "zx03"])
def test_a_confidential_order_keeps_no_caller(client: TestClient, category: str) -> None:
    reporter = {"name": "李某", "phone": "00007654321"}
    report = store_report(client, category=category, reporter=reporter)
    assert (report["confidential"], report["reporter"]) == (True, None)
    revealed = client.get(f"{REPORTS}/{report['id']}/reporter").json()
    assert revealed == {"name": None, "phone": None}
    for part in ("", "/events", "/receipt"):
        text = client.get(f"{REPORTS}/{report['id']}{part}").text
        assert "李某" not in text
        assert "7654321" not in text


def test_a_wall_does_not_even_count_a_confidential_order(client: TestClient, login: Login) -> None:
    wall = login("wall")
    report = store_report(client, category="jf03")
    refused(wall.get(f"{REPORTS}/{report['id']}"), 404, "not-found")
    assert report["number"] not in wall.get("/v1/overview/points").text
    numbers = [r["number"] for r in wall.get(REPORTS, params={"limit": 500}).json()["items"]]
    assert report["number"] not in numbers


@pytest.mark.parametrize(
    "place",
    [
        {"position": inside(WORKER_GRID)},
        {"position": inside(WORKER_GRID, accuracy_m=900)},
        {"position": None, "address": "萨拉齐镇振华社区"},
        {"position": None, "address": "萨拉齐镇"},
        {"position": None, "address": "萨拉齐镇振华大街阳光小区3号楼"},
    ],
)
def test_a_complaint_about_the_grids_people_passes_them_by(
    client: TestClient, login: Login, place: dict[str, Any]
) -> None:
    report = store_report(client, category="zx03", text="态度生硬，推诿扯皮", **place)
    assert report["assignment"]["worker"]["role"] == "township_desk"
    assert (report["grid"], report["assignment"]["grid"]) == (None, None)
    assert report["assignment"]["candidates"] == []
    assert [unit["code"] for unit in report["assignment"]["path"]] == [COUNTY, TOWNSHIP]
    assert report["status"] == "awaiting_decision"
    assert login("township_admin").get(f"{REPORTS}/{report['id']}").status_code == 200
    for role in ("grid_worker", "community_admin"):
        them = login(role)
        refused(them.get(f"{REPORTS}/{report['id']}"), 404, "not-found")
        for query in ({}, {"q": report["number"]}, {"q": "推诿扯皮"}, {"category": "zx03"}):
            listed = them.get(REPORTS, params={"limit": 500, **query}).json()["items"]
            assert report["number"] not in [item["number"] for item in listed]
        assert report["number"] not in them.get("/v1/overview/points").text


def test_a_pin_moved_on_a_complaint_still_passes_the_grid_by(
    client: TestClient, login: Login
) -> None:
    report = store_report(client, category="zx03", position=inside(OTHER_GRID))
    moved = client.patch(f"{REPORTS}/{report['id']}/position", json=inside(WORKER_GRID)).json()
    assert moved["assignment"]["worker"]["role"] == "township_desk"
    refused(login("grid_worker").get(f"{REPORTS}/{report['id']}"), 404, "not-found")
