"""Serve the page /edit 网格界线调整."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.roles import PLAN_AUTHORS, Caller
from api.deps import NowDep, ServiceDep, public
from api.pages import admitted, county_block, render

router = APIRouter(tags=["pages"], include_in_schema=False)
MaybeCaller = Annotated[Caller | None, Depends(public())]


@router.get("/edit")
def edit_page(request: Request, parts: ServiceDep, caller: MaybeCaller, now: NowDep) -> Response:
    """Show the boundary editor to those who may draft plans."""
    reader = admitted(
        request,
        parts,
        caller,
        readers=PLAN_AUTHORS,
        refusal="网格界线调整只对旗级、苏木乡镇、嘎查村（社区）管理员开放。",
    )
    if isinstance(reader, Response):
        return reader
    block = county_block(request, parts, now)
    return render(request, parts, reader, "edit.html", block=block)
