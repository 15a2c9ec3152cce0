"""``wangge import calendar``: the State Council's notice of days off, from a CSV or XLSX file."""

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
    from api.calendar.service import Outcome


def register(_app: typer.Typer) -> None:
    """Add the command to its group."""
    imports.command("calendar")(calendar)


def calendar(
    file: Annotated[
        Path,
        file_argument("CSV or XLSX: date,kind,name; kind is holiday (放假) or makeup (补班)."),
    ],
    year: Annotated[
        int | None,
        typer.Option("--year", min=2000, max=2100, help="The notice's year, when the file errs."),
    ] = None,
    document_no: Annotated[
        str | None, typer.Option("--document-no", help="The notice's number (文号).")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Load the working-day calendar of a year; provisional due dates are counted again."""
    from api.accounts.audit_trail import COMMAND_LINE
    from api.calendar.service import import_calendar
    from api.deps import now

    narrator = Narrator(quiet=as_json)
    with running_service() as service:
        narrator.say(f"Checking {file.name}")
        outcome = import_calendar(
            service.database,
            service.keeper,
            file.read_bytes(),
            now=now(),
            actor=COMMAND_LINE,
            year=year,
            document_no=document_no,
            dry_run=dry_run,
        )
    if as_json:
        typer.echo(json.dumps(_as_json(outcome, dry_run=dry_run), ensure_ascii=False))
    else:
        _print(outcome, dry_run=dry_run)
    if outcome.refused:
        raise typer.Exit(1)


def _as_json(outcome: Outcome, *, dry_run: bool) -> dict[str, object]:
    from api.calendar import showing

    return {
        **showing.outcome(outcome, dry_run=dry_run),
        "errors": showing.errors(outcome),
    }


def _print(outcome: Outcome, *, dry_run: bool) -> None:
    say_faults([f"第{error.line}行：{error.message}" for error in outcome.errors])
    if outcome.refused:
        say_refused(outcome.errors)
    elif outcome.unchanged:
        typer.echo(f"{outcome.year}年的放假安排没有变化（{outcome.version}）。")
    elif dry_run:
        typer.echo(f"检查完毕，没有导入：{outcome.year}年{outcome.days}天。")
    else:
        typer.echo(
            f"已导入{outcome.year}年的放假安排（{outcome.version}，{outcome.days}天），"
            f"重新计算时限{outcome.recomputed}件。"
        )
