"""``wangge import calendar``: the State Council's notice of days off, from a CSV or XLSX file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.import_group import imports
from api.cli.output import Narrator
from api.db.provision import open_database
from api.settings import get_settings

if TYPE_CHECKING:
    from api.calendar.service import Outcome

MOST_SHOWN = 20


def register(_app: typer.Typer) -> None:
    """Add the command to its group."""
    imports.command("calendar")(calendar)


def calendar(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV or XLSX: date,kind,name; kind is holiday (放假) or makeup (补班).",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
    year: Annotated[
        int | None,
        typer.Option("--year", min=2000, max=2100, help="The notice's year, when the file errs."),
    ] = None,
    document_no: Annotated[
        str | None, typer.Option("--document-no", help="The notice's number (文号).")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and store nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Load the working-day calendar of a year; provisional due dates are counted again."""
    from api.calendar.service import COMMAND_LINE, import_calendar
    from api.deps import now
    from api.service_parts import build_service

    settings = get_settings()
    narrator = Narrator(quiet=as_json)
    with open_database(settings, say=Narrator(quiet=True).say) as database:
        service = build_service(settings.model_copy(update=database.settings()))
        try:
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
        finally:
            service.database.close()
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
    for error in outcome.errors[:MOST_SHOWN]:
        typer.echo(f"第{error.line}行：{error.message}", err=True)
    if len(outcome.errors) > MOST_SHOWN:
        typer.echo(f"另有{len(outcome.errors) - MOST_SHOWN}处有误，用 --json 看全部。", err=True)
    if outcome.refused:
        typer.echo(f"没有导入：{len(outcome.errors)}处有误，请改正后重试。", err=True)
    elif outcome.unchanged:
        typer.echo(f"{outcome.year}年的放假安排没有变化（{outcome.version}）。")
    elif dry_run:
        typer.echo(f"检查完毕，没有导入：{outcome.year}年{outcome.days}天。")
    else:
        typer.echo(
            f"已导入{outcome.year}年的放假安排（{outcome.version}，{outcome.days}天），"
            f"重新计算时限{outcome.recomputed}件。"
        )
