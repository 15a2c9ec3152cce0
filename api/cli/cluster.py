"""``wangge cluster``: look at, stop or remove the private database."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from api.cli.refusal import Refused
from api.db.cluster import is_running, remove_cluster, stop_cluster
from api.db.cluster_databases import urls_of
from api.db.cluster_home import in_use, place_of
from api.settings import get_settings

cluster_app = typer.Typer(no_args_is_help=True, help="The private database below var/.")


def register(app: typer.Typer) -> None:
    """Add the group of commands to ``app``."""
    app.add_typer(cluster_app, name="cluster")


@cluster_app.command("status")
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say where the private database is, whether it runs, and how to reach it."""
    var_dir = get_settings().var_dir
    place = place_of(var_dir, "cluster")
    facts = {
        "running": is_running(var_dir),
        "in_use": in_use(place),
        "data": str(place.data),
        "log": str(place.log),
        "psql": urls_of(place).owner.replace("+psycopg", ""),
    }
    if as_json:
        typer.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        typer.echo(f"{name:8} {'yes' if value is True else 'no' if value is False else value}")


@cluster_app.command("stop")
def stop() -> None:
    """Stop a private database that was left running (after kill -9); refused while it is used."""
    stopped = stop_cluster(get_settings().var_dir)
    typer.echo("Stopped." if stopped else "It was not running.")


@cluster_app.command("remove")
def remove(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete the private database for good."""
    if not yes and not typer.confirm("Delete every report and boundary in it for good?"):
        raise Refused("Nothing was deleted.")
    removed = remove_cluster(get_settings().var_dir)
    typer.echo(f"Deleted {removed}." if removed is not None else "There was none.")
