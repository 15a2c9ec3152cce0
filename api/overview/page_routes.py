"""Serve the pages /map and /docs, and the entry for screens nobody logs in to."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.accounts.roles import REPORT_READERS, Caller, Role
from api.deps import COOKIE, NowDep, ServiceDep, look_up, public
from api.pages import own_path, render, to_login, to_new_password
from api.problems import Problem
from maps.overview import MapConfig, render_block

router = APIRouter(tags=["pages"], include_in_schema=False)
MaybeCaller = Annotated[Caller | None, Depends(public())]


# One block per county and process; folium takes its time once.
_block = lru_cache(maxsize=8)(render_block)


@router.get("/map")
def map_page(request: Request, parts: ServiceDep, caller: MaybeCaller, now: NowDep) -> Response:
    """Show 一图统览."""
    if caller is None:
        return to_login(request)
    # Nobody stands before a wall to think of a password.
    if caller.must_change_password and caller.role is not Role.WALL:
        return to_new_password()
    if caller.role not in REPORT_READERS:
        page = render(
            request,
            parts,
            caller,
            "error.html",
            title="您没有查看权限",
            detail="系统管理员不查看诉求；请用其他账号登录。",
            request_id=None,
        )
        page.status_code = 403
        return page
    known = parts.keeper.current()
    box = parts.keeper.boxes_at(known, now)[known.county.code]
    block = _block(MapConfig(bounds=(box[0], box[1], box[2], box[3])))
    return render(request, parts, caller, "map.html", block=block.with_nonce(request.state.nonce))


@router.get("/enter")
def enter(parts: ServiceDep, now: NowDep, _caller: MaybeCaller, token: str, to: str) -> Response:
    """Let a screen in with a token of role wall, and nobody else."""
    caller = look_up(parts, token, now)
    if caller is None or caller.role is not Role.WALL:
        raise Problem("forbidden", "此链接只供大屏账号使用，或已失效。")
    response = RedirectResponse(own_path(to), status_code=303)
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
