"""The past of boundaries: who owned a point when, what a grid was made from and became."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.demo_county import refused

TOWNSHIP = "150221104"
GRID = "150221104200001"
FIRST = "2026-01-01T00:00:00+08:00"


def published(login: Login, body: dict[str, Any], **approval: Any) -> dict[str, Any]:
    """Draw one operation and have it approved; return the changeset."""
    author, county = login("township_admin"), login("county_admin")
    plan = author.post("/v1/plans", json={"name": "调整", "area": TOWNSHIP}).json()
    path = f"/v1/plans/{plan['id']}"
    done = author.post(f"{path}/operations", json=body, headers={"If-Match": '"0"'})
    assert done.status_code == 200, done.text
    assert author.post(f"{path}/submit").status_code == 200
    answer = county.post(f"{path}/approve", json={"allow_vacant": True, **approval})
    assert answer.status_code == 200, answer.text
    changeset: dict[str, Any] = answer.json()["changeset"]
    return changeset


def split_of(client: TestClient, code: str) -> dict[str, Any]:
    """A split by a line from west to east through the middle of a grid."""
    area = client.get(f"/v1/areas/{code}").json()
    west, _, east, _ = area["bbox"]
    lat = area["center"][1]
    line = {"type": "LineString", "coordinates": [[west - 0.01, lat], [east + 0.01, lat]]}
    return {"op": "split", "grid": code, "line": line, "crs": "cgcs2000"}


def shapes(client: TestClient, **parameters: str) -> dict[str, Any]:
    answer = client.get("/v1/areas.geojson", params=parameters)
    assert answer.status_code == 200, answer.text
    collection: dict[str, Any] = answer.json()
    return collection


def by_code(collection: dict[str, Any]) -> dict[str, Any]:
    return {f["properties"]["code"]: f["geometry"] for f in collection["features"]}


def middle_of(geometry: dict[str, Any]) -> tuple[float, float]:
    point = shapely.from_geojson(json.dumps(geometry)).representative_point()
    return round(point.x, 8), round(point.y, 8)


@pytest.fixture(scope="module")
def told(login: Login) -> dict[str, Any]:
    """Split a grid, split the new one again, merge its parts, roll that back: four changesets."""
    client = login("dispatcher")
    one = published(
        login, split_of(client, GRID), document_no="土右网格〔2026〕7号", document_date="2026-11-18"
    )
    new = next(
        code
        for code in by_code(shapes(client))
        if code.startswith(GRID[:12]) and code not in by_code(shapes(client, at=FIRST))
    )
    two = published(login, split_of(client, new))
    newest = max(code for code in by_code(shapes(client)) if code.startswith(GRID[:12]))
    merge = {"op": "merge", "grids": [new, newest], "keep": new}
    three = published(login, merge)
    answer = login("county_admin").post(f"/v1/changesets/{three['id']}/rollback")
    assert answer.status_code == 200, answer.text
    return {
        "changesets": [one, two, three, answer.json()],
        "new": new,
        "newest": newest,
    }


def test_the_revisions_stand_in_order_with_the_paper_that_made_them(
    login: Login, told: dict[str, Any]
) -> None:
    answer = login("grid_worker").get("/v1/revisions").json()
    items = answer["items"]
    assert [item["changeset"] and item["changeset"]["id"] for item in items] == [
        None, *(changeset["id"] for changeset in told["changesets"])
    ]  # fmt: skip
    assert items[0]["effective_at"] == FIRST
    assert items[1]["changeset"]["document_no"] == "土右网格〔2026〕7号"
    assert items[1]["changeset"]["document_date"] == "2026-11-18"
    assert items[4]["changeset"]["rolls_back"] == told["changesets"][2]["id"]
    assert answer["in_force"] == items[4]["revision"]
    assert [item["future"] for item in items] == [False] * 5


def test_a_point_has_one_owner_at_every_instant_and_the_periods_leave_no_gap(
    login: Login, told: dict[str, Any]
) -> None:
    client = login("dispatcher")
    lon, lat = middle_of(by_code(shapes(client))[told["newest"]])
    starts = [changeset["effective_at"] for changeset in told["changesets"]]
    asked = {"lon": lon, "lat": lat, "crs": "cgcs2000"}
    items = client.get("/v1/locate/history", params=asked).json()["items"]
    owners = [GRID, told["new"], told["newest"], told["new"], told["newest"]]
    assert [item["grid"]["code"] for item in items] == owners
    assert [item["from"] for item in items] == [FIRST, *starts]
    assert [item["to"] for item in items] == [*starts, None]
    # At the instant of a publication the new owner answers already, before it the old one.
    for start, before, after in zip(starts, owners, owners[1:], strict=False):
        last = (datetime.fromisoformat(start) - timedelta(microseconds=1)).isoformat()
        for at, owner in ((start, after), (last, before)):
            then = client.get("/v1/locate/history", params={**asked, "at": at}).json()
            assert then["owner"]["grid"]["code"] == owner
            assert then["owner"]["from"] <= at
            located = client.get("/v1/locate", params={**asked, "at": at}).json()
            assert located["grid"]["code"] == owner


def test_a_point_on_a_border_belongs_to_the_lowest_code_as_a_look_up_says(
    login: Login, told: dict[str, Any]
) -> None:
    client = login("dispatcher")
    corner = by_code(shapes(client))[told["newest"]]["coordinates"][0][0]
    asked = {"lon": corner[0], "lat": corner[1], "crs": "cgcs2000"}
    items = client.get("/v1/locate/history", params=asked).json()["items"]
    assert (
        items[-1]["grid"]["code"] == client.get("/v1/locate", params=asked).json()["grid"]["code"]
    )
    assert items[-1]["to"] is None
    for one, other in itertools.pairwise(items):
        assert one["to"] == other["from"]
        assert one["grid"] != other["grid"]


def test_lineage_goes_through_other_codes_and_through_a_rollback(
    login: Login, told: dict[str, Any]
) -> None:
    client = login("dispatcher")
    one, two, three, four = (changeset["id"] for changeset in told["changesets"])
    newest = client.get(f"/v1/areas/{told['newest']}/lineage").json()

    def steps(links: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
        return [(link["changeset"], link["old"], link["new"]) for link in links]

    assert (one, GRID, told["new"]) in steps(newest["made_from"])
    assert (two, told["new"], told["newest"]) in steps(newest["made_from"])
    assert (four, told["new"], told["newest"]) in steps(newest["made_from"])
    assert (three, told["newest"], told["new"]) in steps(newest["became"])
    # It was not there between its merger and the rollback.
    assert [(p["from"], p["to"]) for p in newest["periods"]] == [
        (told["changesets"][1]["effective_at"], told["changesets"][2]["effective_at"]),
        (told["changesets"][3]["effective_at"], None),
    ]
    origin = client.get(f"/v1/areas/{GRID}/lineage").json()
    assert (two, told["new"], told["newest"]) in steps(origin["became"])
    assert steps(origin["made_from"]) == [(one, GRID, GRID)]
    shares = [link["area_share"] for link in origin["items"]]
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert origin["items"][0]["document_no"] == "土右网格〔2026〕7号"
    refused(client.get("/v1/areas/150221104200999/lineage"), 404, "not-found")


def test_what_differs_between_two_instants_makes_one_coverage_from_the_other(
    login: Login, told: dict[str, Any]
) -> None:
    client = login("dispatcher")
    now = shapes(client)
    then = shapes(client, at=FIRST)
    back = shapes(client, at=FIRST, since=told["changesets"][-1]["effective_at"])
    assert back["gone"] == sorted([told["new"], told["newest"]])
    assert len(back["features"]) < 10
    rebuilt = by_code(now) | by_code(back)
    assert {code: rebuilt[code] for code in rebuilt if code not in back["gone"]} == by_code(then)
    nothing = shapes(client, at=FIRST, since="2026-02-01T00:00:00+08:00")
    assert (nothing["features"], nothing["gone"]) == ([], [])


def test_what_is_approved_for_later_can_be_looked_at_and_is_marked_as_not_in_force(
    login: Login, told: dict[str, Any]
) -> None:
    client = login("dispatcher")
    ahead = "2027-01-01T00:00:00+08:00"
    grid = "150221104202001"
    changeset = published(login, split_of(client, grid), effective_at=ahead)
    answer = client.get("/v1/revisions").json()
    assert answer["items"][-1]["changeset"]["id"] == changeset["id"]
    assert [item["future"] for item in answer["items"]] == [False] * 5 + [True]
    assert answer["in_force"] == answer["items"][-2]["revision"]
    then = shapes(client, at=ahead, since=told["changesets"][-1]["effective_at"])
    (new,) = set(by_code(then)) - set(by_code(shapes(client)))
    lon, lat = middle_of(by_code(then)[new])
    asked = {"lon": lon, "lat": lat, "crs": "cgcs2000"}
    today, later = client.get("/v1/locate/history", params=asked).json()["items"]
    assert (today["grid"]["code"], today["to"]) == (grid, ahead)
    assert (later["grid"]["code"], later["from"], later["to"]) == (new, ahead, None)


def test_the_past_asks_for_a_login_and_for_a_time_that_has_boundaries(
    login: Login, anonymous: TestClient
) -> None:
    asked = {"lon": 110.5, "lat": 40.56, "crs": "cgcs2000"}
    for path in ("/v1/revisions", "/v1/locate/history", f"/v1/areas/{GRID}/lineage"):
        refused(anonymous.get(path, params=asked), 401, "unauthenticated")
    client = login("dispatcher")
    early = {**asked, "at": "2020-01-01T00:00:00Z"}
    refused(client.get("/v1/locate/history", params=early), 422, "before-first-revision")
    missing = {"lon": 110.5, "lat": 40.56}
    refused(client.get("/v1/locate/history", params=missing), 422, "invalid-input")
    wrong = {**asked, "lon": "nan"}
    refused(client.get("/v1/locate/history", params=wrong), 422, "invalid-input")
    outside = {"lon": 109.84, "lat": 40.65, "crs": "cgcs2000"}
    assert client.get("/v1/locate/history", params=outside).json()["items"] == []
