"""``wangge import places``: names of compounds, buildings, villages and roads from a table."""

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
    from api.places.service import Outcome


def register(_app: typer.Typer) -> None:
    """Add the command to its group."""
    imports.command("places")(places)


def places(
    file: Annotated[
        Path,
        file_argument("CSV, XLSX, or points (GeoJSON, Shapefile, GeoPackage, FlatGeobuf, KML)."),
    ],
    crs: Annotated[
        str | None,
        typer.Option(help="Points: cgcs2000, wgs84, gcj02, bd09 or an EPSG code."),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Points: encoding of the texts.")] = None,
    layer: Annotated[str | None, typer.Option(help="Points: layer, of several.")] = None,
    dry_run: DryRun = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Import the good rows although others are bad.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import places; a row with a known id updates that place."""
    from api.deps import now
    from api.places.service import Reading, import_places

    narrator = Narrator(quiet=as_json)
    with running_service() as service:
        narrator.say(f"Checking {file.name}")
        outcome = import_places(
            service.database,
            service.keeper,
            file,
            now=now(),
            dry_run=dry_run,
            skip_bad=skip_bad,
            reading=Reading(crs=crs, encoding=encoding, layer=layer),
        )
    if as_json:
        typer.echo(json.dumps(_as_json(outcome, dry_run=dry_run), ensure_ascii=False))
    else:
        _print(outcome, dry_run=dry_run, skip_bad=skip_bad)
    if outcome.refused:
        raise typer.Exit(1)


def _as_json(outcome: Outcome, *, dry_run: bool) -> dict[str, object]:
    return {
        "rows": outcome.rows,
        "added": outcome.added,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "errors": [{"line": error.line, "reason": error.reason} for error in outcome.errors],
        "dry_run": dry_run,
        "imported": outcome.stored,
        "revision": outcome.revision,
    }


def _print(outcome: Outcome, *, dry_run: bool, skip_bad: bool) -> None:
    say_faults([f"第{error.line}行：{error.reason}" for error in outcome.errors], unit="行")
    counts = f"新增{outcome.added}处、更新{outcome.updated}处、未变{outcome.unchanged}处"
    if outcome.refused:
        hint = "" if skip_bad else "，或用 --skip-bad 跳过这些行"
        say_refused(outcome.errors, unit="行", hint=hint)
    elif dry_run:
        typer.echo(f"检查完毕，没有导入：将{counts}。")
    else:
        skipped = f"，跳过{len(outcome.errors)}行" if outcome.errors else ""
        typer.echo(f"已导入：{counts}{skipped}。")
