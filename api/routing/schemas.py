"""Shape what routing takes and answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.calendar.schemas import Day
from api.input_types import Body, CleanText, VisibleText
from api.routing.list_file import LONGEST_ITEM, LONGEST_NO, LONGEST_TEXT


class ItemName(BaseModel):
    """Name an item of the access list."""

    no: str
    name: str


class RefusalOut(BaseModel):
    """Say why the grid does not get a matter: by which item, until or from which day."""

    reason: str
    item: ItemName | None
    date: date | None
    detail: str


class AreaOut(BaseModel):
    """Name the area whose duty answers."""

    level: str
    code: str
    name: str


class OrgName(BaseModel):
    """Name an organisation."""

    id: str
    name: str


class LaneOut(BaseModel):
    """Say where a matter goes, by what of the access list, and what the grid does beside it."""

    kind: str
    label: str
    leads: list[str]
    grid_action: str
    grid_action_label: str
    access: str | None
    item: ItemName | None
    refusal: RefusalOut | None
    list_version: int | None


class OwnedLaneOut(LaneOut):
    """Say the same of a report, with who owns it."""

    owner: AreaOut | None
    org: OrgName | None


class HintOut(BaseModel):
    """Say within how many metres and days another report may be the same matter."""

    radius_m: int
    days: int


class CategoryOut(BaseModel):
    """Say of a category how it is found, how fast it must be, and its lane by kind of grid.

    ``initials`` are pinyin initials, several ways with a space between them.
    """

    code: str
    group: str
    name: str
    initials: str
    response: str
    response_label: str
    response_words: str
    confidential: bool
    duplicate_hint: HintOut | None
    lanes: dict[str, LaneOut]


class CategoryList(BaseModel):
    """Hold the categories, and by which version of the access list their lanes are told."""

    access_list: int | None
    items: list[CategoryOut]


class CategoryName(BaseModel):
    """Name a category."""

    code: str
    name: str


class ItemOut(BaseModel):
    """Hold an item of the access list and how it stands; days are within, and of the county."""

    no: str
    item: str
    kind: str
    kind_label: str
    applied_for_by: str
    frequency: str
    categories: list[CategoryName]
    seasons: list[str]
    seasons_label: str
    start: Annotated[date | None, Field(alias="from")]
    to: date | None
    in_force: bool
    state: str
    detail: str | None
    ends: bool


class KindOut(BaseModel):
    """Name a kind of item."""

    key: str
    label: str


class VersionOut(BaseModel):
    """Say since when a version was in force."""

    version: int
    since: str
    items: int


class AccessListOut(BaseModel):
    """Hold the access list in force at an instant, and which versions there were."""

    version: int | None
    since: str | None
    at: str
    kinds: list[KindOut]
    items: list[ItemOut]
    versions: list[VersionOut]


class ImportOut(BaseModel):
    """Say what an import did, or would do."""

    items: int
    version: int | None
    unchanged: bool
    dry_run: bool
    added: list[str]
    removed: list[str]


ItemNo = Annotated[
    VisibleText,
    StringConstraints(
        max_length=LONGEST_NO, pattern=r"^[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff-]*$"
    ),
]
CategoryCode = Annotated[CleanText, StringConstraints(min_length=1, max_length=20)]


class ItemIn(Body):
    """Take a temporary item: what, asked for by whom, for which matters, and its last day."""

    item: Annotated[VisibleText, StringConstraints(max_length=LONGEST_ITEM)]
    applied_for_by: Annotated[VisibleText, StringConstraints(max_length=LONGEST_TEXT)]
    categories: Annotated[list[CategoryCode], Field(max_length=100)] = Field(default_factory=list)
    no: ItemNo | None = None
    start: Day | None = Field(default=None, alias="from")
    to: Day
    note: Annotated[CleanText, StringConstraints(max_length=LONGEST_TEXT)] = ""


class EndIn(Body):
    """Take the new last day of an item; none ends it at once."""

    to: Day | None = None
