"""Read and write notices of days off and the hours of offices; move due dates that were a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class VersionRow:
    """Hold one notice that was loaded."""

    id: int
    name: str
    year: int
    content_sha256: str
    document_no: str | None
    imported_at: datetime
    imported_by: str


_VERSION = "id, name, year, content_sha256, document_no, imported_at, imported_by"


def read_versions(connection: Connection) -> list[VersionRow]:
    """Return every notice that was ever loaded, oldest first."""
    rows = connection.execute(text(f"SELECT {_VERSION} FROM calendar_versions ORDER BY id"))
    return [VersionRow(*row) for row in rows]


def read_days(connection: Connection, version_ids: Sequence[int]) -> list[Any]:
    """Return (day, kind, name) of several notices, the newest notice of a day last."""
    return list(
        connection.execute(
            text(
                "SELECT day, kind, name FROM calendar_days WHERE version_id = ANY(:ids) "
                "ORDER BY day, version_id"
            ),
            {"ids": list(version_ids)},
        )
    )


def insert_version(
    connection: Connection,
    values: dict[str, Any],
    days: Sequence[tuple[date, str, str]],
) -> str:
    """Store a notice and return its name: the year, and which one of that year it is.

    ``values``: year, content_sha256, document_no, imported_at, imported_by.
    """
    row = connection.execute(
        text(
            "INSERT INTO calendar_versions (name, year, content_sha256, document_no, imported_at, "
            "imported_by) SELECT :year || '-' || count(*) + 1, :year, :content_sha256, "
            ":document_no, :imported_at, :imported_by FROM calendar_versions WHERE year = :year "
            "RETURNING id, name"
        ),
        values,
    ).one()
    connection.execute(
        text(
            "INSERT INTO calendar_days (version_id, day, kind, name) "
            "VALUES (:version_id, :day, :kind, :name)"
        ),
        [
            {"version_id": row[0], "day": day, "kind": kind, "name": name}
            for day, kind, name in days
        ],
    )
    return str(row[1])


def read_settings(connection: Connection) -> list[Any]:
    """Return (since, day_starts_minute, day_ends_minute, cut_off_minute) by day."""
    return list(
        connection.execute(
            text(
                "SELECT since, day_starts_minute, day_ends_minute, cut_off_minute "
                "FROM clock_settings ORDER BY since"
            )
        )
    )


def put_settings(connection: Connection, values: dict[str, Any]) -> None:
    """Store when an office works from a day on; what was planned for that day is replaced."""
    connection.execute(
        text(
            "INSERT INTO clock_settings (since, day_starts_minute, day_ends_minute, "
            "cut_off_minute, set_at, set_by) VALUES (:since, :day_starts_minute, "
            ":day_ends_minute, :cut_off_minute, :set_at, :set_by) ON CONFLICT (since) DO UPDATE "
            "SET day_starts_minute = excluded.day_starts_minute, "
            "day_ends_minute = excluded.day_ends_minute, "
            "cut_off_minute = excluded.cut_off_minute, set_at = excluded.set_at, "
            "set_by = excluded.set_by"
        ),
        values,
    )
