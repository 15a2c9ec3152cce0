"""Read the gazetteer and the categories; write them in bulk; find places by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from api.db.report_store import PUBLICATION_LOCK
from geo.address.types import LocalAlias, Place, PlaceKind

_PLACES = (
    "SELECT id, name, kind, lon, lat, radius_m, area_code, grids, parent_id FROM places "
    "WHERE :ended OR ((valid_from IS NULL OR valid_from <= now()) "
    "AND (valid_to IS NULL OR valid_to > now())) ORDER BY id"
)
_COUNTY_DIGITS = 6
_COMMAND_LINE = "command-line"


def read_places(connection: Connection, *, ended: bool = False) -> list[Place]:
    """Return every place in force (CGCS2000 degrees, metres), those of other times if ``ended``.

    Compounds have the points of their buildings, places the aliases that are approved.
    """
    rows = connection.execute(text(_PLACES), {"ended": ended}).all()
    aliases = read_approved_aliases(connection)
    buildings: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        if row.kind == PlaceKind.BUILDING and row.parent_id is not None:
            buildings[row.parent_id].append((row.lon, row.lat))
    return [
        Place(
            id=row[0],
            name=row[1],
            kind=PlaceKind(row[2]),
            lon=row[3],
            lat=row[4],
            radius_m=row[5],
            area_code=row[6],
            grids=tuple(row[7]),
            parent_id=row[8],
            aliases=tuple(a.name for a in held if len(a.scope) == _COUNTY_DIGITS),
            local_aliases=tuple(a for a in held if len(a.scope) != _COUNTY_DIGITS),
            buildings=tuple(buildings.get(row[0], ())),
        )
        for row in rows
        for held in (aliases.get(row[0], ()),)
    ]


def read_approved_aliases(
    connection: Connection, *, learned: bool = False
) -> dict[str, list[LocalAlias]]:
    """Return the approved aliases of each place, with their scopes, in the order of entry.

    ``learned`` are those alone that no table gave: former names, what people say.
    """
    found: dict[str, list[LocalAlias]] = defaultdict(list)
    rows = connection.execute(
        text(
            "SELECT place_id, name, scope FROM place_aliases WHERE status = 'approved' "
            "AND (NOT :learned OR kind <> 'alias') ORDER BY number"
        ),
        {"learned": learned},
    )
    for place_id, name, scope in rows:
        found[place_id].append(LocalAlias(name, scope))
    return found


def read_ended_ids(connection: Connection) -> set[str]:
    """Return the ids of the places that are over."""
    return set(connection.execute(text("SELECT id FROM places WHERE valid_to <= now()")).scalars())


def row_of(place: Place) -> dict[str, Any]:
    """Return a place as this store takes it, without its households."""
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


def insert_places(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert places, parents first; ``local_aliases`` are ``LocalAlias``, where there are any."""
    connection.execute(
        text(
            "INSERT INTO places (id, name, kind, lon, lat, radius_m, area_code, parent_id, "
            "grids, households) VALUES (:id, :name, :kind, :lon, :lat, :radius_m, "
            ":area_code, :parent_id, :grids, :households)"
        ),
        list(rows),
    )
    _insert_aliases(connection, rows)


def _insert_aliases(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    wanted = [
        {
            "place": row["id"],
            "area": row["area_code"],
            "name": name,
            "scope": scope,
            "by": row.get("by", _COMMAND_LINE),
        }
        for row in rows
        for name, scope in _named(row)
    ]
    if wanted:
        connection.execute(
            text(
                "INSERT INTO place_aliases (place_id, name, kind, scope, area_code, status, "
                "entered_by) VALUES (:place, :name, 'alias', :scope, :area, 'approved', "
                ":by) ON CONFLICT (place_id, name, scope) "
                "WHERE status IN ('proposed','approved') DO UPDATE SET status = 'approved', "
                "decided_at = now(), decided_by = :by WHERE place_aliases.status = 'proposed'"
            ),
            wanted,
        )


def _named(row: dict[str, Any]) -> list[tuple[str, str]]:
    everywhere = row["area_code"][:_COUNTY_DIGITS]
    local = [(alias.name, alias.scope) for alias in row.get("local_aliases", ())]
    return list(dict.fromkeys([*((name, everywhere) for name in row["aliases"]), *local]))


def hold_publications(connection: Connection) -> None:
    """Wait until no report is being taken in, and hold the next ones until the commit."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PUBLICATION_LOCK})


def upsert_places(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert places, parents first, or bring known ones up to date; their households stay.

    Their aliases become those of the row; what a table no longer names, ends. Those that hold in
    a part of the county only stay where the row says nothing of them.
    """
    connection.execute(
        text(
            "INSERT INTO places (id, name, kind, lon, lat, radius_m, area_code, parent_id, grids) "
            "VALUES (:id, :name, :kind, :lon, :lat, :radius_m, :area_code, :parent_id, :grids) "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, "
            "lon = excluded.lon, lat = excluded.lat, radius_m = excluded.radius_m, "
            "area_code = excluded.area_code, parent_id = excluded.parent_id, "
            "grids = excluded.grids, edition = places.edition + 1"
        ),
        list(rows),
    )
    ending = [
        {
            "place": row["id"],
            "kept": [f"{scope} {name}" for name, scope in _named(row)],
            "local": "local_aliases" in row,
            "by": row.get("by", _COMMAND_LINE),
        }
        for row in rows
    ]
    connection.execute(
        text(
            "UPDATE place_aliases SET status = 'ended', decided_at = now(), "
            "decided_by = :by WHERE place_id = :place AND status = 'approved' "
            "AND (:local OR length(scope) = 6) AND NOT (scope || ' ' || name = ANY(:kept))"
        ),
        ending,
    )
    connection.execute(
        text(
            "UPDATE place_aliases SET area_code = :area_code WHERE place_id = :id "
            "AND area_code <> :area_code"
        ),
        list(rows),
    )
    _insert_aliases(connection, rows)


def raise_places_revision(connection: Connection) -> int:
    """Tell every process that the gazetteer changed (at commit); return the new number."""
    number: int = connection.execute(
        text(
            "UPDATE revisions SET number = number + 1, changed_at = now() WHERE kind = 'places' "
            "RETURNING number"
        )
    ).scalar_one()
    return number


def raise_when_places_turn(connection: Connection) -> int:
    """Tell every process when a place has begun or ended since the gazetteer was last told of.

    Returns how many times it was told: none or once.
    """
    return int(
        connection.execute(
            text(
                "UPDATE revisions r SET number = number + 1, changed_at = now() "
                "WHERE kind = 'places' AND EXISTS (SELECT 1 FROM places p "
                "WHERE (p.valid_from > r.changed_at AND p.valid_from <= now()) "
                "OR (p.valid_to > r.changed_at AND p.valid_to <= now()))"
            )
        ).rowcount
    )


def insert_roads(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert roads: name, road_class, wkb (EPSG:4490 lines)."""
    connection.execute(
        text(
            "INSERT INTO roads (name, road_class, geom) "
            "VALUES (:name, :road_class, ST_GeomFromWKB(:wkb, 4490))"
        ),
        list(rows),
    )


def count_roads(connection: Connection) -> int:
    """Return how many roads there are."""
    return int(connection.execute(text("SELECT count(*) FROM roads")).scalar_one())


def delete_roads(connection: Connection) -> None:
    """Remove every road."""
    connection.execute(text("DELETE FROM roads"))


def upsert_categories(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the categories, or bring known ones up to date."""
    connection.execute(
        text(
            "INSERT INTO categories (code, group_name, name, lane_community_grid, "
            "lane_rural_grid, lead_org_example, grid_action, access, response, duplicate_hint, "
            "response_days, confidential) VALUES (:code, :group, :name, :lane_community_grid, "
            ":lane_rural_grid, :lead_org_example, :grid_action, :access, :response, "
            ":duplicate_hint_m_d, 0, :confidential) ON CONFLICT (code) DO UPDATE SET "
            "group_name = excluded.group_name, name = excluded.name, "
            "lane_community_grid = excluded.lane_community_grid, "
            "lane_rural_grid = excluded.lane_rural_grid, "
            "lead_org_example = excluded.lead_org_example, "
            "grid_action = excluded.grid_action, access = excluded.access, "
            "response = excluded.response, duplicate_hint = excluded.duplicate_hint, "
            "confidential = excluded.confidential"
        ),
        list(rows),
    )


def read_categories(connection: Connection) -> list[Any]:
    """Return the categories by code, in the order of ``knowledge.Category``."""
    return list(
        connection.execute(
            text(
                "SELECT code, group_name, name, response, confidential, "
                "grid_action, lane_community_grid, lane_rural_grid, lead_org_example, access, "
                "duplicate_hint FROM categories ORDER BY code"
            )
        )
    )


def search_by_name(connection: Connection, *, words: str, limit: int) -> list[Any]:
    """Return areas and places whose name holds ``words``, best match first.

    The number on a kilometre post is no name without its road. Wildcards of LIKE in the words
    count as plain characters.
    """
    pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return list(
        connection.execute(
            text(
                "SELECT kind, id, name, area_code, lon, lat FROM ("
                "SELECT a.level AS kind, a.code AS id, a.name, a.code AS area_code, "
                "NULL::float8 AS lon, NULL::float8 AS lat, "
                "array_position(ARRAY['county','township','community','grid'], a.level) AS rank "
                "FROM areas a WHERE a.name LIKE :pattern OR a.official_name LIKE :pattern "
                "OR a.code ^@ :words "
                "UNION ALL SELECT p.kind, p.id, p.name, p.area_code, p.lon, p.lat, 5 FROM places p "
                "WHERE (p.name LIKE :pattern OR EXISTS (SELECT 1 FROM place_aliases AS alias "
                "WHERE alias.place_id = p.id AND alias.status = 'approved' "
                "AND alias.name LIKE :pattern)) "
                "AND p.kind NOT IN ('township', 'community', 'kilometre_post') "
                "AND (p.valid_from IS NULL OR p.valid_from <= now()) "
                "AND (p.valid_to IS NULL OR p.valid_to > now())"
                ") AS found ORDER BY (name = :words) DESC, (name ^@ :words) DESC, rank, "
                "length(name), name, id LIMIT :limit"
            ),
            {"pattern": f"%{pattern}%", "words": words, "limit": limit},
        )
    )
