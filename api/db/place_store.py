"""Read the gazetteer and the categories; write them in bulk; find places by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from api.db.report_store import PUBLICATION_LOCK
from geo.address.types import Place, PlaceKind


def read_places(connection: Connection) -> list[Place]:
    """Return every place (CGCS2000 degrees, metres), compounds with points of their buildings."""
    rows = connection.execute(
        text(
            "SELECT id, name, kind, lon, lat, radius_m, area_code, grids, parent_id, aliases "
            "FROM places ORDER BY id"
        )
    ).all()
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
            aliases=tuple(row[9]),
            buildings=tuple(buildings.get(row[0], ())),
        )
        for row in rows
    ]


def insert_places(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert places, parents first."""
    connection.execute(
        text(
            "INSERT INTO places (id, name, kind, lon, lat, radius_m, area_code, parent_id, "
            "aliases, grids, households) VALUES (:id, :name, :kind, :lon, :lat, :radius_m, "
            ":area_code, :parent_id, :aliases, :grids, :households)"
        ),
        list(rows),
    )


def hold_publications(connection: Connection) -> None:
    """Wait until no report is being taken in, and hold the next ones until the commit."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PUBLICATION_LOCK})


def upsert_places(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert places, or bring known ones up to date; their compound and households stay."""
    connection.execute(
        text(
            "INSERT INTO places (id, name, kind, lon, lat, radius_m, area_code, aliases, grids) "
            "VALUES (:id, :name, :kind, :lon, :lat, :radius_m, :area_code, :aliases, :grids) "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, "
            "lon = excluded.lon, lat = excluded.lat, radius_m = excluded.radius_m, "
            "area_code = excluded.area_code, aliases = excluded.aliases, grids = excluded.grids"
        ),
        list(rows),
    )


def raise_places_revision(connection: Connection) -> int:
    """Tell every process that the gazetteer changed (at commit); return the new number."""
    number: int = connection.execute(
        text(
            "UPDATE revisions SET number = number + 1, changed_at = now() WHERE kind = 'places' "
            "RETURNING number"
        )
    ).scalar_one()
    return number


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

    Wildcards of LIKE in the words count as plain characters.
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
                "WHERE (p.name LIKE :pattern OR EXISTS (SELECT 1 FROM unnest(p.aliases) AS alias "
                "WHERE alias LIKE :pattern)) AND p.kind NOT IN ('township', 'community')"
                ") AS found ORDER BY (name = :words) DESC, (name ^@ :words) DESC, rank, "
                "length(name), name, id LIMIT :limit"
            ),
            {"pattern": f"%{pattern}%", "words": words, "limit": limit},
        )
    )
