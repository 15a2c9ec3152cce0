"""Do what happens by the clock: a return that nobody decides, a suspension that ends, reminders.

What fell due while nobody looked happens as of the instant at which it fell due, in order, and
only once: another look finds nothing more to do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from api.life.clocks import Clock, Timekeeper
from api.life.deadlines import answerable, go_on
from api.life.moves import decide
from api.life.parties import Party, desk_above, desk_of
from api.life.state import Case, Mark
from api.life.template import ReminderPart, Template
from api.life.turn import Event, Notice, Outcome, clock_changes, clock_event, notice_of


@dataclass(frozen=True, slots=True)
class _Due:
    """Hold one thing that is to happen: when, and a reminder's clock when it is one."""

    at: datetime
    what: str
    index: int = -1
    reminder: ReminderPart | None = None


def tick(case: Case, now: datetime, template: Template, time: Timekeeper) -> Outcome:
    """Return the case with everything that has fallen due by ``now`` done."""
    events: list[Event] = []
    notices: list[Notice] = []
    said: set[tuple[datetime, int, Notice]] = set()
    current = case
    while (found := _next(current, template)) is not None and found.at <= now:
        # Never before what was written last: the events of a report go forward.
        at = max(found.at, current.last.at)
        changed, told, facts = _happen(current, found, at, template, time)
        events.append(clock_event(current, changed, found.what, at, **facts))
        # Two rules for one clock may name the same desk at one instant: it is told once.
        new = [notice for notice in told if (found.at, found.index, notice) not in said]
        said.update((found.at, found.index, notice) for notice in new)
        notices.extend(new)
        current = changed
    changes = clock_changes(case, current)
    return Outcome(current, tuple(events), tuple(notices), clock_changes=changes)


def recount(case: Case, now: datetime, time: Timekeeper) -> Outcome:
    """Return the case with its provisional deadlines counted by the calendar that is in force.

    One event tells it when any moved. Of a clock that stood still, what was left is counted anew
    from when it went on.
    """
    counted = case.change_clocks(lambda c: c.provisional and c.running, lambda c: c.recount(time))
    if counted == case:
        return Outcome(case, ())
    at = max(now, case.last.at)
    event = clock_event(case, counted, "recounted", at)
    return Outcome(counted, (event,), clock_changes=clock_changes(case, counted))


def next_tick(case: Case, template: Template) -> datetime | None:
    """Return when something will next happen by the clock; None when nothing will."""
    if _stands_still(case):
        return None
    moments = [lapse.at for lapse in _lapses(case)]
    for clock in case.clocks:
        if clock.running and not clock.paused:
            shares = template.shares_of(clock.kind, clock.told)
            # Of a clock that never stood the smallest share is used up first.
            plain = not clock.pauses and clock.due_at >= clock.started_at
            moments += [clock.moment(share) for share in (shares[:1] if plain else shares)]
    return min(moments, default=None)


def _stands_still(case: Case) -> bool:
    return case.final or case.status == "merged"


def _next(case: Case, template: Template) -> _Due | None:
    if _stands_still(case):
        return None
    waiting = [*_lapses(case), *_reminders(case, template)]
    # What changes the report comes before who is told of the same instant.
    return min(waiting, key=lambda d: (d.at, d.reminder is not None), default=None)


def _lapses(case: Case) -> list[_Due]:
    lapses = []
    if case.request is not None and case.request.kind == "return":
        clock = case.clock("return_decision")
        if clock is not None:
            lapses.append(_Due(clock.due_at, "counted_as_signed"))
    if case.status == "suspended" and case.suspended_until is not None:
        lapses.append(_Due(case.suspended_until, "suspension_ended"))
    return lapses


def _reminders(case: Case, template: Template) -> list[_Due]:
    return [
        _Due(clock.moment(reminder.share), "remind", index, reminder)
        for index, clock in enumerate(case.clocks)
        if clock.running and not clock.paused
        for reminder in template.reminders_of(clock.kind)
        if reminder.key not in clock.told
    ]


def _happen(
    case: Case, found: _Due, at: datetime, template: Template, time: Timekeeper
) -> tuple[Case, tuple[Notice, ...], dict[str, str]]:
    mark = Mark(found.what, at)
    if found.what == "counted_as_signed":
        changed = _signed(case, at, template)
        asked = case.request
        assert asked is not None
        parties = (changed.holder, asked.decider)
        told = tuple(notice_of("counted_as_signed", p, changed, template) for p in parties)
        return replace(changed, last=mark), told, {}
    if found.what == "suspension_ended":
        going = go_on(case, at, time)
        going = replace(going, stage=template.stage_of(going.status), last=mark)
        return going, (notice_of("resumed", going.holder, going, template),), {}
    assert found.reminder is not None
    return _remind(case, found.index, found.reminder, template)


def _signed(case: Case, at: datetime, template: Template) -> Case:
    """Return a case whose return nobody decided in time: it counts as signed by who has it."""
    decided = decide(case, granted=None, turn_mark=None, at=at)
    before = case.request.status_before if case.request else "accepted"
    status = before if case.signed is not None else "accepted"
    signed = case.signed or Mark("counted_as_signed", at, level=case.holder.level)
    stage = template.stage_of(status)
    return replace(decided, status=status, stage=stage, signed=signed).stop("sign", at)


def _remind(
    case: Case, index: int, reminder: ReminderPart, template: Template
) -> tuple[Case, tuple[Notice, ...], dict[str, str]]:
    clock = case.clocks[index]
    told = replace(
        case,
        clocks=tuple(c.tell(reminder.key) if i == index else c for i, c in enumerate(case.clocks)),
    )
    kind = "overdue" if reminder.share >= 1 else "reminder"
    to = _who(case, clock, reminder.to)
    facts = {
        "clock": clock.kind,
        "share": str(reminder.at),
        "to": reminder.to,
        "told": to.org or to.post or to.area,
    }
    return told, (notice_of(kind, to, told, template),), facts


def _who(case: Case, clock: Clock, wanted: str) -> Party:
    county = desk_of(case.area[:6])
    if wanted == "owner":
        return clock.owner or answerable(case)
    if wanted == "sender":
        return case.sender
    if wanted == "holder":
        return case.holder
    if wanted == "superior":
        # Of a report that is not signed the level above who should sign, not above the sender.
        late = case.holder if clock.kind == "sign" else clock.owner or case.holder
        return desk_above(late) or county
    return answerable(case) if wanted == "answerable" else county
