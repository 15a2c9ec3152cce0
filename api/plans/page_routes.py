"""Serve the page /edit 网格界线调整."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.accounts.roles import PLAN_AUTHORS
from api.pages import VisitDep, page_for

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/edit")
def edit_page(visit: VisitDep) -> Response:
    """Show the boundary editor to those who may draft plans."""
    return page_for(
        visit,
        "edit.html",
        readers=PLAN_AUTHORS,
        refusal="网格界线调整只对旗级、苏木乡镇、嘎查村（社区）管理员开放。",
        with_map=True,
    )
