"""Keep a complaint about the grid's own people, or about cadres, from the level it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from api.knowledge import Knowledge
from api.ownership import OwnerAnswer
from api.routing.lanes import ACTION_LABELS, Lane
from geo.codes import LEVELS, Level, level_of
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


def level_for(known: Knowledge, category: str | None, about: str | None) -> Level | None:
    """Return the lowest level that may know of a report; None when nobody is passed over."""
    if about is not None:
        return ABOUT_LEVELS[about]
    matter = known.categories.get(category or "")
    withheld = matter is not None and matter.withheld_from_grid
    return Level.TOWNSHIP if withheld else None


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
    lane = Lane(
        kind=level_of(area_code).value,
        planned=level.value,
        grid_action="nothing",
        grid_action_words=ACTION_LABELS["nothing"],
        access="not_on_list",
    )
    return replace(
        found,
        decision=decision,
        duty=duty,
        area_code=area_code,
        owner_area=area_code,
        lane=lane,
        org=None,
        informed=(),
        notes=(),
    )
