"""Move a report from one party to another; the one place where holder, sender and path change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from api.life.clocks import Timekeeper
from api.life.parties import Party
from api.life.state import Case, Decision, Mark, start_signing
from api.life.template import Template
from api.life.turn import Refusal, Turn


def hand_over(case: Case, *, to: Party, sender: Party, status: str, turn: Turn) -> Case:
    """Return it with another holder who has not signed yet; ``sender`` stays answerable.

    What the former holder had open ends with it: request, signature, summonses not yet answered.
    """
    return hand_over_to(case, to, sender, status, turn.at, turn.template, turn.time)


def hand_over_to(
    case: Case,
    to: Party,
    sender: Party,
    status: str,
    at: datetime,
    template: Template,
    time: Timekeeper,
) -> Case:
    """Return it with another holder, outside the turn of a step."""
    path = _path_with(case.path, sender, to)
    return _given(replace(narrow(case, to), path=path), to, status, at, template, time)


def give_back(case: Case, *, turn: Turn) -> Case:
    """Return it with its sender as holder again, who has to decide anew."""
    back = replace(widen(case, case.sender), path=case.path[:-1])
    return _given(back, case.sender, "awaiting_decision", turn.at, turn.template, turn.time)


def _given(
    case: Case, to: Party, status: str, at: datetime, template: Template, time: Timekeeper
) -> Case:
    cleared = replace(
        _awake(drop_request(call_off(case, at), at), at, time),
        holder=to,
        status=status,
        signed=None,
        on_site=None,
    )
    return start_signing(cleared, at, template, time)


def narrow(case: Case, to: Party) -> Case:
    """Return it in the area of who is to have it, when that is the smaller one.

    Sending a report of an unknown place to a township says that it is there; the wider area is
    kept for when it comes back.
    """
    if to.org is not None or len(to.area) <= len(case.area):
        return case
    return replace(case, area=to.area, wider_area=case.wider_area or case.area)


def widen(case: Case, to: Party) -> Case:
    """Return a narrowed report in the area of who has it again, so that they may look elsewhere."""
    wider = case.wider_area
    if wider is None:
        return case
    inside = to.org is None and to.area.startswith(wider) and case.area.startswith(to.area)
    area = to.area if inside else wider
    return replace(case, area=area, wider_area=None if area == wider else wider)


def drop_request(case: Case, at: datetime) -> Case:
    """Return it with nothing asked for: what was open no longer needs to be decided."""
    for kind in ("return_decision", "extension_decision", "suspension_decision"):
        case = case.stop(kind, at)
    return replace(case, request=None)


def _awake(case: Case, at: datetime, time: Timekeeper) -> Case:
    """Return it no longer suspended: who takes over begins with running clocks."""
    running = case.change_clocks(lambda c: c.paused and c.running, lambda c: c.resume(at, time))
    return replace(running, suspended_until=None)


def _path_with(path: tuple[Party, ...], sender: Party, to: Party) -> tuple[Party, ...]:
    # Nobody stands in a path twice: what went round comes back to who sent it first.
    known = next((i for i, party in enumerate(path) if party.same_as(sender)), len(path))
    longer = (*path[:known], sender)
    return tuple(party for party in longer if not party.same_as(to))


def call_off(case: Case, at: datetime) -> Case:
    """Return it with its open summonses called off and their clocks stopped."""
    summons = tuple(replace(s, called_off=True) if s.open else s for s in case.summons)
    return replace(case, summons=summons).stop("arrival", at)


def working_status(case: Case) -> str:
    """Return the status of a signed report: summoned, on site, else accepted."""
    if any(summons.open for summons in case.summons):
        return "summoned"
    return "on_site" if case.on_site is not None else "accepted"


def decide(case: Case, *, granted: bool | None, turn_mark: Turn | None, at: datetime) -> Case:
    """Return it with its open request decided; None says that the clock decided."""
    request = case.request
    assert request is not None
    mark = turn_mark.mark if turn_mark else Mark("counted_as_signed", at)
    decision = Decision(request.no, request.kind, granted, mark, request.grid)
    return replace(case, request=None, decision=decision).stop(f"{request.kind}_decision", at)


_RANKS = ("grid", "community", "township", "county")


def kept_refused(turn: Turn, to: Party) -> Refusal | None:
    """Refuse a holder below the level at which a report is kept: those whom it is about."""
    kept = turn.case.kept_at
    if kept is None or to.org is not None or _RANKS.index(to.level) >= _RANKS.index(kept):
        return None
    return turn.refuse("withheld", "该诉求反映的是这一级的人员，须由上级办理。", "to")


def place_refused(turn: Turn, to: Party, area: str) -> Refusal | None:
    """Refuse a holder of another place: a report stays where it happened, however much work is.

    Organisations belong to the whole county; a post or desk must lie on the report's own line of
    areas, above it or below.
    """
    same_line = to.area.startswith(area) or area.startswith(to.area)
    if to.org is not None or same_line:
        return kept_refused(turn, to)
    words = "对方不在事发地的网格或其上级，工作量不能作为转派理由；属地有误请用“确认归属”。"
    return turn.refuse("other_place", words, "to")


def lock_refused(turn: Turn) -> Refusal | None:
    """Refuse whoever is below the township that a twice returned report is locked to."""
    lock = turn.case.locked_to
    at_desk = bool({"desk", "superior", "desk_holder"} & turn.relations)
    if lock is None or (at_desk and lock.startswith(turn.actor.area)):
        return None
    words = "诉求已两次退单，由乡镇确定办理单位。"
    return turn.refuse("locked", words)
