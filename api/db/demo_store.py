"""Ask what is there of the demo county."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text


def demo_is_loaded(connection: Connection) -> bool:
    """Say whether any county is loaded: a demo never mixes with real areas."""
    return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM areas)")).scalar_one())


def newest_report_at(connection: Connection) -> Any | None:
    """Return when the newest report came in, None when there are none."""
    return connection.execute(text("SELECT max(created_at) FROM reports")).scalar_one()


def person_on(connection: Connection, area_code: str) -> UUID | None:
    """Return a worker who holds a post on ``area_code``."""
    found: UUID | None = connection.execute(
        text(
            "SELECT h.person_id FROM holders h JOIN posts p ON p.id = h.post_id "
            "WHERE p.area_code = :area AND p.role LIKE '%worker' ORDER BY h.id LIMIT 1"
        ),
        {"area": area_code},
    ).scalar_one_or_none()
    return found
