"""Take a report in with less than a report is: the rungs between nothing and our own intake.

Each route stands in our own application, behind the same edge, the same look at the login and the
same reading of the body. ``DOOR`` stores nothing. ``PATH`` stores one row, committed before the
answer: the least that a durable intake of this application can be; it finds no owner, keeps no
key, no event and no receipt, and tells nobody. ``ROWS`` stores all that is stored of a report,
under a key and a number of its own, by the statements of intake; but what is stored was found and
filled for an earlier report.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Annotated, Any
from uuid import uuid4

import orjson
from fastapi import APIRouter, Depends, Header, Response

from api.accounts.roles import REPORT_CREATORS, Caller
from api.db import intake_store, report_store
from api.db.notice_store import packed
from api.deps import KnowledgeDep, NowDep, ScopeDep, Service, ServiceDep, TransactionDep, allow
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.reports.filling import new_values
from api.reports.intake import Request, owner_of
from api.reports.lives import number_of
from api.reports.receiving import draft_of
from api.reports.schemas import ReportIn
from api.strict_json import StrictRoute

DOOR = "/bench/door"
PATH = "/bench/reports"
ROWS = "/bench/rows"
PREPARE = (
    "CREATE TABLE IF NOT EXISTS bench_reports (id uuid PRIMARY KEY, text text NOT NULL, "
    "lon float8, lat float8, grid_code text, created_at timestamptz NOT NULL DEFAULT now()); "
    "GRANT INSERT ON bench_reports TO wangge_app"
)
_INSERT = "INSERT INTO bench_reports (id, text, lon, lat, created_at) VALUES (%s, %s, %s, %s, %s)"
_MOST_PREPARED = 64

router = APIRouter(route_class=StrictRoute)
CallerDep = Annotated[Caller, Depends(allow(REPORT_CREATORS))]
_prepared: list[dict[str, Any]] = []
_turns = count()


@router.post(DOOR, status_code=201)
def door(body: ReportIn, _caller: CallerDep, _now: NowDep) -> Response:
    """Read what was said, and store nothing."""
    return json_answer({"id": body.channel}, status=201)


@router.post(PATH, status_code=201)
def insert(body: ReportIn, _caller: CallerDep, connection: TransactionDep, now: NowDep) -> Response:
    """Store what was said, and nothing else."""
    report_id, place = uuid4(), body.position
    values: tuple[Any, ...] = (report_id, body.text, place and place.lon, place and place.lat, now)
    connection.exec_driver_sql(_INSERT, values)
    return json_answer({"id": str(report_id)}, status=201)


@router.post(ROWS, status_code=201)
def rows(
    body: ReportIn,
    caller: CallerDep,
    parts: ServiceDep,
    scope: ScopeDep,
    known: KnowledgeDep,
    now: NowDep,
    key: Annotated[str, Header(alias="Idempotency-Key")],
) -> Response:
    """Store all rows of a report that were made beforehand."""
    keys = [(f"caller:{caller.account_id}", key)]
    request = Request(
        draft=draft_of(body, now), caller=caller, keys=keys, body_sha256="0" * 64, now=now
    )
    values, report_id = _values(parts, known, request), uuid4()
    with report_store.intake_transaction(parts.database, scope, streamed=True) as connection:
        claim = intake_store.Claim(keys, request.body_sha256, report_id)
        gate = intake_store.claim_keys(connection, [claim])
        notices = [
            {**notice, "id": uuid4(), "report_id": report_id}
            for notice in orjson.loads(values["notices"])
        ]
        fresh: Mapping[str, Any] = {
            "id": report_id,
            "assignment_id": uuid4(),
            "number": number_of(gate.numbers[0], now),
            "scopes": [scope for scope, _ in keys],
            "keys": [key for _, key in keys],
            "notices": packed(notices),
        }
        intake_store.insert_reports(connection, [{**values, **fresh}])
    return json_answer(values["told_caller"], status=201)


def _values(parts: Service, known: Knowledge, request: Request) -> dict[str, Any]:
    """Return what is stored of one of the first reports; each of those finds and fills its own."""
    if len(_prepared) < _MOST_PREPARED:
        found = owner_of(parts.keeper, known, request)
        _prepared.append(new_values(request, found, known, running=0, report_id=uuid4()))
    return _prepared[next(_turns) % len(_prepared)]
