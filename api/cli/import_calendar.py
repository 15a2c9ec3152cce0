"""``wangge import calendar``: the State Council's notice of days off, from a CSV or XLSX file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.import_group import (
    AsJson,
    DryRun,
    Ending,
    checking,
    file_argument,
    imports,
)

if TYPE_CHECKING:
    from api.calendar.service import Outcome


@imports.command("calendar")
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
    from api.input_types import now

    with checking(file, quiet=as_json) as service:
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
    _ending(outcome, dry_run=dry_run).tell(dry_run=dry_run, as_json=as_json)


def _ending(outcome: Outcome, *, dry_run: bool) -> Ending:
    from api.calendar import showing

    year, days, version = outcome.year, outcome.days, outcome.version
    same = f"{year}年的放假安排没有变化（{version}）。" if outcome.unchanged else None
    done = f"已导入{year}年的放假安排（{version}，{days}天），重新计算时限{outcome.recomputed}件。"
    return Ending(
        answer={
            **showing.outcome(outcome, dry_run=dry_run),
            "errors": showing.errors(outcome),
        },
        faults=[f"第{error.line}行：{error.message}" for error in outcome.errors],
        refused=outcome.refused,
        done=same or done,
        would=same or f"检查完毕，没有导入：{year}年{days}天。",
    )
