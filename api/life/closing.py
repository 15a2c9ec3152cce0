"""Take the steps that end a report: handle, verify, reply, call back, close; and begin it anew.

An answer leaves only after somebody else has verified the work. A call back asks every reporter
是否解决 and 是否满意. What is reopened goes to another level than the one that failed.
"""

from __future__ import annotations

from dataclasses import replace

from api.life.moves import call_off, drop_request, hand_over, place_refused
from api.life.parties import Party, desk_above, desk_of
from api.life.state import Case
from api.life.turn import Done, Refusal, Turn
from api.life.vocabulary import HOTLINES, LEVEL_LABELS, OUTCOMES


def outcome_refused(turn: Turn) -> Refusal | None:
    """Refuse an outcome that is not among the known ones."""
    if turn.ask.outcome in OUTCOMES:
        return None
    return turn.unknown("outcome", f"办理结果为：{'、'.join(OUTCOMES.values())}。")


def handle(turn: Turn) -> Done | Refusal:
    """Write down what was done and what came of it; it waits for verification now."""
    refused = outcome_refused(turn)
    if refused is not None:
        return refused
    # Departments that never came are not waited for any more; that they were late stays written.
    handled = replace(
        drop_request(call_off(turn.case, turn.at), turn.at),
        status="handled",
        outcome=turn.ask.outcome,
        handled=turn.mark,
        verified=None,
    ).stop("supervision", turn.at)
    return Done(handled, (turn.notice("handled", handled.sender, handled),))


def verify_refused(turn: Turn) -> Refusal | None:
    """Refuse who did the work, and a second verification."""
    case = turn.case
    if case.verified is not None:
        return turn.refuse("already_decided", "已核查。")
    done = case.handled
    if done is None or not turn.template.closing.verified_by_another:
        return None
    same_person = done.person is not None and done.person == turn.actor.person
    if done.account == turn.actor.account or same_person:
        return turn.refuse("own_work", "不能核查本人的处置。")
    return None


def verify(turn: Turn) -> Done | Refusal:
    """Confirm the work, or send it back to who did it with a word why."""
    case, ask = turn.case, turn.ask
    if ask.passed is None:
        return turn.missing("passed", "请填写核查是否通过。")
    if ask.passed:
        return Done(replace(case, verified=turn.mark, stage="verification"))
    if not (ask.note or "").strip():
        return turn.missing("note", "核查不通过须说明。")
    back = replace(case, status="accepted", handled=None, outcome=None)
    return Done(back, (turn.notice("verification_failed", back.holder, back),))


def reply_refused(turn: Turn) -> Refusal | None:
    """Refuse an answer before the work is verified."""
    if turn.template.closing.verification and turn.case.verified is None:
        return turn.refuse("not_verified", "须先核查，再答复。")
    return None


def reply(turn: Turn) -> Done | Refusal:
    """Answer the reporter; the time for the call back starts."""
    if not (turn.ask.answer or "").strip():
        return turn.missing("answer", "请填写答复内容。")
    answered = replace(turn.case, status="replied", answered=turn.mark).stop("settle", turn.at)
    answered = answered.change_clocks(
        lambda c: c.running and c.kind == "settle", lambda c: c.stop(turn.at)
    )
    if turn.template.closing.follow_up and answered.reporters:
        limit = turn.template.limits.follow_up.limit
        answered = answered.start(turn.clock("follow_up", limit, desk_of(answered.area[:6])))
    return Done(answered)


def direct_reply(turn: Turn) -> Done | Refusal:
    """Answer while the caller is on the line: nothing was sent, nothing is to be verified."""
    if not (turn.ask.answer or "").strip():
        return turn.missing("answer", "请填写答复内容。")
    answered = replace(turn.case, outcome=turn.ask.outcome or "explained", answered=turn.mark)
    refused = turn.ask.outcome is not None and outcome_refused(turn)
    return refused or Done(end(answered, "closed", turn))


def close_refused(turn: Turn) -> Refusal | None:
    """Refuse an end that skips what the template asks for, but with a word of a desk."""
    case, closing = turn.case, turn.template.closing
    from_above = bool({"desk", "superior", "desk_holder"} & turn.relations)
    if case.status == "followed_up":
        return None
    if case.status in ("accepted", "on_site"):
        if from_above or closing.on_the_spot or case.nature == "self_found":
            return None
        return turn.refuse("not_verified", "须登记处置并经核查后结案。")
    if case.status == "replied" and not (closing.follow_up and case.reporters):
        return None
    if not from_above:
        words = "须先签收，或由值班、上级结案。"
        if case.status in ("handled", "replied"):
            words = "须核查、答复、回访后结案。"
        return turn.refuse("not_finished", words)
    return None


def close(turn: Turn) -> Done | Refusal:
    """End a report; a desk that skips a step says why."""
    case, ask = turn.case, turn.ask
    if ask.outcome is not None and (refused := outcome_refused(turn)):
        return refused
    usual = case.status in ("accepted", "on_site", "followed_up") or (
        case.status == "replied" and not (turn.template.closing.follow_up and case.reporters)
    )
    if not usual and not (ask.note or "").strip():
        return turn.missing("note", "未走完流程的诉求结案须填写说明。")
    outcome = ask.outcome or case.outcome or "resolved"
    ended = replace(
        case,
        outcome=outcome,
        handled=case.handled or turn.mark,
        to_call=_settled_on_the_spot(turn) and turn.template.closing.follow_up,
    )
    return Done(end(ended, "closed", turn))


def _settled_on_the_spot(turn: Turn) -> bool:
    """Say whether who held it ends it alone, and somebody called about it."""
    case = turn.case
    from_above = bool({"desk", "superior", "desk_holder"} & turn.relations)
    return case.status in ("accepted", "on_site") and bool(case.reporters) and not from_above


def end(case: Case, status: str, turn: Turn) -> Case:
    """Return a case whose life has ended: every clock stopped, nothing left open."""
    ended = call_off(case, turn.at).stop_all(turn.at)
    return replace(ended, status=status, request=None, suspended_until=None)


def void(turn: Turn) -> Done | Refusal:
    """Make a report void, or say that it lies outside the county; a word why is needed."""
    reason = turn.ask.reason
    if reason not in (None, "out_of_area"):
        return turn.unknown("reason", "作废原因只能为不属本旗，其余请写在说明里。")
    if not (turn.ask.note or "").strip():
        return turn.missing("note", "作废须说明。")
    if turn.case.merged:
        return turn.refuse("has_merged", "其他诉求已并入本件，请先撤销并单。")
    return Done(end(turn.case, reason or "void", turn))


def reopen(turn: Turn) -> Done | Refusal:
    """Begin a new round at another level than the one that failed."""
    case, ask = turn.case, turn.ask
    failed = case.handled.level if case.handled else None
    to = ask.to or _default_level(case, failed)
    if failed is not None and to.level == failed:
        label = LEVEL_LABELS[failed]
        return turn.refuse("same_level", f"上一轮由{label}办理，重办须交其他层级。", "to")
    if (elsewhere := place_refused(turn, to, case.area)) is not None:
        return elsewhere
    round_ = replace(
        case.stop_all(turn.at),
        round=case.round + 1,
        failed_level=failed,
        outcome=None,
        handled=None,
        verified=None,
        answered=None,
        to_call=False,
        returns=0,
        locked_to=None,
        extensions=0,
        decision=None,
    )
    opened = hand_over(round_, to=to, sender=turn.actor.party(), status="reopened", turn=turn)
    limit = turn.template.response(case.response).settle.limit
    opened = opened.start(turn.clock("settle", limit))
    return Done(opened, (turn.notice("reopened", to, opened),))


def _default_level(case: Case, failed: str | None) -> Party:
    above = desk_above(case.holder) or desk_of(case.area[:6])
    if above.level != failed:
        return above
    # The county's desk failed: the township knows the place.
    return desk_of(case.area[:9])


def handoff(turn: Turn) -> Done | Refusal:
    """Hand an emergency to its hotline; the report stays with its holder all the same."""
    if turn.ask.hotline not in HOTLINES:
        return turn.unknown("hotline", f"紧急热线为：{'、'.join(HOTLINES)}。")
    return Done(replace(turn.case, handoffs=(*turn.case.handoffs, turn.ask.hotline)))
