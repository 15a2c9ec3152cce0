"""Keep a complaint about the grid's own people, or about cadres, from the level it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from api.knowledge import Knowledge
from api.ownership import OwnerAnswer
from api.routing.access_list import Refusal, list_at
from api.routing.lanes import ACTION_LABELS, Lane, lane_of
from api.routing.owner import Owned, owned_by
from geo.codes import LEVELS, Level, code_at, level_of
from geo.locate.types import Reason, Verdict

# Whom a complaint may be about, and the lowest level that may know of it. A village's own
# full-time worker may be the one who is meant: the community is passed over for worker and cadre.
ABOUT_LEVELS: Mapping[str, Level] = {
    "grid_worker": Level.TOWNSHIP,
    "community_cadre": Level.TOWNSHIP,
    "township_cadre": Level.COUNTY,
}
ABOUT_LABELS: Mapping[str, str] = {
    "grid_worker": "网格员",
    "community_cadre": "村（社区）干部",
    "township_cadre": "乡镇干部",
}
_WORDS: Mapping[Level, str] = {
    Level.TOWNSHIP: "该类事项不得派给网格和村（社区），由上级直接处理。",
    Level.COUNTY: "该类事项不得派给网格、村（社区）和乡镇，由旗级直接处理。",
}
_REFUSAL = Refusal("not_on_list", "反映网格和基层人员的事项不派给被反映的层级")


def level_for(known: Knowledge, category: str | None, about: str | None) -> Level | None:
    """Return the lowest level that may know of a report; None when nobody is passed over."""
    if about is not None:
        return ABOUT_LEVELS[about]
    matter = known.categories.get(category or "")
    withheld = matter is not None and matter.withheld_from_grid
    return Level.TOWNSHIP if withheld else None


def is_confidential(known: Knowledge, category: str | None, about: str | None) -> bool:
    """Say whether a report is kept from walls, and its caller from everybody."""
    matter = known.categories.get(category or "")
    return about is not None or (matter is not None and matter.confidential)


def owner_at(known: Knowledge, area: str, category: str, at: datetime) -> Owned | None:
    """Return who owns a report of a category in an area at ``at``: what intake would answer.

    None where the grid must be known first: outside a grid, where town and village differ.
    """
    level = level_for(known, category, None)
    if level is not None:
        inside = LEVELS.index(level_of(area)) >= LEVELS.index(level)
        area = code_at(area, level) if inside else area
        duty = known.roster.responsible(area_code=area, kind=None, at=at)
        return Owned(_lane(area, level), duty, area)
    is_grid = level_of(area) is Level.GRID
    kind = known.areas[area].kind if is_grid else None
    access_list = list_at(known.access_lists, at)
    lane = lane_of(known.matters[category], kind=kind, at=at, access_list=access_list)
    return owned_by(known, lane, area, at) if lane is not None and is_grid else None


def refusal_at(known: Knowledge, category: str | None, at: datetime) -> Refusal | None:
    """Return why no grid worker may be given a category at ``at``; None when one may be."""
    matter = known.matters.get(category or "")
    if matter is None:
        return None
    # Whether it is on the list does not depend on the kind of grid.
    lane = lane_of(matter, kind="community", at=at, access_list=list_at(known.access_lists, at))
    return lane.refusal if lane is not None else None


def withhold(found: OwnerAnswer, known: Knowledge, level: Level) -> OwnerAnswer:
    """Give a report to ``level``, past all below it.

    The place stays known to those above; where that level is not certain, the county has it.
    """
    depth = LEVELS.index(level)
    path = tuple(code for code in found.decision.path if LEVELS.index(level_of(code)) <= depth)
    area_code = path[-1] if path and level_of(path[-1]) is level else known.county.code
    duty = known.roster.responsible(area_code=area_code, kind=None, at=found.question.at)
    decision = replace(
        found.decision,
        verdict=Verdict.DESK,
        grid=None,
        path=path,
        decided_by=area_code,
        candidates=(),
        reasons=(*found.decision.reasons[:1], Reason("withheld", _WORDS[level])),
    )
    return replace(
        found,
        decision=decision,
        duty=duty,
        area_code=area_code,
        owner_area=area_code,
        lane=_lane(area_code, level),
        org=None,
        informed=(),
        notes=(),
    )


def _lane(area_code: str, level: Level) -> Lane:
    return Lane(
        kind=level_of(area_code).value,
        planned=level.value,
        grid_action="nothing",
        grid_action_words=ACTION_LABELS["nothing"],
        access="not_on_list",
        refusal=_REFUSAL,
    )
