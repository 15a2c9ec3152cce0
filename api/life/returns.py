"""Return a report to who sent it, and decide what was asked for: return, extension, suspension.

A return is decided within 4 working hours or counts as signed. The second return locks the report
to the township, which says who has it; below it nobody sends it on any more.
"""

from __future__ import annotations

from dataclasses import replace

from api.life.deadlines import grant_extension, grant_suspension
from api.life.moves import decide, drop_request, give_back, hand_over, widen, working_status
from api.life.parties import desk_of
from api.life.sending import is_grid
from api.life.state import Case, Request
from api.life.turn import Done, Refusal, Turn
from api.life.vocabulary import RETURN_REASONS
from geo.codes import Level, level_of

_NEED_NOTE = {
    "not_our_duty": "不属本部门职责须附依据。",
    "other": "其他原因须说明。",
}


def ask_return(turn: Turn) -> Done | Refusal:
    """Ask to give a report back to its sender, with a reason."""
    refused = _reason_refused(turn)
    if refused is not None:
        return refused
    case, ask = turn.case, turn.ask
    assert ask.reason is not None
    # A suspension that was asked for before is not needed by who gives the report back.
    returned = drop_request(case, turn.at)
    returned = replace(returned, returns=case.returns + 1, requests=case.requests + 1)
    if returned.returns >= turn.template.returns.lock_at:
        return _lock(returned, turn)
    limit = turn.template.limits.return_decision.limit
    request = Request(
        no=returned.requests,
        kind="return",
        by=case.holder,
        account=turn.actor.account,
        decider=case.sender,
        at=turn.at,
        reason=ask.reason,
        status_before=case.status,
        note=ask.note,
        grid=ask.grid,
    )
    clock = turn.clock("return_decision", limit, case.sender)
    asked = replace(returned, status="return_pending", request=request).stop("sign", turn.at)
    asked = asked.start(clock)
    return Done(asked, (turn.notice("return_asked", case.sender, asked),))


def return_refused(turn: Turn) -> Refusal | None:
    """Refuse a return of what is locked, or of what nobody sent."""
    case = turn.case
    if case.locked_to is not None:
        words = "诉求已两次退单，由乡镇确定办理单位，不能再退。"
        return turn.refuse("locked", words)
    if not case.path:
        return turn.refuse("no_sender", "诉求由本台受理，没有上一环节可退。")
    return None


def _reason_refused(turn: Turn) -> Refusal | None:
    ask = turn.ask
    allowed = turn.template.returns.reasons
    if ask.reason is None or ask.reason not in allowed:
        labels = "、".join(RETURN_REASONS[reason] for reason in allowed)
        return turn.unknown("reason", f"退单原因为：{labels}。")
    if ask.reason == "not_my_grid":
        if ask.grid is None:
            return turn.missing("grid", "不属本网格的，须指明应属哪个网格。")
        if not is_grid(ask.grid):
            return turn.unknown("grid", "网格编码应为15位数字。")
        if turn.case.holder.area == ask.grid:
            return turn.refuse("same_grid", "指明的网格就是本网格。", "grid")
    words = _NEED_NOTE.get(ask.reason)
    if words is not None and not (ask.note or "").strip():
        return turn.missing("note", words)
    return None


def _lock(case: Case, turn: Turn) -> Done:
    """Give a report that was returned again to the township; a township's own to the county."""
    desk = desk_of(_lock_area(case))
    # Who returned it waits for no decision: the township has it now and says who handles it.
    locked = hand_over(
        widen(case, desk), to=desk, sender=case.sender, status="awaiting_decision", turn=turn
    )
    locked = replace(locked, locked_to=desk.area)
    return Done(locked, (turn.notice("locked", desk, locked),))


def _lock_area(case: Case) -> str:
    township = case.area[:9]
    above = case.holder.level in ("township", "county") or level_of(case.area) is Level.COUNTY
    return case.area[:6] if above else township


def decision_refused(turn: Turn) -> Refusal | None:
    """Refuse a decision where nothing is open, or what is open is another request."""
    request, wanted = turn.case.request, turn.ask.request
    if request is not None and wanted in (None, request.no):
        return None
    decision = turn.case.decision
    if decision is None:
        return turn.refuse("nothing_to_decide", "没有待审的申请。")
    mark = decision.mark
    what = {True: "同意", False: "不同意", None: "逾期未审，视为签收"}[decision.granted]
    who = mark.name or "系统"
    words = f"该申请已于{mark.at:%m-%d %H:%M}由{who}审结（{what}），不能再审。"
    return Refusal("already_decided", words, turn.case.status, mark)


def may_decide(turn: Turn) -> Refusal | None:
    """Refuse who asked, and who may send but not approve: that is the shift lead's."""
    request = turn.case.request
    if request is None:
        return None
    if request.account == turn.actor.account:
        return turn.refuse("own_request", "不能审批本人提出的申请。")
    county = request.decider.is_desk and request.decider.level == "county"
    if request.kind != "return" and county and "shift_lead" not in turn.relations:
        return turn.refuse("wrong_actor", "延期和挂起由值班长或旗级管理员审批。")
    return None


def grant(turn: Turn) -> Done | Refusal:
    """Agree: the report goes back to its sender, or has more time, or stands still."""
    request = turn.case.request
    assert request is not None
    if request.kind == "extension":
        return grant_extension(turn)
    if request.kind == "suspension":
        return grant_suspension(turn)
    decided = decide(turn.case, granted=True, turn_mark=turn, at=turn.at)
    back = give_back(decided, turn=turn)
    return Done(back, (turn.notice("return_decided", request.by, back),))


def refuse(turn: Turn) -> Done | Refusal:
    """Disagree, with a word why: the holder goes on, and must sign when not signed yet."""
    if not (turn.ask.note or "").strip():
        return turn.missing("note", "不同意须说明。")
    case = turn.case
    request = case.request
    assert request is not None
    decided = decide(case, granted=False, turn_mark=turn, at=turn.at)
    if decided.signed is not None:
        decided = replace(decided, status=working_status(decided))
    else:
        limit = turn.template.sign_limit(case.response)
        clock = turn.clock("sign", limit, case.sender)
        decided = replace(decided.start(clock), status=request.status_before)
    return Done(decided, (turn.notice(f"{request.kind}_decided", request.by, decided),))
