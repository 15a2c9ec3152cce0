"""Do what the import commands share: facts of the county, the transaction, what is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from pydantic_core import PydanticCustomError
from shapely.geometry.base import BaseGeometry

from api.areas.progress import progress
from api.cli.init import bring_up_to_date
from api.cli.output import Narrator
from api.cli.refusal import Refused
from api.db import area_store, import_store
from api.db.engine import SERVICE, Connection, Database, make_engine, normalise_url
from api.db.provision import open_database
from api.input_types import now, parse_time
from api.interop.county_growth import add_communities
from api.interop.county_import import (
    Imported,
    import_county,
    require_same_county,
    spare_communities,
    undivided,
)
from api.interop.units_table import UnitRow, read_units
from api.knowledge import Keeper
from api.settings import get_settings
from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.inspection import Inspection, Request, inspect_file, outlines_of
from geo.boundary_files.refusal import FileRefused
from geo.boundary_files.report_words import as_geojson, as_text, conclusion
from geo.boundary_files.report_words import as_json as report_json
from geo.boundary_files.writing import put_file
from geo.codes import LEVELS, Level, level_of, parse_code


@dataclass(frozen=True, slots=True)
class CountyFacts:
    """Hold what is said of the county beside the boundary file."""

    code: str | None
    name: str | None
    units: list[UnitRow]

    def names(self) -> dict[str, str]:
        """Return the short names of the units by code."""
        return {unit.code: str(unit.values()["name"]) for unit in self.units}


def county_facts(code: str | None, name: str | None, units_file: Path | None) -> CountyFacts:
    """Return code, name and units of the county; raise Refused when they contradict."""
    unfilled = parse_code(code) if code is not None else None
    if unfilled is not None and level_of(unfilled) is not Level.COUNTY:
        raise Refused("--county 应为6位旗县编码。")
    rows = read_units(units_file) if units_file is not None else []
    if rows and unfilled is not None and rows[0].code != unfilled:
        raise Refused("名录与 --county 不是同一旗县。")
    return CountyFacts(unfilled or (rows[0].code if rows else None), name, rows)


def spare_parents(about: CountyFacts) -> tuple[str, ...]:
    """Return the provisional communities that take areas without a parent."""
    if about.code is None:
        raise Refused("自动编码（--make-codes）需要 --county 给出6位旗县编码。")
    return spare_communities(about.code)


def parents_of(
    level: Level,
    about: CountyFacts,
    file: Path | None,
    *,
    crs: str | None = None,
    encoding: str | None = None,
) -> dict[str, BaseGeometry | None] | None:
    """Return the areas above ``level`` by code: from the units, with outlines from a file."""
    if level is Level.COUNTY:
        return None
    above = LEVELS[LEVELS.index(level) - 1]
    known: dict[str, BaseGeometry | None] = {
        unit.code: None for unit in about.units if unit.level is above
    }
    if file is not None:
        known |= outlines_of(_look_at_parents(file, above, crs=crs, encoding=encoding))
    return known or None


def _look_at_parents(
    file: Path, level: Level, *, crs: str | None, encoding: str | None
) -> Inspection:
    """Read the parents in their own system; the one named for the areas is for both otherwise."""
    request = Request(level=level, encoding=encoding, exclaves=True)
    try:
        return inspect_file(file, request)
    except FileRefused as refusal:
        if refusal.reason != "which_crs" or crs is None:
            raise
    return inspect_file(file, replace(request, crs=crs))


def instant(text: str | None) -> datetime:
    """Return the instant that ``text`` says, now for None; raise Refused for a malformed one."""
    if text is None:
        return now()
    try:
        return parse_time(text)
    except PydanticCustomError as error:
        raise Refused(error.message()) from None


def require_importable(inspection: Inspection, *, as_json: bool) -> None:
    """Print the report and raise Refused when anything blocks an import."""
    if not inspection.outcome.importable:
        tell(inspection, None, as_json=as_json)
        raise Refused(f"未导入任何内容。{conclusion(inspection)}")


def grids_of(inspection: Inspection, about: CountyFacts) -> list[BoundaryFeature]:
    """Return the grids that a file stands for; raise Refused for a level that has none."""
    match inspection.request.level:
        case Level.GRID:
            grids = list(inspection.features)
        case Level.COMMUNITY:
            grids = undivided(inspection.features, about.names())
        case _:
            raise Refused("只能导入网格或社区嘎查的界线；乡镇和旗县由网格合成。")
    if about.code is not None:
        require_same_county(grids, about.code)
    return grids


@contextmanager
def owned() -> Iterator[Database]:
    """Open the database that the settings name, up to date, as its owner."""
    settings = get_settings()
    narrator = Narrator()
    with open_database(settings, say=narrator.say) as provided:
        bring_up_to_date(provided, narrator)
        url = normalise_url(provided.owner_url)
        database = Database(make_engine(url, statement_timeout_ms=120_000))
        try:
            yield database
        finally:
            database.close()


@contextmanager
def _transaction() -> Iterator[Connection]:
    """Run one transaction as the owner of the database."""
    with owned() as database, database.transaction(SERVICE) as connection:
        yield connection


def add(grids: list[BoundaryFeature], about: CountyFacts, *, source: str) -> str | None:
    """Add communities to a county that has grids; None when it has none, else the revision."""
    with owned() as database:
        with database.transaction(SERVICE) as connection:
            if import_store.count_grids(connection) == 0:
                return None
        known = Keeper(database).current()
        if known.county.code != about.code:
            raise Refused("库中已登记另一旗县；一个库只管一个旗县。")
        with database.transaction(SERVICE) as connection:
            revision, _ = add_communities(
                connection, known, grids, units=about.units, now=now(), source=source
            )
            return revision


def store(
    grids: list[BoundaryFeature],
    about: CountyFacts,
    *,
    effective_at: datetime,
    source: str,
    provisional: bool = False,
) -> Imported:
    """Store the grids as the county's first revision, or nothing."""
    with _transaction() as connection:
        return import_county(
            connection,
            grids,
            units=about.units,
            county_name=about.name,
            effective_at=effective_at,
            source=source,
            categories_file=get_settings().data_dir / "reference" / "categories.csv",
            provisional_grids=provisional,
        )


def register_units(about: CountyFacts) -> None:
    """Store the units alone."""
    with _transaction() as connection:
        for row in area_store.read_areas(connection):
            if row.code[:6] != about.code:
                raise Refused("库中已登记另一旗县；一个库只管一个旗县。")
        import_store.put_units(connection, [unit.values() for unit in about.units])
        area_store.raise_revision(connection, "boundaries")


def county_progress(at: datetime) -> dict[str, Any]:
    """Return how far the county is on the map at ``at``."""
    with _transaction() as connection:
        areas = {row.code: row for row in area_store.read_areas(connection)}
        return progress(areas, import_store.codes_in_force(connection, at))


def tell_progress(units: int, found: Mapping[str, Any]) -> None:
    """Print how far the county is on the map, and what is missing by township."""
    grids, communities = found["grids"], found["communities"]
    typer.echo(
        f"已登记{units}个单位；"
        f"已上图 {communities['mapped']:,}/{communities['total']:,} 个社区嘎查，"
        f"{grids['mapped']:,}/{grids['expected']:,} 个网格"
        f"（暂未细分 {communities['undivided']:,} 个）。"
    )
    for township in found["townships"]:
        without = [item["name"] for item in township["missing"] if item["state"] == "no_outline"]
        if without:
            typer.echo(f"{township['name']}还没有界线：{'、'.join(without)}")


def write_findings(path: Path, inspection: Inspection) -> None:
    """Write the findings that have a place to ``path`` as GeoJSON."""
    put_file(path, as_geojson(inspection.report).encode())


def tell(inspection: Inspection, imported: Imported | None, *, as_json: bool) -> None:
    """Print the report, and what was stored."""
    if as_json:
        outcome: dict[str, Any] = report_json(inspection)
        outcome["imported"] = asdict(imported) if imported is not None else None
        typer.echo(json.dumps(outcome, ensure_ascii=False))
        return
    typer.echo(as_text(inspection))
    if imported is None:
        return
    typer.echo(
        f"已导入  {imported.grids:,}个网格，界线版本 {imported.revision}；"
        f"已上图 {imported.mapped_communities:,}/{imported.communities:,} 个社区嘎查。"
    )
    if imported.provisional_units:
        typer.echo(
            f"有{len(imported.provisional_units)}个上级单位只有编码，暂以编码为名；"
            "可用 wangge import units 补名称。"
        )
