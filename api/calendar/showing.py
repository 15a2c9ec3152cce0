"""Show the calendar, the hours of offices and what an import did."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from api.calendar.limits import ClockSettings
from api.calendar.loading import in_force, load_calendar, load_settings
from api.calendar.service import Outcome
from api.calendar.working_days import county_time
from api.db import calendar_store
from api.db.engine import Connection


def show(connection: Connection) -> dict[str, Any]:
    """Return the calendar in force with its notices and hours."""
    versions = calendar_store.read_versions(connection)
    newest = {row.id for row in in_force(versions)}
    calendar = load_calendar(connection)
    days = {row[0]: row for row in calendar_store.read_days(connection, sorted(newest))}
    return {
        "version": calendar.version,
        "known_from": _iso(calendar.known_from),
        "known_through": _iso(calendar.known_through),
        "days": [
            {"date": day.isoformat(), "kind": kind, "name": name}
            for day, kind, name in days.values()
        ],
        "hours": [hours(settings) for settings in (ClockSettings(), *load_settings(connection))],
        "versions": [
            {
                "name": row.name,
                "year": row.year,
                "document_no": row.document_no,
                "imported_at": county_time(row.imported_at).isoformat(),
                "imported_by": row.imported_by,
                "in_force": row.id in newest,
            }
            for row in versions
        ],
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def hours(settings: ClockSettings) -> dict[str, str | None]:
    """Return when offices work, as clock times."""
    return {
        "since": None if settings.since == date.min else settings.since.isoformat(),
        "day_starts": _clock(settings.day_starts_minute),
        "day_ends": _clock(settings.day_ends_minute),
        "cut_off": _clock(settings.cut_off_minute),
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def outcome(done: Outcome, *, dry_run: bool) -> dict[str, Any]:
    """Return what an import did, or would do."""
    return {
        "year": done.year,
        "days": done.days,
        "version": done.version,
        "unchanged": done.unchanged,
        "dry_run": dry_run,
        "recomputed": done.recomputed,
    }


def errors(done: Outcome) -> list[dict[str, Any]]:
    """Return what is wrong, row by row: line, column, reason, message."""
    return [asdict(error) for error in done.errors]
