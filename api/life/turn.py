"""Hold one turn of the engine: what is asked, by whom, when; what comes of it, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from api.calendar.limits import Limit
from api.calendar.working_days import county_time
from api.life.clocks import Clock, Timekeeper, start_clock
from api.life.parties import Actor, Party
from api.life.state import Case, Mark
from api.life.template import Template


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one matter of a call that is split: the names that its new report was given.

    ``to`` is who gets it; the desk keeps it without. ``kept_at`` is the lowest level that may have
    it, and ``to`` who has it there: a complaint.
    """

    id: str
    number: str
    category: str | None = None
    response: str | None = None
    area: str | None = None
    kept_at: str | None = None
    to: Party | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Hold what comes with a step; each step says what it needs.

    ``to`` and ``orgs`` are parties that the caller has looked up. ``grid`` is a code. ``case`` is
    the other report of ``merge`` and ``unmerge``. ``request`` is the number of the request that a
    decision means. ``limit`` and ``until`` are the time asked for. ``kept_at`` is the lowest level
    that may have a report of the category that ``triage`` sets; ``to`` is who has it there, or
    without it who has it by that category instead of whoever may not.
    """

    on_behalf_of: str | None = None
    note: str | None = None
    reason: str | None = None
    to: Party | None = None
    grid: str | None = None
    category: str | None = None
    nature: str | None = None
    severity: int | None = None
    response: str | None = None
    outcome: str | None = None
    answer: str | None = None
    passed: bool | None = None
    reporter: str | None = None
    resolved: str | None = None
    satisfied: str | None = None
    orgs: tuple[Party, ...] = ()
    org: str | None = None
    leader: str | None = None
    limit: Limit | None = None
    until: datetime | None = None
    request: int | None = None
    case: Case | None = None
    parts: tuple[Part, ...] = ()
    hotline: str | None = None
    kept_at: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Hold one thing that happened to a report; ``by`` is None when the clock did it.

    ``before`` and ``after`` name what changed, as plain values.
    """

    case_id: str
    step: str
    at: datetime
    by: str | None
    name: str
    on_behalf_of: str | None
    reason: str | None
    note: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """Hold what somebody is to be told; nothing of the reporter is in it."""

    kind: str
    to: Party
    text: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ClockChange:
    """Hold what became of a clock: started, stopped, paused, resumed or moved."""

    what: str
    clock: Clock


@dataclass(frozen=True, slots=True)
class Refusal:
    """Say why a step was not taken, with the present state and who made it so, when."""

    reason: str
    words: str
    status: str = ""
    last: Mark | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Hold what the rules of one step made of a case, before the engine writes the event.

    ``others`` are other cases as they were, None for a new one, and as they are.
    """

    case: Case
    notices: tuple[Notice, ...] = ()
    others: tuple[tuple[Case | None, Case], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold a taken step: the new case, other cases it changed or made, events, notices."""

    case: Case
    events: tuple[Event, ...]
    notices: tuple[Notice, ...] = ()
    others: tuple[Case, ...] = ()
    clock_changes: tuple[ClockChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """Hold all that the rules of a step may look at."""

    case: Case
    step: str
    ask: Ask
    actor: Actor
    at: datetime
    template: Template
    time: Timekeeper
    relations: frozenset[str]

    @property
    def mark(self) -> Mark:
        """Return who takes the step and when, with the level of who has the report."""
        actor = self.actor
        name = self.ask.on_behalf_of or actor.name
        return Mark(self.step, self.at, actor.account, name, self.case.holder.level, actor.person)

    @property
    def sending_party(self) -> Party:
        """Return as whom the actor sends: the holder when it is theirs, else their own desk."""
        return self.case.holder if "holder" in self.relations else self.actor.party()

    def clock(self, kind: str, limit: Limit, owner: Party | None = None) -> Clock:
        """Return a clock that starts with this turn."""
        return start_clock(kind, limit, self.at, self.time, owner)

    def refuse(self, reason: str, words: str, field: str | None = None) -> Refusal:
        """Return a refusal with the present state."""
        return Refusal(reason, words, self.case.status, self.case.last, field)

    def missing(self, field: str, words: str) -> Refusal:
        """Return a refusal for something the step needs."""
        return self.refuse("missing", words, field)

    def unknown(self, field: str, words: str) -> Refusal:
        """Return a refusal for a value that is not among the known ones."""
        return self.refuse("unknown_value", words, field)

    def notice(self, kind: str, to: Party, case: Case | None = None) -> Notice:
        """Return a notice in the template's words, of the case as it has become."""
        return notice_of(kind, to, case or self.case, self.template)


def notice_of(kind: str, to: Party, case: Case, template: Template) -> Notice:
    """Return a notice in the template's words: number, deadline, response level, no more."""
    settle = case.clock("settle")
    due = spoken(settle.due_at) if settle else ""
    response = template.response(case.response)
    text = template.texts.get(kind, "{number}").format(
        number=case.number, due=due, level=response.label
    )
    return Notice(kind, to, text, response.urgent)


@lru_cache(maxsize=256)
def spoken(moment: datetime) -> str:
    """Return an instant as people say it in the county: 11月25日（星期三）18:00."""
    local = county_time(moment)
    day = "一二三四五六日"[local.weekday()]
    return f"{local.month}月{local.day}日（星期{day}）{local:%H:%M}"


def plain(value: Any) -> Any:
    """Return a value of a case as JSON knows it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Party):
        shown = {name: getattr(value, name) for name in ("area", "post", "person", "org")}
        return {name: shown[name] for name in shown if shown[name] is not None}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return value


# The clocks are told by their changes, the last mark by the event itself.
_UNTOLD = frozenset({"clocks", "last", "id", "number"})


def event_between(before: Case, after: Case, turn: Turn) -> Event:
    """Return the event of a step: every fact that is another afterwards."""
    old, new = differences(before, after)
    ask = turn.ask
    return Event(
        case_id=after.id,
        step=turn.step,
        at=after.last.at,
        by=turn.actor.account,
        name=turn.actor.name,
        on_behalf_of=ask.on_behalf_of,
        reason=ask.reason,
        note=ask.note,
        before=old,
        after=new,
    )


def clock_event(before: Case, after: Case, step: str, at: datetime, **facts: Any) -> Event:
    """Return the event of something that happened by the clock."""
    old, new = differences(before, after)
    return Event(after.id, step, at, None, "", None, None, None, old, {**new, **facts})


def differences(before: Case, after: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the facts that changed, as they were and as they are."""
    changed = [
        f.name
        for f in fields(Case)
        if f.name not in _UNTOLD and getattr(before, f.name) != getattr(after, f.name)
    ]
    old = {name: plain(getattr(before, name)) for name in changed}
    new = {name: plain(getattr(after, name)) for name in changed}
    due_before, due_after = _due(before), _due(after)
    if due_before != due_after:
        old["due_at"], new["due_at"] = due_before, due_after
    return old, new


def _due(case: Case) -> str | None:
    clock = case.clock("settle")
    return None if clock is None else clock.due_at.isoformat()


def clock_changes(before: Case, after: Case) -> tuple[ClockChange, ...]:
    """Return what became of the clocks; they keep their order, new ones stand last."""
    changes = [
        ClockChange(_what(old, new), new)
        for old, new in zip(before.clocks, after.clocks, strict=False)
        if replace(old, told=()) != replace(new, told=())
    ]
    started = after.clocks[len(before.clocks) :]
    return (*changes, *(ClockChange("started", clock) for clock in started))


def _what(old: Clock, new: Clock) -> str:
    if old.running and not new.running:
        return "stopped"
    if old.paused != new.paused:
        return "paused" if new.paused else "resumed"
    return "moved"
