"""Import buildings: check them, replace the county's table, count its households anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from api.accounts.audit_trail import COMMAND_LINE, note
from api.buildings.checking import CellError, CheckedBuildings, check_buildings, read_buildings
from api.db import area_store, building_store, import_store, place_store
from api.db.engine import SERVICE, Connection, Database
from api.knowledge import Keeper, Knowledge
from api.plans.consequences import count_households
from api.problems import Problem
from geo.boundary_files.systems import parse_system
from geo.codes import LEVELS, code_at
from geo.locate.county_map import CountyMap


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingsOutcome:
    """Hold what an import of buildings did, or would do; ``households`` are those of the file."""

    rows: int
    added: int
    updated: int
    unchanged: int
    removed: int
    households: int
    errors: tuple[CellError, ...]
    stored: bool


def import_buildings(
    database: Database,
    path: Path,
    *,
    crs: str,
    now: datetime,
    dry_run: bool = False,
    tell: Callable[[str], None] = lambda _stage: None,
) -> BuildingsOutcome:
    """Make the table of buildings what the file says, or change nothing when a row is bad.

    ``crs`` is a word of ``parse_system``. ``database`` is opened as the owner, who alone may
    remove rows. Raises GeoError for a file that is no such table or has no rows, Problem when
    boundaries or places changed meanwhile.
    """
    system = parse_system(crs)
    keeper = Keeper(database)
    known = keeper.refresh()
    county = keeper.map_at(known, now)
    tell(f"Reading {path.name}")
    sheet = read_buildings(path)
    with database.transaction(SERVICE) as connection:
        seen = area_store.read_revisions(connection)
        places = place_store.read_places(connection)
        there = building_store.read_buildings(connection)
    tell(f"Checking {sheet.row_count} rows")
    checked = check_buildings(sheet, system, county, places)
    fresh = {house.id: asdict(house) for house in checked.houses}
    changed = [row for code, row in fresh.items() if there.get(code) != row]
    gone = sorted(set(there) - set(fresh))
    added = sum(row["id"] not in there for row in changed)
    # An empty table is a mistake of the file: it would empty the county.
    may = bool(fresh) and not checked.errors
    if may and not dry_run:
        tell("Storing, and counting households")
        with database.transaction(SERVICE) as connection:
            _store(connection, checked, changed, gone)
            # Reports wait from here to the commit.
            import_store.lock_boundaries(connection)
            base = {**seen, "boundaries": known.revisions["boundaries"]}
            _require_same(connection, base)
            _count(connection, known, county)
            detail = {"file": path.name, "buildings": len(fresh), "removed": len(gone)}
            area = known.county.code
            note(
                connection,
                COMMAND_LINE,
                "buildings_imported",
                str(len(fresh)),
                area_code=area,
                detail=detail,
            )
            for kind in ("boundaries", *(["places"] if checked.places else [])):
                area_store.raise_revision(connection, kind)
    return BuildingsOutcome(
        rows=sheet.row_count,
        added=added,
        updated=len(changed) - added,
        unchanged=len(fresh) - len(changed),
        removed=len(gone) if may else 0,
        households=sum(house.households for house in checked.houses),
        errors=checked.errors or (() if may else (CellError(1, "", "表中没有楼栋。"),)),
        stored=may and not dry_run,
    )


def _store(
    connection: Connection,
    checked: CheckedBuildings,
    changed: list[dict[str, object]],
    gone: list[str],
) -> None:
    if checked.places:
        place_store.upsert_places(
            connection, [place_store.row_of(place) for place in checked.places]
        )
    if gone:
        building_store.delete_buildings(connection, gone)
    if changed:
        building_store.upsert_buildings(connection, changed)


def _require_same(connection: Connection, base: dict[str, int]) -> None:
    stored = area_store.read_revisions(connection)
    if any(stored.get(kind) != base.get(kind) for kind in ("boundaries", "places")):
        raise Problem("unavailable", "网格或地名刚刚更新，没有导入，请再试一次。")


def _count(connection: Connection, known: Knowledge, county: CountyMap) -> None:
    """Set the households of the grids in force and of the units above them."""
    codes = county.index.codes
    totals: Counter[str] = Counter()
    shapes = {code: county.index.geometry(code) for code in codes}
    for code, households in count_households(connection, shapes).items():
        totals.update({code_at(code, level): households for level in LEVELS})
    fresh = {c: n for c, n in totals.items() if known.areas[c].households != n}
    if fresh:
        import_store.add_households(connection, fresh)
