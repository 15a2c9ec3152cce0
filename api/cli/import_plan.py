"""``wangge import plan``: a file of new shapes becomes a draft in a county that has grids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.import_group import imports


@imports.command("plan")
def plan(
    file: Annotated[Path, typer.Argument(help="The file: grids with the codes they have.")],
    name: Annotated[str, typer.Option(help="Name of the plan.")],
    author: Annotated[str, typer.Option(help="Account in whose name the plan is drafted.")],
    crs: Annotated[
        str | None, typer.Option(help="cgcs2000, wgs84, gcj02, bd09 or an EPSG code.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the texts.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer, when there are several.")] = None,
    code_field: Annotated[str | None, typer.Option(help="Column of the codes.")] = None,
    name_field: Annotated[str | None, typer.Option(help="Column of the names.")] = None,
    exclaves: Annotated[
        bool, typer.Option("--exclaves", help="Take grids in several parts as exclaves (飞地).")
    ] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Use the proposed repair.")] = False,
    gap_width: Annotated[
        float, typer.Option(min=0, max=1000, help="Repair: close gaps narrower than this, metres.")
    ] = 5.0,
    border_snap: Annotated[
        float, typer.Option(min=0, max=5, help="Lines nearer than this to a present one are it.")
    ] = 1.0,
    keep_community_borders: Annotated[
        bool,
        typer.Option("--keep-community-borders", help="Leave borders between communities."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Draft a plan from a file of new shapes; it is in force only after approval."""
    # Imported here: reading shapes takes half a second that the other commands need not wait.
    from api.cli import planning
    from geo.boundary_files.fields import Role
    from geo.boundary_files.inspection import Request

    request = Request(
        crs=crs,
        encoding=encoding,
        layer=layer,
        fields={Role.CODE: code_field, Role.NAME: name_field},
        exclaves=exclaves,
        repair=repair,
        gap_width_m=gap_width,
    )
    drafted = planning.draft(
        file,
        request,
        planning.Order(
            name=name,
            author=author,
            border_snap_m=border_snap,
            cross_parent=not keep_community_borders,
            as_json=as_json,
        ),
    )
    if as_json:
        typer.echo(json.dumps(drafted, ensure_ascii=False))
        return
    counts = drafted["counts"]
    typer.echo(
        f"已生成方案“{name}”（草案，{drafted['steps']}步）：改动{counts['changed']}个网格，"
        f"新增{counts['created']}个，停用{counts['retired']}个，"
        f"易主{drafted['moved_m2']:,.1f}平方米。送审和批准在 /edit。"
    )
