"""Serve the page /desk 受理台."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.roles import REPORT_ROUTERS, Caller
from api.deps import NowDep, ServiceDep, public
from api.desk.routes import DESK_READERS
from api.locating.online import tianditu_of
from api.pages import admitted, county_block, render

router = APIRouter(tags=["pages"], include_in_schema=False)
MaybeCaller = Annotated[Caller | None, Depends(public())]


@router.get("/desk")
def desk_page(request: Request, parts: ServiceDep, caller: MaybeCaller, now: NowDep) -> Response:
    """Show the desk to those who take calls, and to leaders for reading."""
    reader = admitted(
        request,
        parts,
        caller,
        readers=DESK_READERS,
        refusal="受理台对坐席员、值班长、各级管理员和领导开放。",
    )
    if isinstance(reader, Response):
        return reader
    block = county_block(request, parts, now)
    may_take = reader.role in REPORT_ROUTERS
    online = tianditu_of(parts.settings) is not None
    return render(
        request, parts, reader, "desk.html", block=block, may_take=may_take, online=online
    )
