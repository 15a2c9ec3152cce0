"""Serve the steps of a report's life, its pin, and the words by which pages speak of both."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response

from api.accounts.roles import ANYONE, REPORT_ROUTERS, Caller
from api.db.engine import SERVICE, Connection
from api.deps import KnowledgeDep, NowDep, Service, ServiceDep, TransactionDep, allow
from api.input_types import PositionIn
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.reports import service
from api.reports.allowed import STEP_TAKERS
from api.reports.life_schemas import StepIn
from api.reports.life_words import words_of
from api.reports.schemas import ReportOut
from api.reports.step_desk import Desk
from api.strict_json import StrictRoute

router = APIRouter(prefix="/v1", tags=["reports"], route_class=StrictRoute)

TakerDep = Annotated[Caller, Depends(allow(STEP_TAKERS))]
RouterDep = Annotated[Caller, Depends(allow(REPORT_ROUTERS))]
AnyDep = Annotated[Caller, Depends(allow(ANYONE))]
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[!-~]+$")
]


def _desk(
    connection: Connection, known: Knowledge, caller: Caller, now: datetime, parts: Service
) -> Desk:
    def widen() -> None:
        parts.database.set_scope(connection, SERVICE)

    return Desk(connection, known, caller, now, widen, parts.keeper)


@router.get("/life")
def read_words(_caller: AnyDep, known: KnowledgeDep) -> dict[str, Any]:
    """Return what this county calls stages, steps, statuses, reasons and outcomes."""
    return words_of(known.templates.current)


@router.post("/reports/{report_id}/steps", response_model=ReportOut)
def take_step(
    report_id: UUID,
    body: StepIn,
    caller: TakerDep,
    parts: ServiceDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    now: NowDep,
    key: Key = None,
) -> Response:
    """Take a step of a report's life; the same key and body give the report as it stands now."""
    desk = _desk(connection, known, caller, now, parts)
    answer, replayed = service.take_step(desk, report_id, body, key=key)
    return json_answer(answer, headers={"Idempotent-Replayed": "true"} if replayed else None)


@router.patch("/reports/{report_id}/position", response_model=ReportOut)
def move_pin(
    report_id: UUID,
    body: PositionIn,
    caller: RouterDep,
    parts: ServiceDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    now: NowDep,
) -> Response:
    """Move a report to another position: its owner is found again."""
    desk = _desk(connection, known, caller, now, parts)
    return json_answer(service.move_pin(desk, report_id, body.to_position()))
