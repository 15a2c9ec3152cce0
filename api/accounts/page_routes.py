"""Serve the pages of accounts: login, password, accounts, audit."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.accounts import login
from api.accounts.roles import ACCOUNT_ADMINS, LABELS, Caller, Role
from api.deps import COOKIE, IpDep, NowDep, ServiceDep, TransactionDep, public, require_csrf
from api.input_types import CleanText
from api.pages import Visit, VisitDep, home_of, onward, own_path, page_for, render, to_login
from api.problems import Problem

router = APIRouter(tags=["pages"], include_in_schema=False)

MaybeCaller = Annotated[Caller | None, Depends(public())]
FormText = Annotated[CleanText, Form(max_length=200)]


@router.get("/")
def home(caller: MaybeCaller) -> Response:
    """Lead to where the caller's work begins, or to the login."""
    return RedirectResponse(home_of(caller) if caller else "/login", status_code=303)


@router.get("/login")
def login_page(
    request: Request,
    parts: ServiceDep,
    caller: MaybeCaller,
    target: Annotated[str | None, Query(alias="next")] = None,
) -> Response:
    """Show the login form."""
    if caller is not None:
        return RedirectResponse(onward(caller, target), status_code=303)
    return render(
        request, parts, None, "login.html", error=None, username="", next=own_path(target)
    )


@router.post("/login", dependencies=[Depends(public())])
def log_in(
    request: Request,
    parts: ServiceDep,
    at: NowDep,
    ip: IpDep,
    username: FormText = "",
    password: FormText = "",
    target: Annotated[CleanText, Form(alias="next", max_length=2000)] = "",
) -> Response:
    """Check the form, set the cookie and go where the person wanted to."""
    try:
        parts.logins.take(ip)
        session = login.log_in(
            parts.database, parts.settings, username=username, password=password, now=at, ip=ip
        )
    except Problem as problem:
        page = render(
            request,
            parts,
            None,
            "login.html",
            error=problem.detail,
            username=username,
            next=own_path(target),
        )
        page.status_code = problem.status
        return page
    caller = session.caller
    next_page = "/password" if caller.must_change_password else onward(caller, target)
    response = RedirectResponse(next_page, status_code=303)
    response.set_cookie(
        COOKIE,
        session.token,
        max_age=parts.settings.session_hours * 3600,
        httponly=True,
        samesite="strict",
        secure=parts.settings.cookie_secure,
        path="/",
    )
    return response


@router.post("/logout")
def log_out(
    parts: ServiceDep,
    connection: TransactionDep,
    caller: MaybeCaller,
    ip: IpDep,
    csrf: FormText = "",
) -> Response:
    """End the session and forget the cookie."""
    if caller is not None:
        require_csrf(caller, csrf)
        login.log_out(connection, caller, ip)
        parts.sessions.forget(caller.account_id)
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/password")
def password_page(request: Request, parts: ServiceDep, caller: MaybeCaller) -> Response:
    """Show the form for a new password."""
    if caller is None:
        return to_login(request)
    return render(request, parts, caller, "password.html")


@router.get("/accounts")
def accounts_page(visit: VisitDep) -> Response:
    """Show the accounts to administrators."""
    return _for_admins(visit, "accounts.html")


@router.get("/audit")
def audit_page(visit: VisitDep) -> Response:
    """Show the audit trail to administrators."""
    return _for_admins(visit, "audit.html")


def _for_admins(visit: Visit, template: str) -> Response:
    return page_for(
        visit,
        template,
        readers=ACCOUNT_ADMINS,
        refusal="此页面只对系统管理员和旗级管理员开放。",
        extra=lambda _: {"roles": [{"value": role.value, "label": LABELS[role]} for role in Role]},
    )
