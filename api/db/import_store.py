"""Write a whole county at once, and read whole counties for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from api.db.report_store import PUBLICATION_LOCK


@dataclass(frozen=True, slots=True)
class StoredArea:
    """Hold one area with its shape (EPSG:4490) at an instant."""

    code: str
    name: str
    level: str
    kind: str
    parent_code: str | None
    households: int
    exclave: bool
    geometry: BaseGeometry


def lock_boundaries(connection: Connection) -> None:
    """Keep intakes and publications out until this transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PUBLICATION_LOCK})


def count_grids(connection: Connection) -> int:
    """Return how many grids were ever stored with a shape."""
    return int(
        connection.execute(text("SELECT count(DISTINCT code) FROM grid_boundaries")).scalar_one()
    )


def mapped_communities(connection: Connection, at: datetime) -> tuple[int, int]:
    """Return how many communities have a grid with a shape at ``at``, and how many there are."""
    row = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM grid_boundaries b "
            "WHERE left(b.code, 12) = a.code AND b.valid @> :at)), count(*) "
            "FROM areas a WHERE a.level = 'community'"
        ),
        {"at": at},
    ).one()
    return int(row[0]), int(row[1])


def codes_in_force(connection: Connection, at: datetime) -> list[str]:
    """Return the codes of the grids that have a shape at ``at``."""
    return list(
        connection.execute(
            text("SELECT code FROM grid_boundaries WHERE valid @> :at ORDER BY code"), {"at": at}
        ).scalars()
    )


def put_units(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert units above the grids, parents first; a known one gets its name and kind anew.

    A list that does not say how many grids to expect leaves what an earlier one said.
    """
    connection.execute(
        text(
            "INSERT INTO areas (code, level, parent_code, name, official_name, kind, "
            "expected_grids) VALUES (:code, :level, :parent_code, :name, :official_name, :kind, "
            ":expected_grids) ON CONFLICT (code) DO UPDATE SET name = excluded.name, "
            "official_name = excluded.official_name, kind = excluded.kind, "
            "expected_grids = coalesce(excluded.expected_grids, areas.expected_grids)"
        ),
        sorted(rows, key=lambda row: (len(row["code"]), row["code"])),
    )


def mark_provisional(connection: Connection, codes: Sequence[str]) -> None:
    """Remember that these grids are outlines of communities that are not divided yet."""
    connection.execute(
        text("UPDATE areas SET provisional = true WHERE code = ANY(:codes)"), {"codes": list(codes)}
    )


def add_households(connection: Connection, households: dict[str, int]) -> None:
    """Set the households of units to what their grids have together."""
    connection.execute(
        text("UPDATE areas SET households = :households WHERE code = :code"),
        [{"code": code, "households": count} for code, count in sorted(households.items())],
    )


def read_whole_level(connection: Connection, *, level: str, at: datetime) -> list[StoredArea]:
    """Return every area of a level with the shape in force at ``at``, by code."""
    table = "grid_boundaries" if level == "grid" else "area_boundaries"
    rows = connection.execute(
        text(
            "SELECT a.code, a.name, a.level, a.kind, a.parent_code, a.households, a.exclave, "
            f"ST_AsBinary(b.geom) FROM {table} b JOIN areas a USING (code) "
            "WHERE a.level = :level AND b.valid @> :at ORDER BY a.code"
        ),
        {"level": level, "at": at},
    ).all()
    shapes = shapely.from_wkb([bytes(row[7]) for row in rows])
    return [
        StoredArea(row[0], row[1], row[2], row[3], row[4], row[5], row[6], shape)
        for row, shape in zip(rows, shapes, strict=True)
    ]


def read_whole_lineage(connection: Connection) -> list[Any] | None:
    """Return every line of lineage, oldest first; None when this schema keeps none."""
    if connection.execute(text("SELECT to_regclass('lineage')")).scalar_one() is None:
        return None
    return list(
        connection.execute(
            text(
                "SELECT l.old_code, l.new_code, l.area_share, l.household_share, c.name, "
                "c.effective_at, c.revision_name FROM lineage l "
                "JOIN changesets c ON c.id = l.changeset_id AND c.withdrawn_at IS NULL "
                "ORDER BY c.effective_at, l.old_code, l.new_code"
            )
        )
    )
