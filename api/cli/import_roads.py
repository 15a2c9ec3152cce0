"""``wangge import roads``: the county's roads, drawn on the map of a plan, from a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.import_group import (
    CRS_OPTION,
    AsJson,
    DryRun,
    Ending,
    cell_words,
    file_argument,
    imports,
)
from api.cli.output import Narrator

if TYPE_CHECKING:
    from api.roads.service import RoadsOutcome


@imports.command("roads")
def roads(
    file: Annotated[
        Path,
        file_argument("Lines: GeoJSON, Shapefile (zip or .shp), GeoPackage, FlatGeobuf, KML."),
    ],
    crs: Annotated[str | None, CRS_OPTION] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the texts.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer, when there are several.")] = None,
    name_field: Annotated[str | None, typer.Option(help="Column of the names.")] = None,
    class_field: Annotated[str | None, typer.Option(help="Column of the classes.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make the county's roads those of the file."""
    from api.cli.importing import owned
    from api.input_types import now
    from api.roads.service import RoadsRequest, import_roads

    narrator = Narrator(quiet=as_json)
    request = RoadsRequest(
        crs=crs, encoding=encoding, layer=layer, name_field=name_field, class_field=class_field
    )
    with owned() as database:
        outcome = import_roads(
            database, file, request, now=now(), dry_run=dry_run, tell=narrator.say
        )
    _ending(outcome, dry_run=dry_run).tell(dry_run=dry_run, as_json=as_json)


def _ending(outcome: RoadsOutcome, *, dry_run: bool) -> Ending:
    counts = (
        f"{outcome.roads}条道路（{outcome.system}），替换原有{outcome.replaced}条，"
        f"{outcome.outside}条在旗县区外未采用"
    )
    answer = asdict(outcome) | {"dry_run": dry_run, "imported": outcome.stored}
    del answer["stored"]
    return Ending(
        answer=answer,
        faults=[cell_words(e.row, e.column, e.reason) for e in outcome.errors],
        refused=bool(outcome.errors),
        done=f"已导入{counts}。",
        would=f"检查完毕，没有导入：将导入{counts}。",
    )
