"""Serve the pages /map and /docs, and the entry for screens nobody logs in to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.accounts.roles import REPORT_READERS, Caller, Role
from api.deps import COOKIE, NowDep, ServiceDep, look_up, public
from api.pages import VisitDep, own_path, page_for, render
from api.problems import Problem

router = APIRouter(tags=["pages"], include_in_schema=False)
MaybeCaller = Annotated[Caller | None, Depends(public())]


@router.get("/map")
def map_page(visit: VisitDep) -> Response:
    """Show 一图统览."""
    return page_for(
        visit,
        "map.html",
        readers=REPORT_READERS,
        refusal="系统管理员不查看诉求；请用其他账号登录。",
        with_map=True,
    )


@router.get("/enter")
def enter(parts: ServiceDep, now: NowDep, _caller: MaybeCaller, token: str, to: str) -> Response:
    """Let a screen in with a token of role wall, and nobody else."""
    caller = look_up(parts, token, now)
    if caller is None or caller.role is not Role.WALL:
        raise Problem("forbidden", "此链接只供大屏账号使用，或已失效。")
    response = RedirectResponse(own_path(to) or "/map", status_code=303)
    remaining = max(0, int((caller.expires_at - now).total_seconds()))
    response.set_cookie(
        COOKIE,
        token,
        max_age=remaining,
        httponly=True,
        samesite="strict",
        secure=parts.settings.cookie_secure,
        path="/",
    )
    return response


@router.get("/docs")
def docs_page(request: Request, parts: ServiceDep, caller: MaybeCaller) -> HTMLResponse:
    """Show the API's description with assets of ours."""
    return render(request, parts, caller, "docs.html")
