"""Serve plans: drafting, preview, submission, decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.accounts.roles import PLAN_APPROVERS, PLAN_AUTHORS, PLAN_READERS, Caller
from api.db import plan_store, publication_store
from api.db.engine import Connection
from api.deps import KnowledgeDep, NowDep, Service, ServiceDep, TransactionDep, allow
from api.if_match import MatchDep
from api.input_types import now as clock
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.paging import next_after, read_place
from api.plans import approval, drafting, renewal, service
from api.plans.drafting import Drafted
from api.plans.geometry_replay import with_replays
from api.plans.handover import come_into_force
from api.plans.preview import preview
from api.plans.reading import MOST_CODES, read_codes
from api.plans.schemas import ApproveIn, PlanIn, RejectIn
from api.plans.sheets import SHEETS
from api.plans.strokes import Workshop
from api.plans.strokes import operate as operate_on
from api.plans.views import changeset_out, drafted_features, plan_out
from api.strict_json import StrictRoute
from geo.codes import parse_code

router = APIRouter(prefix="/v1", tags=["plans"], route_class=StrictRoute)
ReaderDep = Annotated[Caller, Depends(allow(PLAN_READERS))]
AuthorDep = Annotated[Caller, Depends(allow(PLAN_AUTHORS))]
ApproverDep = Annotated[Caller, Depends(allow(PLAN_APPROVERS))]
_sheets = SHEETS


@router.post("/plans", status_code=201)
def create_plan(
    body: PlanIn, caller: AuthorDep, connection: TransactionDep, known: KnowledgeDep, now: NowDep
) -> Response:
    """Start a draft for an area."""
    plan = service.create(
        connection, known, caller, name=body.name, area=parse_code(body.area), now=now
    )
    return json_answer(plan, status=201, headers={"ETag": f'"{plan["revision"]}"'})


@router.get("/plans")
def list_plans(
    caller: ReaderDep,
    connection: TransactionDep,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """List plans of the caller's area, newest first."""
    after = read_place(cursor)
    rows = plan_store.list_plans(connection, area=caller.area_code, after=after, limit=limit)
    return {
        "items": [plan_out(row) for row in rows[:limit]],
        "next": next_after(rows, limit, lambda row: (row.created_at.isoformat(), str(row.id))),
    }


@router.get("/plans/{plan_id}")
def read_plan(plan_id: UUID, caller: ReaderDep, connection: TransactionDep) -> Response:
    """Return one plan with its log."""
    plan = service.find(connection, caller, plan_id)
    log = [
        {
            "number": row.number,
            "op": row.kind,
            "author": row.author,
            "author_name": row.author_name,
            "at": row.at.isoformat(),
            "state": row.state,
        }
        for row in plan_store.read_operations(connection, plan.id)
    ]
    answer = {**plan_out(plan), "operations": log}
    return json_answer(answer, headers={"ETag": f'"{plan.revision}"'})


@router.get("/plans/{plan_id}/grids.geojson", response_class=Response)
def drafted_grids(
    plan_id: UUID,
    caller: ReaderDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    codes: Annotated[str | None, Query(max_length=MOST_CODES * 16)] = None,
) -> Response:
    """Return the grids of the plan's area as they are drafted: all, or those of ``codes``."""
    asked = None if codes is None else read_codes(codes)
    plan = service.find(connection, caller, plan_id)
    sheet = _sheets.drafted(connection, plan)
    base = _sheets.base(connection, plan.base)
    text = drafted_features(known, plan.area_code, base, sheet, asked)
    return Response(
        text,
        media_type="application/geo+json",
        headers={"ETag": f'"{plan.revision}"', "Cache-Control": "private, no-cache"},
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold what a request brings to a change of a draft; ``seen`` is the revision it saw."""

    parts: Service
    known: Knowledge
    caller: Caller
    now: datetime
    seen: int | None


async def desk_for(
    caller: AuthorDep, parts: ServiceDep, known: KnowledgeDep, now: NowDep, seen: MatchDep
) -> Desk:
    """Return what a request brings to a change of a draft."""
    return Desk(parts, known, caller, now, seen)


DeskDep = Annotated[Desk, Depends(desk_for)]


def _kept(plan_id: UUID, drafted: Drafted) -> Response:
    _sheets.keep(plan_id, drafted.revision, drafted.sheet)
    return json_answer(drafted.body, headers={"ETag": f'"{drafted.revision}"'})


@router.post("/plans/{plan_id}/operations")
def operate(plan_id: UUID, body: dict[str, Any], desk: DeskDep) -> Response:
    """Do one operation on the draft; the server decides every shape."""
    parts = desk.parts
    shop = Workshop(
        database=parts.database, processes=parts.geometry, sheets=_sheets, known=desk.known
    )
    return _kept(
        plan_id,
        operate_on(shop, desk.caller, plan_id, body, if_match=desk.seen, now=desk.now),
    )


@router.post("/plans/{plan_id}/undo")
def undo(plan_id: UUID, desk: DeskDep) -> Response:
    """Take the last operation back, to the byte."""
    return _turned(desk, plan_id, back=True)


@router.post("/plans/{plan_id}/redo")
def redo(plan_id: UUID, desk: DeskDep) -> Response:
    """Do again what was taken back last."""
    return _turned(desk, plan_id, back=False)


def _turned(desk: Desk, plan_id: UUID, *, back: bool) -> Response:
    with desk.parts.database.transaction(service.scope(desk.caller)) as connection:
        drafted = drafting.turn(
            connection,
            _sheets,
            desk.known,
            desk.caller,
            plan_id,
            if_match=desk.seen,
            now=desk.now,
            back=back,
        )
    return _kept(plan_id, drafted)


@router.get("/plans/{plan_id}/preview")
def preview_plan(
    plan_id: UUID,
    caller: ReaderDep,
    connection: TransactionDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
) -> dict[str, Any]:
    """Show what the plan would do."""
    plan = service.find(connection, caller, plan_id)
    base = _sheets.base(connection, plan.base)
    index = parts.keeper.map_at(known, now).index
    return preview(connection, known, caller, base, plan, index=index, now=now)


@router.post("/plans/{plan_id}/submit")
def submit(
    plan_id: UUID, caller: AuthorDep, connection: TransactionDep, now: NowDep
) -> dict[str, Any]:
    """Hand the draft in for approval; it can no longer be changed."""
    return service.submit(connection, caller, plan_id, now=now)


@router.post("/plans/{plan_id}/approve")
def approve(
    plan_id: UUID,
    body: ApproveIn,
    caller: ApproverDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
) -> dict[str, Any]:
    """Approve and publish: in force at once, or from the date given."""
    said = approval.Approval(
        effective_at=body.effective_at or now,
        document_no=body.document_no,
        document_date=body.document_date,
        note=body.note,
        allow_vacant=body.allow_vacant,
        overtake=body.overtake,
    )

    def work(connection: Connection) -> UUID:
        plan = service.find(connection, caller, plan_id, lock=True)
        return approval.approve(connection, known, caller, plan, said, now=now)

    changeset = with_replays(parts.database, parts.geometry, service.scope(caller), work)
    come_into_force(parts.database, parts.keeper, max(now, clock()))
    with parts.database.transaction(service.scope(caller)) as connection:
        answer = plan_out(service.find(connection, caller, plan_id))
        row = publication_store.read_changeset(connection, changeset)
    return {**answer, "changeset": changeset_out(row)}


@router.post("/plans/{plan_id}/reject")
def reject(
    plan_id: UUID, body: RejectIn, caller: ApproverDep, connection: TransactionDep, now: NowDep
) -> dict[str, Any]:
    """Send a submitted plan back, with the reason."""
    return service.reject(connection, caller, plan_id, reason=body.reason, now=now)


@router.post("/plans/{plan_id}/renew", status_code=201)
def renew(
    plan_id: UUID, caller: AuthorDep, parts: ServiceDep, known: KnowledgeDep, now: NowDep
) -> dict[str, Any]:
    """Carry a plan over to today's boundaries: a new draft with the steps that hold."""

    def work(connection: Connection) -> dict[str, Any]:
        return renewal.renew(connection, _sheets, known, caller, plan_id, now=now)

    return with_replays(parts.database, parts.geometry, service.scope(caller), work)
