"""Write buildings, and read them with their names for those who choose among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text


def named_buildings_in_box(
    connection: Connection, box: tuple[float, float, float, float]
) -> list[Any]:
    """Return (id, name, lon, lat, households) of the buildings in west, south, east, north."""
    west, south, east, north = box
    return list(
        connection.execute(
            text(
                "SELECT b.id, p.name, b.lon, b.lat, b.households FROM buildings b "
                "LEFT JOIN places p ON p.id = b.place_id "
                "WHERE b.lon BETWEEN :west AND :east AND b.lat BETWEEN :south AND :north "
                "ORDER BY b.id"
            ),
            {"west": west, "south": south, "east": east, "north": north},
        )
    )


def insert_buildings(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert buildings: id, lon, lat, households, place_id, community_code."""
    connection.execute(
        text(
            "INSERT INTO buildings (id, lon, lat, households, place_id, community_code) VALUES "
            "(:id, :lon, :lat, :households, :place_id, :community_code)"
        ),
        list(rows),
    )


def read_buildings(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return every building by id, as ``upsert_buildings`` takes it."""
    rows = connection.execute(
        text("SELECT id, lon, lat, households, place_id, community_code FROM buildings")
    )
    return {row["id"]: dict(row) for row in rows.mappings()}


def upsert_buildings(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert buildings, or bring known ones up to date."""
    connection.execute(
        text(
            "INSERT INTO buildings (id, lon, lat, households, place_id, community_code) VALUES "
            "(:id, :lon, :lat, :households, :place_id, :community_code) "
            "ON CONFLICT (id) DO UPDATE SET lon = excluded.lon, lat = excluded.lat, "
            "households = excluded.households, place_id = excluded.place_id, "
            "community_code = excluded.community_code"
        ),
        list(rows),
    )


def delete_buildings(connection: Connection, ids: Sequence[str]) -> None:
    """Remove buildings by id."""
    connection.execute(text("DELETE FROM buildings WHERE id = ANY(:ids)"), {"ids": list(ids)})
