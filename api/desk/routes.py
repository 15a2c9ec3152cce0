"""Serve the desk: the look of a call, the lists of work."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response

from api.accounts.roles import REPORT_ROUTERS, Caller, Role
from api.deps import KnowledgeDep, NowDep, ServiceDep, TransactionDep, allow
from api.desk import service
from api.desk.schemas import LookIn, LookOut, QueueList, QueuePage
from api.json_answers import json_answer
from api.strict_json import StrictRoute

router = APIRouter(prefix="/v1/desk", tags=["desk"], route_class=StrictRoute)

DESK_READERS = REPORT_ROUTERS | {Role.LEADER}
SeatDep = Annotated[Caller, Depends(allow(REPORT_ROUTERS))]
ReaderDep = Annotated[Caller, Depends(allow(DESK_READERS))]
QueueKey = Literal[
    "triage", "returns", "dispatch", "red", "nobody", "verify", "follow_up", "open"
]  # fmt: skip


@router.post("/look", response_model=LookOut)
def look_at_call(
    body: LookIn,
    caller: SeatDep,
    connection: TransactionDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
) -> Response:
    """Say whose a call would be, until when, what to ask and what to read out; write nothing."""
    return json_answer(service.look(connection, parts.keeper, known, caller, body, now))


@router.get("/queues", response_model=QueueList)
def list_queues(
    caller: ReaderDep, connection: TransactionDep, known: KnowledgeDep, now: NowDep
) -> Response:
    """Count the lists of work of the caller's area and desk."""
    return json_answer({"items": service.queues(connection, known, caller, now)})


@router.get("/queues/{key}", response_model=QueuePage)
def read_queue(
    key: QueueKey, caller: ReaderDep, connection: TransactionDep, known: KnowledgeDep, now: NowDep
) -> Response:
    """List the reports of one list of work, the most pressing first."""
    return json_answer(service.queue(connection, known, caller, key, now))
