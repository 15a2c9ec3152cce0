"""``wangge import buildings``: where the households of a county live, from CSV or XLSX."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from api.buildings.service import BuildingsOutcome


@imports.command("buildings")
def buildings(
    file: Annotated[
        Path,
        file_argument("CSV or XLSX: id,lon,lat,households and name,place where wanted."),
    ],
    crs: Annotated[str, CRS_OPTION],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make the county's table of buildings what the file says, and count households anew."""
    from api.buildings.service import import_buildings
    from api.cli.importing import owned
    from api.input_types import now

    narrator = Narrator(quiet=as_json)
    with owned() as database:
        outcome = import_buildings(
            database, file, crs=crs, now=now(), dry_run=dry_run, tell=narrator.say
        )
    _ending(outcome, dry_run=dry_run).tell(dry_run=dry_run, as_json=as_json)


def _ending(outcome: BuildingsOutcome, *, dry_run: bool) -> Ending:
    counts = (
        f"新增{outcome.added}栋、更新{outcome.updated}栋、未变{outcome.unchanged}栋、"
        f"删除{outcome.removed}栋，共{outcome.households:,}户"
    )
    answer = asdict(outcome) | {"dry_run": dry_run, "imported": outcome.stored}
    del answer["stored"]
    return Ending(
        answer=answer,
        faults=[cell_words(e.row, e.column, e.reason) for e in outcome.errors],
        refused=bool(outcome.errors),
        done=f"已导入：{counts}；各级户数已重新计算。",
        would=f"检查完毕，没有导入：将{counts}。",
    )
