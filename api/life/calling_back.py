"""Call reporters back and take their ratings: 是否解决, 是否满意, one by one."""

from __future__ import annotations

from dataclasses import replace

from api.life.parties import desk_of
from api.life.state import Case, FollowUp
from api.life.turn import Done, Refusal, Turn
from api.life.vocabulary import RESOLVED, SATISFIED


def follow_up(turn: Turn) -> Done | Refusal:
    """Write down a call to one reporter; the report is followed up when all have been called."""
    call = _answered(turn, no_answer=True)
    if isinstance(call, Refusal):
        return call
    case = turn.case
    changed = replace(case, follow_ups=(*case.follow_ups, call))
    if case.status == "replied" and not waiting_for(changed, turn):
        changed = replace(changed, status="followed_up").stop("follow_up", turn.at)
    elif case.to_call and not waiting_for(changed, turn):
        changed = replace(changed, to_call=False)
    unhappy = call.resolved == "no" or call.satisfied == "dissatisfied"
    desk = desk_of(case.area[:6])
    return Done(changed, (turn.notice("follow_up_bad", desk, changed),) if unhappy else ())


def waiting_for(case: Case, turn: Turn) -> tuple[str, ...]:
    """Return the reporters who still are to be called: who did not answer is tried again."""
    since = case.answered.at if case.answered else case.opened_at
    attempts = turn.template.closing.follow_up_attempts
    calls = [call for call in case.follow_ups if call.mark.at >= since]
    reached = {call.reporter for call in calls if call.satisfied != "no_answer"}
    tried = [call.reporter for call in calls]
    given_up = {name for name in case.reporters if tried.count(name) >= attempts}
    return tuple(name for name in case.reporters if name not in reached | given_up)


def rate(turn: Turn) -> Done | Refusal:
    """Write down the rating of one reporter, once a round."""
    rating = _answered(turn, no_answer=False)
    if isinstance(rating, Refusal):
        return rating
    case = turn.case
    since = case.answered.at if case.answered else case.opened_at
    if any(old.reporter == rating.reporter and old.mark.at >= since for old in case.ratings):
        return turn.refuse("already_rated", "已评价，每轮只能评价一次。")
    return Done(replace(case, ratings=(*case.ratings, rating)))


def _answered(turn: Turn, *, no_answer: bool) -> FollowUp | Refusal:
    ask, case = turn.ask, turn.case
    reporter = ask.reporter or (case.reporters[0] if len(case.reporters) == 1 else None)
    if not case.reporters:
        return turn.refuse("no_reporter", "没有可回访的来电人。")
    if reporter is None:
        return turn.missing("reporter", "有多位来电人，请指明是哪一位。")
    if reporter not in case.reporters:
        return turn.unknown("reporter", "不是本件的来电人。")
    if ask.satisfied not in SATISFIED or (ask.satisfied == "no_answer" and not no_answer):
        return turn.unknown("satisfied", "请填写是否满意。")
    assert ask.satisfied is not None
    reached = ask.satisfied != "no_answer"
    if reached and ask.resolved not in RESOLVED:
        return turn.unknown("resolved", "请填写是否解决。")
    resolved = ask.resolved if reached else None
    return FollowUp(reporter, turn.mark, ask.satisfied, resolved)
