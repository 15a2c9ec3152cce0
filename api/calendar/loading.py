"""Make the calendar in force of the notices that were loaded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from api.calendar.limits import ClockSettings
from api.calendar.notice import HOLIDAY, MAKEUP
from api.calendar.working_days import WEEKENDS_ONLY, Calendar
from api.db import calendar_store
from api.db.calendar_store import VersionRow
from api.db.engine import Connection


def load_calendar(connection: Connection) -> Calendar:
    """Return the calendar in force; of each year the notice that was loaded last counts."""
    versions = calendar_store.read_versions(connection)
    if not versions:
        return WEEKENDS_ONLY
    newest = in_force(versions)
    years = [row.year for row in newest]
    kinds = {
        day: kind
        for day, kind, _ in calendar_store.read_days(connection, [row.id for row in newest])
    }
    return Calendar(
        # The one loaded last: every change of the whole has a name of its own.
        version=versions[-1].name,
        known_from=date(min(years), 1, 1),
        known_through=date(max(years), 12, 31),
        off_days=frozenset(day for day, kind in kinds.items() if kind == HOLIDAY),
        makeup_days=frozenset(day for day, kind in kinds.items() if kind == MAKEUP),
    )


def in_force(versions: Sequence[VersionRow]) -> list[VersionRow]:
    """Return the newest notice of each year, by year; ``versions`` are oldest first."""
    newest = {row.year: row for row in versions}
    return [newest[year] for year in sorted(newest)]


def load_settings(connection: Connection) -> tuple[ClockSettings, ...]:
    """Return when offices work, by the day from which that holds."""
    return tuple(
        ClockSettings(
            since=since,
            day_starts_minute=starts,
            day_ends_minute=ends,
            cut_off_minute=cut_off,
        )
        for since, starts, ends, cut_off in calendar_store.read_settings(connection)
    )
