"""Serve our application as ``wangge serve`` does, with two routes more: one is empty.

It lies behind the same edge and the same look at the login as every route of ours, at the front
of the table so that it is found first, and answers with a ready-made response: the least that a
route of this application can cost. The other stores one row.
"""

from __future__ import annotations

import sys
from typing import Annotated

from fastapi import Depends, FastAPI, Response

import api.app
from api.accounts.roles import ANYONE, Caller
from api.deps import allow
from bench import bare_insert
from bench.own_server import run_or_be

PATH = "/bench/empty"
PROGRAM = (sys.executable, "-m", "bench.with_empty_route")
_plain_app = api.app.create_app


async def empty(_caller: Annotated[Caller, Depends(allow(ANYONE))]) -> Response:
    """Do nothing."""
    return Response(b"{}", media_type="application/json")


def create_app() -> FastAPI:
    """Return our application with the empty route before all others."""
    app = _plain_app()
    app.add_api_route(PATH, empty)
    app.router.routes.insert(0, app.router.routes.pop())
    app.include_router(bare_insert.router)
    app.router.routes.insert(0, app.router.routes.pop())
    return app


def _prepare() -> None:
    api.app.create_app = create_app  # type: ignore[assignment]  # found there by uvicorn


if __name__ == "__main__":
    run_or_be(PROGRAM, _prepare)
