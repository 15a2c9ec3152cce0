"""Serve the page /import 导入网格界线."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.roles import IMPORTERS, PLAN_AUTHORS, Caller
from api.deps import NowDep, ServiceDep, public
from api.pages import render, to_login, to_new_password
from geo.boundary_files.limits import MAX_FILE_BYTES, MIB
from maps.overview import MapConfig, render_block

router = APIRouter(tags=["pages"], include_in_schema=False)
MaybeCaller = Annotated[Caller | None, Depends(public())]

_block = lru_cache(maxsize=8)(render_block)


@router.get("/import")
def import_page(request: Request, parts: ServiceDep, caller: MaybeCaller, now: NowDep) -> Response:
    """Show the import doctor to those who may import."""
    if caller is None:
        return to_login(request)
    if caller.must_change_password:
        return to_new_password()
    if caller.role not in IMPORTERS:
        page = render(
            request,
            parts,
            caller,
            "error.html",
            title="您没有查看权限",
            detail="导入网格界线只对系统管理员和旗级、苏木乡镇管理员开放。",
            request_id=None,
        )
        page.status_code = 403
        return page
    known = parts.keeper.current()
    box = parts.keeper.boxes_at(known, now)[known.county.code]
    block = _block(MapConfig(bounds=(box[0], box[1], box[2], box[3])))
    return render(
        request,
        parts,
        caller,
        "import.html",
        block=block.with_nonce(request.state.nonce),
        may_plan=caller.role in PLAN_AUTHORS,
        most_mib=MAX_FILE_BYTES // MIB,
        hours=f"{parts.settings.import_hours:g}",
    )
