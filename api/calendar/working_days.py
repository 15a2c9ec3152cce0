"""Count working days: the State Council's days off and make-up days, weekends beyond them.

Pure: no clock, no database. All days are days in Asia/Shanghai.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from api.input_types import SHANGHAI

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Hold what the published notices say, and from which day through which they say it.

    ``off_days`` are the days of holidays, weekends within them too; ``makeup_days`` the Saturdays
    and Sundays on which everybody works. ``known_from`` is None when no notice is loaded.
    """

    version: str
    known_from: date | None = None
    known_through: date | None = None
    off_days: frozenset[date] = frozenset()
    makeup_days: frozenset[date] = frozenset()

    def knows(self, day: date) -> bool:
        """Say whether a published notice covers the day; else weekends are only a guess."""
        if self.known_from is None or self.known_through is None:
            return False
        return self.known_from <= day <= self.known_through

    def is_working_day(self, day: date) -> bool:
        """Say whether people work on the day."""
        if day in self.makeup_days:
            return True
        return day not in self.off_days and day.weekday() < _SATURDAY


# What is counted by until a county has loaded a notice: every answer is provisional.
WEEKENDS_ONLY = Calendar(version="weekends-only")


@dataclass(frozen=True, slots=True)
class Due:
    """Hold an instant in county time, whether part of it is a guess, and the calendar used."""

    at: datetime
    provisional: bool
    calendar_version: str


def county_time(moment: datetime) -> datetime:
    """Return the instant in Asia/Shanghai; raise ValueError for a time without an offset."""
    if moment.utcoffset() is None:
        raise ValueError("an instant needs an offset")
    return moment.astimezone(SHANGHAI)


def at_minute(day: date, minute: int) -> datetime:
    """Return the instant of a minute of the day in county time; 1440 is the next midnight."""
    return datetime.combine(day, time.min, SHANGHAI) + timedelta(minutes=minute)


class Count:
    """Walk over days by a calendar and remember whether one of them was a guess."""

    def __init__(self, calendar: Calendar) -> None:
        """Begin with nothing guessed."""
        self._calendar = calendar
        self.provisional = False

    def works(self, day: date) -> bool:
        """Say whether people work on the day."""
        self.provisional = self.provisional or not self._calendar.knows(day)
        return self._calendar.is_working_day(day)

    def on_or_after(self, day: date) -> date:
        """Return the day itself when people work on it, else the next on which they do."""
        while not self.works(day):
            day += _DAY
        return day

    def after(self, day: date, n: int) -> date:
        """Return the n-th working day after ``day``; the day itself for 0."""
        for _ in range(n):
            day = self.on_or_after(day + _DAY)
        return day

    def between(self, after: date, through: date) -> int:
        """Return how many working days lie after one day, up to and with the other."""
        return sum(self.works(day) for day in _days(after + _DAY, through))

    def due(self, at: datetime) -> Due:
        """Return the instant with what was guessed on the way to it."""
        return Due(at, self.provisional, self._calendar.version)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def nth_working_day(calendar: Calendar, start: datetime, n: int) -> Due:
    """Return the same clock time on the n-th working day after ``start``.

    A start on a day off counts from 00:00 of the next working day. Every day passed on the way
    must be in a published notice, else the answer is provisional.
    Raises ValueError for a time without an offset or a negative ``n``.
    """
    if n < 0:
        raise ValueError("working days are counted forwards")
    count = Count(calendar)
    local = county_time(start)
    first = count.on_or_after(local.date())
    clock = local.timetz() if first == local.date() else time(tzinfo=SHANGHAI)
    return count.due(datetime.combine(count.after(first, n), clock))
