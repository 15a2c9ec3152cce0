"""Shape what is answered about areas."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from geo.codes import Level


class AreaOut(BaseModel):
    """Say what a list shows of an area; ``bbox`` is west, south, east, north in CGCS2000.

    ``provisional`` marks a grid that is the outline of its community, not divided yet.
    """

    code: str
    name: str
    level: Level
    kind: str
    parent: str | None
    households: int
    open_reports: int
    provisional: bool = False
    bbox: tuple[float, float, float, float]
    center: tuple[float, float]


class AreaList(BaseModel):
    """Hold a page of areas."""

    items: list[AreaOut]
    next: str | None


class UnitOut(BaseModel):
    """Name a unit of the path."""

    level: Level
    code: str
    name: str


class HolderOut(BaseModel):
    """Name who holds a post, the phone as far as the caller may see it."""

    name: str
    phone: str | None


class StandInOut(BaseModel):
    """Name who answers on a post in the holder's place; ``way`` is ``override`` or ``cover``."""

    name: str
    phone: str | None
    way: str
    until: str | None


class PostOut(BaseModel):
    """Name a post and who holds it; none when it is vacant or hidden from the caller.

    ``away`` says that nobody answers on it now although somebody holds it.
    """

    post: str
    role: str
    role_label: str
    vacant: bool
    holders: list[HolderOut]
    stand_in: StandInOut | None = None
    away: bool = False


class AreaDetail(AreaOut):
    """Say everything the card of an area shows."""

    official_name: str
    path: list[UnitOut]
    area_m2: float
    exclave: bool
    posts: list[PostOut]
    reports_by_status: dict[str, int]
    children_count: int


class Share(BaseModel):
    """Count what is on the map of what is expected."""

    mapped: int
    expected: int


class CommunityShare(BaseModel):
    """Count communities with a grid, those not divided yet among them, and all."""

    mapped: int
    undivided: int
    total: int


class MissingOut(Share):
    """Name a community whose grids are not all on the map, and why."""

    code: str
    name: str
    state: Literal["no_outline", "undivided", "partly"]


class TownshipProgress(Share):
    """Count the grids of a township and name what is missing."""

    code: str
    name: str
    missing: list[MissingOut]


class ProgressOut(BaseModel):
    """Say how far the county is on the map."""

    revision: str
    grids: Share
    communities: CommunityShare
    townships: list[TownshipProgress]
