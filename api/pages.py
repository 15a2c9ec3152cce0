"""Render the pages: our templates, a nonce, who is logged in."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader

from api import VERSION
from api.accounts.roles import (
    ACCOUNT_ADMINS,
    IMPORTERS,
    LABELS,
    PLAN_READERS,
    REPORT_HANDLERS,
    REPORT_READERS,
    REPORT_ROUTERS,
    ROSTER_READERS,
    Caller,
    Role,
)
from api.deps import NowDep, Service, ServiceDep, public
from api.problems import Problem
from geo.boundary_files.writing import NOTICE

if TYPE_CHECKING:
    from maps.overview import MapBlock

TEMPLATES_DIR = Path(__file__).resolve().parent / "templates"
# Pages that are not for everybody who has logged in.
_READERS = {
    "/map": REPORT_READERS,
    "/m": REPORT_HANDLERS,
    "/import": IMPORTERS,
    "/duty": ROSTER_READERS,
    "/desk": REPORT_ROUTERS | {Role.LEADER},
    "/places": PLAN_READERS,
    "/access-list": PLAN_READERS | ACCOUNT_ADMINS,
    "/accounts": ACCOUNT_ADMINS,
    "/audit": ACCOUNT_ADMINS,
}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES_DIR), autoescape=True)


@lru_cache(maxsize=4)
def asset_version(app_dir: Path) -> str:
    """Return a stamp that changes when a style sheet or script changes."""
    newest = max(
        (int(path.stat().st_mtime) for path in app_dir.rglob("*") if path.is_file()), default=0
    )
    return format(newest, "x")


_IMPORTED = re.compile(r"""(?:\bfrom|^import) "\./([\w-]+)\.js";""", re.MULTILINE)


@lru_cache(maxsize=16)
def needed_modules(app_dir: Path, entry: str) -> tuple[str, ...]:
    """Return the scripts that ``entry`` imports, and those that they import, by name.

    What is imported only when it is asked for is not among them.
    """
    needed: set[str] = set()
    waiting = [entry]
    while waiting:
        source = (app_dir / "js" / f"{waiting.pop()}.js").read_text("utf-8")
        fresh = set(_IMPORTED.findall(source)) - needed
        needed |= fresh
        waiting += fresh
    return tuple(sorted(needed - {entry}))


def render(
    request: Request, service: Service, caller: Caller | None, template: str, **extra: Any
) -> HTMLResponse:
    """Return the page ``template`` with what every page needs."""
    try:
        known = service.keeper.current()
        county = {"code": known.county.code, "name": known.county.name}
        area_name = known.areas[caller.area_code].name if caller else ""
    except Problem:
        county, area_name = {"code": "", "name": ""}, ""
    user = None
    if caller is not None:
        user = {
            "username": caller.username,
            "display_name": caller.display_name,
            "role": caller.role.value,
            "role_label": LABELS[caller.role],
            "area": caller.area_code,
            "area_name": area_name,
        }
    app_dir = service.settings.assets_dir / "app"
    html = (
        _environment()
        .get_template(template)
        .render(
            nonce=request.state.nonce,
            user=user,
            county=county,
            demo=is_demo(service),
            notice=NOTICE,
            csrf=caller.csrf_token if caller else "",
            version=VERSION,
            home=home_of(caller),
            asset_version=asset_version(app_dir),
            needed_modules=partial(needed_modules, app_dir),
            **extra,
        )
    )
    return HTMLResponse(html)


def admitted(
    request: Request,
    service: Service,
    caller: Caller | None,
    *,
    readers: Collection[Role],
    refusal: str,
) -> Caller | Response:
    """Return ``caller`` if this page is for them, else the answer that they get instead of it.

    Nobody known goes to the login, a password of an administrator's must be changed first, and
    whoever is not among ``readers`` is told so with ``refusal``, as status 403.
    """
    if caller is None:
        return to_login(request)
    # Nobody stands before a wall to think of a password.
    if caller.must_change_password and caller.role is not Role.WALL:
        return to_new_password()
    if caller.role in readers:
        return caller
    page = render(
        request,
        service,
        caller,
        "error.html",
        title="您没有查看权限",
        detail=refusal,
        request_id=None,
    )
    page.status_code = 403
    return page


@dataclass(frozen=True, slots=True)
class Visit:
    """Hold who asks for a page, and when."""

    request: Request
    parts: Service
    caller: Caller | None
    now: datetime


async def visit_of(
    request: Request,
    parts: ServiceDep,
    caller: Annotated[Caller | None, Depends(public())],
    now: NowDep,
) -> Visit:
    """Return what a request for a page brings."""
    return Visit(request, parts, caller, now)


VisitDep = Annotated[Visit, Depends(visit_of)]


def page_for(
    visit: Visit,
    template: str,
    *,
    readers: Collection[Role],
    refusal: str,
    with_map: bool = False,
    extra: Callable[[Caller], dict[str, Any]] = lambda _reader: {},
) -> Response:
    """Return a page for ``readers``, others their answer (see ``admitted``).

    ``with_map`` gives it the map of the county, ``extra`` says what else it needs for its reader.
    """
    request, parts = visit.request, visit.parts
    reader = admitted(request, parts, visit.caller, readers=readers, refusal=refusal)
    if isinstance(reader, Response):
        return reader
    block = {"block": county_block(request, parts, visit.now)} if with_map else {}
    return render(request, parts, reader, template, **block, **extra(reader))


def county_block(request: Request, service: Service, now: datetime) -> MapBlock:
    """Return the map block of the whole county, its scripts allowed in this response."""
    known = service.keeper.current()
    box = service.keeper.boxes_at(known, now)[known.county.code]
    block = _block((box[0], box[1], box[2], box[3]))
    return block.with_nonce(request.state.nonce)


# One block per county and process, whatever the page; folium takes its time once.
@lru_cache(maxsize=8)
def _block(bounds: tuple[float, float, float, float]) -> MapBlock:
    # folium brings pandas with it, a quarter of what a service would read before it answers.
    from maps.overview import MapConfig, render_block

    return render_block(MapConfig(bounds=bounds))


def is_demo(service: Service) -> bool:
    """Say whether the pages must carry the demo mark."""
    if service.settings.demo:
        return True
    try:
        revisions = service.keeper.current().boundary_revisions
    except Problem:
        return False
    return any("示意" in revision.note for revision in revisions)


def to_login(request: Request) -> RedirectResponse:
    """Send somebody who is not logged in to /login, and back afterwards."""
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(target, safe='/')}", status_code=303)


def to_new_password() -> RedirectResponse:
    """Send whoever still has the password of an administrator to choose one."""
    return RedirectResponse("/password", status_code=303)


def home_of(caller: Caller | None) -> str:
    """Return where the work of ``caller`` begins: the phone, or the map, if reports may be read."""
    if caller is not None and caller.role is Role.GRID_WORKER:
        return "/m"
    return "/map" if caller is None or caller.role in REPORT_READERS else "/accounts"


def onward(caller: Caller, target: str | None) -> str:
    """Return where to go after a login: ``target``, or home when it is not for the caller."""
    path = own_path(target)
    if path is None:
        return home_of(caller)
    readers = _READERS.get(path.partition("?")[0])
    return path if readers is None or caller.role in readers else home_of(caller)


def own_path(target: str | None) -> str | None:
    """Return ``target`` when it is a path of ours, else None: never a foreign address."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(char) < 33 or char == "\\" for char in target):
        return None
    return target
