"""``wangge export``: give the boundaries of any date to other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

exports = typer.Typer(help="Give boundaries out.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.add_typer(exports, name="export")


# Without a callback a group of one command would be that command.
@exports.callback()
def _group() -> None:
    """Give boundaries out."""


@exports.command("boundaries")
def boundaries(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    format_name: Annotated[
        str, typer.Option("--format", help="geojson, gpkg or shp (a .zip or .shp).")
    ] = "geojson",
    at: Annotated[str | None, typer.Option(help="Instant with offset; default now.")] = None,
    level: Annotated[str, typer.Option(help="grid, community, township or county.")] = "grid",
    encoding: Annotated[
        str, typer.Option(help="Texts of a Shapefile: utf-8 or gb18030.")
    ] = "utf-8",
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Write the coverage in force at an instant, with its lineage; CGCS2000 degrees."""
    from api.cli.importing import instant
    from api.cli.output import Narrator
    from api.db.engine import SERVICE, Database, make_engine, serving_url
    from api.db.provision import open_database
    from api.interop.county_export import export_county
    from api.settings import get_settings
    from geo.codes import Level

    if level not in set(Level):
        raise typer.BadParameter("--level is grid, community, township or county.")
    moment = instant(at)
    with open_database(get_settings(), say=Narrator(quiet=True).say) as provided:
        database = Database(make_engine(serving_url(provided.owner_url, provided.app_url)))
        try:
            with database.transaction(SERVICE) as connection:
                count, revision = export_county(
                    connection,
                    output,
                    format_name=format_name,
                    level=Level(level),
                    at=moment,
                    encoding=encoding,
                )
        finally:
            database.close()
    if as_json:
        outcome = {"file": str(output), "areas": count, "revision": revision}
        typer.echo(json.dumps(outcome, ensure_ascii=False))
    else:
        typer.echo(f"已导出{count:,}个区域（界线版本 {revision}）到 {output}。")
