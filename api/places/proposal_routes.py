"""Serve what was proposed for the gazetteer, and what becomes of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.accounts.roles import PLAN_READERS, REPORT_ROUTERS, Caller
from api.db import gazetteer_store
from api.deps import (
    IpDep,
    KnowledgeDep,
    NowDep,
    ServiceDep,
    TransactionDep,
    allow,
)
from api.json_answers import json_answer
from api.paging import next_after, read_cursor
from api.places import proposing
from api.places.editing import Desk, Editor
from api.places.routes import DeskDep, Limit, after_change
from api.places.schemas import (
    ApprovalIn,
    PlaceOut,
    ProposalIn,
    ProposalList,
    ProposalOut,
    RejectionIn,
)
from api.places.views import proposals_out
from api.strict_json import StrictRoute

# Before the routes of single places: none of these words is the id of one.
router = APIRouter(prefix="/v1", tags=["places"], route_class=StrictRoute)
ReaderDep = Annotated[Caller, Depends(allow(PLAN_READERS))]
ProposerDep = Annotated[Caller, Depends(allow(REPORT_ROUTERS))]
Status = Annotated[str, Query(pattern="^(proposed|approved|rejected|ended)$")]


async def desk_for(caller: ProposerDep, parts: ServiceDep, now: NowDep, ip: IpDep) -> Desk:
    """Return what a request of whoever may propose brings to the gazetteer."""
    return Desk(parts, caller, now, ip)


ProposerDeskDep = Annotated[Desk, Depends(desk_for)]


@router.get("/places/proposals", response_model=ProposalList)
def list_proposals(
    caller: ReaderDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    status: Status = "proposed",
    cursor: str | None = None,
    limit: Limit = 50,
) -> Response:
    """List proposed names of the caller's area with their evidence, the longest waiting first."""
    after = int(read_cursor(cursor, 1)[0]) if cursor else None
    rows = gazetteer_store.list_proposals(connection, status=status, after=after, limit=limit + 1)
    return json_answer(
        {
            "items": proposals_out(connection, rows[:limit], known, caller),
            "waiting": gazetteer_store.count_proposals(connection),
            "next": next_after(rows, limit, lambda row: (row.number,)),
        }
    )


@router.post("/places/proposals", status_code=201, response_model=ProposalOut)
def propose(body: ProposalIn, desk: ProposerDeskDep) -> Response:
    """Propose another name of a place; it is known when an administrator has approved it."""
    with desk.editing() as editor:
        return _shown(editor, proposing.propose(editor, body), status=201)


@router.post("/places/proposals/{proposal_id}/approve", response_model=PlaceOut)
def approve(proposal_id: UUID, body: ApprovalIn, desk: DeskDep) -> Response:
    """Approve a proposal, in effect at once in every process; return its place."""
    with desk.editing() as editor:
        return after_change(editor, proposing.approve(editor, proposal_id, body))


@router.post("/places/proposals/{proposal_id}/reject", response_model=ProposalOut)
def reject(proposal_id: UUID, body: RejectionIn, desk: DeskDep) -> Response:
    """Reject a proposal with a reason; the same name is not proposed there again."""
    with desk.editing() as editor:
        proposing.reject(editor, proposal_id, body.reason)
        return _shown(editor, proposal_id)


def _shown(editor: Editor, proposal_id: UUID, *, status: int = 200) -> Response:
    row = gazetteer_store.read_alias(editor.connection, proposal_id)
    (answer,) = proposals_out(editor.connection, [row], editor.known, editor.caller)
    return json_answer(answer, status=status)
