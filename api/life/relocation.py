"""Give a report another place: a pin that was moved, a boundary that was redrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from api.life.clocks import Timekeeper
from api.life.moves import hand_over_to
from api.life.parties import Actor, Party, desk_of
from api.life.state import Case, Mark
from api.life.template import Template
from api.life.turn import Outcome, clock_changes, clock_event, notice_of
from api.life.vocabulary import HANDED_ON


def relocate(
    case: Case,
    *,
    area: str,
    holder: Party,
    decided: bool,
    now: datetime,
    template: Template,
    time: Timekeeper,
    by: Actor | None = None,
) -> Outcome:
    """Return a report whose place is another one: its holder is found anew, its clocks run on.

    An organisation keeps what it has, and so does the same holder. Nothing happens to a report
    that was handled, merged or ended: it stays with the place where the work was done. One that
    is locked to its township goes to the township's desk, whose grids sent it back twice. ``by``
    is None for a publication of boundaries.
    """
    if case.status not in HANDED_ON:
        return Outcome(case, ())
    at = max(now, case.last.at)
    lock = case.locked_to
    if lock is not None and not area.startswith(lock):
        lock = area[: len(lock)]
    placed = replace(case, area=area, wider_area=None, locked_to=lock)
    keeps = case.holder.org is not None or holder.same_as(case.holder)
    if lock is not None and not keeps:
        holder = desk_of(lock)
        keeps = holder.same_as(case.holder)
    if not keeps:
        status = "assigned" if decided else "awaiting_decision"
        sender = desk_of(area[:6])
        placed = hand_over_to(placed, holder, sender, status, at, template, time)
        placed = replace(placed, stage=template.stage_of(status))
    if placed == case:
        return Outcome(case, ())
    account, name = (by.account, by.name) if by else (None, "")
    placed = replace(placed, last=Mark("moved", at, account, name))
    event = replace(clock_event(case, placed, "moved", at), by=account, name=name)
    told = (notice_of("assigned", holder, placed, template),) if placed.holder == holder else ()
    return Outcome(placed, (event,), told, clock_changes=clock_changes(case, placed))
