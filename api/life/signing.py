"""Take the steps of who was given a report: sign it, arrive on site."""

from __future__ import annotations

from dataclasses import replace

from api.life.sending import is_grid
from api.life.summons import report_in
from api.life.turn import Done, Refusal, Turn


def accept_refused(turn: Turn) -> Refusal | None:
    """Refuse to sign what is not decided: a desk sends it first, a doubt is settled first.

    Who sent a report and has it back may sign it and do it, when its grid is known.
    """
    case = turn.case
    if case.status != "awaiting_decision":
        return None
    if case.holder.is_desk:
        return turn.refuse("not_decided", "请先派单。")
    if case.holder.org is None and not is_grid(case.area):
        return turn.refuse("not_decided", "请先确认归属。")
    return None


def accept(turn: Turn) -> Done | Refusal:
    """Sign: from now on the holder is answerable, no longer the sender."""
    signed = replace(turn.case, status="accepted", signed=turn.mark).stop("sign", turn.at)
    return Done(signed)


def arrive_refused(turn: Turn) -> Refusal | None:
    """Refuse an arrival where nobody is waited for: the holder is there, no department called."""
    case = turn.case
    waiting = [summons for summons in case.summons if summons.open]
    own = [summons for summons in waiting if turn.actor.is_party(summons.org)]
    if own and "holder" not in turn.relations:
        free = any(summons.reported_at is None for summons in own)
    else:
        free = case.on_site is None or bool(waiting)
    if free:
        return None
    return turn.refuse("already_arrived", "已登记到场。")


def arrive(turn: Turn) -> Done | Refusal:
    """Say who has arrived: a summoned department, one that its summoner confirms, or the holder."""
    if "summoned" in turn.relations or turn.ask.org is not None:
        return report_in(turn)
    if not {"holder", "superior"} & turn.relations:
        return turn.missing("org", "请写明到场的部门。")
    if turn.case.on_site is not None:
        return turn.refuse("already_arrived", "已登记到场。")
    status = "on_site" if turn.case.status == "accepted" else turn.case.status
    return Done(replace(turn.case, status=status, on_site=turn.mark))
