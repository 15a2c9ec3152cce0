"""``wangge import buildings``: where the households of a county live, from CSV or XLSX."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.import_group import imports
from api.cli.output import Narrator

if TYPE_CHECKING:
    from api.buildings.service import BuildingsOutcome

MOST_SHOWN = 20


def register(_app: typer.Typer) -> None:
    """Add the command to its group."""
    imports.command("buildings")(buildings)


def buildings(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV or XLSX: id,lon,lat,households and name,place where wanted.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
    crs: Annotated[
        str,
        typer.Option(help="Coordinate system: cgcs2000, wgs84, gcj02, bd09 or an EPSG code."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and store nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
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
    for error in outcome.errors[:MOST_SHOWN]:
        column = f"{error.column}列" if error.column else ""
        typer.echo(f"第{error.row}行{column}：{error.reason}", err=True)
    if len(outcome.errors) > MOST_SHOWN:
        typer.echo(f"另有{len(outcome.errors) - MOST_SHOWN}处有误，用 --json 看全部。", err=True)
    counts = (
        f"新增{outcome.added}栋、更新{outcome.updated}栋、未变{outcome.unchanged}栋、"
        f"删除{outcome.removed}栋，共{outcome.households:,}户"
    )
    if outcome.errors:
        typer.echo(f"没有导入：{len(outcome.errors)}处有误，请改正后重试。", err=True)
    elif dry_run:
        typer.echo(f"检查完毕，没有导入：将{counts}。")
    else:
        typer.echo(f"已导入：{counts}；各级户数已重新计算。")
