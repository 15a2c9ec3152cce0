"""Say what somebody is to a report: its holder, its sender, a desk above, one who was summoned."""

from __future__ import annotations

from api.life.parties import COUNTY_DESK_ROLES, Actor, Party
from api.life.state import Case

# Those who work outside may sign and handle what they hold; sending on is for desks.
_OUTSIDE_ROLES = frozenset({"grid_worker", "department"})


def relations_of(case: Case, actor: Actor, *, on_behalf_of: str | None = None) -> frozenset[str]:
    """Return what the actor is to the case.

    Who enters for another by name (代录) stands in for the holder when holding a post on an area
    that contains the holder's: a village's full-time worker for a group's part-timer without a
    smartphone.
    """
    found = set(_by_role(case, actor))
    holds = actor.is_party(case.holder)
    stands_in = bool(on_behalf_of) and actor.works_above(case.holder)
    if holds or stands_in:
        found.add("holder")
        at_desk = actor.role not in _OUTSIDE_ROLES or case.holder.area in actor.desks
        if holds and case.holder.is_desk and at_desk:
            found.add("desk_holder")
    if actor.is_party(case.sender):
        found.add("sender")
    if actor.is_above(case.holder):
        found.add("superior")
    request = case.request
    if request is not None and _decides(actor, request.decider):
        found.add("decider")
    if any(summons.open and actor.is_party(summons.org) for summons in case.summons):
        found.add("summoned")
    if any(_decides(actor, summons.by) for summons in case.summons):
        found.add("summoner")
    return frozenset(found)


def _by_role(case: Case, actor: Actor) -> set[str]:
    found: set[str] = set()
    in_reach = case.area.startswith(actor.area)
    if actor.role in COUNTY_DESK_ROLES and in_reach:
        found.add("desk")
    if actor.role in ("shift_lead", "county_admin") and in_reach:
        found.add("shift_lead")
    if actor.role == "township_admin" and in_reach:
        found.add("township")
    if actor.role in ("leader", "resident") and in_reach:
        found.add(actor.role)
    if actor.role == "department" and actor.org is not None:
        found.add("department")
    line = (area.startswith(case.area) or case.area.startswith(area) for area in actor.areas)
    if actor.role == "grid_worker" and any(line):
        found.add("worker_here")
    return found


def _decides(actor: Actor, party: Party) -> bool:
    return actor.is_party(party) or actor.is_above(party)
