"""Import places: read, check against the boundaries in force, store in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from api.accounts.audit_trail import COMMAND_LINE, Actor, note
from api.db import area_store, gazetteer_store, place_store
from api.db.account_store import insert_audits
from api.db.engine import SERVICE, Connection, Database, Scope
from api.knowledge import Keeper
from api.places.checking import PlaceChecker, RowError
from api.places.former_names import keep_former_name
from api.places.points_file import is_points_file, read_points
from api.places.states import State, differences, states_of
from api.places.table import read_table
from api.problems import Problem
from api.sheet_files import Sheet
from geo.address.types import LocalAlias, Place
from geo.codes import is_within

_COUNTY_DIGITS = 6
_NOT_YOURS = "不在您的辖区，不能导入。"


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

    def as_json(self, *, dry_run: bool) -> dict[str, Any]:
        """Return what an import did, or would do, as the service and the command tell it."""
        return {
            "rows": self.rows,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "errors": [asdict(error) for error in self.errors],
            "dry_run": dry_run,
            "imported": self.stored,
            "revision": self.revision,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Say how a file of points is read; a table says it itself."""

    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Say who imports, and the area that alone may change (its code; the county's by default)."""

    actor: Actor = COMMAND_LINE
    scope: Scope = SERVICE
    area: str = ""


def import_places(
    database: Database,
    keeper: Keeper,
    path: Path,
    *,
    now: datetime,
    dry_run: bool = False,
    skip_bad: bool = False,
    reading: Reading = Reading(),
    by: Importer = Importer(),
) -> Outcome:
    """Import a table or points; nothing at all when a row is bad, unless ``skip_bad``.

    Raises GeoError for a file that holds no places, Problem when boundaries or gazetteer changed
    meanwhile.
    """
    known = keeper.refresh()
    with database.transaction(SERVICE) as connection:
        seen = area_store.read_revisions(connection)
        there = {place.id: place for place in place_store.read_places(connection)}
        ended = place_store.read_ended_ids(connection)
        learned = place_store.read_approved_aliases(connection, learned=True)
    sheet = _read(path, reading)
    checker = PlaceChecker(keeper.map_at(known, now), there.values(), ended=ended)
    checked = checker.check(sheet.rows, sheet.faults)
    found = [_with_learned(place, learned.get(place.id, ())) for place in checked.places]
    changed = [place for place in found if not _same(place, there.get(place.id))]
    foreign = _foreign(changed, there, by.area)
    changed = [place for place in changed if place not in foreign] if foreign else changed
    added = sum(place.id not in there for place in changed)
    errors = _sorted(
        *checked.errors, *(RowError(checked.lines[place.id], _NOT_YOURS) for place in foreign)
    )
    good = len(found) - len(foreign)
    refused = bool(errors) and not (skip_bad and good)
    revision = None
    if changed and not dry_run and not refused:
        base = {**seen, "boundaries": known.revisions["boundaries"]}
        revision = _store(database, changed, base, by, county_code=known.county.code, now=now)
    return Outcome(
        rows=sheet.row_count,
        added=added,
        updated=len(changed) - added,
        unchanged=good - len(changed),
        errors=errors,
        refused=refused,
        stored=not dry_run and not refused,
        revision=revision,
    )


def _read(path: Path, reading: Reading) -> Sheet:
    if is_points_file(path):
        return read_points(path, crs=reading.crs, encoding=reading.encoding, layer=reading.layer)
    return read_table(path)


def _with_learned(place: Place, learned: Sequence[LocalAlias]) -> Place:
    """Let a table leave alone what it does not know of: former names, what people say."""
    everywhere = [alias.name for alias in learned if len(alias.scope) == _COUNTY_DIGITS]
    local = [alias for alias in learned if len(alias.scope) > _COUNTY_DIGITS]
    return replace(
        place,
        aliases=tuple(dict.fromkeys((*place.aliases, *everywhere))),
        local_aliases=tuple(dict.fromkeys((*place.local_aliases, *local))),
    )


def _same(place: Place, known: Place | None) -> bool:
    """Say whether a row changes nothing; in which order aliases stand does not matter."""
    if known is None or set(place.aliases) != set(known.aliases):
        return False
    if set(place.local_aliases) != set(known.local_aliases):
        return False
    return replace(place, aliases=known.aliases, local_aliases=known.local_aliases) == known


def _foreign(changed: list[Place], there: Mapping[str, Place], area: str) -> list[Place]:
    """Return the places that are, or would be, outside the importer's area."""
    return [
        place
        for place in changed
        if not is_within(place.area_code, area)
        or not is_within(there.get(place.id, place).area_code, area)
    ]


def _sorted(*errors: RowError) -> tuple[RowError, ...]:
    return tuple(sorted(errors, key=lambda error: error.line))


def _store(
    database: Database,
    places: list[Place],
    base: dict[str, int],
    by: Importer,
    *,
    county_code: str,
    now: datetime,
) -> int:
    # Parents first: a place cannot stand below one that is not there.
    places = sorted(places, key=lambda place: place.parent_id is not None)
    by_id = {place.id: place for place in places}
    ids = [*by_id]
    with database.transaction(by.scope) as connection:
        gazetteer_store.hold_gazetteer(connection)
        before = states_of(connection, ids)
        there = gazetteer_store.read_several(connection, ids)
        renamed = [row for row in there if row.name != by_id[row.id].name]
        rows = [{**place_store.row_of(place), "by": by.actor.name} for place in places]
        place_store.upsert_places(connection, rows)
        for was in renamed:
            keep_former_name(
                connection, was, by_id[was.id], county_code=county_code, by=by.actor, at=now
            )
        count = len(places)
        note(
            connection,
            by.actor,
            "places_imported",
            str(count),
            area_code=by.area or county_code,
            detail={"places": count},
        )
        _note_each(connection, by.actor, before, states_of(connection, ids))
        # Last, because reports wait from here to the commit.
        place_store.hold_publications(connection)
        stored = area_store.read_revisions(connection)
        if any(stored.get(kind) != base.get(kind) for kind in ("boundaries", "places")):
            raise Problem("unavailable", "网格或地名刚刚更新，没有导入，请再试一次。")
        return place_store.raise_places_revision(connection)


def _note_each(
    connection: Connection, actor: Actor, before: dict[str, State], after: dict[str, State]
) -> None:
    """Write down what the import made of each place, so that it can be undone one by one."""
    rows = []
    for place_id, state in after.items():
        old, new = differences(before.get(place_id), state)
        rows.append(
            {
                "actor_id": actor.account_id,
                "actor": actor.name,
                "action": "place_imported",
                "object": place_id,
                "area_code": state["area_code"],
                "detail": {"name": state["name"], "before": old, "after": new},
                "ip": actor.ip,
            }
        )
    insert_audits(connection, rows)
