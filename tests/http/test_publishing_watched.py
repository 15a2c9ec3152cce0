"""What everybody is told while boundaries are published: the old set or the new one, never a mix.

And afterwards, at any instant: one owner, the same from the database and from memory.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Connection

from api.app import create_app
from api.db import coming_store, schedule_store
from api.db.coming_store import CHANNEL, Coming, Gathering
from api.knowledge import Keeper, Knowledge
from bench.redraw.owners import corners, owners
from geo.redraw.sheet import Sheet, same_bytes
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.store.rows import Direct, direct

GRID, OTHER = "150221104200001", "150221104200002"
OTHER_YET, SOONER, LATER = "150221104200006", "150221104200007", "150221104200008"
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def second_server(
    county_database: FreshDatabase, app_client: TestClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """Another application over the same database, with a memory and a listener of its own."""
    with TestClient(create_app(county_database.settings(tmp_path_factory.mktemp("var")))) as client:
        yield client


def served(reader: TestClient, **asked: str) -> Sheet:
    features = reader.get("/v1/areas.geojson", params=asked).json()["features"]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    codes = [feature["properties"]["code"] for feature in features]
    return Sheet(dict(zip(codes, shapes.tolist(), strict=True)))


def submitted(author: TestClient, *bodies: dict[str, Any]) -> str:
    plan = author.post("/v1/plans", json={"name": "看着发布", "area": "150221104"}).json()["id"]
    for revision, body in enumerate(bodies):
        headers = {"If-Match": f'"{revision}"'}
        done = author.post(f"/v1/plans/{plan}/operations", json=body, headers=headers)
        assert done.status_code == 200, done.text
    assert author.post(f"/v1/plans/{plan}/submit").status_code == 200
    return f"/v1/plans/{plan}"


def split_of(sheet: Sheet, code: str) -> dict[str, Any]:
    west, south, east, north = sheet[code].bounds
    line = [[west - 0.01, (south + north) / 2], [east + 0.01, (south + north) / 2]]
    line_out = {"type": "LineString", "coordinates": line}
    return {"op": "split", "grid": code, "line": line_out, "crs": "cgcs2000"}


class Watch(threading.Thread):
    """Ask one server for the owners of points without a pause."""

    def __init__(self, client: TestClient, token: str, points: list[list[float]]) -> None:
        super().__init__()
        self.client, self.token, self.points = client, token, points
        self.seen: list[tuple[str, list[str | None]]] = []
        self.statuses: set[int] = set()
        self.over = threading.Event()

    def run(self) -> None:
        body = {"crs": "cgcs2000", "positions": self.points}
        headers = {"Authorization": f"Bearer {self.token}"}
        while not self.over.is_set():
            answer = self.client.post("/v1/locate/batch", json=body, headers=headers)
            self.statuses.add(answer.status_code)
            told = answer.json()
            self.seen.append((told["revision"], [row["grid"] for row in told["rows"]]))

    def agrees(self, grids: list[str | None], expected: list[str | None]) -> bool:
        return grids == expected


class SingleWatch(Watch):
    """Ask for one point after another, as the quick way of GET /v1/locate answers them."""

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        turn = itertools.cycle(range(len(self.points)))
        while not self.over.is_set():
            number = next(turn)
            lon, lat = self.points[number]
            asked = {"lon": repr(lon), "lat": repr(lat), "crs": "cgcs2000"}
            answer = self.client.get("/v1/locate", params=asked, headers=headers)
            self.statuses.add(answer.status_code)
            told = answer.json()
            grids: list[str | None] = [None] * len(self.points)
            grids[number] = told["grid"]["code"]
            self.seen.append((told["revision"], grids))

    def agrees(self, grids: list[str | None], expected: list[str | None]) -> bool:
        return all(one in (None, other) for one, other in zip(grids, expected, strict=True))


def test_readers_of_every_server_see_the_old_set_or_the_new_one_and_no_error(
    login: Login, app_client: TestClient, second_server: TestClient
) -> None:
    reader = login("dispatcher")
    before = served(reader)
    plan = submitted(login("township_admin"), split_of(before, GRID), split_of(before, OTHER))
    points = corners([before[GRID], before[OTHER]])[:60]
    inner = [before[code].representative_point().coords[0] for code in (GRID, OTHER)]
    points = np.concatenate([points, np.array(inner)])
    token = reader.headers["Authorization"].removeprefix("Bearer ")
    watches = [
        kind(c, token, points.tolist())
        for c in (app_client, second_server)
        for kind in (Watch, SingleWatch)
    ]
    for watch in watches:
        watch.start()
    try:
        # Each has been told of the old set: the first answer of a process may take its time.
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and not all(watch.seen for watch in watches):
            time.sleep(0.02)
        approved = login("county_admin").post(f"{plan}/approve", json={"allow_vacant": True})
        assert approved.status_code == 200, approved.text
        deadline = time.monotonic() + PATIENCE_S
        new = approved.json()["changeset"]["revision"]
        while time.monotonic() < deadline and any(w.seen[-1][0] != new for w in watches):
            time.sleep(0.02)
    finally:
        for watch in watches:
            watch.over.set()
            watch.join()
    expected = {new: owners(served(reader), points).tolist()}
    for watch in watches:
        assert watch.statuses == {200}
        revisions = [revision for revision, _ in watch.seen]
        (old,) = set(revisions) - {new}
        assert revisions == sorted(revisions, key=[old, new].index), "back to the old one"
        expected.setdefault(old, owners(before, points).tolist())
        assert all(watch.agrees(grids, expected[revision]) for revision, grids in watch.seen)
    assert expected[old] != expected[new]


def test_each_vertex_of_changed_grids_has_one_owner_at_each_instant_in_memory_and_database(
    login: Login, county_database: FreshDatabase
) -> None:
    reader, county = login("dispatcher"), login("county_admin")
    start = served(reader)
    approved = []
    for code in ("150221104200003", "150221104200004"):
        plan = submitted(login("township_admin"), split_of(served(reader), code))
        answer = county.post(f"{plan}/approve", json={"allow_vacant": True})
        assert answer.status_code == 200, answer.text
        approved.append(answer.json()["changeset"])
    rolled = county.post(f"/v1/changesets/{approved[-1]['id']}/rollback")
    assert rolled.status_code == 200, rolled.text
    begun = [datetime.fromisoformat(c["effective_at"]) for c in (*approved, rolled.json())]
    step = timedelta(microseconds=1)
    instants = sorted({moment + shift for moment in begun for shift in (-step, step * 0, step)})
    end = served(reader)
    touched = [code for code in end if end.shapes.get(code) != start.shapes.get(code)]
    points = corners([sheet[code] for sheet in (start, end) for code in touched if code in sheet])
    for at in instants:
        told = reader.post(
            "/v1/locate/batch",
            json={"crs": "cgcs2000", "positions": points.tolist(), "at": at.isoformat()},
        ).json()
        in_memory = [row["grid"] for row in told["rows"]]
        assert in_memory == from_database(county_database, points.tolist(), at)
        assert None not in in_memory
        assert in_memory == owners(served(reader, at=at.isoformat()), points).tolist()


class Awaited(threading.Thread):
    """A thread whose end is waited for: on a busy machine it may else come after the commit."""

    def start(self) -> None:
        super().start()
        self.join(PATIENCE_S)


@pytest.fixture
def told_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coming_store, "threading", SimpleNamespace(Thread=Awaited))


@pytest.mark.usefixtures("told_in_time")
def test_what_is_published_at_once_is_told_beforehand_to_the_byte(
    login: Login, county_database: FreshDatabase
) -> None:
    reader, county = login("dispatcher"), login("county_admin")
    start = served(reader)
    plan = submitted(login("township_admin"), split_of(start, "150221104200005"))
    with direct(county_database.app_url) as listener:
        listener.execute(f"LISTEN {CHANNEL}".encode())
        answer = county.post(f"{plan}/approve", json={"allow_vacant": True})
        assert answer.status_code == 200, answer.text
        there, split = told_beforehand(listener), served(reader)
        changeset = answer.json()["changeset"]["id"]
        rolled = county.post(f"/v1/changesets/{changeset}/rollback")
        assert rolled.status_code == 200, rolled.text
        back, end = told_beforehand(listener), served(reader)
    created = set(split) - set(start)
    # Neighbours get a node where the new border ends.
    changed = {code for code in split if not same_bytes(start.shapes.get(code), split[code])}
    assert set(there) == set(back) == changed >= {"150221104200005", *created}
    assert there == {code: shapely.to_wkb(split[code]) for code in there}
    assert back == {code: shapely.to_wkb(end[code]) if code in end else None for code in back}
    assert len(created) == 1
    assert created.isdisjoint(end)


@pytest.mark.usefixtures("told_in_time")
def test_who_waited_for_another_publication_is_told_beforehand_too(
    login: Login, county_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def free_instant(connection: Connection, at: datetime) -> datetime:
        # The instant is that of the one before, which has just come into force.
        return find(connection, at) + timedelta(microseconds=1)

    find = schedule_store.free_instant
    monkeypatch.setattr(schedule_store, "free_instant", free_instant)
    plan = submitted(login("township_admin"), split_of(served(login("dispatcher")), OTHER_YET))
    with direct(county_database.app_url) as listener:
        listener.execute(f"LISTEN {CHANNEL}".encode())
        answer = login("county_admin").post(f"{plan}/approve", json={"allow_vacant": True})
        assert answer.json()["state"] == "effective", answer.text
        assert OTHER_YET in told_beforehand(listener)


def test_a_plan_for_a_later_date_does_not_make_publications_slow(
    login: Login, app_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, county = login("township_admin"), login("county_admin")
    start = served(login("dispatcher"))
    later = datetime.now(UTC) + timedelta(days=3)
    body = {"allow_vacant": True, "effective_at": later.isoformat()}
    answer = county.post(f"{submitted(author, split_of(start, LATER))}/approve", json=body)
    assert answer.json()["state"] == "scheduled", answer.text
    plan = submitted(author, split_of(start, SOONER))
    read: list[Knowledge | None] = []
    monkeypatch.setattr(Keeper, "_read", lambda _keeper, old: read.append(old))
    answer = county.post(f"{plan}/approve", json={"allow_vacant": True})
    assert answer.json()["state"] == "effective", answer.text
    assert read == []


def told_beforehand(listener: Direct) -> Coming:
    gathering = Gathering()
    for notify in listener.notifies(timeout=PATIENCE_S):
        coming = gathering.hear(notify.payload)
        if coming is not None:
            return coming
    raise AssertionError("nothing was told")


def from_database(
    county_database: FreshDatabase, points: list[list[float]], at: datetime
) -> list[str]:
    """Return the lowest code that covers each point at ``at``, by PostGIS."""
    with direct(county_database.app_url) as connection:
        rows = connection.execute(
            "SELECT min(g.code) FROM unnest(%s::float8[], %s::float8[])"
            " WITH ORDINALITY AS p (x, y, n) LEFT JOIN grid_boundaries g ON g.valid @> %s"
            " AND ST_Covers(g.geom, ST_SetSRID(ST_MakePoint(p.x, p.y), 4490))"
            " GROUP BY p.n ORDER BY p.n",
            ([x for x, _ in points], [y for _, y in points], at),
        ).fetchall()
    return [str(row[0]) for row in rows]
