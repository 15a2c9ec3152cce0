"""Import places: read, check against the boundaries in force, store in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from api.accounts.audit_trail import COMMAND_LINE, note
from api.db import area_store, place_store
from api.db.engine import SERVICE, Database
from api.knowledge import Keeper
from api.places.checking import PlaceChecker, RowError
from api.places.table import read_table
from api.problems import Problem
from geo.address.types import Place


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what an import did, or would do: counts of rows, and the bad rows.

    ``refused`` says that bad rows forbade it, ``stored`` that the gazetteer now holds the good
    ones. ``revision`` is the number of the gazetteer that every process follows; None when
    nothing changed.
    """

    rows: int
    added: int
    updated: int
    unchanged: int
    errors: tuple[RowError, ...]
    refused: bool
    stored: bool
    revision: int | None = None


def import_places(
    database: Database,
    keeper: Keeper,
    path: Path,
    *,
    now: datetime,
    dry_run: bool = False,
    skip_bad: bool = False,
) -> Outcome:
    """Import a table of places; nothing at all when a row is bad, unless ``skip_bad``.

    Raises GeoError for a file that is no table of places, Problem when boundaries or gazetteer
    changed meanwhile.
    """
    known = keeper.refresh()
    with database.transaction(SERVICE) as connection:
        seen = area_store.read_revisions(connection)
        there = {place.id: place for place in place_store.read_places(connection)}
        ended = place_store.read_ended_ids(connection)
    sheet = read_table(path)
    checker = PlaceChecker(keeper.map_at(known, now), there.values(), ended=ended)
    checked = checker.check(sheet.rows, sheet.faults)
    changed = [place for place in checked.places if there.get(place.id) != place]
    added = sum(place.id not in there for place in changed)
    refused = bool(checked.errors) and not (skip_bad and checked.places)
    revision = None
    if changed and not dry_run and not refused:
        base = {**seen, "boundaries": known.revisions["boundaries"]}
        revision = _store(database, changed, base, county_code=known.county.code)
    return Outcome(
        rows=sheet.row_count,
        added=added,
        updated=len(changed) - added,
        unchanged=len(checked.places) - len(changed),
        errors=checked.errors,
        refused=refused,
        stored=not dry_run and not refused,
        revision=revision,
    )


def _store(
    database: Database, places: list[Place], base: dict[str, int], *, county_code: str
) -> int:
    with database.transaction(SERVICE) as connection:
        place_store.upsert_places(connection, [place_row(place) for place in places])
        count = len(places)
        note(
            connection,
            COMMAND_LINE,
            "places_imported",
            str(count),
            area_code=county_code,
            detail={"places": count},
        )
        # Last, because reports wait from here to the commit.
        place_store.hold_publications(connection)
        stored = area_store.read_revisions(connection)
        if any(stored.get(kind) != base.get(kind) for kind in ("boundaries", "places")):
            raise Problem("unavailable", "网格或地名刚刚更新，没有导入，请再试一次。")
        return place_store.raise_places_revision(connection)


def place_row(place: Place) -> dict[str, Any]:
    """Return a place as ``place_store.upsert_places`` takes it."""
    return {
        "id": place.id,
        "name": place.name,
        "kind": place.kind.value,
        "lon": place.lon,
        "lat": place.lat,
        "radius_m": place.radius_m,
        "area_code": place.area_code,
        "parent_id": place.parent_id,
        "aliases": list(place.aliases),
        "local_aliases": list(place.local_aliases),
        "grids": list(place.grids),
    }
