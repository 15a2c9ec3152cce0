"""Find reports of one category in a box and a span of time, under the scope of whoever asks.

Row security lets no condition that might leak run before it, and those of PostGIS might: the box is
compared as plain numbers, for which ``ix_reports_category_lat`` stands ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

# Marks that make no other address of the same words.
_MARKS = " \u3000,，.。;；、·-—()（）"
_COLUMNS = (
    "r.id, r.number, r.status, r.text, r.address, r.lon, r.lat, r.grid_code, r.area_code, "
    "r.created_at, r.closed_at"
)
_ELIGIBLE = (
    "r.category = :category AND r.created_at BETWEEN :since AND :until AND NOT r.confidential "
    "AND r.status NOT IN ('merged', 'void', 'out_of_area') "
    "AND r.id IS DISTINCT FROM CAST(:exclude AS uuid)"
)
# Two halves, each by an index of its own. A report without a position lies at the one place that
# its address names; one that names none, or several, is known by its words alone.
_FIND = text(
    f"(SELECT {_COLUMNS}, NULL AS place_id, NULL::float8 AS place_lon, NULL::float8 AS place_lat, "
    "NULL::float8 AS place_radius_m, false AS same_words "
    f"FROM reports r WHERE {_ELIGIBLE} AND r.lat BETWEEN :south AND :north "
    "AND r.lon BETWEEN :west AND :east ORDER BY r.created_at DESC LIMIT :most) "
    "UNION ALL "
    f"(SELECT {_COLUMNS}, p.id, p.lon, p.lat, p.radius_m, "
    "coalesce(translate(r.address, :marks, '') = translate(:address, :marks, ''), false) "
    "FROM reports r LEFT JOIN assignments a ON a.report_id = r.id AND a.current "
    "LEFT JOIN places p ON jsonb_array_length(a.receipt #> '{trace,address,places}') = 1 "
    "AND p.id = a.receipt #>> '{trace,address,places,0}' "
    f"WHERE {_ELIGIBLE} AND r.lon IS NULL AND r.area_code ^@ :within "
    "AND (p.lon BETWEEN :west AND :east AND p.lat BETWEEN :south AND :north "
    "OR p.id = ANY(:places) "
    "OR translate(r.address, :marks, '') = translate(:address, :marks, '')) "
    "ORDER BY r.created_at DESC LIMIT :most)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Hold what is looked for; the box in CGCS2000 degrees, empty when there is no point."""

    category: str
    since: datetime
    until: datetime
    box: tuple[float, float, float, float] | None
    within: str
    places: Sequence[str] = ()
    address: str | None = None
    exclude: UUID | None = None
    most: int = 200


def read_hint(connection: Connection, category: str) -> str | None:
    """Return a category's duplicate hint as its table writes it (``100/7``), None for none."""
    return connection.execute(
        text("SELECT duplicate_hint FROM categories WHERE code = :code"), {"code": category}
    ).scalar_one_or_none()


def find_near(connection: Connection, search: Search) -> list[Any]:
    """Return reports that may tell of the same: in the box, or at the same place by their words."""
    west, south, east, north = search.box or (None, None, None, None)
    return list(
        connection.execute(
            _FIND,
            {
                "category": search.category,
                "since": search.since,
                "until": search.until,
                "exclude": search.exclude,
                "west": west,
                "south": south,
                "east": east,
                "north": north,
                "within": search.within,
                "places": list(search.places),
                "address": search.address,
                "marks": _MARKS,
                "most": search.most,
            },
        )
    )


def read_subject(connection: Connection, report_id: UUID) -> Any | None:
    """Return what a report is compared by, None when it is not there for this scope."""
    return connection.execute(
        text(
            "SELECT id, category, text, address, lon, lat, area_code, confidential, created_at "
            "FROM reports WHERE id = :id"
        ),
        {"id": report_id},
    ).one_or_none()
