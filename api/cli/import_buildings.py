"""``wangge import buildings``: where the households of a county live, from CSV or XLSX."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.import_group import (
    AsJson,
    DryRun,
    cell_words,
    file_argument,
    imports,
    say_faults,
    say_refused,
)
from api.cli.output import Narrator

if TYPE_CHECKING:
    from api.buildings.service import BuildingsOutcome


def register(_app: typer.Typer) -> None:
    """Add the command to its group."""
    imports.command("buildings")(buildings)


def buildings(
    file: Annotated[
        Path,
        file_argument("CSV or XLSX: id,lon,lat,households and name,place where wanted."),
    ],
    crs: Annotated[
        str,
        typer.Option(help="Coordinate system: cgcs2000, wgs84, gcj02, bd09 or an EPSG code."),
    ],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make the county's table of buildings what the file says, and count households anew."""
    from api.buildings.service import import_buildings
    from api.cli.importing import owned
    from api.deps import now

    narrator = Narrator(quiet=as_json)
    with owned() as database:
        outcome = import_buildings(
            database, file, crs=crs, now=now(), dry_run=dry_run, tell=narrator.say
        )
    if as_json:
        answer = asdict(outcome) | {"dry_run": dry_run, "imported": outcome.stored}
        del answer["stored"]
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        _print(outcome, dry_run=dry_run)
    if outcome.errors:
        raise typer.Exit(1)


def _print(outcome: BuildingsOutcome, *, dry_run: bool) -> None:
    say_faults([cell_words(e.row, e.column, e.reason) for e in outcome.errors])
    counts = (
        f"新增{outcome.added}栋、更新{outcome.updated}栋、未变{outcome.unchanged}栋、"
        f"删除{outcome.removed}栋，共{outcome.households:,}户"
    )
    if outcome.errors:
        say_refused(outcome.errors)
    elif dry_run:
        typer.echo(f"检查完毕，没有导入：将{counts}。")
    else:
        typer.echo(f"已导入：{counts}；各级户数已重新计算。")
