"""``wangge import places``: names of compounds, buildings, villages and roads from a table."""

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
    from api.places.service import Outcome


@imports.command("places")
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
    from api.input_types import now
    from api.places.service import Reading, import_places

    with checking(file, quiet=as_json) as service:
        outcome = import_places(
            service.database,
            service.keeper,
            file,
            now=now(),
            dry_run=dry_run,
            skip_bad=skip_bad,
            reading=Reading(crs=crs, encoding=encoding, layer=layer),
        )
    ending = _ending(outcome, dry_run=dry_run, skip_bad=skip_bad)
    ending.tell(dry_run=dry_run, as_json=as_json)


def _ending(outcome: Outcome, *, dry_run: bool, skip_bad: bool) -> Ending:
    counts = f"新增{outcome.added}处、更新{outcome.updated}处、未变{outcome.unchanged}处"
    skipped = f"，跳过{len(outcome.errors)}行" if outcome.errors else ""
    return Ending(
        answer=outcome.as_json(dry_run=dry_run),
        faults=[f"第{error.line}行：{error.reason}" for error in outcome.errors],
        refused=outcome.refused,
        done=f"已导入：{counts}{skipped}。",
        would=f"检查完毕，没有导入：将{counts}。",
        unit="行",
        hint="" if skip_bad else "，或用 --skip-bad 跳过这些行",
    )
