"""Say until when something is to be done: limits in hours, days and working days.

Pure: the instant, the calendar and the county's settings are given. A template says the unit of
each limit and an administrator the hour a day ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from api.calendar.working_days import Calendar, Count, Due, at_minute, county_time

MINUTES_A_DAY = 24 * 60
MOST_DAYS = 3660
_DAY = timedelta(days=1)


class Unit(StrEnum):
    """Name the unit of a limit."""

    HOUR = "hour"
    DAY = "day"
    WORKING_DAY = "working_day"


@dataclass(frozen=True, slots=True)
class Limit:
    """Hold how long something may take.

    Hours and days run night and day when ``round_the_clock``; else hours are working hours, and
    a limit in days ends at the hour the day ends. Days are whole.
    """

    amount: float
    unit: Unit
    round_the_clock: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no limit."""
        days = self.amount / 24 if self.unit is Unit.HOUR else self.amount
        if not 0 < days <= MOST_DAYS:
            raise ValueError("a limit is longer than nothing and shorter than ten years")
        if self.unit is not Unit.HOUR and self.amount != int(self.amount):
            raise ValueError("a limit has whole days")
        if self.unit is Unit.WORKING_DAY and self.round_the_clock:
            raise ValueError("working days do not run round the clock")

    def as_json(self) -> dict[str, Any]:
        """Return the limit as it is stored."""
        return {
            "amount": self.amount,
            "unit": self.unit.value,
            "round_the_clock": self.round_the_clock,
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Limit:
        """Return the limit that was stored; raise KeyError or ValueError for none."""
        return cls(stored["amount"], Unit(stored["unit"]), bool(stored["round_the_clock"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSettings:
    """Hold when an office works, in minutes after midnight, and from which day on that holds.

    Something taken in after ``cut_off_minute`` counts from the next working day.
    """

    since: date = date.min
    day_starts_minute: int = 8 * 60 + 30
    day_ends_minute: int = 18 * 60
    cut_off_minute: int = 18 * 60

    def __post_init__(self) -> None:
        """Refuse a day that ends before it starts."""
        if not 0 <= self.day_starts_minute < self.day_ends_minute <= MINUTES_A_DAY:
            raise ValueError("a working day starts before it ends")
        if not 0 <= self.cut_off_minute <= MINUTES_A_DAY:
            raise ValueError("the cut-off lies within the day")


def settings_at(history: Sequence[ClockSettings], at: datetime) -> ClockSettings:
    """Return the settings in force on the day of ``at``; the usual ones before the first."""
    day = county_time(at).date()
    begun = [settings for settings in history if settings.since <= day]
    return max(begun, key=lambda settings: settings.since) if begun else ClockSettings()


def due(limit: Limit, start: datetime, calendar: Calendar, settings: ClockSettings) -> Due:
    """Return until when a limit that begins at ``start`` runs; pure.

    Working days: the day that ``nth_working_day`` gives, at the hour a day ends. A start after the
    cut-off or on a day off counts from 00:00 of the next working day.
    Raises ValueError for a start without an offset.
    """
    start = county_time(start)
    count = Count(calendar)
    if limit.round_the_clock:
        hours = limit.amount if limit.unit is Unit.HOUR else limit.amount * 24
        return count.due(start + timedelta(hours=hours))
    if limit.unit is Unit.HOUR:
        return count.due(after_working_time(count, start, timedelta(hours=limit.amount), settings))
    days = int(limit.amount)
    if limit.unit is Unit.DAY:
        day = start.date() + days * _DAY
    else:
        day = count.after(first_working_day(count, start, settings), days)
    return count.due(at_minute(day, settings.day_ends_minute))


def first_working_day(count: Count, start: datetime, settings: ClockSettings) -> date:
    """Return the day from which something taken in at ``start`` counts."""
    day = start.date()
    late = start > at_minute(day, settings.cut_off_minute)
    return count.on_or_after(day + _DAY if late else day)


def after_working_time(
    count: Count, start: datetime, length: timedelta, settings: ClockSettings
) -> datetime:
    """Return when so much time has been worked after ``start``."""
    day = start.date()
    while True:
        day = count.on_or_after(day)
        begins = max(start, at_minute(day, settings.day_starts_minute))
        left = at_minute(day, settings.day_ends_minute) - begins
        if length <= left:
            return begins + length
        length -= max(left, timedelta(0))
        day += _DAY


def working_time(
    count: Count, start: datetime, end: datetime, settings: ClockSettings
) -> timedelta:
    """Return how much time is worked between two instants in county time."""
    total, day = timedelta(0), start.date()
    while day <= end.date():
        if count.works(day):
            begins = max(start, at_minute(day, settings.day_starts_minute))
            ends = min(end, at_minute(day, settings.day_ends_minute))
            total += max(ends - begins, timedelta(0))
        day += _DAY
    return total
