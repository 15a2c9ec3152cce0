"""Take the steps of who was given a report: sign it, arrive on site."""

from __future__ import annotations

from dataclasses import replace

from api.life.summons import report_in
from api.life.turn import Done, Refusal, Turn


def accept(turn: Turn) -> Done | Refusal:
    """Sign: from now on the holder is answerable, no longer the sender."""
    signed = replace(turn.case, status="accepted", signed=turn.mark).stop("sign", turn.at)
    return Done(signed)


def arrive_refused(turn: Turn) -> Refusal | None:
    """Refuse an arrival where nobody is waited for: the holder is there, no department called."""
    waited = any(summons.open for summons in turn.case.summons)
    if turn.case.on_site is None or waited:
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
