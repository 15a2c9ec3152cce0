"""Serve the page /desk 受理台."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.accounts.roles import REPORT_ROUTERS
from api.desk.routes import DESK_READERS
from api.locating.online import tianditu_of
from api.pages import VisitDep, page_for

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/desk")
def desk_page(visit: VisitDep) -> Response:
    """Show the desk to those who take calls, and to leaders for reading."""
    return page_for(
        visit,
        "desk.html",
        readers=DESK_READERS,
        refusal="受理台对坐席员、值班长、各级管理员和领导开放。",
        with_map=True,
        extra=lambda reader: {
            "may_take": reader.role in REPORT_ROUTERS,
            "online": tianditu_of(visit.parts.settings) is not None,
        },
    )
