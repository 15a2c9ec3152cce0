"""Take a report in with one INSERT: the least that a durable intake of this application can be.

The route stands in our own application, behind the same edge, the same look at the login and the
same reading of the body, in one transaction that is committed before the answer. It finds no
owner, keeps no key, no event and no receipt, and tells nobody.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Response

from api.accounts.roles import REPORT_CREATORS, Caller
from api.deps import NowDep, TransactionDep, allow
from api.json_answers import json_answer
from api.reports.schemas import ReportIn
from api.strict_json import StrictRoute

PATH = "/bench/reports"
PREPARE = (
    "CREATE TABLE IF NOT EXISTS bench_reports (id uuid PRIMARY KEY, text text NOT NULL, "
    "lon float8, lat float8, grid_code text, created_at timestamptz NOT NULL DEFAULT now()); "
    "GRANT INSERT ON bench_reports TO wangge_app"
)
_INSERT = "INSERT INTO bench_reports (id, text, lon, lat, created_at) VALUES (%s, %s, %s, %s, %s)"

router = APIRouter(route_class=StrictRoute)


@router.post(PATH, status_code=201)
def insert(
    body: ReportIn,
    _caller: Annotated[Caller, Depends(allow(REPORT_CREATORS))],
    connection: TransactionDep,
    now: NowDep,
) -> Response:
    """Store what was said, and nothing else."""
    report_id, place = uuid4(), body.position
    values: tuple[Any, ...] = (report_id, body.text, place and place.lon, place and place.lat, now)
    connection.exec_driver_sql(_INSERT, values)
    return json_answer({"id": str(report_id)}, status=201)
