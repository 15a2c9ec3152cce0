"""Count a day's work of one account: what it entered, and what of that it mended on the spot."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text


def count_day(
    connection: Connection, *, account_id: UUID, since: datetime, at_once_minutes: int
) -> Any:
    """Return ``entered`` and ``on_the_spot`` of an account since an instant.

    Found on a round and mended there: entered as ``patrol`` and closed within
    ``at_once_minutes`` of that. A dead spot delays both alike, so the span stays short.
    """
    return connection.execute(
        text(
            "SELECT count(*) AS entered, count(*) FILTER (WHERE channel = 'patrol' AND "
            "closed_at <= created_at + make_interval(mins => :minutes)) AS on_the_spot "
            "FROM reports WHERE created_by = :account_id AND created_at >= :since"
        ),
        {"account_id": account_id, "since": since, "minutes": at_once_minutes},
    ).one()
