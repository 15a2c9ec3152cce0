"""``wangge import``: look a boundary file over, and bring a county in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.import_group import imports

_File = Annotated[Path, typer.Argument(help="The file.")]
_Crs = Annotated[
    str | None,
    typer.Option(help="Coordinate system: cgcs2000, wgs84, gcj02, bd09 or an EPSG code."),
]
_Encoding = Annotated[
    str | None, typer.Option(help="Encoding of the texts: utf-8, gb18030, big5, latin1.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]
_EffectiveAt = Annotated[
    str | None, typer.Option(help="Instant with offset from which it is in force; default now.")
]
_Exclaves = Annotated[
    bool, typer.Option("--exclaves", help="Take areas in several parts as exclaves (飞地).")
]
_Repair = Annotated[bool, typer.Option("--repair", help="Use the proposed repair.")]
_GapWidth = Annotated[
    float, typer.Option(min=0, max=1000, help="Repair: close gaps narrower than this, metres.")
]
_Snap = Annotated[
    float, typer.Option(min=0, max=10, help="Repair: make nodes nearer than this one, metres.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.add_typer(imports, name="import")


@imports.command("boundaries")
def boundaries(
    file: _File,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only report; store nothing (the default).")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Import into an empty county when nothing blocks.")
    ] = False,
    level: Annotated[
        str, typer.Option(help="What the file holds: grid, community, township or county.")
    ] = "grid",
    crs: _Crs = None,
    encoding: _Encoding = None,
    layer: Annotated[str | None, typer.Option(help="Layer, when there are several.")] = None,
    code_field: Annotated[str | None, typer.Option(help="Column of the codes.")] = None,
    name_field: Annotated[str | None, typer.Option(help="Column of the names.")] = None,
    parent_field: Annotated[
        str | None, typer.Option(help="Column of the codes one level up.")
    ] = None,
    make_codes: Annotated[
        bool, typer.Option("--make-codes", help="Number the areas, west to east; needs --county.")
    ] = False,
    county: Annotated[str | None, typer.Option(help="Six digits of the county.")] = None,
    county_name: Annotated[str | None, typer.Option(help="Name of the county.")] = None,
    units: Annotated[
        Path | None, typer.Option(help="CSV of county, townships, communities: code, name.")
    ] = None,
    parents: Annotated[
        Path | None, typer.Option(help="Boundary file of the level above, to check nesting.")
    ] = None,
    exclaves: _Exclaves = False,
    repair: _Repair = False,
    gap_width: _GapWidth = 5.0,
    snap: _Snap = 0.05,
    effective_at: _EffectiveAt = None,
    report: Annotated[
        Path | None, typer.Option(help="Also write the findings as GeoJSON to this file.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Report every gap, overlap, sliver and wrong code of a file; with --apply, import it."""
    # Imported here: reading shapes takes half a second that the other commands need not wait.
    from api.cli import importing
    from geo.boundary_files.fields import Role
    from geo.boundary_files.inspection import Request, inspect_file
    from geo.codes import Level

    if dry_run and apply:
        raise typer.BadParameter("--dry-run and --apply exclude each other.")
    if level not in set(Level):
        raise typer.BadParameter("--level is grid, community, township or county.")
    about = importing.county_facts(county, county_name, units)
    request = Request(
        level=Level(level),
        crs=crs,
        encoding=encoding,
        layer=layer,
        fields={Role.CODE: code_field, Role.NAME: name_field, Role.PARENT: parent_field},
        parents=importing.parents_of(Level(level), about, parents, crs=crs, encoding=encoding),
        make_codes=make_codes,
        spare_parents=importing.spare_parents(about) if make_codes else (),
        parent_names=about.names(),
        exclaves=exclaves,
        repair=repair,
        gap_width_m=gap_width,
        snap_m=snap,
    )
    moment = importing.instant(effective_at)
    inspection = inspect_file(file, request)
    if report is not None:
        importing.write_findings(report, inspection)
    imported = None
    if apply:
        importing.require_importable(inspection, as_json=as_json)
        grids = importing.grids_of(inspection, about)
        imported = importing.store(
            grids,
            about,
            effective_at=moment,
            source=file.name,
            provisional=Level(level) is Level.COMMUNITY,
        )
    importing.tell(inspection, imported, as_json=as_json)


@imports.command("units")
def units_(
    file: _File,
    outlines: Annotated[
        Path | None,
        typer.Option(help="Boundary file of the communities: one provisional grid each."),
    ] = None,
    crs: _Crs = None,
    encoding: _Encoding = None,
    code_field: Annotated[
        str | None, typer.Option(help="Column of the codes in the outlines.")
    ] = None,
    exclaves: _Exclaves = False,
    repair: _Repair = False,
    gap_width: _GapWidth = 5.0,
    snap: _Snap = 0.05,
    effective_at: _EffectiveAt = None,
    as_json: _Json = False,
) -> None:
    """Register county, townships and communities; with outlines, one provisional grid each."""
    from api.cli import importing
    from geo.boundary_files.fields import Role
    from geo.boundary_files.inspection import Request, inspect_file
    from geo.codes import Level

    about = importing.county_facts(None, None, file)
    moment = importing.instant(effective_at)
    revision = None
    if outlines is None:
        importing.register_units(about)
    else:
        request = Request(
            level=Level.COMMUNITY,
            crs=crs,
            encoding=encoding,
            fields={Role.CODE: code_field},
            parents=importing.parents_of(Level.COMMUNITY, about, None),
            exclaves=exclaves,
            repair=repair,
            gap_width_m=gap_width,
            snap_m=snap,
        )
        inspection = inspect_file(outlines, request)
        importing.require_importable(inspection, as_json=as_json)
        grids = importing.grids_of(inspection, about)
        revision = importing.add(grids, about, source=outlines.name)
        if revision is None:
            imported = importing.store(
                grids, about, effective_at=moment, source=outlines.name, provisional=True
            )
            revision = imported.revision
    found = importing.county_progress(max(moment, importing.instant(None)))
    grids_, communities = found["grids"], found["communities"]
    if as_json:
        outcome = {
            "units": len(about.units),
            "mapped_communities": communities["mapped"],
            "communities": communities["total"],
            "mapped_grids": grids_["mapped"],
            "expected_grids": grids_["expected"],
            "revision": revision,
        }
        typer.echo(json.dumps(outcome, ensure_ascii=False))
        return
    importing.tell_progress(len(about.units), found)
