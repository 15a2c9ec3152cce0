"""Summon departments (吹哨): each arrival is timed, and only the summoner's word confirms it.

A department that is late turns its own light, not the worker's: the clock of an arrival belongs to
the department, and while it is late the deadline of the report counts against it too
(``standing``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from api.life.clocks import Clock
from api.life.moves import working_status
from api.life.state import Case, Summons
from api.life.turn import Done, Refusal, Turn


def summon(turn: Turn) -> Done | Refusal:
    """Call departments to the place; the first one named by ``org`` leads, else the first."""
    case, ask = turn.case, turn.ask
    if not ask.orgs or any(party.org is None for party in ask.orgs):
        return turn.missing("orgs", "请选择要吹哨的部门。")
    names = [party.org for party in ask.orgs]
    waiting = {summons.org.org for summons in case.summons if summons.open}
    if len(set(names)) != len(names) or waiting & set(names):
        return turn.refuse("already_summoned", "同一部门不能重复吹哨。", "orgs")
    if ask.org is not None and ask.org not in names:
        return turn.unknown("org", "牵头部门须在吹哨部门之内。")
    lead = ask.org or (names[0] if not waiting else None)
    by = turn.sending_party
    limit = turn.template.limits.arrival.limit
    called = tuple(
        Summons(org=party, by=by, called_at=turn.at, lead=party.org == lead) for party in ask.orgs
    )
    changed = replace(case, summons=(*case.summons, *called))
    for party in ask.orgs:
        changed = changed.start(turn.clock("arrival", limit, party))
    changed = replace(changed, status="summoned")
    return Done(changed, tuple(turn.notice("summoned", party, changed) for party in ask.orgs))


def report_in(turn: Turn) -> Done | Refusal:
    """Note that a department says it came, or confirm it as the summoner."""
    own = "summoned" in turn.relations and turn.ask.org in (None, turn.actor.org)
    org = turn.actor.org if own else turn.ask.org
    found = next((s for s in turn.case.summons if s.open and s.org.org == org), None)
    if found is None:
        return turn.refuse("not_summoned", "该部门没有待确认的吹哨。", "org")
    if own:
        if found.reported_at is not None:
            return turn.refuse("already_arrived", "已报到，待吹哨人确认。")
        # Its clock stands still until the summoner has looked.
        changed = _with(turn.case, found, replace(found, reported_at=turn.at))
        changed = changed.change_clocks(_arrival_of(found), lambda c: c.pause(turn.at))
        return Done(changed, (turn.notice("reported_in", found.by, changed),))
    if "summoner" not in turn.relations:
        return turn.refuse("wrong_actor", "报到由吹哨人确认。")
    if turn.ask.passed is False:
        return _not_there(turn, found)
    # Confirmed late, the department is not late: what counts is when it came.
    arrived = found.reported_at or turn.at
    changed = _with(turn.case, found, replace(found, arrived_at=arrived, confirmed=turn.mark))
    changed = changed.change_clocks(_arrival_of(found), lambda c: c.stop(arrived))
    status = working_status(changed) if changed.status == "summoned" else changed.status
    return Done(replace(changed, status=status))


def _not_there(turn: Turn, found: Summons) -> Done:
    """Set aside a department's word that it came: its clock runs as if it had said nothing."""
    changed = _with(turn.case, found, replace(found, reported_at=None))
    changed = changed.change_clocks(
        _arrival_of(found), lambda c: replace(c, pauses=()) if c.paused else c
    )
    return Done(changed, (turn.notice("summoned", found.org, changed),))


def _arrival_of(summons: Summons) -> Callable[[Clock], bool]:
    def wanted(clock: Clock) -> bool:
        return clock.kind == "arrival" and clock.running and summons.org.same_as(clock.owner)

    return wanted


def consult_jointly(turn: Turn) -> Done | Refusal:
    """Call a joint consultation (联席会商); it moves no deadline, a longer one is a triage."""
    if not turn.ask.orgs:
        return turn.missing("orgs", "请选择参加会商的单位。")
    consulted = (*turn.case.consulted, *turn.ask.orgs)
    changed = replace(turn.case, consulted=consulted)
    told = tuple(turn.notice("summoned", party, changed) for party in turn.ask.orgs)
    return Done(changed, told)


def _with(case: Case, old: Summons, new: Summons) -> Case:
    return replace(case, summons=tuple(new if s is old else s for s in case.summons))
