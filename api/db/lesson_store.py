"""Keep what reports taught: a name that was said, and where an operator says it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

MOST_EVIDENCE = 20
_LESSON_LOCK = 4_490_019


def hold_lessons(connection: Connection) -> None:
    """Let nobody else learn a name before this transaction ends: no index sees two near pins.

    Whoever learns has all else that it needs by then, so that nobody waits in a circle.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LESSON_LOCK})


def find_like(connection: Connection, lesson: dict[str, Any], *, box: list[float]) -> list[Any]:
    """Return what is known of a name: (id, status, report ids of its evidence), newest first.

    Of the lesson's place in its scope; without a place, whatever is called so within ``box``
    (west, south, east, north).
    """
    west, south, east, north = box
    return list(
        connection.execute(
            text(
                "SELECT id, status, jsonb_path_query_array(evidence, '$.report') AS reports "
                "FROM place_aliases WHERE name = :name AND "
                "CASE WHEN CAST(:place_id AS text) IS NULL THEN place_id IS NULL "
                "AND lon BETWEEN :west AND :east AND lat BETWEEN :south AND :north "
                "ELSE place_id = :place_id AND scope = :scope END ORDER BY number DESC"
            ),
            {
                "name": lesson["name"],
                "place_id": lesson["place_id"],
                "scope": lesson["scope"],
                "west": west,
                "south": south,
                "east": east,
                "north": north,
            },
        )
    )


def insert(connection: Connection, lesson: dict[str, Any]) -> UUID | None:
    """Store a proposal and return its id; None when another transaction was first."""
    found: UUID | None = connection.execute(
        text(
            "INSERT INTO place_aliases (place_id, name, kind, scope, area_code, status, lon, lat, "
            "evidence, entered_at, entered_by, entered_by_id) VALUES (:place_id, :name, :kind, "
            ":scope, :area_code, :status, :lon, :lat, CAST(:evidence AS jsonb), :at, :by, :by_id) "
            "ON CONFLICT (place_id, name, scope) WHERE status IN ('proposed','approved') "
            "DO NOTHING RETURNING id"
        ),
        lesson | {"evidence": orjson.dumps(lesson["evidence"]).decode()},
    ).scalar_one_or_none()
    return found


def add_evidence(connection: Connection, alias_id: UUID, evidence: dict[str, Any]) -> None:
    """Add what one more report said to a proposal, up to twenty; not while somebody decides it."""
    connection.execute(
        text(
            "UPDATE place_aliases SET evidence = evidence || CAST(:one AS jsonb) "
            "WHERE id = (SELECT id FROM place_aliases WHERE id = :id "
            "AND jsonb_array_length(evidence) < :most FOR UPDATE SKIP LOCKED)"
        ),
        {"id": alias_id, "one": orjson.dumps([evidence]).decode(), "most": MOST_EVIDENCE},
    )


def said_in(connection: Connection, report_ids: list[UUID]) -> dict[UUID, str | None]:
    """Return the address as it was given with each report that the caller may see.

    A report that is out of sight, or has become confidential, is left out.
    """
    rows = connection.execute(
        text("SELECT id, address FROM reports WHERE id = ANY(:ids) AND NOT confidential"),
        {"ids": report_ids},
    )
    return {row[0]: row[1] for row in rows}
