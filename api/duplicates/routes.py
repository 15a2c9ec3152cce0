"""Serve suggestions of reports that perhaps tell of the same matter."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.accounts.roles import REPORT_READERS, Caller, Role
from api.deps import KnowledgeDep, NowDep, TransactionDep, allow
from api.duplicates import service
from api.duplicates.schemas import SimilarIn, SimilarList
from api.json_answers import json_answer
from api.strict_json import StrictRoute

router = APIRouter(prefix="/v1", tags=["reports"], route_class=StrictRoute)

# A suggestion is the text of another report: nothing for a wall.
ReaderDep = Annotated[Caller, Depends(allow(REPORT_READERS - {Role.WALL}))]
Limit = Annotated[int, Query(ge=1, le=50)]


@router.post("/reports/similar", response_model=SimilarList)
def similar_to_words(
    body: SimilarIn,
    _caller: ReaderDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    now: NowDep,
    limit: Limit = service.MOST,
) -> Response:
    """Suggest reports that may be the matter that is being written down; nothing is stored."""
    position = body.position.to_position() if body.position else None
    matter = service.matter_of(
        known,
        category=body.category,
        position=position,
        text=body.text,
        address=body.address,
        at=body.at or now,
    )
    return json_answer(service.answer(connection, known, matter, limit=limit))


@router.get("/reports/{report_id}/similar", response_model=SimilarList)
def similar_to_report(
    report_id: UUID,
    _caller: ReaderDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    limit: Limit = service.MOST,
) -> Response:
    """Suggest reports that may tell of the same matter as this one."""
    return json_answer(service.of_report(connection, known, report_id, limit=limit))
