"""A long evening of drawing: every state is a coverage, and undo gives the first bytes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import shapely
from fastapi.testclient import TestClient

from api.db import plan_store
from api.db.engine import SERVICE, Database, make_engine, normalise_url
from api.plans.sheets import Sheets
from bench.redraw.strokes import Strokes
from geo.redraw.sheet import Sheet
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.unit.geo.redraw.random_edits import assert_still_whole, wkb

TOWNSHIP = "150221104"
WEIGHTS = {
    "transfer": 5,
    "split": 5,
    "merge": 4,
    "reshape": 3,
    "move_node": 3,
    "undo": 2,
    "redo": 2,
}
OPERATIONS = 60


@pytest.fixture(scope="module")
def database(county_database: FreshDatabase) -> Iterator[Database]:
    found = Database(make_engine(normalise_url(county_database.app_url)))
    yield found
    found.close()


@pytest.fixture
def township(login: Login) -> TestClient:
    return login("township_admin")


def new_plan(author: TestClient, area: str = TOWNSHIP) -> str:
    answer = author.post("/v1/plans", json={"name": "游走", "area": area})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def drawn(reader: TestClient, plan: str) -> Sheet:
    """The plan as it is served."""
    features = reader.get(f"/v1/plans/{plan}/grids.geojson").json()["features"]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    codes = [feature["properties"]["code"] for feature in features]
    return Sheet(dict(zip(codes, shapes.tolist(), strict=True)))


def send(author: TestClient, plan: str, kind: str, body: Any, revision: int) -> Any:
    where = kind if kind in ("undo", "redo") else "operations"
    headers = {"If-Match": f'"{revision}"'}
    return author.post(f"/v1/plans/{plan}/{where}", json=body, headers=headers)


def read_by(sheets: Sheets, database: Database, plan: str) -> Sheet:
    """The plan as a process reads it that keeps these sheets: every grid of the county."""
    with database.transaction(SERVICE) as connection:
        return sheets.drafted(connection, plan_store.read_plan(connection, UUID(plan)))


def assert_same(one: Sheet, other: Sheet) -> None:
    assert wkb(one) == wkb(other)


def test_sixty_mixed_operations_leave_a_coverage_each_and_undo_gives_the_bytes_back(
    township: TestClient, database: Database
) -> None:
    plan = new_plan(township)
    first = township.get(f"/v1/plans/{plan}/grids.geojson").content
    # Reads along like a server process that takes none of the steps itself.
    beside = Sheets()
    county = whole = read_by(beside, database, plan)
    strokes = Strokes(1, buildings={}, weights=WEIGHTS)
    outer: set[tuple[float, float]] = set()
    revision = 0
    while revision < OPERATIONS:
        kind, body = strokes.draw(of_township(whole))
        if body is None and kind not in ("undo", "redo"):
            continue
        answer = send(township, plan, kind, body, revision)
        if answer.status_code != 200:
            assert answer.status_code in (409, 422), answer.text
            continue
        told = answer.json()
        revision = told["revision"]
        outer.update(map(tuple, told["outer_nodes"]))
        whole = read_by(beside, database, plan)
        assert shapely.coverage_is_valid(list(of_township(whole).shapes.values()))
        if revision % 20 == 0:
            assert_still_whole(county, whole, outer & _corners(whole))
            assert wkb(drawn(township, plan)) == wkb(of_township(whole))
            assert_same(whole, read_by(Sheets(), database, plan))
    revision = _all(township, plan, "redo", revision)
    drafted = read_by(beside, database, plan)
    revision = _all(township, plan, "undo", revision)
    assert township.get(f"/v1/plans/{plan}/grids.geojson").content == first
    assert_same(read_by(beside, database, plan), county)
    _all(township, plan, "redo", revision)
    assert_same(read_by(beside, database, plan), drafted)


def _all(author: TestClient, plan: str, kind: str, revision: int) -> int:
    """Undo or redo until nothing is left; return the plan's revision."""
    while (answer := send(author, plan, kind, None, revision)).status_code == 200:
        revision = answer.json()["revision"]
    assert answer.json()["type"] == "/problems/nothing-left"
    return revision


def of_township(county: Sheet) -> Sheet:
    return Sheet({c: shape for c, shape in county.shapes.items() if c.startswith(TOWNSHIP)})


def _corners(sheet: Sheet) -> set[tuple[float, float]]:
    return set(map(tuple, shapely.get_coordinates(list(sheet.shapes.values())).tolist()))


def test_a_grid_that_was_made_and_given_up_inside_the_plan_is_published_as_nothing(
    township: TestClient, login: Login
) -> None:
    grid = "150221104200001"
    plan = new_plan(township)
    west, south, east, north = drawn(township, plan)[grid].bounds
    line = [[west - 0.01, (south + north) / 2], [east + 0.01, (south + north) / 2]]
    split = {
        "op": "split",
        "grid": grid,
        "line": {"type": "LineString", "coordinates": line},
        "crs": "cgcs2000",
    }
    done = send(township, plan, "split", split, 0).json()
    made = done["created"][0]["code"]
    merge = {"op": "merge", "grids": [grid, made], "keep": grid}
    assert send(township, plan, "merge", merge, 1).status_code == 200
    shown = township.get(f"/v1/plans/{plan}/preview").json()
    assert made not in json.dumps(shown["grids"])
    assert township.post(f"/v1/plans/{plan}/submit").status_code == 200
    approved = login("county_admin").post(f"/v1/plans/{plan}/approve", json={})
    assert approved.status_code == 200, approved.text
    assert township.get(f"/v1/areas/{made}").status_code == 404
