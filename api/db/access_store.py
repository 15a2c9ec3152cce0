"""Read and write the access list: each change is a whole new version, nothing is ever altered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

_ACCESS_LOCK = 4_490_010


def hold_list(connection: Connection) -> None:
    """Let nobody else change the list before this transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ACCESS_LOCK})


def read_versions(connection: Connection) -> list[Any]:
    """Return every version (id, since, content_sha256, what, entered_by), oldest first."""
    return list(
        connection.execute(
            text(
                "SELECT id, since, content_sha256, what, entered_by FROM access_list_versions "
                "ORDER BY id"
            )
        )
    )


def read_items(connection: Connection) -> list[Any]:
    """Return the items of every version in their order."""
    return list(
        connection.execute(
            text(
                "SELECT version_id, no, item, kind, applied_for_by, frequency, categories, "
                "seasons, start_at, end_at FROM access_list_items ORDER BY version_id, position"
            )
        )
    )


def insert_version(
    connection: Connection,
    *,
    since: datetime,
    content_sha256: str,
    what: str,
    entered_by: str,
    items: Sequence[dict[str, Any]],
) -> int:
    """Store a version with all its items and return its number.

    ``items``: no, item, kind, applied_for_by, frequency, categories, seasons, start_at, end_at.
    """
    number: int = connection.execute(
        text(
            "INSERT INTO access_list_versions (since, content_sha256, what, entered_by) "
            "VALUES (:since, :sha, :what, :by) RETURNING id"
        ),
        {"since": since, "sha": content_sha256, "what": what, "by": entered_by},
    ).scalar_one()
    if items:
        connection.execute(
            text(
                "INSERT INTO access_list_items (version_id, position, no, item, kind, "
                "applied_for_by, frequency, categories, seasons, start_at, end_at) VALUES "
                "(:version_id, :position, :no, :item, :kind, :applied_for_by, :frequency, "
                ":categories, :seasons, :start_at, :end_at)"
            ),
            [{**item, "version_id": number, "position": n} for n, item in enumerate(items)],
        )
    return number
