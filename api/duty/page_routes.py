"""Serve the page /duty 岗位与值班 and what it shows."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.accounts.roles import ROSTER_READERS, Caller
from api.deps import KnowledgeDep, NowDep, ServiceDep
from api.duty.board import board_out, month_out
from api.duty.records import ABSENCE_LABELS, ROLE_LABELS
from api.duty.routes import CodeQuery, InstantQuery, ReaderDep
from api.input_types import CleanText
from api.knowledge import Knowledge
from api.pages import VisitDep, page_for
from api.problems import Problem, invalid
from api.strict_json import StrictRoute
from geo.codes import parse_code

router = APIRouter(tags=["duty"], route_class=StrictRoute)
pages = APIRouter(tags=["pages"], include_in_schema=False)
_MONTH = re.compile(r"(20\d{2}|21\d{2})-(0[1-9]|1[0-2])", re.ASCII)


def _known_area(known: Knowledge, caller: Caller, area: str | None) -> str:
    """Return the area asked for; without one the caller's own, a worker's community."""
    code = parse_code(area) if area else caller.area_code[:12]
    if code not in known.areas:
        raise Problem("not-found", "没有这个编码的区域。")
    return code


@router.get("/v1/duty/board")
def board(
    caller: ReaderDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    area: CodeQuery = None,
    at: InstantQuery = None,
) -> dict[str, Any]:
    """Return how the posts of an area stand: held, covered, away, vacant, and the gaps below."""
    moment = at or now
    codes = parts.keeper.boxes_at(known, max(moment, _first(known)))
    return board_out(known, caller, _known_area(known, caller, area), at=moment, codes=codes)


def _first(known: Knowledge) -> datetime:
    return known.boundary_revisions[0].effective_at


@router.get("/v1/duty/calendar")
def roster_calendar(
    caller: ReaderDep,
    known: KnowledgeDep,
    now: NowDep,
    area: CodeQuery = None,
    month: Annotated[CleanText | None, Query(max_length=7)] = None,
) -> dict[str, Any]:
    """Return a month, people by days: shifts, leave, who covers and who stands in."""
    text = month or f"{now:%Y-%m}"
    found = _MONTH.fullmatch(text)
    if found is None:
        raise invalid("月份应写作 2026-11。", field="month", reason="bad_month")
    return month_out(
        known,
        caller,
        _known_area(known, caller, area),
        year=int(found[1]),
        month=int(found[2]),
        at=now,
    )


@pages.get("/duty")
def duty_page(visit: VisitDep) -> Response:
    """Show posts and duty to those who may read the roster."""
    return page_for(
        visit,
        "duty.html",
        readers=ROSTER_READERS,
        refusal="岗位与值班对管理员、坐席员、值班长、领导和网格员开放。",
        extra=lambda _: {"absence_kinds": ABSENCE_LABELS, "post_roles": ROLE_LABELS},
    )
