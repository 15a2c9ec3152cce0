"""Serve /m, the page of those who work outside, and what keeps it alive in a dead spot."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import FileResponse

from api.accounts.roles import REPORT_HANDLERS, Caller
from api.deps import KnowledgeDep, NowDep, ScopeDep, ServiceDep, TransactionDep, allow, public
from api.json_answers import json_answer
from api.pages import VisitDep, page_for
from api.phone import service
from api.phone.schemas import PhoneStart
from api.strict_json import StrictRoute

router = APIRouter(prefix="/v1", tags=["phone"], route_class=StrictRoute)
pages = APIRouter(tags=["pages"], include_in_schema=False)
HandlerDep = Annotated[Caller, Depends(allow(REPORT_HANDLERS))]


@router.get("/phone/start", response_model=PhoneStart)
def read_start(
    caller: HandlerDep,
    connection: TransactionDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    scope: ScopeDep,
    now: NowDep,
) -> Response:
    """Return who works here, the own grids and those beside them, and the day so far."""
    return json_answer(service.start(connection, parts.keeper, known, caller, scope, now))


@pages.get("/m")
def phone_page(visit: VisitDep) -> Response:
    """Show the page of those who work outside."""
    return page_for(
        visit,
        "m.html",
        readers=REPORT_HANDLERS,
        refusal="手机办件对网格员、部门联络员、坐席员和各级管理员开放。",
    )


@pages.get("/m/worker.js", dependencies=[Depends(public())])
def service_worker(parts: ServiceDep) -> Response:
    """Serve the script that opens the page without a network; only a safe address may use it."""
    return FileResponse(
        parts.settings.assets_dir / "app" / "js" / "m-worker.js",
        media_type="text/javascript",
        headers={"Service-Worker-Allowed": "/m", "Cache-Control": "no-cache"},
    )
