"""Serve the page /import 导入网格界线."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.roles import IMPORTERS, PLAN_AUTHORS, Caller
from api.deps import NowDep, ServiceDep, public
from api.pages import admitted, county_block, render
from geo.boundary_files.limits import MAX_FILE_BYTES, MIB

router = APIRouter(tags=["pages"], include_in_schema=False)
MaybeCaller = Annotated[Caller | None, Depends(public())]


@router.get("/import")
def import_page(request: Request, parts: ServiceDep, caller: MaybeCaller, now: NowDep) -> Response:
    """Show the import doctor to those who may import."""
    reader = admitted(
        request,
        parts,
        caller,
        readers=IMPORTERS,
        refusal="导入网格界线只对系统管理员和旗级、苏木乡镇管理员开放。",
    )
    if isinstance(reader, Response):
        return reader
    return render(
        request,
        parts,
        reader,
        "import.html",
        block=county_block(request, parts, now),
        may_plan=reader.role in PLAN_AUTHORS,
        most_mib=MAX_FILE_BYTES // MIB,
        hours=f"{parts.settings.import_hours:g}",
    )
