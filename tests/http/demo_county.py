"""Give tests points and codes of the demo county, read from its boundary file."""

from __future__ import annotations

import itertools
import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import httpx2 as httpx
import shapely
from shapely.geometry.base import BaseGeometry

GRIDS_FILE = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "demo" / "grids.geojson"
COUNTY = "150221"
TOWNSHIP = "150221104"
COMMUNITY = "150221104001"
WORKER_GRID = "150221104001003"
OTHER_GRID = "150221104001001"
OTHER_COMMUNITY_GRID = "150221104002001"
OTHER_TOWNSHIP = "150221105"
OTHER_TOWNSHIP_GRID = "150221105202001"
BAOTOU = {"lon": 109.84, "lat": 40.65, "crs": "cgcs2000"}
_keys = itertools.count()


@cache
def features() -> dict[str, dict[str, Any]]:
    """Return the features of the stored file by code."""
    stored = json.loads(GRIDS_FILE.read_text("utf-8"))["features"]
    return {feature["properties"]["code"]: feature for feature in stored}


@cache
def shape(code: str) -> BaseGeometry:
    """Return the polygon of a grid (EPSG:4490)."""
    return shapely.from_geojson(json.dumps(features()[code]["geometry"]))


def inside(code: str, **more: Any) -> dict[str, Any]:
    """Return a CGCS2000 position inside a grid, as a request writes it."""
    point = shape(code).representative_point()
    return {"lon": point.x, "lat": point.y, "crs": "cgcs2000", **more}


def on_a_border() -> tuple[dict[str, Any], list[str]]:
    """Return a vertex of two grids of one community, and the codes that meet there."""
    for first, second in itertools.combinations(sorted(features()), 2):
        if first[:12] == second[:12] and (line := _shared(first, second)) is not None:
            lon, lat = shapely.get_coordinates(line)[0]
            owners = [
                code for code in features() if shape(code).intersects(shapely.Point(lon, lat))
            ]
            return {"lon": float(lon), "lat": float(lat), "crs": "cgcs2000"}, sorted(owners)
    raise AssertionError("no two grids of one community are neighbours")


def _shared(first: str, second: str) -> BaseGeometry | None:
    line = shape(first).intersection(shape(second))
    return line if line.length > 0 else None


def new_key() -> str:
    """Return an Idempotency-Key that nobody used before."""
    return f"test-{time.time_ns()}-{next(_keys)}"


def send_report(client: httpx.Client, *, key: str | None = None, **members: Any) -> httpx.Response:
    """Post a report; ``members`` replace those of a plain one, None takes one away."""
    plain = {"channel": "walk_in", "text": "路灯不亮", "position": inside(WORKER_GRID)}
    body = {name: value for name, value in {**plain, **members}.items() if value is not None}
    return client.post("/v1/reports", json=body, headers={"Idempotency-Key": key or new_key()})


def store_report(client: httpx.Client, **members: Any) -> dict[str, Any]:
    """Post a report that must be taken, and return it."""
    response = send_report(client, **members)
    assert response.status_code == 201, response.text
    report: dict[str, Any] = response.json()
    return report


def refused(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Assert that the answer is the problem ``slug`` with ``status``, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].split(";")[0] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["type"] == f"/problems/{slug}"
    assert problem["status"] == status
    for member in ("title", "detail", "instance"):
        assert problem[member]
    return problem
