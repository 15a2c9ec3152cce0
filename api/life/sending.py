"""Take the steps that find a holder: triage, confirming the grid, routing, passing up."""

from __future__ import annotations

from dataclasses import replace

from api.life.moves import give_back, hand_over, lock_refused, place_refused, widen
from api.life.parties import Party, desk_above, desk_of
from api.life.state import Case
from api.life.turn import Done, Refusal, Turn
from api.life.vocabulary import REASSIGN_REASONS, SEVERITIES
from geo.codes import Level, level_of
from geo.errors import CodeError


def triage(turn: Turn) -> Done | Refusal:
    """Set category, severity, nature or response level; a new level moves the deadline."""
    case, ask = turn.case, turn.ask
    given = {
        name: value
        for name in ("category", "nature", "severity", "response")
        if (value := getattr(ask, name)) is not None
    }
    if not given:
        return turn.missing("category", "研判须填写类别、严重程度、诉求性质或响应级别。")
    if ask.severity is not None and ask.severity not in SEVERITIES:
        return turn.unknown("severity", "严重程度为1至4。")
    if ask.response is not None and ask.response not in turn.template.responses:
        return turn.unknown("response", "本旗模板没有这个响应级别。")
    changed = replace(case, **given)
    if changed.response != case.response:
        changed = _with_new_deadline(changed, turn)
    if ask.kept_at is not None and case.kept_at is None and ask.to is not None:
        return _lifted(changed, ask.kept_at, ask.to, turn)
    if ask.to is not None and case.kept_at is None:
        refused = lock_refused(turn) or place_refused(turn, ask.to, case.area)
        return refused or _rerouted(changed, ask.to, turn)
    undecided = case.status == "awaiting_decision"
    return Done(replace(changed, stage="triage" if undecided else case.stage))


def _lifted(case: Case, kept_at: str, to: Party, turn: Turn) -> Done:
    """Take a report away from those whom it turned out to be about, to the level above them."""
    above = replace(case, area=to.area, wider_area=None, locked_to=None, kept_at=kept_at, path=())
    sent = hand_over(
        above, to=to, sender=desk_of(case.area[:6]), status="awaiting_decision", turn=turn
    )
    return Done(replace(sent, stage="triage"), (turn.notice("assigned", to, sent),))


def _rerouted(case: Case, to: Party, turn: Turn) -> Done:
    """Send on, as intake would have, what its new category keeps from who has it."""
    county = desk_of(case.area[:6])
    sent = hand_over(case, to=to, sender=county, status="assigned", turn=turn)
    told = (turn.notice("assigned", to, sent), turn.notice("reassigned", case.holder, sent))
    return Done(sent, told)


def _with_new_deadline(case: Case, turn: Turn) -> Case:
    limit = turn.template.response(case.response).settle.limit

    # From the start: the caller has waited since the call, whatever the level was thought to be.
    return case.change_clocks(
        lambda c: c.kind == "settle" and c.of is None and c.running,
        lambda c: c.move(limit, turn.time),
    )


def confirm_refused(turn: Turn) -> Refusal | None:
    """Refuse where the grid is certain: another one is named by a return, not by a step."""
    case = turn.case
    if case.kept_at is not None:
        return turn.refuse("withheld", "该诉求反映基层人员，不落到网格，由上级办理。")
    if case.status in ("awaiting_decision", "passed_up") or not is_grid(case.area):
        return lock_refused(turn)
    return turn.refuse("illegal_step", "网格已确定；属地有误请退单并指明网格。")


def confirm_grid(turn: Turn) -> Done | Refusal:
    """Say which grid owns a doubtful report and send it to who answers there."""
    ask = turn.ask
    if ask.grid is None:
        return turn.missing("grid", "请选择所属网格。")
    if not is_grid(ask.grid):
        return turn.unknown("grid", "网格编码应为15位数字。")
    if not any(ask.grid.startswith(area) for area in _reach(turn)):
        return turn.refuse("other_place", "该网格不在您的辖区，请上报由上级确认。", "grid")
    if ask.to is None:
        return turn.missing("to", "该网格没有责任人，请上报。")
    placed = replace(turn.case, area=ask.grid, wider_area=None)
    return _send(turn, placed)


def _reach(turn: Turn) -> tuple[str, ...]:
    # The holder knows the area that the doubt was settled down to; a desk above its own area.
    own = (turn.case.holder.area,) if "holder" in turn.relations else ()
    return (*own, turn.actor.area) if {"superior", "desk"} & turn.relations else own


def route(turn: Turn) -> Done | Refusal:
    """Send a report to a post, an organisation or a desk."""
    ask = turn.ask
    if ask.to is None:
        return turn.missing("to", "请选择派给谁。")
    if ask.to.same_as(turn.case.holder) and turn.case.signed is not None:
        return turn.refuse("same_holder", "诉求已在其办理中。", "to")
    if not _may_send_there(turn, ask.to):
        return turn.refuse("other_place", "不能派到本辖区以外，请上报。", "to")
    return _send(turn, turn.case)


def route_refused(turn: Turn) -> Refusal | None:
    """Refuse whoever is below the township of a locked report, and what a worker has to sign.

    A desk sends on what it was sent without signing first; from a post it is reassigned.
    """
    case = turn.case
    if case.status in ("assigned", "reopened") and not case.holder.is_desk:
        return turn.refuse("illegal_step", "诉求已派出、待签收，请撤回或转派。")
    return lock_refused(turn)


def _may_send_there(turn: Turn, to: Party) -> bool:
    # A department answers to the county; whoever sends may always send to one.
    return to.org is not None or to.area.startswith(turn.actor.area)


def _send(turn: Turn, case: Case) -> Done | Refusal:
    to = turn.ask.to
    assert to is not None
    refused = lock_refused(turn) or place_refused(turn, to, case.area)
    if refused is not None:
        return refused
    sent = hand_over(case, to=to, sender=turn.sending_party, status="assigned", turn=turn)
    return Done(sent, (turn.notice("assigned", to, sent),))


def reassign(turn: Turn) -> Done | Refusal:
    """Give a report to another holder on the same line of areas, for a named reason."""
    ask, case = turn.ask, turn.case
    if ask.to is None:
        return turn.missing("to", "请选择转派给谁。")
    if ask.reason not in REASSIGN_REASONS:
        # Load is not a reason: it would move reports away from their place.
        return turn.unknown("reason", f"转派原因为：{'、'.join(REASSIGN_REASONS.values())}。")
    if ask.reason == "other" and not (ask.note or "").strip():
        return turn.missing("note", "其他原因须说明。")
    if ask.to.same_as(case.holder) and ask.to.person == case.holder.person:
        return turn.refuse("same_holder", "诉求已在其名下。", "to")
    refused = lock_refused(turn) or place_refused(turn, ask.to, case.area)
    if refused is not None:
        return refused
    sent = hand_over(case, to=ask.to, sender=turn.actor.party(), status="assigned", turn=turn)
    told = (turn.notice("assigned", ask.to, sent), turn.notice("reassigned", case.holder, sent))
    return Done(sent, told)


def withdraw(turn: Turn) -> Done | Refusal:
    """Take a report back before it is signed; its sender has it again."""
    case = turn.case
    back = give_back(case, turn=turn)
    return Done(back, (turn.notice("withdrawn", case.holder, back),))


def withdraw_refused(turn: Turn) -> Refusal | None:
    """Refuse where nobody sent the report: the desk that took it in has it."""
    if turn.case.path:
        return None
    return turn.refuse("no_sender", "诉求没有派单人，不能撤回。")


def claim(turn: Turn) -> Done | Refusal:
    """Take on a report that lies at a desk, as one's own post or organisation; it is signed.

    A worker who claims what lies in a wider area says thereby that it is in her own.
    """
    case, to = turn.case, turn.ask.to
    if to is None or to.is_desk or not turn.actor.is_party(to):
        return turn.missing("to", "请选择以哪个岗位或部门认领。")
    refused = lock_refused(turn) or place_refused(turn, to, case.area)
    if refused is not None:
        return refused
    sent = hand_over(case, to=to, sender=case.holder, status="accepted", turn=turn)
    return Done(replace(sent, signed=turn.mark).stop("sign", turn.at))


def claim_refused(turn: Turn) -> Refusal | None:
    """Refuse to claim what somebody has: only what lies at a desk is free."""
    if turn.case.holder.is_desk:
        return lock_refused(turn)
    return turn.refuse("not_free", "诉求已有办理人。")


def top_refused(turn: Turn) -> Refusal | None:
    """Refuse to pass up what is at the top already."""
    if desk_above(turn.case.holder) is not None:
        return None
    return turn.refuse("top_level", "已在旗级，由值班长决定。")


def pass_up(turn: Turn) -> Done | Refusal:
    """Send a report one level up; who passes it up stays answerable until that level signs."""
    case = turn.case
    above = desk_above(case.holder)
    assert above is not None
    sent = hand_over(
        widen(case, above), to=above, sender=case.holder, status="passed_up", turn=turn
    )
    return Done(sent, (turn.notice("passed_up", above, sent),))


def is_grid(code: str) -> bool:
    """Say whether a text is the code of a grid."""
    try:
        return code.isascii() and code.isdigit() and level_of(code) is Level.GRID
    except CodeError:
        return False
