"""Ask the database whether it answers."""

from __future__ import annotations

from sqlalchemy import Connection, text


def answers(connection: Connection) -> bool:
    """Return True when the database answers; let its error pass otherwise."""
    return bool(connection.execute(text("SELECT 1")).scalar_one() == 1)
