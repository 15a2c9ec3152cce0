"""Serve the page /edit 网格界线调整."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.roles import PLAN_AUTHORS, Caller
from api.deps import NowDep, ServiceDep, public
from api.pages import render, to_login, to_new_password
from maps.overview import MapConfig, render_block

router = APIRouter(tags=["pages"], include_in_schema=False)
MaybeCaller = Annotated[Caller | None, Depends(public())]

# The editor draws on the same block as the map page; folium takes its time once a county.
_block = lru_cache(maxsize=8)(render_block)


@router.get("/edit")
def edit_page(request: Request, parts: ServiceDep, caller: MaybeCaller, now: NowDep) -> Response:
    """Show the boundary editor to those who may draft plans."""
    if caller is None:
        return to_login(request)
    if caller.must_change_password:
        return to_new_password()
    if caller.role not in PLAN_AUTHORS:
        page = render(
            request,
            parts,
            caller,
            "error.html",
            title="您没有查看权限",
            detail="网格界线调整只对旗级、苏木乡镇、嘎查村（社区）管理员开放。",
            request_id=None,
        )
        page.status_code = 403
        return page
    known = parts.keeper.current()
    box = parts.keeper.boxes_at(known, now)[known.county.code]
    block = _block(MapConfig(bounds=(box[0], box[1], box[2], box[3])))
    return render(request, parts, caller, "edit.html", block=block.with_nonce(request.state.nonce))
