"""Let a machine live reports at random beside a plain model of what may follow what."""

from __future__ import annotations

import os
from dataclasses import fields
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from api.calendar.limits import Limit, Unit
from api.life.by_clock import next_tick, tick
from api.life.deadlines import answerable
from api.life.engine import steps_for, take
from api.life.parties import Actor
from api.life.relocation import relocate
from api.life.state import Case, from_json, to_json
from api.life.template import Template
from api.life.turn import Ask, Event, Outcome, Part, Refusal
from api.life.vocabulary import FINAL, OUTCOMES, REASSIGN_REASONS, STEP_LABELS
from tests.unit.api.life.play import (
    BAO,
    COUNTY,
    COUNTY_DESK,
    EVERYBODY,
    GRID,
    LI,
    LIGHTS,
    NEXT_GRID,
    TEMPLATES,
    TIME,
    TOWN_DESK,
    VILLAGE,
    VILLAGE_DESK,
    WATER,
    ZHANG,
    a_case,
    at,
    other_town,
    wall,
)

_GIVEN = "assigned"
_WORK = {"accepted", "on_site", "summoned"}
_STAY = "="
# What a step may lead to, as a person would write it on a sheet of paper; = is: as it was.
MODEL: dict[str, set[str]] = {
    "triage": {_STAY, _GIVEN}, "confirm_grid": {_GIVEN}, "route": {_GIVEN}, "reassign": {_GIVEN},
    "withdraw": {"awaiting_decision"}, "claim": {"accepted"}, "direct_reply": {"closed"},
    "split": {_STAY}, "accept": {"accepted"}, "arrive": {"on_site", "accepted", _STAY},
    "handle": {"handled"}, "verify": {_STAY, "accepted"}, "reply": {"replied"},
    "follow_up": {_STAY, "followed_up"}, "rate": {_STAY}, "close": {"closed"},
    "return": {"return_pending", "awaiting_decision"}, "pass_up": {"passed_up"},
    "grant": {"awaiting_decision", "suspended", *_WORK},
    "refuse": {"assigned", "passed_up", "reopened", *_WORK},
    "summon": {"summoned"}, "consult_jointly": {_STAY}, "urge": {_STAY}, "supervise": {_STAY},
    "extend": {"extension_pending"}, "suspend": {_STAY}, "resume": _WORK, "merge": {"merged"},
    "unmerge": {"awaiting_decision", "assigned", "passed_up", "reopened", "accepted", "on_site"},
    "reopen": {"reopened"}, "void": {"void", "out_of_area"}, "handoff": {_STAY},
}  # fmt: skip
BY_CLOCK = {
    "counted_as_signed": {"accepted", "on_site"},
    "suspension_ended": _WORK,
    "remind": {_STAY},
    "moved": {_STAY, "assigned"},
}
EXAMPLES = 10 * int(os.environ.get("WANGGE_MACHINE_EXAMPLES", "4"))
PARTIES = (ZHANG, LI, BAO, LIGHTS, WATER, COUNTY_DESK, TOWN_DESK, VILLAGE_DESK)
texts = st.sampled_from([None, "说明"])
asks = st.fixed_dictionaries(
    {
        "note": st.sampled_from([None, "说明", "说明"]),
        "to": st.sampled_from([None, *PARTIES]),
        "grid": st.sampled_from([None, GRID, NEXT_GRID, "1"]),
        "outcome": st.sampled_from([None, *OUTCOMES, "nonsense"]),
        "answer": texts,
        "passed": st.sampled_from([None, True, True, False]),
        "satisfied": st.sampled_from([None, "satisfied", "dissatisfied", "no_answer"]),
        "resolved": st.sampled_from([None, "yes", "no"]),
        "orgs": st.sampled_from([(), (LIGHTS,), (WATER, LIGHTS), (ZHANG,)]),
        "org": st.sampled_from([None, "lights", "water"]),
        "hotline": st.sampled_from([None, "119"]),
        "severity": st.sampled_from([None, 1, 4, 9]),
        "response": st.sampled_from([None, "urgent", "limited"]),
        "limit": st.sampled_from([None, Limit(2, Unit.WORKING_DAY), Limit(90, Unit.DAY)]),
        "on_behalf_of": st.sampled_from([None, "张三"]),
    }
)


# What somebody fills in who means to get on.
careful = st.fixed_dictionaries(
    {
        "note": st.just("说明"),
        "to": st.sampled_from(PARTIES),
        "grid": st.sampled_from([GRID, NEXT_GRID]),
        "outcome": st.sampled_from(sorted(OUTCOMES)),
        "answer": st.just("说明"),
        "passed": st.sampled_from([True, True, True, False]),
        "satisfied": st.sampled_from(["satisfied", "dissatisfied", "no_answer"]),
        "resolved": st.sampled_from(["yes", "no"]),
        "orgs": st.sampled_from([(LIGHTS,), (WATER,), (WATER, LIGHTS)]),
        "org": st.just(None),
        "hotline": st.just("119"),
        "severity": st.just(2),
        "response": st.sampled_from([None, "urgent"]),
        "limit": st.just(Limit(2, Unit.WORKING_DAY)),
        "on_behalf_of": st.sampled_from([None, None, "张三"]),
    }
)
# These end a report or leave it where it is; the others carry it on.
ASIDE = {"void", "close", "direct_reply", "merge", "split", "urge", "handoff", "withdraw", "claim",
         "triage", "consult_jointly", "supervise", "reassign"}  # fmt: skip


# How a report usually goes on: without this few would ever be answered.
USUAL = {
    "awaiting_decision": {"confirm_grid", "route", "claim"}, "assigned": {"accept"},
    "passed_up": {"accept", "route"}, "reopened": {"accept"}, "accepted": {"handle", "suspend"},
    "on_site": {"handle", "extend"}, "summoned": {"arrive"}, "handled": {"verify", "reply"},
    "replied": {"follow_up"}, "followed_up": {"close"}, "closed": {"reopen", "rate"},
    "return_pending": {"grant", "refuse"}, "extension_pending": {"grant", "refuse"},
    "suspended": {"resume"}, "merged": {"unmerge"}, "void": {"reopen"}, "out_of_area": {"reopen"},
}  # fmt: skip


class Life(RuleBasedStateMachine):
    """Live one report; whatever is offered or not offered is tried."""

    @initialize(
        name=st.sampled_from(sorted(TEMPLATES)),
        start=st.sampled_from([(GRID, ZHANG, True), (VILLAGE, BAO, False), (GRID, LIGHTS, True)]),
        callers=st.sampled_from([(), ("c1",), ("c1", "c2")]),
    )
    def open(self, name: str, start: tuple[str, Any, bool], callers: tuple[str, ...]) -> None:
        area, holder, decided = start
        self.template: Template = TEMPLATES[name]
        self.now = at("16 09:00")
        self.case: Case = a_case(
            self.now, self.template, area=area, holder=holder, decided=decided, reporters=callers
        )
        self.first = self.case
        self.events: list[Event] = []
        self.main: Case | None = None

    def ask(self, step: str, given: dict[str, Any]) -> Ask:
        reasons = {"return": "not_my_grid", "reassign": next(iter(REASSIGN_REASONS))}
        main = self.main or a_case(self.now, self.template, id="r2", number="2")
        until = self.now + timedelta(days=3)
        return Ask(
            reason=reasons.get(step),
            reporter=self.case.reporters[-1] if self.case.reporters else None,
            case=main if step in ("merge", "unmerge") else None,
            parts=(Part(f"s{len(self.events)}", "n"),) if step == "split" else (),
            until=until if step == "suspend" else None,
            **given,
        )

    @rule(
        step=st.sampled_from(sorted(STEP_LABELS)),
        actor=st.sampled_from(EVERYBODY),
        given=asks,
    )
    def somebody_tries(self, step: str, actor: Actor, given: dict[str, Any]) -> None:
        self.try_step(step, actor, given)

    @rule(data=st.data(), given=careful)
    def somebody_takes_what_is_offered(self, data: st.DataObject, given: dict[str, Any]) -> None:
        self.draw_step(data, given, self.offers(given))

    @rule(data=st.data(), given=careful)
    def somebody_carries_it_on(self, data: st.DataObject, given: dict[str, Any]) -> None:
        self.draw_step(data, given, [o for o in self.offers(given) if o[0] not in ASIDE])

    @rule(data=st.data(), given=careful)
    def it_goes_its_usual_way(self, data: st.DataObject, given: dict[str, Any]) -> None:
        usual = USUAL[self.case.status]
        self.draw_step(data, given, [o for o in self.offers(given) if o[0] in usual])

    @rule(data=st.data(), given=careful)
    def what_is_asked_for_is_decided(self, data: st.DataObject, given: dict[str, Any]) -> None:
        self.draw_step(data, given, [o for o in self.offers(given) if o[0] == "grant"])

    @rule(data=st.data(), given=careful)
    def the_holder_does_something(self, data: st.DataObject, given: dict[str, Any]) -> None:
        offers = self.offers(given)
        mine = [o for o in offers if o[1].is_party(self.case.holder)]
        self.draw_step(data, given, [o for o in mine if o[0] not in ("handoff", "urge")])

    def offers(self, given: dict[str, Any]) -> list[tuple[str, Actor]]:
        who = given["on_behalf_of"]
        return [
            (step, actor)
            for actor in EVERYBODY
            for step in steps_for(self.case, actor, self.template, TIME, self.now, on_behalf_of=who)
        ]

    def draw_step(
        self, data: st.DataObject, given: dict[str, Any], offers: list[tuple[str, Actor]]
    ) -> None:
        # By step first: one that a single person may take is as likely as one that many may.
        if steps := sorted({step for step, _ in offers}):
            step = data.draw(st.sampled_from(steps))
            actors = [actor for offered, actor in offers if offered == step]
            self.try_step(step, data.draw(st.sampled_from(actors)), given)

    def try_step(self, step: str, actor: Actor, given: dict[str, Any]) -> None:
        if step == "claim":
            own = (p for p in PARTIES if not p.is_desk and actor.is_party(p))
            given = {**given, "to": next(own, None)}
        ask = self.ask(step, given)
        before = self.case
        offered = steps_for(
            before, actor, self.template, TIME, self.now, on_behalf_of=ask.on_behalf_of
        )
        result = take(before, step, ask, actor, self.now, self.template, TIME)
        if isinstance(result, Refusal):
            assert result.words and result.reason and result.last is not None
            assert self.case is before
            return
        assert step in offered, "what is taken was offered"
        own = [event for event in result.events if event.case_id == before.id]
        taken = [event for event in own if event.by is not None]
        # One accepted step, one event: by whom, when.
        assert [(e.step, e.by, e.at) for e in taken] == [(step, actor.account, result.case.last.at)]
        assert own[-1] is taken[0]
        self.follow(before, own, result)
        if step == "merge":
            (self.main,) = result.others
        if step == "unmerge":
            self.main = None

    @rule(hours=st.sampled_from([0, 1, 3, 9, 30, 80, 300]), minutes=st.integers(0, 59))
    def time_passes(self, hours: int, minutes: int) -> None:
        self.now += timedelta(hours=hours, minutes=minutes)

    @precondition(lambda self: self.events)
    @rule()
    def the_machines_clock_goes_back(self) -> None:
        self.now -= timedelta(minutes=5)

    @rule()
    def the_clock_is_looked_at(self) -> None:
        before = self.case
        result = tick(before, self.now, self.template, TIME)
        again = tick(result.case, self.now, self.template, TIME)
        assert (again.case, again.events) == (result.case, ())
        upcoming = next_tick(result.case, self.template)
        assert upcoming is None or upcoming > self.now
        assert result.case.holder == before.holder, "time alone moves no report"
        self.follow(before, list(result.events), result)

    @rule(place=st.sampled_from([(GRID, ZHANG), (NEXT_GRID, LI)]))
    def a_border_is_redrawn(self, place: tuple[str, Any]) -> None:
        area, holder = place
        result = relocate(
            self.case, area=area, holder=holder, decided=True, now=self.now,
            template=self.template, time=TIME,
        )  # fmt: skip
        self.follow(self.case, list(result.events), result)

    def follow(self, before: Case, events: list[Event], result: Outcome) -> None:
        """Walk the events from the old state to the new one: nothing changes without one."""
        status, holder, when = before.status, before.holder, before.last.at
        for event in events:
            allowed = MODEL[event.step] if event.by else BY_CLOCK[event.step]
            after = event.after.get("status", status)
            assert after in allowed or (after == status and _STAY in allowed), event
            if status in FINAL:
                assert event.step in {"reopen", "rate", "follow_up"}
                assert after == status or event.step == "reopen"
            assert event.at >= when
            status, when = after, event.at
            known = {f.name for f in fields(Case)} | {"due_at", "clock", "share", "to", "told"}
            assert set(event.after) <= known
        moved = any("holder" in event.after for event in events)
        assert status == result.case.status
        assert moved == (result.case.holder != holder)
        self.clocks_go_forward(before, result.case)
        self.case = result.case
        self.events += events

    def clocks_go_forward(self, before: Case, after: Case) -> None:
        assert len(after.clocks) >= len(before.clocks)
        for old, new in zip(before.clocks, after.clocks, strict=False):
            assert (old.kind, old.started_at, old.of) == (new.kind, new.started_at, new.of)
            assert len(new.pauses) >= len(old.pauses) or new.kind == "arrival"
            if not old.running:
                assert new == old, "what stopped stays stopped"
        for clock in after.clocks:
            assert clock.due_at >= clock.started_at
            assert clock.stopped_at is None or clock.stopped_at >= clock.started_at

    @invariant()
    def somebody_has_it(self) -> None:
        party = self.case.holder
        assert party.is_desk or party.post is not None or party.org is not None
        assert answerable(self.case).area

    @invariant()
    def who_has_it_finds_it_in_their_area(self) -> None:
        holder = self.case.holder
        assert holder.org is not None or self.case.area.startswith(holder.area)

    @invariant()
    def who_has_nothing_to_do_with_it_may_do_nothing(self) -> None:
        for stranger in (wall, other_town, Actor("a-system", "system_admin", COUNTY)):
            assert steps_for(self.case, stranger, self.template, TIME, self.now) == ()

    @invariant()
    def until_it_is_signed_its_sender_answers(self) -> None:
        if self.case.status in ("assigned", "passed_up", "reopened"):
            assert answerable(self.case) == self.case.sender
            sign = self.case.clock("sign")
            assert sign is not None and sign.owner == self.case.sender
        if self.case.status in _WORK:
            assert answerable(self.case) == self.case.holder
            assert self.case.clock("sign") is None

    @invariant()
    def its_clocks_fit_its_status(self) -> None:
        running = [clock for clock in self.case.clocks if clock.running]
        if self.case.final:
            assert running == []
        if self.case.status in _WORK | {"awaiting_decision", "assigned", "suspended"}:
            settle = self.case.clock("settle")
            assert settle is not None
            assert settle.paused == (self.case.status == "suspended")
        for kind in {clock.kind for clock in running} - {"arrival", "supervision"}:
            assert len([c for c in running if c.kind == kind and c.of is None]) == 1

    @invariant()
    def a_request_is_open_exactly_while_it_is_pending(self) -> None:
        pending = self.case.status in ("return_pending", "extension_pending")
        request = self.case.request
        if pending:
            assert request is not None
        if request is not None:
            assert self.case.clock(f"{request.kind}_decision") is not None
            assert pending == (request.kind in ("return", "extension"))
            assert pending or self.case.status in _WORK

    @invariant()
    def it_survives_being_written_down(self) -> None:
        assert from_json(to_json(self.case)) == self.case


TestLife = Life.TestCase
# Shrinking a long life takes minutes: only the long campaigns have them.
_PHASES = set(Phase) - (set() if "WANGGE_MACHINE_EXAMPLES" in os.environ else {Phase.shrink})
TestLife.settings = settings(
    phases=_PHASES,
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
