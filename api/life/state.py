"""Hold the whole state of one report's life; immutable, so that a step is a new state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from api.calendar.limits import Limit
from api.life.clocks import Clock, Timekeeper, start_clock
from api.life.parties import Party, desk_of
from api.life.template import Template
from api.life.vocabulary import FINAL

# Several of these may run at a time: one for each department, one for each sheet.
_MANY = frozenset({"arrival", "supervision"})


@dataclass(frozen=True, slots=True)
class Mark:
    """Hold who did something and when; ``account`` is None for what the clock did."""

    step: str
    at: datetime
    account: str | None = None
    name: str = ""
    level: str | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Hold an open request: a return, an extension or a suspension, and who decides it."""

    no: int
    kind: str
    by: Party
    account: str
    decider: Party
    at: datetime
    reason: str
    status_before: str
    note: str | None = None
    grid: str | None = None
    limit: Limit | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Hold what became of a request; ``granted`` is None when the clock decided."""

    no: int
    kind: str
    granted: bool | None
    mark: Mark
    grid: str | None = None


@dataclass(frozen=True, slots=True)
class Summons:
    """Hold one department that was called: when, by whom, when it came and who confirmed."""

    org: Party
    by: Party
    called_at: datetime
    lead: bool = False
    reported_at: datetime | None = None
    arrived_at: datetime | None = None
    confirmed: Mark | None = None
    called_off: bool = False

    @property
    def open(self) -> bool:
        """Say whether its arrival is still waited for."""
        return self.arrived_at is None and not self.called_off


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Hold one call back to one reporter: 是否解决 and 是否满意."""

    reporter: str
    mark: Mark
    satisfied: str
    resolved: str | None = None


@dataclass(frozen=True, slots=True)
class Supervision:
    """Hold one sheet of formal supervision."""

    mark: Mark
    words: str
    by: Party


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one report as its life knows it.

    ``area`` is the lowest area that is certain to own it, ``wider_area`` what was certain before
    somebody sent it into a smaller one. ``path`` are those it came through,
    the last being who sent it to the holder. ``reporters`` are opaque names, of merged reports
    too. ``failed_level`` is the level whose work did not hold when it was reopened. ``kept_at`` is
    the lowest level that may have it: a complaint about those below never reaches them.
    ``to_call`` says that it was settled on the spot and its callers are still to be called back.
    """

    id: str
    number: str
    template: str
    area: str
    status: str
    stage: str
    holder: Party
    opened_at: datetime
    last: Mark
    path: tuple[Party, ...] = ()
    category: str | None = None
    nature: str | None = None
    severity: int | None = None
    response: str = ""
    reporters: tuple[str, ...] = ()
    own_reporters: tuple[str, ...] = ()
    clocks: tuple[Clock, ...] = ()
    request: Request | None = None
    requests: int = 0
    decision: Decision | None = None
    returns: int = 0
    locked_to: str | None = None
    wider_area: str | None = None
    extensions: int = 0
    suspended_until: datetime | None = None
    signed: Mark | None = None
    on_site: Mark | None = None
    summons: tuple[Summons, ...] = ()
    consulted: tuple[Party, ...] = ()
    urged: int = 0
    supervisions: tuple[Supervision, ...] = ()
    case_leader: str | None = None
    outcome: str | None = None
    handled: Mark | None = None
    verified: Mark | None = None
    answered: Mark | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    to_call: bool = False
    ratings: tuple[FollowUp, ...] = ()
    merged: tuple[str, ...] = ()
    merged_into: str | None = None
    status_before_merge: str | None = None
    parts: tuple[str, ...] = ()
    part_of: str | None = None
    handoffs: tuple[str, ...] = ()
    round: int = 1
    failed_level: str | None = None
    kept_at: str | None = None

    @property
    def sender(self) -> Party:
        """Return who sent it to the holder: the county's desk when nobody did."""
        return self.path[-1] if self.path else desk_of(self.area[:6])

    @property
    def final(self) -> bool:
        """Say whether its life has ended, but for reopening."""
        return self.status in FINAL

    def clock(self, kind: str) -> Clock | None:
        """Return its own running clock of a kind."""
        own = (c for c in self.clocks if c.kind == kind and c.running and c.of is None)
        return next(own, None)

    def start(self, clock: Clock) -> Case:
        """Return it with one more clock; its own running one of the kind is stopped."""
        kept = self.stop(clock.kind, clock.started_at) if clock.kind not in _MANY else self
        return replace(kept, clocks=(*kept.clocks, clock))

    def change_clocks(
        self, wanted: Callable[[Clock], bool], change: Callable[[Clock], Clock]
    ) -> Case:
        """Return it with those clocks changed that are wanted."""
        if not any(wanted(c) for c in self.clocks):
            return self
        return replace(self, clocks=tuple(change(c) if wanted(c) else c for c in self.clocks))

    def stop(self, kind: str, at: datetime) -> Case:
        """Return it with its own clocks of a kind stopped."""
        return self.change_clocks(
            lambda c: c.kind == kind and c.of is None and c.running, lambda c: c.stop(at)
        )

    def stop_all(self, at: datetime) -> Case:
        """Return it with every clock stopped, those of merged reports too."""
        return self.change_clocks(lambda c: c.running, lambda c: c.stop(at))


def open_case(
    *,
    id: str,  # noqa: A002
    number: str,
    area: str,
    holder: Party,
    at: datetime,
    template: Template,
    time: Timekeeper,
    sender: Party | None = None,
    decided: bool = True,
    by: Mark | None = None,
    **facts: Any,
) -> Case:
    """Return the life of a report that was just taken in.

    ``decided`` is False where a person must still say which grid it is: then ``holder`` is who
    says so. ``facts`` are category, nature, severity, response, reporters, part_of, opened_at.
    """
    status = "assigned" if decided else "awaiting_decision"
    response = facts.pop("response", None) or template.default_response
    opened_at = facts.pop("opened_at", at)
    sender = sender or desk_of(area[:6])
    facts.setdefault("own_reporters", facts.get("reporters", ()))
    path = () if holder.same_as(sender) else (sender,)
    settle = template.response(response).settle.limit
    sign = template.sign_limit(response)
    return Case(
        id=id,
        number=number,
        template=template.name,
        area=area,
        status=status,
        stage=template.stage_of(status),
        holder=holder,
        path=path,
        opened_at=opened_at,
        last=by or Mark("intake", at),
        response=response,
        clocks=(
            start_clock("settle", settle, opened_at, time),
            start_clock("sign", sign, at, time, path[-1] if path else desk_of(area[:6])),
        ),
        **facts,
    )


def start_signing(case: Case, at: datetime, template: Template, time: Timekeeper) -> Case:
    """Return it waiting for a signature: until then the clock is the sender's light."""
    limit = template.sign_limit(case.response)
    return case.start(start_clock("sign", limit, at, time, case.sender))


_adapter: TypeAdapter[Case] = TypeAdapter(Case)


def to_json(case: Case) -> dict[str, Any]:
    """Return a case as plain values, times as RFC 3339."""
    value: dict[str, Any] = _adapter.dump_python(case, mode="json")
    return value


def to_text(case: Case) -> bytes:
    """Return the same as ``to_json``, written as JSON."""
    return _adapter.dump_json(case)


def from_json(value: dict[str, Any]) -> Case:
    """Return the case that ``to_json`` wrote."""
    return _adapter.validate_python(value)
