"""Heavy operations: worked out aside, stopped in time, and nobody else waits for them."""

from __future__ import annotations

import json
import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from api.db.code_store import lock_numbering
from api.db.engine import SERVICE
from api.plans import geometry_process
from api.plans.geometry_process import GeometryProcesses
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.demo_county import inside, refused, store_report
from tests.http.test_plans import GRID, grids_of, merge_of, new_plan, split_of, stroke

VILLAGE = "150221104200"
Strokes = Callable[[TestClient, str, dict[str, Any], int], "Future[Any]"]


@pytest.fixture
def township(login: Login) -> TestClient:
    return login("township_admin")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Give threads to wait in; what still waits at the end is let go."""
    with ThreadPoolExecutor(4) as threads:
        yield threads
        for process in processes():
            os.kill(process, signal.SIGKILL)


@pytest.fixture
def aside(pool: ThreadPoolExecutor) -> Strokes:
    """Begin a stroke in a thread of its own."""

    def begin(author: TestClient, plan: str, body: dict[str, Any], seen: int) -> Future[Any]:
        return pool.submit(stroke, author, plan, body, seen)

    return begin


@pytest.fixture
def limits(app_client: TestClient) -> Iterator[GeometryProcesses]:
    """Give the limits of the service, to be narrowed."""
    geometry: GeometryProcesses = app_client.app.state.service.geometry
    before = geometry.seconds
    yield geometry
    geometry.seconds = before


def processes() -> list[int]:
    """Return the geometry processes of this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            ours = b"geometry_child" in (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if ours and parent == os.getpid():
            found.append(int(entry.name))
    return found


def wait_for_process(stroke_under_way: Future[Any]) -> int:
    """Return the process that works out a stroke, as soon as it is there."""
    for _ in range(2_000):
        found = processes()
        if found:
            return found[0]
        assert not stroke_under_way.done(), stroke_under_way.result().text
        time.sleep(0.01)
    raise AssertionError("no process works on it")


def stop(stroke_under_way: Future[Any]) -> int:
    """Hold the process that works out a stroke where it is."""
    process = wait_for_process(stroke_under_way)
    os.kill(process, signal.SIGSTOP)
    return process


def replan_of(pieces: list[shapely.Geometry]) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(piece))}
        for piece in pieces
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return {"op": "replan", "area": VILLAGE, "grids": collection, "crs": "cgcs2000"}


def halves(reader: TestClient) -> dict[str, Any]:
    """Return a whole plan for the village: a western and an eastern half."""
    outline = reader.get(f"/v1/areas.geojson?level=community&within={VILLAGE}").json()
    land = shapely.from_geojson(json.dumps(outline["features"][0]["geometry"]))
    west, south, east, north = land.bounds
    middle = (west + east) / 2
    cuts = [land & shapely.box(a, south, b, north) for a, b in ((west, middle), (middle, east))]
    return replan_of([max(shapely.get_parts(cut), key=lambda part: part.area) for cut in cuts])


def stars(reader: TestClient) -> dict[str, Any]:
    """Return a whole plan that takes some twenty seconds: 500 stars one upon the other."""
    lon, lat = reader.get(f"/v1/areas/{GRID}").json()["center"]

    def star(number: int) -> shapely.Polygon:
        turns = [2 * math.pi * step / 80 for step in range(80)]
        far = [0.003 * (1.5 if step % 2 else 0.5) for step in range(80)]
        return shapely.Polygon(
            (lon + number * 1e-6 + reach * math.cos(turn), lat + reach * math.sin(turn))
            for turn, reach in zip(turns, far, strict=True)
        )

    return replan_of([star(number) for number in range(500)])


def test_a_stroke_that_takes_too_long_is_stopped_and_look_ups_are_answered_meanwhile(
    township: TestClient, client: TestClient, aside: Strokes, limits: GeometryProcesses
) -> None:
    plan = new_plan(township)
    before = grids_of(township, plan)
    limits.seconds = 3
    under_way = aside(township, plan, stars(township), 0)
    process = wait_for_process(under_way)
    assert client.post("/v1/locate", json={"position": inside(GRID)}).status_code == 200
    assert processes() == [process]
    assert grids_of(township, plan) == before
    problem = refused(under_way.result(), 422, "redraw-refused")
    assert problem["reason"] == "took_too_long"
    assert "3秒" in problem["detail"]
    assert processes() == []
    assert grids_of(township, plan) == before
    assert township.get(plan).json()["operations"] == []


def test_others_edit_the_same_plan_meanwhile_and_both_strokes_stand(
    township: TestClient, login: Login, aside: Strokes
) -> None:
    plan = new_plan(township)
    body = halves(township)
    under_way = aside(township, plan, body, 0)
    process = stop(under_way)
    other = stroke(login("county_admin"), plan, merge_of(), 0)
    assert (other.status_code, other.json()["revision"]) == (200, 1)
    os.kill(process, signal.SIGCONT)
    done = under_way.result()
    assert done.status_code == 200, done.text
    assert (done.json()["revision"], done.json()["rebased"]) == (2, True)
    # One after the other they come to the same; the codes of a draft are its own.
    alone = new_plan(township)
    assert stroke(township, alone, merge_of(), 0).status_code == 200
    assert stroke(township, alone, body, 1).status_code == 200
    assert shapes_of(township, plan) == shapes_of(township, alone)


def shapes_of(reader: TestClient, plan: str) -> list[str]:
    features = reader.get(f"{plan}/grids.geojson").json()["features"]
    return sorted(json.dumps(feature["geometry"]) for feature in features)


def test_on_the_same_place_the_heavy_stroke_is_told_who_was_there_first(
    township: TestClient, login: Login, aside: Strokes
) -> None:
    plan = new_plan(township)
    under_way = aside(township, plan, halves(township), 0)
    process = stop(under_way)
    county = login("county_admin")
    assert stroke(county, plan, split_of(county), 0).status_code == 200
    after = grids_of(township, plan)
    os.kill(process, signal.SIGCONT)
    problem = refused(under_way.result(), 409, "edit-conflict")
    assert GRID in problem["grids"]
    assert problem["revision"] == 1
    assert grids_of(township, plan) == after


def test_a_code_that_another_plan_took_meanwhile_is_not_given_twice(
    township: TestClient, aside: Strokes
) -> None:
    plan, other = new_plan(township), new_plan(township)
    under_way = aside(township, plan, halves(township), 0)
    process = stop(under_way)
    taken = stroke(township, other, split_of(township), 0).json()["created"]
    os.kill(process, signal.SIGCONT)
    given = under_way.result().json()["created"]
    assert len(given) == 2
    assert not {grid["code"] for grid in given} & {grid["code"] for grid in taken}


def test_no_draft_chooses_codes_while_another_has_not_stored_its_own(
    township: TestClient, county_database: FreshDatabase, aside: Strokes
) -> None:
    serving = county_database.serving()
    try:
        with serving.transaction(SERVICE) as connection:
            lock_numbering(connection)
            under_way = aside(township, new_plan(township), split_of(township), 0)
            with pytest.raises(TimeoutError):
                under_way.result(timeout=0.5)
        assert under_way.result().status_code == 200
    finally:
        serving.close()


def test_a_process_that_is_killed_from_outside_loses_nothing(
    township: TestClient, aside: Strokes
) -> None:
    plan = new_plan(township)
    before = grids_of(township, plan)
    body = halves(township)
    under_way = aside(township, plan, body, 0)
    os.kill(wait_for_process(under_way), signal.SIGKILL)
    answer = under_way.result()
    assert "方案没有改变" in refused(answer, 503, "unavailable")["detail"]
    assert answer.headers["retry-after"]
    assert grids_of(township, plan) == before
    assert stroke(township, plan, body, 0).status_code == 200


def test_who_comes_while_all_places_are_taken_is_asked_to_come_again(
    township: TestClient, aside: Strokes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geometry_process, "PATIENCE_S", 0.05)
    plan, other = new_plan(township), new_plan(township)
    body = halves(township)
    under_way = aside(township, plan, body, 0)
    process = stop(under_way)
    answer = stroke(township, other, body, 0)
    refused(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    # What is small has no need of a place.
    assert stroke(township, other, merge_of(), 0).status_code == 200
    os.kill(process, signal.SIGCONT)
    assert under_way.result().status_code == 200


def test_the_process_knows_no_database_and_holds_no_socket(
    township: TestClient, aside: Strokes
) -> None:
    under_way = aside(township, new_plan(township), halves(township), 0)
    process = stop(under_way)
    environment = Path(f"/proc/{process}/environ").read_bytes().decode()
    assert {entry.partition("=")[0] for entry in environment.split("\0") if entry} == {
        "LANG", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS",
    }  # fmt: skip
    held = [str(link.readlink()) for link in Path(f"/proc/{process}/fd").iterdir()]
    assert [name for name in held if name.startswith("socket:")] == []
    os.kill(process, signal.SIGCONT)
    assert under_way.result().status_code == 200


def test_reports_are_taken_in_while_a_heavy_step_is_replayed_for_its_publication(
    township: TestClient, login: Login, client: TestClient, pool: ThreadPoolExecutor
) -> None:
    county = login("county_admin")
    plan, first = new_plan(township), new_plan(township)
    assert stroke(township, plan, halves(township), 0).status_code == 200
    assert stroke(township, first, split_of(township), 0).status_code == 200
    for drawn in (plan, first):
        assert township.post(f"{drawn}/submit").status_code == 200
    # What comes into force first moves the ground under the other.
    assert county.post(f"{first}/approve", json={"allow_vacant": True}).status_code == 200
    approval = pool.submit(county.post, f"{plan}/approve", json={"allow_vacant": True})
    os.kill(wait_for_process(approval), signal.SIGKILL)
    refused(approval.result(), 503, "unavailable")
    assert township.get(plan).json()["state"] == "submitted"
    approval = pool.submit(county.post, f"{plan}/approve", json={"allow_vacant": True})
    process = stop(approval)
    store_report(client, position=inside(GRID))
    assert county.get(plan).json()["state"] == "submitted"
    os.kill(process, signal.SIGCONT)
    answer = approval.result()
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "effective"
    grids = client.get(f"/v1/areas.geojson?within={VILLAGE}").json()["features"]
    assert len(grids) == 2
