"""Serve our application with something of a measure's own in each process.

A program of ours started with a port runs the processes as ``wangge serve`` does; those it starts
with the arguments of a child of ``wangge serve``, and each changes itself first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from api.cli import child
from api.cli.listening import reserve
from api.cli.supervisor import Supervisor
from api.db.provision import open_database
from api.settings import child_environment, get_settings


def run_or_be(program: tuple[str, ...], prepare: Callable[[], None]) -> None:
    """Run the processes of ``program``, or be one of them, once it is prepared."""
    if "--alive" in sys.argv:
        prepare()
        child.main()
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    settings = get_settings()
    sockets = reserve(settings.host, chosen.port, settings.workers)
    with open_database(settings) as database:
        environment = child_environment(**database.environment())
        with Supervisor(sockets, environment=environment, program=program) as supervisor:
            supervisor.watch()
