"""Serve our application as ``wangge serve`` does, with two routes more: one is empty.

It lies behind the same edge and the same look at the login as every route of ours, at the front
of the table so that it is found first, and answers with a ready-made response: the least that a
route of this application can cost. The other stores one row. Started with a port it runs the
processes; those it starts with the arguments of a child of ``wangge serve``.
"""

from __future__ import annotations

import argparse
import sys
from typing import Annotated

from fastapi import Depends, FastAPI, Response

import api.app
from api.accounts.roles import ANYONE, Caller
from api.cli import child
from api.cli.listening import reserve
from api.cli.supervisor import Supervisor
from api.db.provision import open_database
from api.deps import allow
from api.settings import child_environment, get_settings
from bench import bare_insert

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


def main() -> None:
    """Run the processes, or be one of them."""
    if "--alive" in sys.argv:
        api.app.create_app = create_app  # type: ignore[assignment]  # found there by uvicorn
        child.main()
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    settings = get_settings()
    sockets = reserve(settings.host, chosen.port, settings.workers)
    with open_database(settings) as database:
        environment = child_environment(**database.environment())
        with Supervisor(sockets, environment=environment, program=PROGRAM) as supervisor:
            supervisor.watch()


if __name__ == "__main__":
    main()
