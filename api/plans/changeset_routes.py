"""Serve changesets: what was published, what it did, and the way back."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.accounts.roles import PLAN_APPROVERS, PLAN_READERS, Caller
from api.db import publication_store
from api.db.engine import Connection
from api.deps import KnowledgeDep, NowDep, ServiceDep, TransactionDep, allow
from api.input_types import now as clock
from api.paging import next_after, read_place
from api.plans import rollback, service
from api.plans.doubt import reports_in_doubt
from api.plans.geometry_replay import with_replays
from api.plans.handover import come_into_force
from api.plans.preview import moving_reports
from api.plans.reading import grids_out
from api.plans.views import changeset_out
from api.problems import Problem
from api.strict_json import StrictRoute
from geo.codes import is_within
from geo.redraw.outcome import outcome_between

router = APIRouter(prefix="/v1", tags=["plans"], route_class=StrictRoute)
ReaderDep = Annotated[Caller, Depends(allow(PLAN_READERS))]
ApproverDep = Annotated[Caller, Depends(allow(PLAN_APPROVERS))]
NOTHING_MOVES = {
    "moving": [],
    "total": 0,
    "doubtful": [],
    "doubtful_total": 0,
    "complete": True,
}


@router.get("/changesets")
def list_changesets(
    caller: ReaderDep,
    connection: TransactionDep,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """List what was published, newest first."""
    after = read_place(cursor)
    rows = publication_store.list_changesets(
        connection, area=caller.area_code, after=after, limit=limit
    )
    return {
        "items": [changeset_out(row) for row in rows[:limit]],
        "next": next_after(rows, limit, lambda row: (row.effective_at.isoformat(), str(row.id))),
    }


@router.post("/changesets/{changeset_id}/rollback")
def take_back(
    changeset_id: UUID,
    caller: ApproverDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    overtake: bool = False,
) -> dict[str, Any]:
    """Restore the boundaries before a changeset, byte for byte, by a new one."""

    def work(connection: Connection) -> UUID:
        changeset = publication_store.read_changeset(connection, changeset_id)
        if changeset is None:
            raise Problem("not-found", "没有这个调整批次。")
        return rollback.roll_back(connection, known, caller, changeset, overtake=overtake, now=now)

    fresh = with_replays(parts.database, parts.geometry, service.scope(caller), work)
    come_into_force(parts.database, parts.keeper, max(now, clock()))
    with parts.database.transaction(service.scope(caller)) as connection:
        return changeset_out(publication_store.read_changeset(connection, fresh))


def _find(connection: Connection, caller: Caller, changeset_id: UUID) -> Any:
    row = publication_store.read_changeset(connection, changeset_id)
    if row is None or not (
        is_within(row.area_code, caller.area_code) or is_within(caller.area_code, row.area_code)
    ):
        raise Problem("not-found", "没有这个调整批次，或您没有查看权限。")
    return row


@router.get("/changesets/{changeset_id}/rollback")
def preview_rollback(
    changeset_id: UUID,
    caller: ReaderDep,
    connection: TransactionDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
) -> dict[str, Any]:
    """Show which open reports a rollback would move; none before the changeset is in force."""
    row = _find(connection, caller, changeset_id)
    if row.effective_at > now:
        return {"in_force": False, "reports": {**NOTHING_MOVES}}
    shapes = publication_store.changeset_shapes(connection, row.id)
    before = {code: after for code, _, after in shapes}
    restored = {code: before for code, before, _ in shapes}
    index = parts.keeper.map_at(known, now).index
    moving, _ = moving_reports(connection, before, restored)
    doubt = reports_in_doubt(connection, index, before, restored)
    total = sum(entry["count"] for entry in moving)
    return {"in_force": True, "reports": {"moving": moving, "total": total, **doubt}}


@router.get("/changesets/{changeset_id}")
def read_changeset(
    changeset_id: UUID, caller: ReaderDep, connection: TransactionDep, known: KnowledgeDep
) -> dict[str, Any]:
    """Return one changeset with the grids that it changed."""
    row = _find(connection, caller, changeset_id)
    shapes = publication_store.changeset_shapes(connection, row.id)
    outcome = outcome_between(
        {code: before for code, before, _ in shapes}, {code: after for code, _, after in shapes}
    )
    return {**changeset_out(row), "grids": grids_out(known, outcome)}
