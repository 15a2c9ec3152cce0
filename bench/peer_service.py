"""Serve what a bare service would: an empty route, one PostGIS query, one query and one insert.

Run by uvicorn with the same options as ours, told where the database is by BENCH_CONNINFO. No
login, no checks, no reasons: the least that could be called the same job.
"""

from __future__ import annotations

import os
import threading
from typing import Any
from uuid import uuid4

import psycopg
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

# The names stay within a module of their own, so that uvicorn can find the application.
app = FastAPI(openapi_url=None)
_of_thread = threading.local()
_OWNER = (
    "SELECT b.code, a.name FROM grid_boundaries b JOIN areas a USING (code) "
    "WHERE b.valid @> now() AND ST_Covers(b.geom, ST_SetSRID(ST_MakePoint(%s, %s), 4490)) "
    "ORDER BY b.code LIMIT 1"
)
_INSERT = "INSERT INTO bench_reports (id, text, lon, lat, grid_code) VALUES (%s, %s, %s, %s, %s)"
PREPARE = (
    "CREATE TABLE IF NOT EXISTS bench_reports (id uuid PRIMARY KEY, text text NOT NULL, "
    "lon float8, lat float8, grid_code text, created_at timestamptz NOT NULL DEFAULT now())"
)


def _connection() -> psycopg.Connection[Any]:
    """Return the connection of this thread: FastAPI runs plain routes in a pool of threads."""
    known: psycopg.Connection[Any] | None = getattr(_of_thread, "connection", None)
    if known is None:
        known = psycopg.connect(os.environ["BENCH_CONNINFO"], autocommit=True)
        _of_thread.connection = known
    return known


_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"2")]


async def served(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one path without any framework, the others with it."""
    if scope["type"] == "http" and scope["path"] == "/asgi":
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": b"{}"})
        return
    await app(scope, receive, send)


@app.get("/empty")
async def empty() -> dict[str, str]:
    """Do nothing."""
    return {}


@app.get("/owner")
def owner(lon: float, lat: float) -> dict[str, str | None]:
    """Ask PostGIS for the owner: one prepared statement, one round trip."""
    row = _connection().execute(_OWNER, (lon, lat), prepare=True).fetchone()
    return {"grid": row[0], "name": row[1]} if row else {"grid": None, "name": None}


@app.post("/reports", status_code=201)
def take_in(body: dict[str, Any]) -> dict[str, Any]:
    """Ask PostGIS for the owner and insert a row: one transaction, committed before the answer."""
    lon, lat = body["position"]["lon"], body["position"]["lat"]
    report_id = uuid4()
    connection = _connection()
    with connection.transaction():
        row = connection.execute(_OWNER, (lon, lat), prepare=True).fetchone()
        grid = row[0] if row else None
        connection.execute(_INSERT, (report_id, body["text"], lon, lat, grid), prepare=True)
    return {"id": str(report_id), "grid": grid}
