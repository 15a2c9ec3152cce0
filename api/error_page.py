"""Answer an unknown address with a page when a person asks with a browser."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from api.accounts.roles import Caller
from api.db.faults import DatabaseUnavailable
from api.deps import find_caller, service_of
from api.input_types import now
from api.pages import render
from api.problem_answers import on_http_exception
from api.problems import Problem


def install_error_page(app: FastAPI) -> None:
    """Register the page for unknown addresses; every other refusal stays a problem."""
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404 and _is_for_a_person(request):
        return await _no_such_page(request)
    return await on_http_exception(request, error)


def _is_for_a_person(request: Request) -> bool:
    # A program that calls the API gets a problem whatever it says that it accepts.
    wants_page = "text/html" in request.headers.get("accept", "")
    return wants_page and not request.url.path.startswith("/v1/")


async def _no_such_page(request: Request) -> Response:
    page = render(
        request,
        await service_of(request),
        await _caller(request),
        "error.html",
        title="没有这个页面",
        detail="没有这个地址，请检查链接。",
        request_id=None,
    )
    page.status_code = 404
    return page


async def _caller(request: Request) -> Caller | None:
    try:
        return await find_caller(request, await service_of(request), now())
    except (Problem, DatabaseUnavailable):
        # Who looks only decides what the bar shows.
        return None
