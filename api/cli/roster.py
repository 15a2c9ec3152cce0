"""``wangge import roster`` and ``wangge export roster``: the roster as an office file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.export import exports
from api.cli.import_group import imports
from api.cli.output import Narrator
from api.db.provision import open_database
from api.settings import get_settings

if TYPE_CHECKING:
    from api.duty.roster_import import Outcome

MOST_SHOWN = 20


def register(_app: typer.Typer) -> None:
    """Add the commands to their groups."""
    imports.command("roster")(import_)
    exports.command("roster")(export)


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="XLSX or CSV with the columns of the template.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and store nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Import people, posts and who holds them; persons are keyed by number (工号)."""
    from api.cli.refusal import Refused
    from api.db.engine import SERVICE
    from api.deps import now
    from api.duty.roster_import import Actor, import_roster
    from api.duty.roster_routes import outcome_json
    from api.service_parts import build_service
    from api.sheet_files import MAX_FILE_BYTES, MIB

    settings = get_settings()
    if file.stat().st_size > MAX_FILE_BYTES:
        raise Refused(f"文件超过{MAX_FILE_BYTES // MIB} MiB，请分开导入。")
    with open_database(settings, say=Narrator(quiet=True).say) as database:
        service = build_service(settings.model_copy(update=database.settings()))
        try:
            Narrator(quiet=as_json).say(f"Checking {file.name}")
            county = service.keeper.current().county.code
            outcome = import_roster(
                service.database,
                service.keeper,
                file.read_bytes(),
                actor=Actor("command-line", county, SERVICE),
                now=now(),
                dry_run=dry_run,
            )
        finally:
            service.database.close()
    if as_json:
        typer.echo(json.dumps(outcome_json(outcome, dry_run=dry_run), ensure_ascii=False))
    else:
        _print(outcome, dry_run=dry_run)
    if outcome.faults:
        raise typer.Exit(1)


def _print(outcome: Outcome, *, dry_run: bool) -> None:
    for fault in outcome.faults[:MOST_SHOWN]:
        typer.echo(f"第{fault.line}行“{fault.column}”：{fault.message}", err=True)
    if len(outcome.faults) > MOST_SHOWN:
        rest = len(outcome.faults) - MOST_SHOWN
        typer.echo(f"另有{rest}处有误，用 --json 看更多。", err=True)
    counts = outcome.counts()
    said = (
        f"新增人员{counts['people_added']}名、更新{counts['people_changed']}名，"
        f"新设岗位{counts['posts_added']}个，新任职{counts['terms_added']}项、"
        f"结束任职{counts['terms_ended']}项，未变{counts['unchanged']}行"
    )
    if outcome.faults:
        typer.echo(f"没有导入：{len(outcome.faults)}处有误，请改正后重试。", err=True)
    elif dry_run:
        typer.echo(f"检查完毕，没有导入：将{said}。")
    else:
        typer.echo(f"已导入：{said}。")


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
    from api.deps import now
    from api.duty.roster_export import roster_workbook, template_workbook
    from api.service_parts import build_service
    from geo.boundary_files.writing import put_file
    from geo.codes import parse_code

    if template:
        put_file(output, template_workbook())
        typer.echo(f"已写入模板 {output}。")
        return
    settings = get_settings()
    with open_database(settings, say=Narrator(quiet=True).say) as database:
        service = build_service(settings.model_copy(update=database.settings()))
        try:
            known = service.keeper.current()
        finally:
            service.database.close()
    code = parse_code(area) if area else known.county.code
    if code not in known.areas:
        raise Refused("没有这个编码的区域。")
    content, rows = roster_workbook(known, None, area=code, at=now())
    put_file(output, content)
    typer.echo(f"已写入 {output}：{rows}行。")
