"""A boundary file from its upload to a plan: what is wrong with it, what it would move, nothing half."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry.base import BaseGeometry

from api.imports import examining
from api.imports.spool import Spool
from geo.lattice import snap
from tests.http.conftest import Login
from tests.http.demo_county import COUNTY, features, refused, shape
from tests.unit.geo.boundary_files.making_files import geojson, messy
from tests.unit.geo.boundary_files.test_hostile_files import FILES

COMMUNITY = "150221104200"
OTHER = "150221104201"
PATIENCE_S = 60


def codes_in(prefix: str) -> list[str]:
    return sorted(code for code in features() if code.startswith(prefix))


def file_of(shapes: dict[str, BaseGeometry]) -> bytes:
    names = [features()[c]["properties"]["name"] if c in features() else c for c in shapes]
    return geojson(list(shapes.values()), codes=list(shapes), names=names)


def present(prefix: str = COMMUNITY) -> dict[str, BaseGeometry]:
    return {code: shape(code) for code in codes_in(prefix)}


def bent(shapes: dict[str, BaseGeometry], prefix: str = COMMUNITY) -> dict[str, BaseGeometry]:
    """Return the shapes after a survey that found every border some 5 m to the east."""
    whole = shapely.coverage_union_all([shapes[c] for c in shapes if c.startswith(prefix)])
    held = shapely.boundary(whole)

    def move(xy: Any) -> Any:
        points = shapely.points(xy)
        inner = shapely.distance(points, held) > 0
        moved = xy.copy()
        moved[inner, 0] += 5 / 85_000
        return moved

    return {
        code: snap(shapely.transform(one, move)) if code.startswith(prefix) else one
        for code, one in shapes.items()
    }


def upload(who: TestClient, content: bytes, name: str = "新网格.geojson", **options: str) -> Any:
    files = {"file": (name, content, "application/octet-stream")}
    return who.post("/v1/imports/boundaries", files=files, data=options)


def examined(who: TestClient, content: bytes, **options: str) -> dict[str, Any]:
    response = upload(who, content, **options)
    assert response.status_code == 202, response.text
    assert response.headers["location"] == f"/v1/imports/{response.json()['id']}"
    return waited(who, response.json()["id"])


def waited(who: TestClient, import_id: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found: dict[str, Any] = who.get(f"/v1/imports/{import_id}").json()
        if found["state"] not in ("waiting", "running"):
            return found
        time.sleep(0.05)
    raise AssertionError("the examination does not end")


@pytest.fixture
def county(login: Login) -> TestClient:
    return login("county_admin")


@pytest.fixture(autouse=True)
def _tidy(login: Login) -> Any:
    yield
    admin = login("county_admin")
    for item in admin.get("/v1/imports").json()["items"]:
        admin.delete(f"/v1/imports/{item['id']}")


@pytest.fixture
def spool(app_client: TestClient) -> Spool:
    return Spool(app_client.app.state.service.settings.var_dir)  # type: ignore[attr-defined]


def test_a_survey_of_one_community_becomes_a_plan_with_preview_and_undo(county: TestClient) -> None:
    before = county.get(f"/v1/areas.geojson?within={COMMUNITY}").content
    found = examined(county, file_of(bent(present())))
    assert found["state"] == "examined"
    assert found["report"]["importable"] is True
    assert found["update"]["counts"]["changed"] >= 2
    assert found["update"]["counts"]["created"] == found["update"]["counts"]["retired"] == 0
    assert found["update"]["communities_left"] == 215
    done = county.post(f"/v1/imports/{found['id']}/apply", json={"name": "年度更新"})
    assert done.status_code == 201, done.text
    plan = county.get(f"/v1/plans/{done.json()['plan']}").json()
    assert (plan["name"], plan["state"], plan["revision"]) == ("年度更新", "draft", 1)
    preview = county.get(f"/v1/plans/{plan['id']}/preview").json()
    changed = {entry["code"] for entry in found["update"]["changed"]}
    assert {grid["code"] for grid in preview["grids"]["changed"]} == changed
    # A draft is seen by nobody else, and one step takes it all back.
    assert county.get(f"/v1/areas.geojson?within={COMMUNITY}").content == before
    undone = county.post(f"/v1/plans/{plan['id']}/undo", headers={"If-Match": "1"})
    assert undone.status_code == 200
    again = county.post(f"/v1/imports/{found['id']}/apply", json={})
    assert refused(again, 409, "import-state")["reason"] == "applied"
