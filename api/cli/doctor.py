"""``wangge doctor``: what is there, what is missing, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.cli.checks import Check, State, all_checks
from api.settings import get_settings

_STYLES = {State.OK: "green", State.NOTE: "yellow", State.MISSING: "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("doctor")(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Say what is there and what is missing; exit code 1 when something needed is missing."""
    checks = list(all_checks(get_settings()))
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in checks], ensure_ascii=False))
    else:
        Console().print(_table(checks))
    if any(check.state is State.MISSING for check in checks):
        raise typer.Exit(1)


def _table(checks: list[Check]) -> Table:
    table = Table(show_header=True, header_style="bold", box=None, pad_edge=False)
    for title in ("what", "state", "detail", "what to do"):
        table.add_column(title, overflow="fold")
    for check in checks:
        state = f"[{_STYLES[check.state]}]{check.state}[/]"
        table.add_row(check.name, state, _plain(check.detail), _plain(check.remedy))
    return table


def _plain(text: str) -> str:
    # Square brackets in a path or a message are no markup.
    return text.replace("[", r"\[")
