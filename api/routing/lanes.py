"""Say on which lane a matter goes, and what the grid worker does beside it.

Pure. The table of categories names the lane by kind of grid; the access list says whether a grid
may have it at that instant. How many reports a worker has is not asked: load never moves one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from api.routing.access_list import (
    NOT_ON_LIST,
    AccessItem,
    AccessList,
    Refusal,
    Standing,
)

LANE_LABELS: Mapping[str, str] = {
    "grid": "网格办理",
    "community": "村（社区）办理",
    "township": "乡镇办理",
    "department": "部门办理",
    "joint": "联合办理",
    "direct": "直接答复",
    "mediation": "调解组织",
    "county": "旗级办理",
}
ACCESS_LABELS: Mapping[str, str] = {
    "primary": "网格主责",
    "assist": "网格协助",
    "temporary": "临时准入",
    "not_on_list": "不在清单",
    "not_applicable": "不适用",
}
ACTION_LABELS: Mapping[str, str] = {
    "handle": "办理",
    "verify": "核实",
    "warn": "劝导",
    "inform": "告知",
    "nothing": "不参与",
}
# Whose hands a matter may be in at a grid or a village: what the list does not let in goes higher.
_LISTED_LANES = frozenset({"grid", "community"})
_ACCESS = (("主责", "primary"), ("协助", "assist"), ("临时", "temporary"))
_ACCESS_WITHOUT = {"不在清单": "not_on_list", "不适用": "not_applicable"}
# The first word found says what is done before anything else.
_ACTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("nothing", ("不参与", "不得派")),
    ("handle", ("办理", "先行调解", "协助调解", "代办", "联系挪车")),
    ("verify", ("核实", "测温")),
    ("warn", ("劝导", "劝离", "警示", "提醒", "制止")),
    ("inform", ("告知", "上报")),
)
_IN_BRACKETS = re.compile(r"（[^（）]*）")
_WHO = re.compile(r"[、；，→或]")


class MatterError(ValueError):
    """Refuse a row of the table of categories, with its code and what is wrong."""

    def __init__(self, code: str, words: str) -> None:
        """Keep the code of the row."""
        super().__init__(f"类别{code}：{words}")
        self.code = code


class _CategoryRow(Protocol):
    """Name what is read from a row of the table of categories."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def lane_community_grid(self) -> str: ...
    @property
    def lane_rural_grid(self) -> str: ...
    @property
    def lead_org_example(self) -> str: ...
    @property
    def grid_action(self) -> str: ...
    @property
    def access(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Matter:
    """Hold what the table says of a category: lanes and leads of town and village, the grid's part.

    Leads are names as the table writes them, the first one before the others.
    """

    code: str
    name: str
    town: str
    village: str
    town_leads: tuple[str, ...]
    village_leads: tuple[str, ...]
    action: str
    action_words: str
    access: str

    def lane(self, kind: str | None) -> str | None:
        """Return the lane in a grid of a kind; None where the kind is unknown and it matters."""
        if kind is None:
            return self.town if self.town == self.village else None
        return self.village if kind == "rural" else self.town

    def leads(self, kind: str | None) -> tuple[str, ...]:
        """Return who leads in a grid of a kind."""
        return self.village_leads if kind == "rural" else self.town_leads


@dataclass(frozen=True, slots=True)
class Lane:
    """Hold where a matter goes and what the grid worker does beside it.

    ``kind`` names the lane, ``planned`` the one of the table, ``leads`` who leads it as the table
    writes it; ``access`` is what the list lets the grid do, by ``item`` of ``list_version``, and
    ``refusal`` why it does not.
    """

    kind: str
    planned: str
    leads: tuple[str, ...] = ()
    grid_action: str = "handle"
    grid_action_words: str = ACTION_LABELS["handle"]
    access: str | None = None
    matter: str = ""
    item: AccessItem | None = None
    refusal: Refusal | None = None
    list_version: int | None = None

    @property
    def label(self) -> str:
        """Return what the lane is called."""
        return LANE_LABELS[self.kind]


GRID_LANE = Lane("grid", "grid")


def matter_of(row: _CategoryRow) -> Matter:
    """Return what a row of the table says; raise MatterError for one that says nothing known."""
    for lane in (row.lane_community_grid, row.lane_rural_grid):
        if lane not in LANE_LABELS:
            raise MatterError(row.code, f"没有“{lane}”这种办理层级。")
    town_leads, village_leads = _leads(row)
    return Matter(
        code=row.code,
        name=_IN_BRACKETS.sub("", row.name),
        town=row.lane_community_grid,
        village=row.lane_rural_grid,
        town_leads=town_leads,
        village_leads=village_leads,
        action=_action(row),
        action_words=row.grid_action,
        access=_access(row),
    )


def _leads(row: _CategoryRow) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split who leads: by ／ into town and village where their lanes differ, else all for both."""
    text = _IN_BRACKETS.sub("", row.lead_org_example)
    town, slash, village = text.partition("／")
    if slash and row.lane_community_grid != row.lane_rural_grid:
        return _names(town), _names(village)
    both = _names(text.replace("／", "、"))
    return both, both


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in _WHO.split(text) if name.strip())


def _action(row: _CategoryRow) -> str:
    found = [
        (row.grid_action.find(word), key)
        for key, words in _ACTIONS
        for word in words
        if word in row.grid_action
    ]
    if not found:
        raise MatterError(row.code, f"不认识网格员动作“{row.grid_action}”。")
    return min(found)[1]


def _access(row: _CategoryRow) -> str:
    if row.access in _ACCESS_WITHOUT:
        return _ACCESS_WITHOUT[row.access]
    for word, key in _ACCESS:
        # Seasons stand in the list itself; here they are for whoever reads the table.
        if re.fullmatch(rf"{word}([（(][^（）()]+[）)])?", row.access):
            return key
    raise MatterError(row.code, f"准入应为主责、协助、临时、不在清单或不适用，不是“{row.access}”。")


def lane_of(
    matter: Matter, *, kind: str | None, at: datetime, access_list: AccessList | None
) -> Lane | None:
    """Return the lane of a matter in a grid of a kind at ``at``.

    None where the kind of the grid is unknown and town and village differ. Where the list lets
    no grid have it, it goes to the department that leads it or to the township: never to a grid
    worker. A county that keeps no list goes by the word of the table.
    """
    if access_list is None:
        return _lane_of(matter, kind, at, None)
    asked = (matter.code, kind, at)
    found: tuple[Matter, Lane | None] = access_list.lanes.of(
        asked, lambda: (matter, _lane_of(matter, kind, at, access_list))
    )
    # Another table of categories under the same list is asked anew.
    return found[1] if found[0] is matter else _lane_of(matter, kind, at, access_list)


def _lane_of(
    matter: Matter, kind: str | None, at: datetime, access_list: AccessList | None
) -> Lane | None:
    planned = matter.lane(kind)
    if planned is None:
        return None
    access, standing = _standing(matter, access_list, at)
    refused = standing.refusal is not None
    lane, action, words = planned, matter.action, matter.action_words
    if refused and planned in _LISTED_LANES:
        lane = "department" if planned == "grid" else "township"
    if refused and matter.access != "not_on_list":
        action, words = "nothing", ACTION_LABELS["nothing"]
    return Lane(
        kind=lane,
        planned=planned,
        leads=matter.leads(kind),
        grid_action=action,
        grid_action_words=words,
        access=access,
        matter=matter.name,
        item=standing.item,
        refusal=standing.refusal,
        list_version=access_list.version if access_list else None,
    )


def _standing(matter: Matter, access_list: AccessList | None, at: datetime) -> tuple[str, Standing]:
    if matter.access == "not_applicable":
        return matter.access, Standing(None, None)
    if access_list is None:
        refusal = NOT_ON_LIST if matter.access == "not_on_list" else None
        return matter.access, Standing(None, refusal)
    standing = access_list.standing(matter.code, at)
    if standing.item is None:
        return "not_on_list", standing
    known = matter.access not in ("not_on_list", "not_applicable")
    return (matter.access if known else standing.item.kind.value), standing
