"""Serve the past of boundaries: revisions, owners of a point over time, lineage of an area."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.accounts.roles import ANYONE, Caller
from api.db import history_store
from api.deps import KnowledgeDep, NowDep, TransactionDep, allow
from api.history import service
from api.input_types import Instant, PositionIn
from api.knowledge import revision_at
from api.strict_json import StrictRoute
from geo.codes import parse_code
from geo.datums import to_cgcs2000

router = APIRouter(prefix="/v1", tags=["history"], route_class=StrictRoute)
CallerDep = Annotated[Caller, Depends(allow(ANYONE))]


@router.get("/revisions")
def list_revisions(
    _caller: CallerDep, connection: TransactionDep, known: KnowledgeDep, now: NowDep
) -> dict[str, Any]:
    """List the boundary revisions by start, the approved ones of the future too."""
    rows = history_store.read_timeline(connection)
    return {
        "now": now.isoformat(),
        "in_force": revision_at(known, now).name,
        "items": [service.revision_out(row, now) for row in rows],
    }


@router.get("/locate/history")
def owners_of_a_point(
    _caller: CallerDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    lon: Annotated[float, Query()],
    lat: Annotated[float, Query()],
    crs: Annotated[str, Query(max_length=20)],
    at: Instant | None = None,
) -> dict[str, Any]:
    """Say who owned a point from when to when; with ``at``, also who did at that instant.

    The same rule as a look-up: the grid that covers the point, the lowest code on a border.
    """
    if at is not None:
        revision_at(known, at)
    position = to_cgcs2000(PositionIn(lon=lon, lat=lat, crs=crs).to_position())
    covering = history_store.covering_periods(connection, lon=position.lon, lat=position.lat)
    periods = service.owners(covering)
    answer: dict[str, Any] = {
        "position": {"lon": position.lon, "lat": position.lat, "crs": "cgcs2000"},
        "items": [service.owner_out(known, period) for period in periods],
    }
    if at is not None:
        then = [p for p in periods if p[1] <= at and (p[2] is None or at < p[2])]
        answer |= {
            "at": at.isoformat(),
            "owner": service.owner_out(known, then[0]) if then else None,
        }
    return answer


@router.get("/areas/{code}/lineage")
def read_lineage(
    code: str, _caller: CallerDep, connection: TransactionDep, known: KnowledgeDep
) -> dict[str, Any]:
    """Return where the land and the households of an area came from and went to."""
    return service.lineage_of_area(connection, known, parse_code(code))
