"""Serve the figures of the map, and search by name."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import StringConstraints

from api.accounts.roles import ANYONE, REPORT_READERS, Caller, Role
from api.db.figure_store import count_open, last_outbox_id, open_points
from api.db.place_store import search_by_name
from api.deps import KnowledgeDep, NowDep, ServiceDep, TransactionDep, allow
from api.input_types import CleanText, local_time
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.places.suggesting import path_name
from api.reports.lives import light_of_row
from api.strict_json import StrictRoute
from geo.codes import Level

router = APIRouter(prefix="/v1", tags=["overview"], route_class=StrictRoute)
ReaderDep = Annotated[Caller, Depends(allow(REPORT_READERS))]
AnyDep = Annotated[Caller, Depends(allow(ANYONE))]
MAX_POINTS = 5000
_DIGITS = {Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.COMMUNITY: 12, Level.GRID: 15}


@router.get("/overview/counts")
def counts(
    caller: ReaderDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    now: NowDep,
    level: Level = Level.TOWNSHIP,
) -> dict[str, Any]:
    """Count open and overdue reports by area of a level, with its households."""
    by_status: dict[str, dict[str, int]] = defaultdict(dict)
    overdue: dict[str, int] = defaultdict(int)
    for code, status, count, late in count_open(
        connection,
        digits=_DIGITS[level],
        within="",
        now=now,
        public_only=caller.role is Role.WALL,
    ):
        by_status[code][status] = count
        overdue[code] += late
    items = [
        {
            "code": row.code,
            "households": row.households,
            "open": sum(by_status.get(row.code, {}).values()),
            "overdue": overdue.get(row.code, 0),
            "by_status": by_status.get(row.code, {}),
        }
        for row in known.areas.values()
        if row.level == level.value
    ]
    return {"revision": dict(known.revisions), "at": local_time(now), "items": items}


@router.get("/overview/points")
def points(
    caller: ReaderDep, connection: TransactionDep, known: KnowledgeDep, now: NowDep
) -> Response:
    """Return open reports with a position, for the map; never a text, never a person.

    ``event_id`` is where the stream goes on: it is read before the points, so that a change
    between the two comes twice rather than not at all. ``complete`` says that there are no others.
    """
    event_id = last_outbox_id(connection)
    rows = open_points(connection, limit=MAX_POINTS, public_only=caller.role is Role.WALL)
    return json_answer(
        {
            "at": local_time(now),
            "event_id": event_id,
            "complete": len(rows) < MAX_POINTS,
            "items": [_point(row, known, now) for row in rows],
        }
    )


def _point(row: Any, known: Knowledge, now: Any) -> dict[str, Any]:
    category = known.categories.get(row.category or "")
    return {
        "id": str(row.id),
        "number": row.number,
        "lon": row.lon,
        "lat": row.lat,
        "status": row.status,
        "light": light_of_row(row, now).value,
        "category": row.category,
        "category_name": category.name if category else None,
        "grid": row.grid_code,
        "community": row.area_code[:12] if len(row.area_code) >= 12 else None,
        "area": row.area_code,
        "created_at": local_time(row.created_at),
        "due_at": local_time(row.due_at),
        "decision": row.decision,
    }


@router.get("/search")
def search(
    _caller: AnyDep,
    connection: TransactionDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    q: Annotated[CleanText, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> dict[str, Any]:
    """Find grids and places by name, alias or code, best match first."""
    boxes = parts.keeper.boxes_at(known, now)
    items = []
    for kind, _id, name, code, lon, lat in search_by_name(connection, words=q, limit=limit):
        box = boxes.get(code)
        if box is None:
            continue
        item: dict[str, Any] = {
            "kind": kind,
            "name": name,
            "path_name": path_name(known, code),
            "code": code,
            "center": [lon, lat] if lon is not None else list(box[4:6]),
        }
        if lon is None:
            item["bbox"] = list(box[:4])
        items.append(item)
    return {"items": items}
