"""Serve /v1/locate: one question; the batch stands in batch_routes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.accounts.roles import ANYONE, Caller
from api.deps import KnowledgeDep, NowDep, Service, ServiceDep, allow
from api.input_types import Instant, PositionIn
from api.json_answers import json_answer
from api.knowledge import Knowledge
from api.locating import batch_routes
from api.locating.schemas import AddressText, LocateIn, LocateOut
from api.ownership import Question, answer, answer_json, seen_by
from api.problems import invalid
from api.strict_json import StrictRoute
from geo.position import Position

router = APIRouter(prefix="/v1", tags=["locate"], route_class=StrictRoute)
router.include_router(batch_routes.router)
CallerDep = Annotated[Caller, Depends(allow(ANYONE))]


def _answer(
    parts: Service,
    known: Knowledge,
    caller: Caller,
    *,
    position: Position | None,
    address: str | None,
    at: datetime,
) -> Response:
    if position is None and not (address or "").strip():
        raise invalid(
            "请至少给出坐标 position 或地址 address 之一。", field="position", reason="missing"
        )
    found = answer(parts.keeper, known, Question(position, address, at))
    return json_answer(seen_by(answer_json(found), caller))


@router.post("/locate", response_model=LocateOut)
def locate(
    body: LocateIn, caller: CallerDep, parts: ServiceDep, known: KnowledgeDep, now: NowDep
) -> Response:
    """Say who owns a position or an address, with the reasons."""
    position = body.position.to_position() if body.position else None
    return _answer(parts, known, caller, position=position, address=body.address, at=body.at or now)


@router.get("/locate", response_model=LocateOut)
def locate_by_query(
    caller: CallerDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    lon: Annotated[float | None, Query()] = None,
    lat: Annotated[float | None, Query()] = None,
    crs: Annotated[str | None, Query(max_length=20)] = None,
    accuracy_m: Annotated[float | None, Query()] = None,
    address: AddressText | None = None,
    at: Instant | None = None,
) -> Response:
    """Say the same for query parameters."""
    position = None
    if lon is not None or lat is not None:
        if lon is None or lat is None:
            raise invalid("经度 lon 和纬度 lat 须同时给出。", field="position", reason="missing")
        if crs is None:
            raise invalid(
                "缺少坐标系 crs：cgcs2000、wgs84、gcj02 或 bd09。", field="crs", reason="missing"
            )
        position = PositionIn(lon=lon, lat=lat, crs=crs, accuracy_m=accuracy_m).to_position()
    return _answer(parts, known, caller, position=position, address=address, at=at or now)
