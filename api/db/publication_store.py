"""Publish boundaries: close old shapes, open new ones, derive the levels above, write lineage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from api.db.report_store import PUBLICATION_LOCK

Shapes = Mapping[str, BaseGeometry | None]


def lock_for_publication(connection: Connection) -> None:
    """Wait for intakes under way and keep new ones out until this transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PUBLICATION_LOCK})


def new_revision(
    connection: Connection, *, effective_at: datetime, content_sha256: str, note: str
) -> tuple[int, str]:
    """Insert a boundary revision; return its id and name."""
    row = connection.execute(
        text(
            "INSERT INTO boundary_revisions (name, effective_at, content_sha256, note) "
            "VALUES ('r' || nextval('boundary_numbers'), :at, :sha, :note) RETURNING id, name"
        ),
        {"at": effective_at, "sha": content_sha256, "note": note},
    ).one()
    return int(row[0]), str(row[1])


def close_and_open(
    connection: Connection,
    table: str,
    shapes: Shapes,
    *,
    revision_id: int,
    at: datetime,
    level: str | None = None,
) -> None:
    """End the shapes of these codes at ``at`` and begin the new ones (None: nothing begins).

    ``table`` is ``grid_boundaries`` or ``area_boundaries``; history before ``at`` stays as it is.
    """
    connection.execute(
        text(
            f"UPDATE {table} SET valid = tstzrange(lower(valid), :at) "
            "WHERE code = ANY(:codes) AND upper_inf(valid)"
        ),
        {"codes": list(shapes), "at": at},
    )
    rows = [
        {"code": code, "rev": revision_id, "at": at, "wkb": shapely.to_wkb(shape), "level": level}
        for code, shape in shapes.items()
        if shape is not None
    ]
    if not rows:
        return
    extra, value = (", level", ", :level") if level is not None else ("", "")
    connection.execute(
        text(
            f"INSERT INTO {table} (code, revision_id, geom, valid{extra}) VALUES "
            f"(:code, :rev, ST_GeomFromWKB(:wkb, 4490), tstzrange(:at, NULL){value})"
        ),
        rows,
    )


def latest_shapes(connection: Connection) -> tuple[list[str], list[BaseGeometry]]:
    """Return the grids as they will stand when everything approved is in force."""
    rows = connection.execute(
        text(
            "SELECT code, ST_AsBinary(geom) FROM grid_boundaries "
            "WHERE upper_inf(valid) ORDER BY code"
        )
    ).all()
    return [row[0] for row in rows], list(shapely.from_wkb([bytes(row[1]) for row in rows]))


def area_shapes(connection: Connection, codes: Sequence[str]) -> dict[str, BaseGeometry]:
    """Return the latest derived shapes of units by code."""
    rows = connection.execute(
        text(
            "SELECT code, ST_AsBinary(geom) FROM area_boundaries "
            "WHERE upper_inf(valid) AND code = ANY(:codes)"
        ),
        {"codes": list(codes)},
    )
    return {row[0]: shapely.from_wkb(bytes(row[1])) for row in rows}


def put_grid(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a grid (code, parent_code, name, kind, households, exclave), or wake a known one."""
    connection.execute(
        text(
            "INSERT INTO areas (code, level, parent_code, name, official_name, kind, households, "
            "exclave) VALUES (:code, 'grid', :parent_code, :name, :name, :kind, :households, "
            ":exclave) ON CONFLICT (code) DO NOTHING"
        ),
        values,
    )


def set_households(connection: Connection, households: Mapping[str, int]) -> None:
    """Set the households of grids."""
    connection.execute(
        text("UPDATE areas SET households = :households WHERE code = :code"),
        [{"code": code, "households": count} for code, count in households.items()],
    )


def rename(connection: Connection, names: Mapping[str, str]) -> None:
    """Set the names of areas by code."""
    if names:
        connection.execute(
            text("UPDATE areas SET name = :name, official_name = :name WHERE code = :code"),
            [{"code": code, "name": name} for code, name in sorted(names.items())],
        )


def insert_changeset(
    connection: Connection, values: dict[str, Any], grids: Sequence[tuple[str, Any, Any]]
) -> None:
    """Insert a changeset with the shapes before and after of every grid it touches."""
    connection.execute(
        text(
            "INSERT INTO changesets (id, plan_id, rolls_back, revision_name, name, area_code, "
            "author, decider, document_no, document_date, note, effective_at, published_at, "
            "summary) VALUES (:id, :plan_id, :rolls_back, :revision_name, :name, :area_code, "
            ":author, :decider, :document_no, :document_date, :note, :effective_at, "
            ":published_at, CAST(:summary AS jsonb))"
        ),
        {**values, "summary": orjson.dumps(values["summary"]).decode()},
    )
    connection.execute(
        text(
            "INSERT INTO changeset_grids (changeset_id, code, before, after) "
            "VALUES (:changeset, :code, :before, :after)"
        ),
        [
            {
                "changeset": values["id"],
                "code": code,
                "before": None if before is None else shapely.to_wkb(before),
                "after": None if after is None else shapely.to_wkb(after),
            }
            for code, before, after in grids
        ],
    )


def insert_lineage(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert lineage: changeset_id, old_code, new_code, area_share, household_share."""
    if rows:
        connection.execute(
            text(
                "INSERT INTO lineage (changeset_id, old_code, new_code, area_share, "
                "household_share) VALUES (:changeset_id, :old_code, :new_code, :area_share, "
                ":household_share)"
            ),
            list(rows),
        )


# A rollback that was itself rolled back leaves the changeset in force, and so on.
ROLLED_BACK_BY = (
    "(WITH RECURSIVE chain AS (SELECT b.id, 1 AS step FROM changesets b "
    "WHERE b.rolls_back = changesets.id AND b.withdrawn_at IS NULL UNION ALL "
    "SELECT b.id, step + 1 FROM changesets b JOIN chain ON b.rolls_back = chain.id "
    "WHERE b.withdrawn_at IS NULL) "
    "SELECT (array_agg(id ORDER BY step))[1] FROM chain HAVING max(step) % 2 = 1)"
)

CHANGESET = (
    "id, plan_id, rolls_back, revision_name, name, area_code, author, decider, document_no, "
    "document_date, note, effective_at, published_at, handed_over_at, summary, withdrawn_at, "
    "replaced_by, "
    "(SELECT a.display_name FROM accounts a WHERE a.username = changesets.author) AS author_name, "
    "(SELECT a.display_name FROM accounts a WHERE a.username = changesets.decider) "
    "AS decider_name, "
    f"{ROLLED_BACK_BY} AS rolled_back_by"
)


def read_changeset(connection: Connection, changeset_id: UUID) -> Any | None:
    """Return one changeset, None when there is none."""
    return connection.execute(
        text(f"SELECT {CHANGESET} FROM changesets WHERE id = :id"), {"id": changeset_id}
    ).one_or_none()


def list_changesets(
    connection: Connection, *, area: str, after: tuple[datetime, UUID] | None, limit: int
) -> list[Any]:
    """Return changesets of ``area`` and below, the last to come first, one more than ``limit``."""
    at, changeset_id = after or (None, None)
    return list(
        connection.execute(
            text(
                f"SELECT {CHANGESET} FROM changesets WHERE withdrawn_at IS NULL "
                "AND (area_code ^@ :area OR :area ^@ area_code) "
                "AND (CAST(:at AS timestamptz) IS NULL OR (effective_at, id) < (:at, :id)) "
                "ORDER BY effective_at DESC, id DESC LIMIT :limit"
            ),
            {"area": area, "at": at, "id": changeset_id, "limit": limit + 1},
        )
    )


def changeset_shapes(connection: Connection, changeset_id: UUID) -> list[tuple[str, Any, Any]]:
    """Return (code, before, after) of every grid a changeset touched."""
    rows = connection.execute(
        text(
            "SELECT code, before, after FROM changeset_grids WHERE changeset_id = :id ORDER BY code"
        ),
        {"id": changeset_id},
    )
    return [
        (
            row[0],
            None if row[1] is None else shapely.from_wkb(bytes(row[1])),
            None if row[2] is None else shapely.from_wkb(bytes(row[2])),
        )
        for row in rows
    ]
