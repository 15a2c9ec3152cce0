"""Count the time that a report may take; of all that happens suspension alone pauses a clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

from api.calendar.clocks import LAST_SUMMER_TIME, Light, Pause, light_of, resumed
from api.calendar.clocks import Clock as Run
from api.calendar.limits import ClockSettings, Limit, due, settings_at
from api.calendar.working_days import Calendar, Due
from api.life.parties import Party

_NOTHING = timedelta(0)
_KEPT = 64


class Timekeeper(Protocol):
    """Say when limits end; behind it stand the calendar and the hours of the office."""

    def due(self, limit: Limit, start: datetime, /) -> Due:
        """Return when ``limit``, counted from ``start``, is used up."""
        ...

    def going_on(self, run: Run, limit: Limit, at: datetime, /) -> tuple[Run, Due]:
        """Return a run that stands still going on from ``at``, and when it is due then."""
        ...


@dataclass(frozen=True, slots=True)
class OfficeTime:
    """Keep time by a working-day calendar and the dated hours of an office."""

    calendar: Calendar
    settings: Sequence[ClockSettings] = ()
    # The reports of a block begin at one instant: what was counted for it.
    _counted: dict[tuple[Limit, datetime, int], Due] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def due(self, limit: Limit, start: datetime, /) -> Due:
        """Return when ``limit``, counted from ``start``, is used up."""
        asked = (limit, start, start.fold)
        found = self._counted.get(asked)
        if found is None:
            found = due(limit, start, self.calendar, settings_at(self.settings, start))
            if len(self._counted) >= _KEPT:
                self._counted.clear()
            self._counted[asked] = found
        return found

    def going_on(self, run: Run, limit: Limit, at: datetime, /) -> tuple[Run, Due]:
        """Return a run that stands still going on from ``at``, and when it is due then."""
        return resumed(run, at, limit, self.calendar, settings_at(self.settings, at))


@dataclass(frozen=True, slots=True)
class Clock:
    """Hold one running time of a report.

    ``kind`` is settle, sign, return_decision, extension_decision, suspension_decision, arrival,
    supervision or follow_up. ``due_at`` has been moved for every pause that is over. ``owner`` is
    whose light it turns, None meaning whoever is answerable for the report. ``of`` is the report
    it came from by merging. ``told`` holds the reminders that were given: none comes twice.
    """

    kind: str
    started_at: datetime
    due_at: datetime
    limit: Limit
    owner: Party | None = None
    of: str | None = None
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None
    told: tuple[str, ...] = ()
    provisional: bool = False
    extensions: tuple[Limit, ...] = ()

    @property
    def running(self) -> bool:
        """Say whether it was not stopped; a paused clock is running too."""
        return self.stopped_at is None

    @property
    def run(self) -> Run:
        """Return its times as the calendar knows them."""
        return Run(self.started_at, self.due_at, self.pauses)

    @property
    def paused(self) -> bool:
        """Say whether it stands still now."""
        return bool(self.pauses) and self.pauses[-1].until is None

    def light(self, at: datetime) -> Light:
        """Return its light at an instant; that of the end once it was stopped."""
        return light_of(self, at if self.stopped_at is None else min(at, self.stopped_at))

    def late(self, at: datetime) -> bool:
        """Say whether it is due at ``at``, or was when it stopped."""
        return self.light(at) is Light.RED

    def moment(self, share: Fraction) -> datetime:
        """Return when a share of the allowed time is used up, exact to the microsecond."""
        if not self.pauses and self.started_at.year > LAST_SUMMER_TIME:
            return _moment(self.started_at, self.due_at, share.numerator, share.denominator)
        ended = [(p.since, p.until - p.since) for p in self.pauses if p.until is not None]
        stood = sum((length for _, length in ended), _NOTHING) if ended else _NOTHING
        allowed = self.due_at - self.started_at - stood
        moment = self.started_at + _part(allowed, share.numerator, share.denominator)
        for since, length in ended:
            moment += length if since < moment else _NOTHING
        return moment

    def stop(self, at: datetime) -> Clock:
        """Return it stopped; a pause that lasts ends with it, the due time stays."""
        if not self.running:
            return self
        pauses = self.pauses
        if self.paused:
            pauses = (*pauses[:-1], replace(pauses[-1], until=max(at, pauses[-1].since)))
        # The time it stood belongs to nobody: the due time moves by it.
        moved = self.due_at + (at - self.pauses[-1].since if self.paused else timedelta(0))
        return replace(self, stopped_at=at, pauses=pauses, due_at=max(self.due_at, moved))

    def pause(self, at: datetime) -> Clock:
        """Return it standing still from ``at``."""
        if self.paused or not self.running:
            return self
        return replace(self, pauses=(*self.pauses, Pause(at)))

    def resume(self, at: datetime, time: Timekeeper) -> Clock:
        """Return it going on from ``at``, what was left of its limit still to come."""
        if not self.paused or not self.running:
            return self
        run, found = time.going_on(self.run, self.limit, at)
        return replace(self, due_at=run.due_at, pauses=run.pauses, provisional=found.provisional)

    def extend(self, limit: Limit, time: Timekeeper) -> Clock:
        """Return it due later by ``limit``, counted from when it is due now."""
        found = time.due(limit, self.due_at)
        due_at = max(found.at, self.due_at)
        return replace(
            self,
            due_at=due_at,
            told=(),
            provisional=found.provisional,
            extensions=(*self.extensions, limit),
        )

    def move(self, limit: Limit, time: Timekeeper) -> Clock:
        """Return it with another limit, counted from when it started; what stood still is added."""
        counted = self._counted(limit, time)
        return replace(counted, limit=limit, told=())

    def recount(self, time: Timekeeper) -> Clock:
        """Return it with its limit and extensions counted anew, for a calendar that knows more.

        One that was extended and stood still is left as it is: which came first is not kept.
        """
        if self.pauses and self.extensions:
            return self
        counted = self._counted(self.limit, time)
        due_at, provisional = counted.due_at, counted.provisional
        for limit in self.extensions:
            found = time.due(limit, due_at)
            due_at, provisional = found.at, found.provisional
        return replace(counted, due_at=due_at, provisional=provisional)

    def _counted(self, limit: Limit, time: Timekeeper) -> Clock:
        """Return it due by a limit from when it started, with each pause as it was."""
        found = time.due(limit, self.started_at)
        run, provisional = Run(self.started_at, found.at), found.provisional
        for pause in self.pauses:
            run = replace(run, pauses=(*run.pauses, Pause(pause.since)))
            if pause.until is not None:
                run, found = time.going_on(run, limit, pause.until)
                provisional = provisional or found.provisional
        return replace(self, due_at=run.due_at, provisional=provisional)

    def tell(self, reminder: str) -> Clock:
        """Return it with a reminder marked as given."""
        return replace(self, told=(*self.told, reminder))


@lru_cache(maxsize=256)
def _moment(started_at: datetime, due_at: datetime, numerator: int, denominator: int) -> datetime:
    """Return when a share of the time of a clock that never stood is used up."""
    return started_at + _part(due_at - started_at, numerator, denominator)


def _part(allowed: timedelta, numerator: int, denominator: int) -> timedelta:
    # Upwards: a reminder of four fifths never comes before they are used up.
    return -(-allowed * numerator // denominator)


def start_clock(
    kind: str, limit: Limit, at: datetime, time: Timekeeper, owner: Party | None = None
) -> Clock:
    """Return a clock that starts at ``at``."""
    found = time.due(limit, at)
    return Clock(kind, at, max(found.at, at), limit, owner=owner, provisional=found.provisional)
