"""Send on what triage takes off the access list: nobody below has it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from api.input_types import SHANGHAI
from api.knowledge import Knowledge
from api.life.parties import Party
from api.life.state import Case
from api.life.turn import Ask
from api.problems import Problem
from api.reports.confirming import Placed, placed_in
from api.reports.parties import WORKER_ROLES, party_of
from api.reports.step_desk import Desk
from api.routing.withheld import owner_at, refusal_at


@dataclass(frozen=True, slots=True)
class Rerouted:
    """Hold who has a report by its new category, why in words, and what is written of it."""

    holder: Party
    words: str
    place: Placed


def check_list(desk: Desk, row: Any, ask: Ask) -> None:
    """Raise Problem 409 when a grid worker would get what the access list does not let in."""
    to = ask.to
    if to is None or not _is_worker(desk.known, to):
        return
    refusal = refusal_at(desk.known, ask.category or row.category, desk.now)
    if refusal is not None:
        extras = {"reason": refusal.reason, "item": refusal.no, "report_status": row.status}
        raise Problem("illegal-step", f"{refusal.words}，请转部门或乡镇。", extras)


def rerouted(desk: Desk, row: Any, category: str | None, case: Case) -> Rerouted | None:
    """Return who has a report that its worker may not have any more, as intake would route it.

    None where the category lets the worker keep it, and where the place is in doubt still: that is
    settled first, by whom it was before.
    """
    known, at, grid = desk.known, desk.now, row.grid_code
    if category is None or grid is None or row.decision != "auto":
        return None
    refusal = refusal_at(known, category, at)
    if refusal is None or not _is_worker(known, case.holder):
        return None
    owned = owner_at(known, grid, category, at)
    assert owned is not None  # a refusal says that it is a matter of the table; it is in a grid
    holder = party_of(owned.duty, known)
    local = at.astimezone(SHANGHAI)
    words = f"{refusal.words}，按受理规则改派{holder.name}"
    name = known.categories[category].name
    said = f"研判：{desk.caller.display_name}于{local:%m-%d %H:%M}改为“{name}”，{words}。"
    placed = placed_in(row, grid, category, known, desk.caller, at, said=said)
    facts = {
        "lane": owned.lane.kind,
        "area": owned.area,
        "org": str(owned.org.id) if owned.org else None,
        "refusal": refusal.reason,
        "item": refusal.no,
        "chain": [{"step": step.step, "detail": step.detail} for step in owned.duty.chain],
    }
    # The leads of the building know of it already: its place is the same.
    return Rerouted(holder, words, replace(placed, leads=(), facts={"routed": facts}))


def _is_worker(known: Knowledge, party: Party) -> bool:
    post = known.roster.post(UUID(party.post)) if party.post else None
    return post is not None and (
        post.role in WORKER_ROLES or (post.area_code is not None and len(post.area_code) > 12)
    )
