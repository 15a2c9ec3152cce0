"""A proposal goes along the roads that the county has."""

from __future__ import annotations

import json

import numpy as np
import shapely
from fastapi.testclient import TestClient
from shapely.geometry.base import BaseGeometry

from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.test_plans import TOWNSHIP, new_plan, stroke
from tests.store.rows import direct

COMMUNITY = "150221104001"
# Half a metre in degrees: a border that is the road, not one that crosses it.
NEAR = 5e-6


def borders_of_a_proposal(township: TestClient) -> BaseGeometry:
    plan = new_plan(township, TOWNSHIP)
    body = {"op": "partition", "area": COMMUNITY, "households": 300, "seed": 1}
    assert stroke(township, plan, body, 0).status_code == 200
    features = township.get(f"{plan}/grids.geojson").json()["features"]
    shapes = [
        shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in features
        if feature["properties"]["code"].startswith(COMMUNITY)
    ]
    return shapely.union_all(np.array(shapely.boundary(shapes), dtype=object))


def test_a_proposal_takes_a_road_for_a_border_that_it_does_not_take_without_one(
    login: Login, county_database: FreshDatabase
) -> None:
    township = login("township_admin")
    with direct(county_database.superuser_url) as connection:
        connection.execute("DELETE FROM roads")
    without = borders_of_a_proposal(township)
    west, south, east, north = without.bounds
    middle = (west + east) / 2
    road = shapely.LineString([(middle, south - 0.01), (middle, north + 0.01)])
    with direct(county_database.superuser_url) as connection:
        connection.execute(
            "INSERT INTO roads (name, road_class, geom) VALUES ('', '', ST_GeomFromText(%s, 4490))",
            (road.wkt,),
        )
    along = borders_of_a_proposal(township)
    near = road.buffer(NEAR)
    assert without.intersection(near).length < 0.05 * (north - south)
    assert along.intersection(near).length > 0.2 * (north - south)
