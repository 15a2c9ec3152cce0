"""Whatever is sent to a plan: refused with a reason and a place, and not a byte is different."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
import shapely
from fastapi.testclient import TestClient

from geo.redraw.trouble import MOST_SHOWN
from tests.http.bad_strokes import (
    GRID,
    SOMEWHERE,
    bad_drawings,
    bad_members,
    good_strokes,
    line,
)
from tests.http.conftest import Login
from tests.http.demo_county import OTHER_TOWNSHIP_GRID, refused, shape
from tests.http.harmful_strokes import Harm, harmful_strokes
from tests.http.hostile_values import MARKER
from tests.http.test_plans import TOWNSHIP, new_plan, stroke

KINDS = tuple(good_strokes())
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def township(login: Login) -> TestClient:
    return login("township_admin")


@pytest.fixture(scope="module")
def plan(township: TestClient) -> str:
    """A draft with a step done and a step taken back: undo and redo have something to lose."""
    made = new_plan(township)
    west, south, east, north = shape(SOMEWHERE).bounds
    for revision, lat in enumerate((0.3, 0.7)):
        height = south + lat * (north - south)
        cut = line((west - 0.01, height), (east + 0.01, height))
        body = {"op": "split", "grid": SOMEWHERE, "line": cut, "crs": "cgcs2000"}
        assert stroke(township, made, body, revision).status_code == 200
    assert township.post(f"{made}/undo", headers={"If-Match": '"2"'}).status_code == 200
    return made


REVISION = 3


@pytest.fixture(scope="module", autouse=True)
def _county_unharmed(township: TestClient, plan: str) -> Iterator[None]:
    """Hold after all tests that the county is the same, to the byte."""

    def state() -> list[bytes]:
        return [township.get(place).content for place in ("/v1/areas.geojson", "/v1/changesets")]

    before = state()
    yield
    assert state() == before


@pytest.fixture(scope="module")
def drafted(township: TestClient, plan: str) -> list[bytes]:
    """The draft and its log, as they are to stay."""
    return _read(township, plan)


def _read(reader: TestClient, plan: str) -> list[bytes]:
    return [reader.get(place).content for place in (f"{plan}/grids.geojson", plan)]


@pytest.fixture
def unharmed(township: TestClient, plan: str, drafted: list[bytes]) -> Iterator[None]:
    """Hold after a test that nothing of the draft is different, to the byte."""
    yield
    assert _read(township, plan) == drafted


def refusal(response: httpx.Response) -> dict[str, Any]:
    """Return a problem, having looked at what every refusal owes to whoever reads it."""
    assert 400 <= response.status_code < 500, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    problem: dict[str, Any] = response.json()
    assert problem["status"] == response.status_code
    assert _CHINESE.search(problem["detail"]), problem["detail"]
    assert MARKER not in response.text
    assert len(response.content) < 64_000
    if (geometry := problem.get("geometry")) is not None:
        place = shapely.from_geojson(json.dumps(geometry))
        assert not place.is_empty
        assert place.is_valid
        assert shapely.get_num_coordinates(place) <= MOST_SHOWN
    return problem


def test_the_strokes_that_are_spoilt_below_are_good(township: TestClient) -> None:
    for body in good_strokes().values():
        done = stroke(township, new_plan(township), body, 0)
        assert done.status_code == 200, (body["op"], done.text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("unharmed")
def test_every_member_of_a_stroke_is_looked_at(township: TestClient, plan: str, kind: str) -> None:
    for name, body in bad_members(kind):
        problem = refusal(stroke(township, plan, body, REVISION))
        assert problem["type"] in ("/problems/invalid-input", "/problems/malformed-body"), name
        assert problem["status"] in (400, 422), name
        if problem["status"] == 422:
            assert problem["reason"], name


@pytest.mark.parametrize(
    ("kind", "member"), [("split", "line"), ("reshape", "line"), ("transfer", "area")]
)
@pytest.mark.usefixtures("unharmed")
def test_what_is_no_drawing_is_refused(
    township: TestClient, plan: str, kind: str, member: str
) -> None:
    good = good_strokes()[kind]
    for name, drawing in bad_drawings(good[member]):
        problem = refusal(stroke(township, plan, {**good, member: drawing}, REVISION))
        wanted = "too_many_vertices" if name == "too many points" else "bad_geometry"
        assert problem["reason"] == wanted, name


@pytest.mark.usefixtures("unharmed")
def test_a_piece_of_a_file_that_is_no_polygon_is_refused(township: TestClient, plan: str) -> None:
    good = good_strokes()["replan"]
    first, second = good["grids"]["features"]
    for name, drawing in bad_drawings(first["geometry"]):
        pieces = [{**first, "geometry": drawing}, second]
        body = {**good, "grids": {"type": "FeatureCollection", "features": pieces}}
        problem = refusal(stroke(township, plan, body, REVISION))
        assert problem["reason"] in ("bad_geometry", "too_many_vertices"), name


@pytest.mark.parametrize("harm", list(harmful_strokes()), ids=lambda harm: harm.name)
@pytest.mark.usefixtures("unharmed")
def test_a_stroke_that_would_do_harm_is_refused_with_its_place(
    township: TestClient, plan: str, harm: Harm
) -> None:
    problem = refusal(stroke(township, plan, harm.stroke, REVISION))
    assert problem["type"] == "/problems/redraw-refused", problem
    assert problem["reason"] == harm.reason
    assert harm.grids <= set(problem["grids"])
    if harm.place is not None:
        place = shapely.from_geojson(json.dumps(problem["geometry"]))
        assert place.distance(harm.place) < 1e-7


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"op":"merge","op":"merge","grids":[],"keep":""}', 400),
        (b'{"op":"move_node","from":[NaN,40],"to":[110,40],"crs":"cgcs2000"}', 400),
        (b'{"op":"move_node","from":[1e400,40],"to":[110,40],"crs":"cgcs2000"}', 400),
        (b'{"op":"split","grid":' + b"9" * 5_000 + b"}", 400),
        (b'{"op":"split","line":' + b"[" * 25_000 + b"]" * 25_000 + b"}", 400),
        (b'{"op":"split","line":' + b'{"a":' * 25_000 + b"1" + b"}" * 25_000 + b"}", 400),
        (b"[]", 422),
        (b"null", 422),
        (b"", 400),
        (b"op=split", 400),
        (b"<operation/>", 400),
        (b'\xff\xfe{"op":"split"}', 400),
        (b'{"op":"' + b"x" * (9 << 20) + b'"}', 413),
    ],
    ids=lambda value: repr(value)[:40],
)
@pytest.mark.usefixtures("unharmed")
def test_a_body_that_is_no_stroke_is_refused(
    township: TestClient, plan: str, content: bytes, status: int
) -> None:
    headers = {**JSON, "If-Match": f'"{REVISION}"'}
    response = township.post(f"{plan}/operations", content=content, headers=headers)
    assert response.status_code == status, response.text
    refusal(response)


@pytest.mark.usefixtures("unharmed")
def test_packed_and_foreign_bodies_are_not_unpacked(township: TestClient, plan: str) -> None:
    match = {"If-Match": f'"{REVISION}"'}
    good = json.dumps(good_strokes()["merge"]).encode()
    bomb = gzip.compress(b" " * (64 << 20) + good)
    packed = {**JSON, **match, "Content-Encoding": "gzip"}
    for content in (gzip.compress(good), bomb):
        refusal(township.post(f"{plan}/operations", content=content, headers=packed))
    for media in ("text/plain", "application/xml", "multipart/form-data", "application/geo+json"):
        headers = {**match, "Content-Type": media}
        answer = township.post(f"{plan}/operations", content=good, headers=headers)
        assert refusal(answer)["status"] == 415


@pytest.mark.usefixtures("unharmed")
def test_two_hundred_thousand_points_are_too_many(township: TestClient, plan: str) -> None:
    track = [[110.0 + number * 1e-5, 40.0] for number in range(200_000)]
    ring = {"type": "Polygon", "coordinates": [[*track, [110.5, 41.0], track[0]]]}
    piece = {"type": "Feature", "properties": {}, "geometry": ring}
    bodies = {
        "transfer": {**good_strokes()["transfer"], "area": ring},
        "split": {**good_strokes()["split"], "line": {"type": "LineString", "coordinates": track}},
        "replan": {
            **good_strokes()["replan"],
            "grids": {"type": "FeatureCollection", "features": [piece]},
        },
    }
    for kind, body in bodies.items():
        problem = refusal(stroke(township, plan, body, REVISION))
        if problem["status"] != 413:
            assert problem["reason"] == "too_many_vertices", kind


_NO_REVISIONS = (
    '"4"', '"99999999999999999999"', "-1", '"-1"', "*", '"*"', "", '""', "W/", '"3", "4"',
    'W/"3", "2"', "3.0", "0x3", "３", '""3""', '"3', "3;drop", "3" * 10_000,
)  # fmt: skip


@pytest.mark.parametrize("step", ["operations", "undo", "redo"])
@pytest.mark.usefixtures("unharmed")
def test_a_revision_that_is_none_is_refused(township: TestClient, plan: str, step: str) -> None:
    body = good_strokes()["merge"] if step == "operations" else None
    unnamed = township.post(f"{plan}/{step}", json=body)
    refusal(unnamed)
    refused(unnamed, 428, "revision-required")
    for match in _NO_REVISIONS:
        headers = [(b"If-Match", match.encode())]
        answer = township.post(f"{plan}/{step}", json=body, headers=headers)
        refusal(answer)
        refused(answer, 412, "unknown-revision")


@pytest.mark.usefixtures("unharmed")
def test_two_revisions_at_once_are_none(township: TestClient, plan: str) -> None:
    headers = [("If-Match", '"3"'), ("If-Match", '"2"')]
    answer = township.post(f"{plan}/operations", json=good_strokes()["merge"], headers=headers)
    refused(answer, 412, "unknown-revision")


def test_a_gateway_that_packs_answers_may_weaken_the_tag(township: TestClient) -> None:
    made = new_plan(township)
    body = good_strokes()["merge"]
    answer = township.post(f"{made}/operations", json=body, headers={"If-Match": 'W/"0"'})
    assert answer.status_code == 200


@pytest.mark.usefixtures("unharmed")
def test_a_plan_that_is_none_and_one_of_another_township_are_not_found(
    township: TestClient, login: Login
) -> None:
    county = login("county_admin")
    other = new_plan(county, OTHER_TOWNSHIP_GRID[:9])
    before = county.get(other).content
    match = {"If-Match": '"0"'}
    for place in (other, f"/v1/plans/{uuid4()}"):
        for step in ("operations", "undo", "redo", "submit"):
            body = good_strokes()["merge"] if step == "operations" else None
            answer = township.post(f"{place}/{step}", json=body, headers=match)
            refused(answer, 404, "not-found")
        for part in ("", "/grids.geojson", "/preview"):
            refused(township.get(place + part), 404, "not-found")
    assert county.get(other).content == before
    answer = township.post(f"/v1/plans/{MARKER}/operations", json={}, headers=match)
    assert refusal(answer)["status"] == 422


@pytest.mark.usefixtures("unharmed")
def test_who_may_not_draft_changes_nothing(login: Login, plan: str) -> None:
    match = {"If-Match": f'"{REVISION}"'}
    for role in ("dispatcher", "grid_worker", "wall", "integration", "department", "leader"):
        other = login(role)
        for step in ("operations", "undo", "redo", "submit", "approve", "reject"):
            body = {"operations": good_strokes()["merge"], "reject": {"reason": "否"}}.get(step, {})
            refused(other.post(f"{plan}/{step}", json=body, headers=match), 403, "forbidden")


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "area": TOWNSHIP},
        {"name": "  \u3000\t", "area": TOWNSHIP},
        {"name": "x" * 101, "area": TOWNSHIP},
        {"name": "a\x00b", "area": TOWNSHIP},
        {"name": "\u202e倒", "area": TOWNSHIP},
        {"name": 3, "area": TOWNSHIP},
        {"name": "调整", "area": GRID},
        {"name": "调整", "area": "150221104999"},
        {"name": "调整", "area": MARKER},
        {"name": "调整", "area": 150221104},
        {"name": "调整"},
        {"name": "调整", "area": TOWNSHIP, "state": "effective"},
    ],
    ids=lambda body: repr(body)[:50],
)
def test_a_plan_of_nothing_is_not_begun(township: TestClient, body: dict[str, Any]) -> None:
    assert refusal(township.post("/v1/plans", json=body))["status"] == 422
