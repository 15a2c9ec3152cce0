"""Serve reports: intake, lists, one report, its steps, its receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import StringConstraints

from api.accounts.roles import (
    PHONE_READERS,
    REPORT_CREATORS,
    REPORT_READERS,
    Caller,
    Role,
)
from api.db.engine import Scope
from api.db.report_store import ReportFilter
from api.db.report_tables import STATUSES
from api.deps import (
    IpDep,
    KnowledgeDep,
    NowDep,
    ScopeDep,
    ServiceDep,
    TransactionDep,
    allow,
    public,
    require_own_password,
)
from api.input_types import CleanText, Instant, parse_time
from api.json_answers import json_answer
from api.paging import read_cursor, write_cursor
from api.privacy.revealing import reveal, tags_to_search
from api.problems import Problem, invalid
from api.reports import intake, service
from api.reports.parties import held_by
from api.reports.receiving import draft_of, hashes_of, source_key
from api.reports.schemas import EventList, ReportIn, ReportList, ReportOut, WholeReporter
from api.strict_json import StrictRoute
from geo.codes import parse_code

router = APIRouter(prefix="/v1", tags=["reports"], route_class=StrictRoute)

ReaderDep = Annotated[Caller, Depends(allow(REPORT_READERS))]
PhoneDep = Annotated[Caller, Depends(allow(frozenset(PHONE_READERS)))]
MaybeCaller = Annotated[Caller | None, Depends(public())]
Words = Annotated[CleanText, StringConstraints(max_length=100)]
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[!-~]+$")
]
ANONYMOUS_CHANNELS = frozenset({"app", "wechat"})


def _check_sender(body: ReportIn, caller: Caller | None, key: str | None) -> None:
    if caller is None:
        if body.channel not in ANONYMOUS_CHANNELS:
            raise Problem("unauthenticated", "未登录只能以 app 或 wechat 渠道提交。")
        if body.source_no is not None:
            raise Problem("unauthenticated", "带来源单号的诉求须登录后提交。")
        return
    require_own_password(caller)
    if caller.role not in REPORT_CREATORS:
        raise Problem("forbidden", "您的角色不能登记诉求。")
    if caller.role is Role.INTEGRATION and body.channel != caller.channel:
        raise Problem("forbidden", "接口账号只能以自己的渠道提交。")
    if key is None:
        raise Problem(
            "idempotency-key-required",
            "请在 Idempotency-Key 头中给出本次提交的唯一编号（1至200个可见字符）。",
        )


def _keys(
    body: ReportIn, caller: Caller | None, key: str | None, ip: str | None
) -> list[tuple[str, str]]:
    keys: list[tuple[str, str]] = []
    if key is not None:
        # Two residents may choose the same plain key: the address keeps them apart.
        keys.append((f"caller:{caller.account_id}" if caller else f"anonymous:{ip}", key))
    number = source_key(body)
    return [*keys, number] if number else keys


@router.post("/reports", status_code=201, response_model=ReportOut)
def take_in(
    body: ReportIn,
    caller: MaybeCaller,
    parts: ServiceDep,
    scope: ScopeDep,
    now: NowDep,
    ip: IpDep,
    known: KnowledgeDep,
    key: Key = None,
) -> Response:
    """Take a report in and give it its owner; the same key and body give the same answer."""
    _check_sender(body, caller, key)
    if caller is None:
        parts.anonymous_reports.take(ip)
        scope = Scope(may_create=True)
    newest, *older = hashes_of(body, known)
    request = intake.Request(
        draft=draft_of(body, now),
        caller=caller,
        keys=_keys(body, caller, key, ip),
        body_sha256=newest,
        older_hashes=older,
        now=now,
    )
    taken = parts.intake.take_in(scope, request)
    headers = {"Location": f"/v1/reports/{taken.body['id']}"}
    if taken.replayed:
        headers["Idempotent-Replayed"] = "true"
    return json_answer(taken.body, status=201, headers=headers)


def _statuses(value: str | None) -> tuple[tuple[str, ...], bool]:
    if value is None:
        return (), False
    wanted = tuple(part for part in value.split(",") if part)
    if wanted == ("open",):
        return (), True
    if any(status not in STATUSES for status in wanted):
        raise invalid("没有这个状态。", field="status", reason="unknown_status")
    return wanted, False


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    at, report_id = read_cursor(cursor, 2)
    try:
        return parse_time(at), UUID(str(report_id))
    except ValueError:
        raise invalid(
            "分页标记无效，请从第一页开始。", field="cursor", reason="bad_cursor"
        ) from None


@router.get("/reports", response_model=ReportList)
def list_reports(
    caller: ReaderDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    now: NowDep,
    area: str | None = None,
    status: Words | None = None,
    category: Words | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
    q: Words | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    mine: bool = False,
    open: bool = False,  # noqa: A002 - the name in the address
    light: Literal["blue", "yellow", "orange", "red", "paused"] | None = None,
    phone: Words | None = None,
    ip: IpDep = None,
) -> Response:
    """List reports, newest first; ``status=open`` means everything that is not closed.

    ``mine`` narrows to what the caller holds, ``light`` to a deadline light, ``phone`` to what
    somebody reported from that number: only for who may see phones, and written down.
    """
    statuses, open_only = _statuses(status)
    if category is not None and category not in known.categories:
        raise invalid("没有这个事项类别。", field="category", reason="unknown_category")
    wanted = ReportFilter(
        area=parse_code(area) if area else None,
        status=statuses,
        open_only=open_only or open,
        held_by=held_by(caller, known, now) if mine else None,
        light=light,
        at=now,
        category=category,
        since=since,
        until=until,
        # Whoever may not see texts may not search in them either.
        words=tuple(q.split()) if q and caller.sees_texts else (),
        public_only=not caller.sees_texts,
        phone_tags=tags_to_search(connection, known.vault, caller, phone, ip) if phone else (),
        after=_after(cursor),
        limit=limit,
    )
    items, following = service.list_page(connection, known, caller, wanted, now)
    return json_answer({"items": items, "next": write_cursor(*following) if following else None})


@router.get("/reports/{report_id}", response_model=ReportOut)
def read_report(
    report_id: UUID,
    caller: ReaderDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    now: NowDep,
) -> Response:
    """Return one report with its assignment and the steps that the caller may take."""
    return json_answer(service.read_one(connection, known, caller, report_id, now))


@router.get("/reports/{report_id}/events", response_model=EventList)
def read_events(report_id: UUID, caller: ReaderDep, connection: TransactionDep) -> Response:
    """Return what happened to a report."""
    return json_answer({"items": service.events(connection, caller, report_id)})


@router.get("/reports/{report_id}/receipt")
def read_receipt(report_id: UUID, caller: ReaderDep, connection: TransactionDep) -> dict[str, Any]:
    """Return the receipt of the assignment: datum steps, revision, distances, rule, duty row."""
    return service.receipt(connection, caller, report_id)


@router.get("/reports/{report_id}/receipt/replay")
def replay_receipt(
    report_id: UUID,
    caller: ReaderDep,
    connection: TransactionDep,
    parts: ServiceDep,
    known: KnowledgeDep,
) -> dict[str, Any]:
    """Ask the stored question again and say whether the answer is the same."""
    return service.replay(connection, parts.keeper, known, caller, report_id)


@router.get("/reports/{report_id}/reporter", response_model=WholeReporter)
def reveal_reporter(
    report_id: UUID,
    caller: PhoneDep,
    parts: ServiceDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    now: NowDep,
    ip: IpDep,
) -> Response:
    """Return the reporter's name and phone in full; who looked is written down."""
    row = service.find(connection, report_id)
    answer = reveal(parts.database, connection, known, caller, row, now=now, ip=ip)
    return json_answer(answer)
