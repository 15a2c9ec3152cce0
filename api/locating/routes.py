"""Serve /v1/locate: one question; the batch stands in batch_routes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.accounts.roles import ANYONE, PLAN_READERS, Caller
from api.deps import KnowledgeDep, NowDep, Service, ServiceDep, allow
from api.input_types import Instant, PositionIn
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.locating.explaining import ExplainedOut, explanation_json
from api.locating.online import online_hint, tianditu_of
from api.locating.schemas import AddressText, LocateIn
from api.ownership import Question, answer, answer_json, seen_by
from api.problems import Problem, invalid
from api.strict_json import StrictRoute
from geo.position import Position

router = APIRouter(prefix="/v1", tags=["locate"], route_class=StrictRoute)
QUERY_NAMES = frozenset({"lon", "lat", "crs", "accuracy_m", "address", "at", "explain", "online"})
NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{0,30})?([eE][+-]?\d{1,3})?", re.ASCII)
ACCESS = allow(ANYONE)
CallerDep = Annotated[Caller, Depends(ACCESS)]
# It names places and words that an answer does not.
EXPLAINED_TO = PLAN_READERS


@dataclass(frozen=True, slots=True)
class More:
    """Say what is told to staff beside the answer."""

    explain: bool
    online: bool


async def _more(
    explain: Annotated[bool, Query(description="To staff: how the text was read.")] = False,
    online: Annotated[bool, Query(description="To staff: a hint of Tianditu.")] = False,
) -> More:
    return More(explain, online)


MoreDep = Annotated[More, Depends(_more)]


def _answer(
    parts: Service,
    known: Knowledge,
    caller: Caller,
    *,
    position: Position | None,
    address: str | None,
    at: datetime,
    more: More,
) -> Response:
    if (more.explain or more.online) and caller.role not in EXPLAINED_TO:
        raise Problem("forbidden", "地址文字的解析过程和在线查询只给受理和管理人员用。")
    if position is None and not (address or "").strip():
        raise invalid(
            "请至少给出坐标 position 或地址 address 之一。", field="position", reason="missing"
        )
    found = answer(parts.keeper, known, Question(position, address, at))
    shown = seen_by(answer_json(found), caller)
    if more.explain:
        shown["explanation"] = explanation_json(known.matcher, found)
    if more.online:
        service = tianditu_of(parts.settings)
        told = (address or "").strip()
        shown["online"] = online_hint(service, found.county, told) if told else None
    return json_answer(shown)


@router.post("/locate", response_model=ExplainedOut)
def locate(
    body: LocateIn,
    caller: CallerDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    more: MoreDep,
) -> Response:
    """Say who owns a position or an address, with the reasons; to staff how the text was read."""
    position = body.position.to_position() if body.position else None
    return _answer(
        parts,
        known,
        caller,
        position=position,
        address=body.address,
        at=body.at or now,
        more=more,
    )


def check_names(request: Request, names: frozenset[str]) -> None:
    """Refuse what would be lost or read otherwise than it was meant: accuracy= for accuracy_m=."""
    given = [name for name, _ in request.query_params.multi_items()]
    if not set(given) <= names:
        usable = "、".join(sorted(names))
        raise invalid(f"有不认识的参数；可用：{usable}。", field="", reason="extra_forbidden")
    if len(given) != len(set(given)):
        raise invalid("同一参数给出了多次。", field="", reason="repeated")


def _check_query(request: Request) -> None:
    check_names(request, QUERY_NAMES)
    for name in ("lon", "lat", "accuracy_m"):
        value = request.query_params.get(name)
        if value is not None and not NUMBER.fullmatch(value):
            raise invalid(f"{name} 应为数值。", field=name, reason="not_a_number")


@router.get("/locate", response_model=ExplainedOut)
def locate_by_query(
    request: Request,
    caller: CallerDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    more: MoreDep,
    lon: Annotated[float | None, Query()] = None,
    lat: Annotated[float | None, Query()] = None,
    crs: Annotated[str | None, Query(max_length=20)] = None,
    accuracy_m: Annotated[float | None, Query()] = None,
    address: AddressText | None = None,
    at: Instant | None = None,
) -> Response:
    """Say the same for query parameters."""
    _check_query(request)
    position = None
    if lon is not None or lat is not None:
        if lon is None or lat is None:
            raise invalid("经度 lon 和纬度 lat 须同时给出。", field="position", reason="missing")
        if crs is None:
            raise invalid(
                "缺少坐标系 crs：cgcs2000、wgs84、gcj02 或 bd09。", field="crs", reason="missing"
            )
        position = PositionIn(lon=lon, lat=lat, crs=crs, accuracy_m=accuracy_m).to_position()
    return _answer(
        parts, known, caller, position=position, address=address, at=at or now, more=more
    )
