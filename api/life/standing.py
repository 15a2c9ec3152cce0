"""Say whose light each clock of a report turns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.calendar.clocks import Light
from api.life.clocks import Clock
from api.life.deadlines import answerable
from api.life.parties import Party
from api.life.state import Case


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold one clock, its light, and whose light it is."""

    party: Party
    clock: Clock
    light: Light


def standings(case: Case, at: datetime) -> tuple[Standing, ...]:
    """Return every running clock of a report with its light at ``at`` and whose it is.

    A merged report has none: its clocks run on in the report it was merged into.
    """
    if case.status == "merged":
        return ()
    return tuple(
        Standing(whose(case, clock, at), clock, clock.light(at))
        for clock in case.clocks
        if clock.running
    )


def whose(case: Case, clock: Clock, at: datetime) -> Party:
    """Return whose light a clock turns: its owner's, else of who is answerable.

    While a summoned department is late, the deadline counts against it and not against the worker
    who called it; the lead comes first.
    """
    if clock.owner is not None:
        return clock.owner
    late = late_departments(case, at)
    return late[0] if late else answerable(case)


def late_departments(case: Case, at: datetime) -> tuple[Party, ...]:
    """Return the departments that were called, have not come and are late; the lead first."""
    late = {
        clock.owner.org
        for clock in case.clocks
        if clock.kind == "arrival" and clock.running and clock.owner and clock.late(at)
    }
    waited = [summons for summons in case.summons if summons.open and summons.org.org in late]
    return tuple(s.org for s in sorted(waited, key=lambda s: not s.lead))
