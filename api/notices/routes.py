"""Serve notices: whom somebody has to ring up, what became of those of a report."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import StringConstraints

from api.accounts.roles import REPORT_HANDLERS, REPORT_ROUTERS, Caller, Role
from api.db.engine import SERVICE, Scope
from api.db.notice_store import NoticeFilter
from api.db.notice_tables import NOTICE_STATES
from api.deps import (
    KnowledgeDep,
    NoAccount,
    NowDep,
    Service,
    ServiceDep,
    TransactionDep,
    allow,
    holds_key,
    scope_for,
)
from api.input_types import CleanText, parse_time
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.notices import service
from api.notices.delivery import take_deliveries
from api.notices.quiet_hours import parse_quiet_hours
from api.notices.schemas import DeliveriesIn, DeliveriesOut, NoticeList, NoticeOut
from api.paging import read_cursor, write_cursor
from api.problems import Problem, invalid
from api.strict_json import StrictRoute
from geo.codes import parse_code

router = APIRouter(prefix="/v1/notices", tags=["notices"], route_class=StrictRoute)
ReaderDep = Annotated[Caller, Depends(allow(REPORT_HANDLERS | {Role.LEADER}))]
# Who rings up: a worker or a department is rung up.
RingerDep = Annotated[Caller, Depends(allow(REPORT_ROUTERS))]
Word = Annotated[CleanText, StringConstraints(max_length=100)]


def _view(parts: Service, caller: Caller, known: Knowledge, at: datetime) -> service.View:
    return service.View(caller, known, parse_quiet_hours(parts.settings.quiet_hours), at)


def _states(value: str | None) -> tuple[str, ...]:
    wanted = tuple(part for part in (value or "").split(",") if part)
    if any(state not in NOTICE_STATES for state in wanted):
        raise invalid("没有这个通知状态。", field="state", reason="unknown_state")
    return wanted


def _after(cursor: str | None) -> tuple[bool, datetime, UUID] | None:
    if cursor is None:
        return None
    urgent, at, notice_id = read_cursor(cursor, 3)
    try:
        return bool(urgent), parse_time(at), UUID(str(notice_id))
    except ValueError:
        raise invalid(
            "分页标记无效，请从第一页开始。", field="cursor", reason="bad_cursor"
        ) from None


@router.get("", response_model=NoticeList)
def list_notices(
    caller: ReaderDep,
    connection: TransactionDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    scope: Annotated[Scope, Depends(scope_for)],
    state: Word | None = None,
    area: str | None = None,
    report: UUID | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """List notices of the reports in sight, urgent ones first, then the oldest.

    ``state=by_phone`` is 需电话通知, the list of those whom somebody has to ring up; ``area`` is
    where whom they are for works.
    """
    wanted = NoticeFilter(
        state=_states(state),
        area=parse_code(area) if area else None,
        report=report,
        within=service.few_areas(scope),
        after=_after(cursor),
        limit=limit,
    )
    items, following = service.list_page(connection, _view(parts, caller, known, now), wanted)
    return json_answer({"items": items, "next": write_cursor(*following) if following else None})


def _gateway(request: Request, parts: ServiceDep) -> None:
    if not holds_key(request, parts.settings.sms_token):
        headers = {"WWW-Authenticate": "Bearer"}
        raise Problem("unauthenticated", "请以短信网关的令牌访问。", headers=headers)


@router.post(
    "/receipts",
    response_model=DeliveriesOut,
    dependencies=[Depends(NoAccount(frozenset())), Depends(_gateway)],
)
def take_receipts(body: DeliveriesIn, parts: ServiceDep, now: NowDep) -> Response:
    """Take delivery reports of the SMS gateway, which shows the token it is called with.

    A message that was not delivered goes the next way: the robot if there is one, else the list of
    those to ring up. The same report again changes nothing.
    """
    with parts.database.transaction(SERVICE) as connection:
        items = take_deliveries(connection, body.receipts, now)
    return json_answer({"items": items})


@router.post("/{notice_id}/done", response_model=NoticeOut)
def mark_phoned(
    notice_id: UUID,
    caller: RingerDep,
    connection: TransactionDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
) -> Response:
    """Write down that whom the notice is for was told by phone (已电话通知), by whom and when."""
    view = _view(parts, caller, known, now)
    return json_answer(service.mark_phoned(connection, view, notice_id))
