"""Count reports for the map, under the scope of whoever looks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text


def count_open(
    connection: Connection, *, digits: int, within: str, now: datetime, public_only: bool
) -> list[Any]:
    """Return (code, status, count, overdue) of open reports by area of ``digits`` digits.

    A report that no area of that level owns yet (a doubtful one) counts only further up.
    """
    return list(
        connection.execute(
            text(
                "SELECT left(area_code, :digits), status, count(*), "
                "count(*) FILTER (WHERE due_at <= :now AND due_stopped_at IS NULL "
                "AND status <> 'suspended') FROM reports "
                "WHERE closed_at IS NULL AND length(area_code) >= :digits "
                "AND area_code ^@ :within AND NOT (:public_only AND confidential) "
                "GROUP BY 1, 2"
            ),
            {"digits": digits, "within": within, "now": now, "public_only": public_only},
        )
    )


def open_points(connection: Connection, *, limit: int, public_only: bool) -> list[Any]:
    """Return open reports with a position, newest first."""
    return list(
        connection.execute(
            text(
                "SELECT id, number, lon, lat, status, category, grid_code, area_code, "
                "created_at, due_since, due_at, due_pauses, due_stopped_at, closed_at, decision "
                "FROM reports WHERE closed_at IS NULL "
                "AND lon IS NOT NULL AND NOT (:public_only AND confidential) "
                "ORDER BY created_at DESC, id DESC LIMIT :limit"
            ),
            {"limit": limit, "public_only": public_only},
        )
    )


def last_outbox_id(connection: Connection) -> int:
    """Return the newest id of the outbox, 0 when it is empty."""
    return int(connection.execute(text("SELECT coalesce(max(id), 0) FROM outbox")).scalar_one())


def open_points_of_grids(
    connection: Connection, codes: Collection[str]
) -> tuple[list[str], list[float], list[float]]:
    """Return grid code, lon and lat of the open reports of grids.

    A report without a position lies at the place that its address was found to name. Three lists,
    not rows: there may be tens of thousands.
    """
    found = connection.execute(
        text(
            "WITH open AS (SELECT id, grid_code, lon, lat FROM reports "
            "WHERE closed_at IS NULL AND grid_code = ANY(:codes)), "
            "placed AS (SELECT grid_code, lon, lat FROM open WHERE lon IS NOT NULL UNION ALL "
            "SELECT o.grid_code, p.lon, p.lat FROM open o "
            "JOIN assignments a ON a.report_id = o.id AND a.current "
            "JOIN places p ON p.id = a.receipt #>> '{trace,address,places,0}' "
            "WHERE o.lon IS NULL) "
            "SELECT coalesce(array_agg(grid_code), '{}'), coalesce(array_agg(lon), '{}'), "
            "coalesce(array_agg(lat), '{}') FROM placed"
        ),
        {"codes": list(codes)},
    ).one()
    return found[0], found[1], found[2]


def open_discs_of_grids(connection: Connection, codes: Collection[str]) -> list[Any]:
    """Return (grid_code, lon, lat, accuracy_m) of unsigned reports placed by position alone."""
    return list(
        connection.execute(
            text(
                "SELECT grid_code, lon, lat, accuracy_m FROM reports WHERE closed_at IS NULL "
                "AND status = 'assigned' AND address IS NULL AND accuracy_m > 0 "
                "AND grid_code = ANY(:codes) ORDER BY id"
            ),
            {"codes": list(codes)},
        )
    )


def count_open_of_grids(connection: Connection, codes: Collection[str]) -> dict[str, int]:
    """Return how many open reports each grid has, with a position or without; none, no entry."""
    rows = connection.execute(
        text(
            "SELECT grid_code, count(*) FROM reports WHERE closed_at IS NULL "
            "AND grid_code = ANY(:codes) GROUP BY grid_code"
        ),
        {"codes": list(codes)},
    )
    return {row[0]: row[1] for row in rows}
