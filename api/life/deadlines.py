"""Take the steps about time: extension, suspension, urging, formal supervision.

An extension is asked for before expiry and never after it. A suspension stops the clock of the
report once it is approved; nothing else does, leave least of all.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from api.calendar.limits import Limit, Unit
from api.life.clocks import Timekeeper
from api.life.moves import decide, working_status
from api.life.parties import Party, desk_above, desk_of
from api.life.state import Case, Request, Supervision
from api.life.template import AskedPart
from api.life.turn import Done, Refusal, Turn
from api.life.vocabulary import UNSIGNED


def approver(case: Case, part: AskedPart) -> Party:
    """Return who approves: who supervises the report when somebody does, else by template."""
    if case.supervisions:
        return case.supervisions[-1].by
    if part.approver == "sender":
        return case.sender
    if part.approver == "superior":
        return desk_above(case.holder) or desk_of(case.area[:6])
    if part.approver == "township" and len(case.area) >= 9 and case.holder.level != "township":
        return desk_of(case.area[:9])
    return desk_of(case.area[:6])


def extension_refused(turn: Turn) -> Refusal | None:
    """Refuse an extension after expiry, or more of them than the template allows."""
    clock = turn.case.clock("settle")
    if turn.case.request is not None:
        return turn.refuse("request_open", "已有待审的申请。")
    if clock is None or turn.at >= clock.due_at:
        return turn.refuse("too_late", "已超期，延期须在到期前申请。")
    if turn.case.extensions >= turn.template.extension.most_times:
        return turn.refuse("too_often", f"最多延期{turn.template.extension.most_times}次。")
    return None


def extend(turn: Turn) -> Done | Refusal:
    """Ask for more time, with a reason; the clock runs on until it is granted."""
    limit = turn.ask.limit
    if limit is None:
        return turn.missing("limit", "请填写延长的时间。")
    longest = turn.template.extension.longest.limit
    if limit.unit is Unit.HOUR and limit.amount < 1:
        return turn.refuse("too_short", "延长的时间至少为1小时。", "limit")
    if turn.time.due(limit, turn.at).at > turn.time.due(longest, turn.at).at:
        return turn.refuse("too_long", "延长的时间超过规定。", "limit")
    if not (turn.ask.note or "").strip():
        return turn.missing("note", "申请延期须说明原因。")
    asked = _ask(turn, "extension", turn.template.extension, limit=limit)
    return Done(
        replace(asked, status="extension_pending"),
        (turn.notice("extension_asked", _decider(asked), asked),),
    )


def suspension_refused(turn: Turn) -> Refusal | None:
    """Refuse a suspension while something else is asked for."""
    if turn.case.request is not None:
        return turn.refuse("request_open", "已有待审的申请。")
    return None


def suspend(turn: Turn) -> Done | Refusal:
    """Ask to let a report stand still until an instant, with a reason."""
    until = turn.ask.until
    if until is None:
        return turn.missing("until", "请填写挂起到什么时候。")
    if until <= turn.at:
        return turn.refuse("in_the_past", "挂起的期限须在此刻之后。", "until")
    longest = turn.template.suspension.longest.limit
    if until > turn.time.due(longest, turn.at).at:
        return turn.refuse("too_long", "挂起的时间超过规定。", "until")
    if not (turn.ask.note or "").strip():
        return turn.missing("note", "申请挂起须说明原因。")
    asked = _ask(turn, "suspension", turn.template.suspension, until=until)
    return Done(asked, (turn.notice("suspension_asked", _decider(asked), asked),))


def _ask(
    turn: Turn,
    kind: str,
    part: AskedPart,
    *,
    limit: Limit | None = None,
    until: datetime | None = None,
) -> Case:
    case = turn.case
    decider = approver(case, part)
    request = Request(
        no=case.requests + 1,
        kind=kind,
        by=case.holder,
        account=turn.actor.account,
        decider=decider,
        at=turn.at,
        reason=kind,
        status_before=case.status,
        note=turn.ask.note,
        limit=limit,
        until=until,
    )
    limits = turn.template.limits
    decision = limits.extension_decision if limit else limits.suspension_decision
    clock = turn.clock(f"{kind}_decision", decision.limit, decider)
    return replace(case, request=request, requests=case.requests + 1).start(clock)


def _decider(case: Case) -> Party:
    assert case.request is not None
    return case.request.decider


def grant_extension(turn: Turn) -> Done:
    """Move the deadline by what was asked for, counted from when it falls due."""
    request = turn.case.request
    assert request is not None and request.limit is not None
    limit = request.limit
    decided = decide(turn.case, granted=True, turn_mark=turn, at=turn.at)
    decided = decided.change_clocks(
        lambda c: c.kind == "settle" and c.of is None and c.running,
        lambda c: c.extend(limit, turn.time),
    )
    extended = replace(decided, status=working_status(decided), extensions=decided.extensions + 1)
    return Done(extended, (turn.notice("extension_decided", request.by, extended),))


def grant_suspension(turn: Turn) -> Done | Refusal:
    """Stop the clock of the report until the instant that was asked for."""
    request = turn.case.request
    assert request is not None and request.until is not None
    if request.until <= turn.at:
        return turn.refuse("in_the_past", "申请的挂起期限已过，请不同意后重新申请。")
    decided = decide(turn.case, granted=True, turn_mark=turn, at=turn.at)
    still = decided.change_clocks(
        lambda c: c.running and c.kind in ("settle", "supervision"), lambda c: c.pause(turn.at)
    )
    still = replace(still, status="suspended", suspended_until=request.until)
    return Done(still, (turn.notice("suspension_decided", request.by, still),))


def go_on(case: Case, at: datetime, time: Timekeeper) -> Case:
    """Return a suspended report going on, its clocks running from ``at``."""
    running = case.change_clocks(
        lambda c: c.paused and c.kind != "arrival", lambda c: c.resume(at, time)
    )
    return replace(running, status=working_status(running), suspended_until=None)


def resume(turn: Turn) -> Done | Refusal:
    """Go on before the suspension ends by itself."""
    going = go_on(turn.case, turn.at, turn.time)
    return Done(going, (turn.notice("resumed", going.holder, going),))


def urge(turn: Turn) -> Done | Refusal:
    """Remind whoever is answerable now."""
    urged = replace(turn.case, urged=turn.case.urged + 1)
    to = answerable(urged)
    return Done(urged, (turn.notice("urged", to, urged),))


def answerable(case: Case) -> Party:
    """Return who is answerable: the sender until the next has signed, else the holder.

    A return waits for its decider, work that was done for the sender's verification: neither is
    the holder's delay.
    """
    if case.request is not None and case.request.kind == "return":
        return case.request.decider
    if case.status in UNSIGNED or (case.status == "handled" and case.verified is None):
        return case.sender
    return case.holder


def supervise(turn: Turn) -> Done | Refusal:
    """Supervise formally (督办), with a sheet, a deadline and, for a hard case, a named leader."""
    words = (turn.ask.note or "").strip()
    if not words:
        return turn.missing("note", "督办须写明要求。")
    leader = turn.ask.leader
    if leader is not None and not leader.strip():
        return turn.missing("leader", "包案须写明包案领导姓名。")
    limit = turn.ask.limit or turn.template.limits.supervision.limit
    case = turn.case
    by = turn.actor.party()
    sheet = Supervision(mark=turn.mark, words=words, by=by)
    changed = replace(
        case,
        supervisions=(*case.supervisions, sheet),
        case_leader=leader.strip() if leader else case.case_leader,
    )
    if changed.final is False and case.handled is None:
        changed = changed.start(turn.clock("supervision", limit))
        if case.status == "suspended":
            changed = changed.change_clocks(
                lambda c: c.kind == "supervision" and c.running, lambda c: c.pause(turn.at)
            )
    return Done(changed, (turn.notice("supervised", answerable(changed), changed),))
