"""``wangge import roster`` and ``wangge export roster``: the roster as an office file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.export import exports
from api.cli.import_group import (
    AsJson,
    DryRun,
    Ending,
    checking,
    file_argument,
    imports,
    running_service,
)

if TYPE_CHECKING:
    from api.duty.roster_import import Outcome


@imports.command("roster")
def import_(
    file: Annotated[
        Path,
        file_argument("XLSX or CSV with the columns of the template."),
    ],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import people, posts and who holds them; persons are keyed by number (工号)."""
    from api.cli.refusal import Refused
    from api.db.engine import SERVICE
    from api.duty.roster_import import Actor, import_roster
    from api.input_types import now
    from api.sheet_files import MAX_FILE_BYTES, MIB

    if file.stat().st_size > MAX_FILE_BYTES:
        raise Refused(f"文件超过{MAX_FILE_BYTES // MIB} MiB，请分开导入。")
    with checking(file, quiet=as_json) as service:
        county = service.keeper.current().county.code
        outcome = import_roster(
            service.database,
            service.keeper,
            file.read_bytes(),
            actor=Actor("command-line", county, SERVICE),
            now=now(),
            dry_run=dry_run,
        )
    _ending(outcome, dry_run=dry_run).tell(dry_run=dry_run, as_json=as_json)


def _ending(outcome: Outcome, *, dry_run: bool) -> Ending:
    from api.duty.roster_routes import outcome_json

    counts = outcome.counts()
    said = (
        f"新增人员{counts['people_added']}名、更新{counts['people_changed']}名，"
        f"新设岗位{counts['posts_added']}个，新任职{counts['terms_added']}项、"
        f"结束任职{counts['terms_ended']}项，未变{counts['unchanged']}行"
    )
    return Ending(
        answer=outcome_json(outcome, dry_run=dry_run),
        faults=[f"第{f.line}行“{f.column}”：{f.message}" for f in outcome.faults],
        refused=bool(outcome.faults),
        done=f"已导入：{said}。",
        would=f"检查完毕，没有导入：将{said}。",
    )


@exports.command("roster")
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="XLSX file to write.")],
    area: Annotated[
        str | None, typer.Option(help="Code of the area; default the whole county.")
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write the empty file to fill in instead.")
    ] = False,
) -> None:
    """Write the roster in force now as a workbook that can be imported again."""
    from api.cli.refusal import Refused
    from api.duty.roster_export import roster_workbook, template_workbook
    from api.input_types import now
    from geo.boundary_files.writing import put_file
    from geo.codes import parse_code

    if template:
        put_file(output, template_workbook())
        typer.echo(f"已写入模板 {output}。")
        return
    with running_service() as service:
        known = service.keeper.current()
    code = parse_code(area) if area else known.county.code
    if code not in known.areas:
        raise Refused("没有这个编码的区域。")
    content, rows = roster_workbook(known, None, area=code, at=now())
    put_file(output, content)
    typer.echo(f"已写入 {output}：{rows}行。")
