"""Read what the papers of a plan need beside the plan: past loads, lineage, roads."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text


def changeset_of_plan(connection: Connection, plan_id: UUID) -> UUID | None:
    """Return the changeset by which a plan is published, None before and after a withdrawal."""
    found: UUID | None = connection.execute(
        text("SELECT id FROM changesets WHERE plan_id = :plan AND withdrawn_at IS NULL"),
        {"plan": plan_id},
    ).scalar_one_or_none()
    return found


def links_of_changeset(connection: Connection, changeset_id: UUID) -> list[dict[str, Any]]:
    """Return old_code, new_code, area_share and household_share of a changeset."""
    rows = connection.execute(
        text(
            "SELECT old_code, new_code, area_share, household_share FROM lineage "
            "WHERE changeset_id = :id ORDER BY old_code, new_code"
        ),
        {"id": changeset_id},
    )
    return [dict(row) for row in rows.mappings()]


def loads_at(
    connection: Connection, codes: list[str], *, open_at: datetime, owned_at: datetime
) -> dict[str, int]:
    """Count the reports open at ``open_at`` by the grid that had them at ``owned_at``, inclusive.

    Two instants, because a changeset takes effect a moment before its reports are handed over.
    """
    rows = connection.execute(
        text(
            "SELECT owner.grid_code, count(*) FROM reports r CROSS JOIN LATERAL ("
            "SELECT a.grid_code FROM assignments a WHERE a.report_id = r.id "
            "AND a.decided_at <= :owned_at ORDER BY a.decided_at DESC, a.current DESC LIMIT 1"
            ") owner WHERE r.created_at <= :open_at "
            "AND (r.closed_at IS NULL OR r.closed_at > :open_at) "
            "AND owner.grid_code = ANY(:codes) GROUP BY 1"
        ),
        {"codes": codes, "open_at": open_at, "owned_at": owned_at},
    )
    return {row[0]: int(row[1]) for row in rows}


def roads_in_box(
    connection: Connection, box: tuple[float, float, float, float]
) -> list[tuple[str, str, BaseGeometry]]:
    """Return (name, class, line) of the roads that meet west, south, east, north (degrees)."""
    west, south, east, north = box
    rows = connection.execute(
        text(
            "SELECT name, road_class, ST_AsBinary(geom) FROM roads "
            "WHERE geom && ST_MakeEnvelope(:west, :south, :east, :north, 4490) ORDER BY id"
        ),
        {"west": west, "south": south, "east": east, "north": north},
    )
    return [(row[0], row[1], shapely.from_wkb(bytes(row[2]))) for row in rows]
