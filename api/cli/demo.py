"""``wangge demo``: the whole way from nothing to a map with a county and its reports."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.cli.compiling import compile_ahead
from api.cli.init import bring_up_to_date
from api.cli.listening import page_address, reserve
from api.cli.output import Narrator
from api.cli.serve import run_service
from api.db.provision import open_database
from api.settings import get_settings

Credentials = Mapping[str, Mapping[str, str]]


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("demo")(demo)


def demo(
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="End after the two sample reports.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="TCP port (default: WANGGE_PORT or 8000).")
    ] = None,
) -> None:
    """Load the synthetic demo county (示意数据), show two reports find their owner, and serve."""
    # Loading takes seconds: imported here, so that the other commands start at once.
    from api.demo.load import credentials_file as credentials_path
    from api.demo.load import load_demo
    from api.demo.showcase import print_showcase

    settings = get_settings()
    narrator = Narrator()
    address = (settings.host, port or settings.port)
    sockets = [] if no_serve else reserve(*address, settings.workers)
    logins_file = credentials_path(settings.var_dir)
    compile_ahead(narrator)
    with open_database(settings, say=narrator.say) as database:
        bring_up_to_date(database, narrator)
        credentials = load_demo(settings, database, narrator.say)
        write_credentials(logins_file, credentials)
        print_showcase(Console(soft_wrap=True, highlight=False), settings, database)
        if no_serve:
            return
        narrator.say("Starting the service")
        log = settings.var_dir / "service.log"
        run_service(
            sockets,
            database,
            url=page_address(*address),
            log=log,
            when_ready=lambda: _announce(page_address(*address), credentials, logins_file),
        )
    narrator.say("Stopped.")


def write_credentials(path: Path, credentials: Credentials) -> None:
    """Write the demo logins for the owner of the checkout alone, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(credentials, file, ensure_ascii=False, indent=2)
        file.write("\n")
    new.replace(path)


def _announce(url: str, credentials: Credentials, file: Path) -> None:
    typer.echo()
    typer.echo(f"  一图统览   {url}/map")
    typer.echo(f"  接口文档   {url}/docs")
    typer.echo()
    for role, login in credentials.items():
        typer.echo(
            f"  {role:16} {login['username']:16} {login['password']:20} {login.get('area', '')}"
        )
    typer.echo(f"\n  The logins are also in {file} (示意数据，内容虚构).")
    typer.echo("  Ctrl-C stops what was started here, and nothing else.")
