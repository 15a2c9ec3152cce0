"""Run the clock of a case: it starts, pauses while the case is suspended, and shows a light.

Pure. A light is computed, never stored and never set by hand; severity is another thing.
Suspension pauses a clock, the leave of whoever has the case never does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from api.calendar.limits import (
    ClockSettings,
    Limit,
    Unit,
    after_working_time,
    first_working_day,
    working_time,
)
from api.calendar.working_days import Calendar, Count, Due, at_minute, county_time

_NONE = timedelta(0)
_DAY = timedelta(days=1)
# From then on an hour of the county is an hour, whoever counts it.
LAST_SUMMER_TIME = 1991


class Light(StrEnum):
    """Name the deadline light: 蓝 正常, 黄 过半, 橙 临期, 红 超期, 灰 暂停计时."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Pause:
    """Hold from when until when a clock stands; ``until`` is None while it still does."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """Hold when a clock started, when it is due by what is known now, and when it stood.

    ``due_at`` has been moved for every pause that is over.
    """

    started_at: datetime
    due_at: datetime
    pauses: tuple[Pause, ...] = ()

    @property
    def is_paused(self) -> bool:
        """Say whether the clock stands now."""
        return bool(self.pauses) and self.pauses[-1].until is None


class _Timed(Protocol):
    """Hold the times of a clock, whatever else it knows."""

    @property
    def started_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def pauses(self) -> tuple[Pause, ...]: ...


def light_of(clock: _Timed, at: datetime) -> Light:
    """Return the light at an instant: of the allowed time yellow from 50 %, orange from 80 %.

    Red from the very instant it is due. The time in which the clock stands belongs neither to the
    allowed time nor to the time spent.
    """
    pauses = clock.pauses
    if not pauses and clock.started_at.year > LAST_SUMMER_TIME:
        return _light_of_going(clock.started_at, clock.due_at, at)
    if any(p.since <= at and (p.until is None or at < p.until) for p in pauses):
        return Light.PAUSED
    allowed, spent = _running(clock, clock.due_at), _running(clock, at)
    return Light.RED if at >= clock.due_at else _light(allowed, spent)


@lru_cache(maxsize=256)
def _light_of_going(started_at: datetime, due_at: datetime, at: datetime) -> Light:
    """Return the light of a clock that never stood: the reports of a block begin together."""
    return Light.RED if at >= due_at else _light(due_at - started_at, at - started_at)


def _light(allowed: timedelta, spent: timedelta) -> Light:
    if allowed <= _NONE:
        return Light.RED
    # Whole microseconds on both sides: a light flips at its instant, not near it.
    if spent * 5 >= allowed * 4:
        return Light.ORANGE
    return Light.YELLOW if spent * 2 >= allowed else Light.BLUE


def _running(clock: _Timed, until: datetime) -> timedelta:
    """Return for how long the clock has run, without the pauses that are over."""
    stood = _NONE
    for pause in clock.pauses:
        # A pause that lasts has not moved the due time yet.
        if pause.until is not None:
            ends = min(pause.until, until)
            stood += max(ends - max(pause.since, clock.started_at), _NONE)
    return until - clock.started_at - stood


def suspended(clock: Clock, at: datetime) -> Clock:
    """Return the clock standing from ``at`` on; raise ValueError when it stands already."""
    if clock.is_paused:
        raise ValueError("the clock stands already")
    if clock.pauses and clock.pauses[-1].until is not None and at < clock.pauses[-1].until:
        raise ValueError("clocks do not run backwards")
    return replace(clock, pauses=(*clock.pauses, Pause(at)))


def resumed(
    clock: Clock, at: datetime, limit: Limit, calendar: Calendar, settings: ClockSettings
) -> tuple[Clock, Due]:
    """Return the clock running again, due when what was left of its limit has passed.

    What is left is counted in the limit's own unit: two working days left at the suspension are
    two working days from ``at`` on. What was overdue stays so.
    Raises ValueError when the clock runs, or ``at`` lies before the suspension.
    """
    if not clock.is_paused:
        raise ValueError("the clock runs")
    since = clock.pauses[-1].since
    if at < since:
        raise ValueError("clocks do not run backwards")
    count = Count(calendar)
    moved = clock.due_at
    if since < clock.due_at:
        left = _Left(county_time(since), county_time(clock.due_at), limit, settings)
        moved = max(clock.due_at, left.after(count, county_time(at)))
    pauses = (*clock.pauses[:-1], Pause(since, at))
    return replace(clock, due_at=moved, pauses=pauses), count.due(moved)


@dataclass(frozen=True, slots=True)
class _Left:
    """Hold what was left of a limit when its clock was stopped; instants in county time."""

    since: datetime
    due_at: datetime
    limit: Limit
    settings: ClockSettings

    def after(self, count: Count, at: datetime) -> datetime:
        """Return when it will have passed, beginning again at ``at``."""
        if self.limit.round_the_clock:
            return self.due_at + (at - self.since)
        if self.limit.unit is Unit.HOUR:
            left = working_time(count, self.since, self.due_at, self.settings)
            return after_working_time(count, at, left, self.settings)
        ends = self.settings.day_ends_minute
        if self.limit.unit is Unit.DAY:
            day = at.date() + (self.due_at.date() - self.since.date())
            return at_minute(day if at < at_minute(day, ends) else day + _DAY, ends)
        # A day off, or what is after the cut-off, is none of what was left.
        began = first_working_day(count, self.since, self.settings)
        days = count.between(began, self.due_at.date())
        day = count.after(first_working_day(count, at, self.settings), days)
        if at >= at_minute(day, ends):
            day = count.after(day, 1)
        return at_minute(day, ends)
