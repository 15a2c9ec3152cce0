"""``wangge import access-list``: what grid workers may be given, from a CSV or XLSX file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.import_group import (
    AsJson,
    DryRun,
    file_argument,
    imports,
    running_service,
    say_faults,
    say_refused,
)
from api.cli.output import Narrator

if TYPE_CHECKING:
    from api.routing.service import Outcome


def register(_app: typer.Typer) -> None:
    """Add the command to its group."""
    imports.command("access-list")(access_list)


def access_list(
    file: Annotated[
        Path,
        file_argument(
            "CSV or XLSX: no,item,kind,applied_for_by,frequency_or_term and, where they "
            "change, categories,season,from,to."
        ),
    ],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Load a whole access list (准入清单); it is a new version, in force from now on."""
    from api.accounts.audit_trail import COMMAND_LINE
    from api.deps import now
    from api.routing.service import import_list

    narrator = Narrator(quiet=as_json)
    with running_service() as service:
        narrator.say(f"Checking {file.name}")
        outcome = import_list(
            service.database,
            service.keeper,
            file.read_bytes(),
            now=now(),
            actor=COMMAND_LINE,
            dry_run=dry_run,
        )
    if as_json:
        answer = {**outcome.as_json(dry_run=dry_run), "errors": outcome.errors_json()}
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        _print(outcome, dry_run=dry_run)
    if outcome.refused:
        raise typer.Exit(1)


def _print(outcome: Outcome, *, dry_run: bool) -> None:
    say_faults([f"第{error.line}行：{error.message}" for error in outcome.errors])
    change = f"{outcome.items}项，新增{len(outcome.added)}项，退出{len(outcome.removed)}项"
    if outcome.refused:
        say_refused(outcome.errors)
    elif outcome.unchanged:
        typer.echo(f"准入清单没有变化（第{outcome.version}版）。")
    elif dry_run:
        typer.echo(f"检查完毕，没有导入：{change}。")
    else:
        typer.echo(f"已导入准入清单（第{outcome.version}版，{change}）。")
