"""Find who owns a matter once its place is known: the lane's level, or the organisation that leads.

The place is found first and stays: which lane a matter takes, and how much a worker has to do,
never moves a report to another grid.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from api.duty.records import Leads, within
from api.duty.roster import Org, Responsible
from api.knowledge import Knowledge
from api.ownership import OwnerAnswer
from api.routing.access_list import AccessList
from api.routing.lanes import ACCESS_LABELS, GRID_LANE, Lane, Matter, lane_of
from geo.address.types import AddressMatch
from geo.codes import Level, code_at, level_of
from geo.locate.county_map import CountyMap
from geo.locate.types import Decision, Reason, Verdict

# Names in the table that mean the township itself, which leads then and not the next one named.
_TOWNSHIP_WORDS = ("镇政府", "乡镇", "苏木")
_PREFIXES = ("旗", "县", "区", "镇", "乡")
_SHORTEST_NAME = 2
_LEVELS = {"grid": Level.GRID, "community": Level.COMMUNITY, "mediation": Level.COMMUNITY,
           "township": Level.TOWNSHIP}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owned:
    """Hold who owns a matter in a grid: by which lane, on which area or organisation, on duty."""

    lane: Lane
    duty: Responsible
    area: str
    org: Org | None = None
    notes: tuple[Reason, ...] = ()


def with_lane(
    found: OwnerAnswer, known: Knowledge, matter: Matter | None, access_list: AccessList | None
) -> OwnerAnswer:
    """Return the answer with the lane of a matter, and with who owns it there.

    A doubtful place is settled first, by whom it was before: then only the lane is told. Without
    a category it is the grid's.
    """
    at = found.question.at
    lane: Lane | None = GRID_LANE
    if matter is not None:
        kind = kind_of(found.decision, found.county)
        lane = lane_of(matter, kind=kind, at=at, access_list=access_list)
    if lane is None:
        return replace(found, notes=(Reason("access", _BOTH_WAYS),))
    grid = found.decision.grid
    if found.decision.verdict is not Verdict.AUTO or grid is None:
        return replace(found, lane=lane, notes=_sentences(lane))
    owned = owned_by(known, lane, grid, at)
    told = leads_of(known, found.category, grid, found.decision.address_match, at)
    # Named one by one: every report comes here, and ``replace`` takes three times as long.
    return OwnerAnswer(
        question=found.question,
        decision=found.decision,
        duty=owned.duty,
        revision=found.revision,
        roster_revision=found.roster_revision,
        county=found.county,
        area_code=found.area_code,
        owner_area=owned.area,
        lane=owned.lane,
        org=owned.org,
        informed=told,
        notes=(*owned.notes, *leads_told(told)),
        category=found.category,
        about=found.about,
    )


_BOTH_WAYS = "办理层级待归属网格确认后确定：城镇网格与农村网格不同。"


def kind_of(decision: Decision, county: CountyMap) -> str | None:
    """Return the kind of the grid, or the one that all candidates share; None otherwise."""
    codes = [decision.grid] if decision.grid else [one.code for one in decision.candidates]
    kinds = {county.kinds.get(code) for code in codes}
    return kinds.pop() if len(kinds) == 1 else None


def owned_by(known: Knowledge, lane: Lane, grid: str, at: datetime) -> Owned:
    """Return who owns a matter of a lane in a grid at ``at``."""
    if lane.kind in _LEVELS:
        return _on_area(known, lane, code_at(grid, _LEVELS[lane.kind]), at)
    if lane.kind in ("department", "joint"):
        return _led(known, lane, grid, at)
    return _on_area(known, lane, known.county.code, at)


def _on_area(
    known: Knowledge, lane: Lane, code: str, at: datetime, notes: tuple[Reason, ...] = ()
) -> Owned:
    kind = known.areas[code].kind if level_of(code) is Level.GRID else None
    duty = known.roster.responsible(area_code=code, kind=kind, at=at)
    return Owned(lane, duty, code, notes=(*_sentences(lane), *notes))


def _led(known: Knowledge, lane: Lane, grid: str, at: datetime) -> Owned:
    """Give it to the organisation that leads; to the township or the county's desk without one."""
    county = known.county.code
    leads = _before_township(lane)
    # Which grid of a township it is makes a difference where an organisation is of one village.
    where = grid[: known.roster.longest_org_area]
    org = known.leads.of((leads, where, at), lambda: _standing_lead(known, leads, grid, at))
    if org is not None:
        duty = known.roster.responsible_of_org(org_id=org.id, county=county, at=at)
        note = Reason("lead", f"牵头单位：{org.name}。")
        return Owned(lane, duty, org.area_code or county, org, (*_sentences(lane), note))
    named = "、".join(lane.leads)
    if lane.kind == "joint" or lane.kind != lane.planned:
        kind = "township" if lane.kind == "department" else lane.kind
        note = Reason("lead", f"由属地乡镇牵头（{named}）。")
        township = code_at(grid, Level.TOWNSHIP)
        return _on_area(known, replace(lane, kind=kind), township, at, (note,))
    note = Reason("lead", f"牵头单位（{named}）尚未登记，由旗中心值班协调。")
    return _on_area(known, lane, county, at, (note,))


def _standing_lead(known: Knowledge, leads: Sequence[str], grid: str, at: datetime) -> Org | None:
    standing = (org for org in known.roster.orgs.values() if within(org.start, org.end, at))
    return lead_org(standing, leads, grid)


def _before_township(lane: Lane) -> tuple[str, ...]:
    """Return who leads, up to where the table names the township itself, for a joint matter."""
    if lane.kind != "joint":
        return lane.leads
    for place, name in enumerate(lane.leads):
        if any(word in name for word in _TOWNSHIP_WORDS):
            return lane.leads[:place]
    return lane.leads


def lead_org(orgs: Iterable[Org], leads: Sequence[str], area_code: str) -> Org | None:
    """Return the registered organisation that a lead's name fits: the first lead that has one.

    A name is written short in the table (住建局 for 旗住建局). A township's own team leads only
    in its township; of several the one with the same name, then the shortest name, is taken.
    """
    near = sorted(
        (org for org in orgs if org.area_code is None or area_code.startswith(org.area_code)),
        key=lambda org: (len(org.name), org.name),
    )
    for lead in leads:
        core = lead[1:] if lead[:1] in _PREFIXES and len(lead) > _SHORTEST_NAME else lead
        local = lead.startswith(("镇", "乡"))
        fitting = [
            org
            for org in near
            if len(core) >= _SHORTEST_NAME and core in org.name and (not local or org.area_code)
        ]
        if fitting:
            same = [org for org in fitting if org.name == lead]
            return (same or fitting)[0]
    return None


def leads_of(
    known: Knowledge, category: str | None, grid: str, match: AddressMatch | None, at: datetime
) -> Leads:
    """Return the leads of the building to be told of a matter; none of a confidential one."""
    matter = known.categories.get(category or "")
    if matter is not None and matter.confidential:
        return ()
    return known.roster.informed(area_code=grid, places=_places(match), at=at)


def _places(match: AddressMatch | None) -> Collection[str]:
    """Return the names and ids by which the place is known, when a text named one place."""
    if match is None or len(match.places) != 1:
        return ()
    place = match.places[0]
    return tuple(dict.fromkeys((place.id, place.name, *place.aliases)))


def leads_told(leads: Leads) -> tuple[Reason, ...]:
    """Return the sentence that names who is told; none when nobody is."""
    if not leads:
        return ()
    names = "、".join(f"{post.label}{person.name}" for post, person in leads)
    return (Reason("informed", f"告知：{names}（不负责办理）。"),)


def _sentences(lane: Lane) -> tuple[Reason, ...]:
    if lane.access is None:
        return ()
    if lane.refusal is not None:
        words = f"责任：{lane.refusal.words}，由{lane.label}。"
    elif lane.access == "not_applicable":
        words = f"责任：{lane.label}（{lane.matter}）。"
    else:
        access = ACCESS_LABELS[lane.access]
        beside = "" if lane.kind == "grid" else f"，网格员{lane.grid_action_words}"
        words = f"责任：该事项在准入清单内（{lane.matter}，{access}），{lane.label}{beside}。"
    return (Reason("access", words),)
