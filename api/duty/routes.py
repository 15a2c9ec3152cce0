"""Serve who is on duty, and the terms: holders, covers, absences, shifts, overrides."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BeforeValidator

from api.accounts.roles import ROSTER_EDITORS, ROSTER_READERS, Caller
from api.db import duty_store
from api.db.duty_store import ABSENCES, COVERS, HOLDERS, OVERRIDES, SHIFTS, TermTable
from api.db.engine import Connection
from api.deps import IpDep, KnowledgeDep, NowDep, ServiceDep, TransactionDep, allow
from api.duty import service
from api.duty.schemas import AbsenceIn, CoverIn, EndIn, HolderIn, OverrideIn, ShiftIn
from api.duty.service import Desk
from api.duty.views import duty_out, term_out
from api.input_types import CleanText, parse_time
from api.json_answers import json_answer
from api.paging import next_after, read_cursor
from api.problems import Problem, invalid
from api.strict_json import StrictRoute
from geo.codes import parse_code

router = APIRouter(prefix="/v1", tags=["duty"], route_class=StrictRoute)
ReaderDep = Annotated[Caller, Depends(allow(ROSTER_READERS))]
EditorDep = Annotated[Caller, Depends(allow(ROSTER_EDITORS))]
InstantQuery = Annotated[datetime | None, BeforeValidator(parse_time)]
CodeQuery = Annotated[CleanText | None, Query(max_length=20)]
_MOST_PLACES = 10


async def desk_for(
    caller: EditorDep, parts: ServiceDep, known: KnowledgeDep, now: NowDep, ip: IpDep
) -> Desk:
    """Return what a request brings to a write of the roster."""
    return Desk(parts=parts, known=known, caller=caller, now=now, ip=ip)


DeskDep = Annotated[Desk, Depends(desk_for)]


@router.get("/duty")
def who_is_on_duty(
    caller: ReaderDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    grid: Annotated[CleanText, Query(max_length=20)],
    category: Annotated[CleanText | None, Query(max_length=20)] = None,
    at: InstantQuery = None,
    place: Annotated[list[CleanText], Query(max_length=_MOST_PLACES)] = [],  # noqa: B006
) -> dict[str, Any]:
    """Say who answers for a grid (or another area) at an instant, and why nobody before them."""
    code, when = parse_code(grid), at or now
    if code not in known.areas:
        raise Problem("not-found", "没有这个编码的区域。")
    if not parts.keeper.map_at(known, when).grids_below(code):
        raise Problem("not-found", "这个区域在所问的时间没有网格：尚未设立，或已撤销。")
    if category is not None and category not in known.categories:
        raise invalid("没有这个事项类别。", field="category", reason="unknown_category")
    return duty_out(known, caller, code, at=when, category=category, places=tuple(place))


def read_after(cursor: str | None) -> UUID | None:
    """Return after which row a page begins; raise Problem 422 for no cursor of ours."""
    if not cursor:
        return None
    (text,) = read_cursor(cursor, 1)
    try:
        return UUID(str(text))
    except ValueError:
        raise invalid("分页标记无效。", field="cursor", reason="bad_cursor") from None


def page_of(items: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """Return a page of rows of which one more was read than fits."""
    following = next_after(items, limit, lambda item: (item["id"],))
    return {"items": items[:limit], "next": following}


@router.post("/holders", status_code=201)
def add_holder(body: HolderIn, desk: DeskDep, dry_run: bool = False) -> Response:
    """Put a person on a post, on the seat named or the first free one."""
    return _added(
        desk, HOLDERS, dry_run, post=body.post, person=body.person, seat=body.seat,
        replace=body.replace, start=body.start, end=body.end,
    )  # fmt: skip


@router.post("/covers", status_code=201)
def add_cover(body: CoverIn, desk: DeskDep, dry_run: bool = False) -> Response:
    """Name who answers on a post when its holder is away: the B-role, by rank."""
    return _added(
        desk, COVERS, dry_run, post=body.post, person=body.person, rank=body.rank,
        start=body.start, end=body.end,
    )  # fmt: skip


@router.post("/absences", status_code=201)
def add_absence(body: AbsenceIn, desk: DeskDep, dry_run: bool = False) -> Response:
    """Enter from when to when a person is away, from every post at once."""
    return _added(
        desk, ABSENCES, dry_run, post=None, person=body.person, kind=body.kind,
        start=body.start, end=body.end,
    )  # fmt: skip


@router.post("/shifts", status_code=201)
def add_shift(body: ShiftIn, desk: DeskDep, dry_run: bool = False) -> Response:
    """Enter a turn of duty on a post that goes by shifts."""
    return _added(
        desk, SHIFTS, dry_run, post=body.post, person=body.person, start=body.start, end=body.end
    )


@router.post("/overrides", status_code=201)
def add_override(body: OverrideIn, desk: DeskDep, dry_run: bool = False) -> Response:
    """Let somebody stand in on a post; in force everywhere at the instant it begins."""
    return _added(
        desk, OVERRIDES, dry_run, post=body.post, person=body.person, reason=body.reason,
        start=body.start, end=body.end,
    )  # fmt: skip


def _added(desk: Desk, table: TermTable, dry_run: bool, **values: Any) -> Response:
    answer = service.add_term(desk, table, dry_run=dry_run, **values)
    return json_answer(answer, status=200 if dry_run else 201)


def _serve(table: TermTable) -> None:
    """Serve the list of a table of terms, a new end, and the withdrawal."""

    def list_terms(
        caller: ReaderDep,
        connection: TransactionDep,
        area: CodeQuery = None,
        post: UUID | None = None,
        person: UUID | None = None,
        since: InstantQuery = None,
        until: InstantQuery = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """List terms by id; ``since`` and ``until`` keep those that touch that time."""
        rows = _listed(
            connection, table, area=parse_code(area) if area else None, post=post,
            person=person, since=since, until=until, after=read_after(cursor), limit=limit + 1,
        )  # fmt: skip
        return page_of([term_out(row, caller) for row in rows], limit)

    def change_end(
        term_id: UUID, body: EndIn, desk: DeskDep, dry_run: bool = False
    ) -> dict[str, Any]:
        """Let a term end at another time; what is over stays as it was."""
        return service.end_term(desk, table, term_id, end=body.end, dry_run=dry_run)

    def withdraw(term_id: UUID, desk: DeskDep, dry_run: bool = False) -> dict[str, Any]:
        """End a term now; one that has not begun never will. Nothing is erased."""
        return service.withdraw_term(desk, table, term_id, dry_run=dry_run)

    router.add_api_route(f"/{table.name}", list_terms, methods=["GET"])
    router.add_api_route(f"/{table.name}/{{term_id}}", change_end, methods=["PATCH"])
    router.add_api_route(f"/{table.name}/{{term_id}}", withdraw, methods=["DELETE"])


def _listed(connection: Connection, table: TermTable, **asked: Any) -> list[dict[str, Any]]:
    since, until = asked["since"], asked["until"]
    if since is not None and until is not None and until < since:
        raise invalid("结束时间应晚于开始时间。", field="until", reason="end_before_start")
    return duty_store.list_terms(connection, table, **asked)


for _table in duty_store.TERM_TABLES:
    _serve(_table)
