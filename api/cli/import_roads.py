"""``wangge import roads``: the county's roads, drawn on the map of a plan, from a file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.import_group import imports
from api.cli.output import Narrator

if TYPE_CHECKING:
    from api.roads.service import RoadsOutcome

MOST_SHOWN = 20


def register(_app: typer.Typer) -> None:
    """Add the command to its group."""
    imports.command("roads")(roads)


def roads(
    file: Annotated[
        Path,
        typer.Argument(
            help="Lines: GeoJSON, Shapefile (zip or .shp), GeoPackage, FlatGeobuf, KML.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
    crs: Annotated[
        str | None,
        typer.Option(help="Coordinate system: cgcs2000, wgs84, gcj02, bd09 or an EPSG code."),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the texts.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer, when there are several.")] = None,
    name_field: Annotated[str | None, typer.Option(help="Column of the names.")] = None,
    class_field: Annotated[str | None, typer.Option(help="Column of the classes.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and store nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Make the county's roads those of the file."""
    from api.cli.importing import owned
    from api.deps import now
    from api.roads.service import RoadsRequest, import_roads

    narrator = Narrator(quiet=as_json)
    request = RoadsRequest(
        crs=crs, encoding=encoding, layer=layer, name_field=name_field, class_field=class_field
    )
    with owned() as database:
        outcome = import_roads(
            database, file, request, now=now(), dry_run=dry_run, tell=narrator.say
        )
    if as_json:
        answer = asdict(outcome) | {"dry_run": dry_run, "imported": outcome.stored}
        del answer["stored"]
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        _print(outcome, dry_run=dry_run)
    if outcome.errors:
        raise typer.Exit(1)


def _print(outcome: RoadsOutcome, *, dry_run: bool) -> None:
    for error in outcome.errors[:MOST_SHOWN]:
        column = f"{error.column}列" if error.column else ""
        typer.echo(f"第{error.row}行{column}：{error.reason}", err=True)
    if len(outcome.errors) > MOST_SHOWN:
        typer.echo(f"另有{len(outcome.errors) - MOST_SHOWN}处有误，用 --json 看全部。", err=True)
    counts = (
        f"{outcome.roads}条道路（{outcome.system}），替换原有{outcome.replaced}条，"
        f"{outcome.outside}条在旗县区外未采用"
    )
    if outcome.errors:
        typer.echo(f"没有导入：{len(outcome.errors)}处有误，请改正后重试。", err=True)
    elif dry_run:
        typer.echo(f"检查完毕，没有导入：将导入{counts}。")
    else:
        typer.echo(f"已导入{counts}。")
