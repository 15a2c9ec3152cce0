"""A community of which only the outline is known is divided by a plan, and counted then."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import FreshDatabase
from tests.http.accounts_of_tests import make_account, settled
from tests.http.conftest import Login
from tests.http.demo_county import refused
from tests.store.rows import direct

# The one village of the demo county that has a single grid.
VILLAGE = "150221500216"
GRID = f"{VILLAGE}001"
TOWNSHIP = "150221500"


@pytest.fixture(scope="module", autouse=True)
def outline_alone(county_database: FreshDatabase) -> None:
    """The village's only grid is its outline, and the list expects four."""
    with direct(county_database.superuser_url) as connection:
        connection.execute("UPDATE areas SET provisional = true WHERE code = '150221500216001'")
        connection.execute(
            "UPDATE areas SET name = (SELECT name FROM areas WHERE code = '150221500216') "
            "|| '（暂未细分）' WHERE code = '150221500216001'"
        )
        connection.execute("UPDATE areas SET expected_grids = 4 WHERE code = '150221500216'")


def township_of(client: TestClient, **parameters: str) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = client.get("/v1/areas/progress", params=parameters)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found, next(t for t in found["townships"] if t["code"] == TOWNSHIP)


def row_of(client: TestClient, code: str) -> dict[str, Any]:
    row: dict[str, Any] = client.get(f"/v1/areas/{code}").json()
    return row


def test_a_plan_divides_the_outline_and_a_rollback_makes_it_one_again(login: Login) -> None:
    client, county = login("dispatcher"), login("county_admin")
    village = row_of(client, VILLAGE)["name"]
    found, township = township_of(client)
    assert found["grids"] == {"mapped": 1172, "expected": 1176}
    assert found["communities"] == {"mapped": 216, "undivided": 1, "total": 216}
    (missing,) = township["missing"]
    assert missing == {
        "code": VILLAGE, "name": village, "state": "undivided", "mapped": 0, "expected": 4
    }  # fmt: skip
    grid = row_of(client, GRID)
    assert (grid["name"], grid["provisional"]) == (f"{village}（暂未细分）", True)

    changeset = divide(login)
    found, township = township_of(client)
    assert found["grids"] == {"mapped": 1174, "expected": 1176}
    assert [item["state"] for item in township["missing"]] == ["partly"]
    grids = client.get("/v1/areas", params={"parent": VILLAGE}).json()["items"]
    assert [item["provisional"] for item in grids] == [False, False]
    assert grids[0]["name"] == f"{village}第一网格"
    # Whoever asks how it was is answered as it was.
    assert township_of(client, at="2026-03-03T00:00:00+08:00")[0]["grids"]["mapped"] == 1172

    assert county.post(f"/v1/changesets/{changeset}/rollback").status_code == 200
    grid = row_of(client, GRID)
    assert (grid["name"], grid["provisional"]) == (f"{village}（暂未细分）", True)
    assert township_of(client)[0]["grids"] == {"mapped": 1172, "expected": 1176}


def divide(login: Login) -> str:
    county = login("county_admin")
    account = make_account(county, role="township_admin", area=TOWNSHIP)
    author = settled(county, account["username"])
    area = row_of(author, GRID)
    west, _, east, _ = area["bbox"]
    lat = area["center"][1]
    line = {"type": "LineString", "coordinates": [[west - 0.01, lat], [east + 0.01, lat]]}
    plan = author.post("/v1/plans", json={"name": "细分", "area": VILLAGE}).json()
    path = f"/v1/plans/{plan['id']}"
    body = {"op": "split", "grid": GRID, "line": line, "crs": "cgcs2000"}
    done = author.post(f"{path}/operations", json=body, headers={"If-Match": '"0"'})
    assert done.status_code == 200, done.text
    assert author.post(f"{path}/submit").status_code == 200
    answer = county.post(f"{path}/approve", json={"allow_vacant": True})
    assert answer.status_code == 200, answer.text
    changeset: str = answer.json()["changeset"]["id"]
    return changeset


def test_progress_asks_for_a_login(anonymous: TestClient) -> None:
    refused(anonymous.get("/v1/areas/progress"), 401, "unauthenticated")
