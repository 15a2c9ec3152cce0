"""Measure report intake with everything durable: reports a second, and round trips a report.

Beside it stand the rungs that lead to it, in our own application behind the same door: ``door``
reads the body and stores nothing, ``bare`` stores one row, ``rows`` all rows of a report that was
found and filled beforehand. What lies between ``rows`` and ours is finding the owner and filling;
no intake of the same rows can be quicker than ``rows``. ``postgis`` is another service that asks
PostGIS for the owner and inserts one row.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import event

from api.app import create_app
from api.db.engine import Database
from api.settings import Settings
from bench.bare_insert import DOOR, PREPARE, ROWS
from bench.bare_insert import PATH as BARE_INSERT
from bench.county import FloatArray, mixed_points, read_county
from bench.load import Traffic
from bench.processes import NotMeasured
from bench.results import Measurement, measure
from bench.run import Run, say
from bench.services import Target, figures, loads, peer_service
from bench.with_empty_route import PROGRAM

WORKERS = 2
CONNECTIONS = (1, 16)
BODIES = 2000
TRACED = 100
WARM_UP = 60
# Wordings of our own; the places come from the points.
_TEXTS = (
    ("路灯不亮，晚上看不见路。", "cg01"),
    ("垃圾桶满了没人清运。", "cg03"),
    ("下水堵了，污水流到路上。", "cg04"),
    ("楼道里堆满了杂物。", "aq01"),
    ("电动车在楼道里充电。", "aq02"),
)
_ADDRESSES = ("萨拉齐镇振华社区", "萨拉齐镇振华大街阳光小区3号楼", "萨拉齐镇", "邻居家门口")


def intake(run: Run) -> Iterator[list[Measurement]]:
    """Post reports of every kind to a durable service, bare rows to its bare route and a peer."""
    points = mixed_points(read_county(), run.seed, BODIES)
    with ExitStack() as stack:
        ours = stack.enter_context(run.workplace.service(WORKERS, program=PROGRAM))
        with run.workplace.connect() as connection:
            require_durable(connection)
            connection.execute(PREPARE)
        bare = stack.enter_context(peer_service(run, WORKERS))
        token = run.workplace.login(ours.port)
        real = Traffic(_bodies(points, run.chance), token, "/v1/reports", with_keys=True)
        rows = Traffic(_bare_bodies(points), path="/reports")
        targets = {
            "wangge": Target("wangge", ours, real),
            **{
                name: Target(name, ours, Traffic(real.lines, token, path, with_keys=True))
                for name, path in (("door", DOOR), ("bare", BARE_INSERT), ("rows", ROWS))
            },
            "postgis": Target("postgis", bare, rows),
        }
        for connections in CONNECTIONS:
            job = f"intake-w{WORKERS}-c{connections}"
            say(f"{job}: {run.load_s:.0f} s a run, {run.load_rounds} rounds")
            before = _count(run)
            seen = loads(run, targets, connections=connections)
            stored = _count(run) - before
            if stored < sum(one.requests for name in ("wangge", "rows") for one in seen[name]):
                raise NotMeasured(f"only {stored} reports were stored of those answered with 201")
            yield figures(job, targets, seen, {}, unit="report/s")
    yield _round_trips(run, points)


def require_durable(connection: psycopg.Connection[Any]) -> None:
    """Raise NotMeasured unless what is committed survives a power cut."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        row = connection.execute(f"SHOW {setting}").fetchone()
        if row is None or row[0] != "on":
            raise NotMeasured(f"{setting} is off: this would not be durable")


def _count(run: Run) -> int:
    with run.workplace.connect() as connection:
        row = connection.execute("SELECT count(*) FROM reports").fetchone()
    return int(str(row[0])) if row else 0


def _bodies(points: FloatArray, chance: random.Random) -> list[str]:
    """Return bodies as they come in: phones, exact positions, addresses, and both."""
    bodies = []
    for number, (lon, lat) in enumerate(points.T.tolist()):
        text, category = _TEXTS[number % len(_TEXTS)]
        body: dict[str, Any] = {
            "channel": "hotline_12345",
            "text": text,
            "category": category,
            "reporter": {"name": "示意", "phone": "00001234567"},
        }
        kind = chance.random()
        if kind < 0.65:
            accuracy_m = chance.choice((0, 10, 20, 50))
            crs = chance.choice(("gcj02", "gcj02", "cgcs2000", "bd09"))
            body["position"] = {"lon": lon, "lat": lat, "crs": crs, "accuracy_m": accuracy_m}
        if kind > 0.55:
            body["address"] = chance.choice(_ADDRESSES)
        bodies.append(json.dumps(body, ensure_ascii=False))
    return bodies


def _bare_bodies(points: FloatArray) -> list[str]:
    return [
        json.dumps(
            {"text": _TEXTS[number % len(_TEXTS)][0], "position": {"lon": lon, "lat": lat}},
            ensure_ascii=False,
        )
        for number, (lon, lat) in enumerate(points.T.tolist())
    ]


def _round_trips(run: Run, points: FloatArray) -> list[Measurement]:
    """Count round trips on the wire: each ends with one ReadyForQuery of the server.

    The application runs in this process for that; the client library writes the trace.
    """
    urls = run.workplace.cluster.urls()
    settings = Settings(
        database_url=SecretStr(urls.owner),
        app_database_url=SecretStr(urls.app),
        var_dir=run.workplace.var_dir,
        log_level="WARNING",
    )
    app = create_app(settings)
    database: Database = app.state.service.database
    bodies = _bodies(points[:, :TRACED], run.chance)
    with tempfile.TemporaryDirectory() as folder, TestClient(app) as client:
        account = run.workplace.credentials()["dispatcher"]
        login = {"username": account["username"], "password": account["password"]}
        token = client.post("/v1/sessions", json=login).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for body in bodies[:WARM_UP]:  # what is read and prepared once is not counted
            _post(client, body)
        trace = Path(folder) / "trace"
        with trace.open("wb") as file:
            _trace(database, file.fileno())
            for body in bodies:
                _post(client, body)
            database.close()
        trips = trace.read_bytes().count(b"ReadyForQuery") / len(bodies)
    return [measure("intake-round-trips", "wangge", "round trips/report", [trips])]


def _trace(database: Database, descriptor: int) -> None:
    """Let every connection that the pool hands out write what goes over the wire."""

    @event.listens_for(database.engine, "checkout")
    def begin(connection: Any, record: Any, _proxy: object) -> None:
        if not record.info.get("traced"):
            record.info["traced"] = True
            connection.pgconn.trace(descriptor)


def _post(client: TestClient, body: str) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"bench-{uuid4()}"}
    answer = client.post("/v1/reports", content=body, headers=headers)
    if answer.status_code != 201:
        raise NotMeasured(f"intake answered {answer.status_code}")
