"""Hold what a roster is made of: people, organisations, posts, and terms that are all dated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

T = TypeVar("T")

ROLE_LABELS: Mapping[str, str] = {
    "grid_lead": "网格长",
    "full_time_grid_worker": "专职网格员",
    "part_time_grid_worker": "兼职网格员",
    "party_group_lead": "网格党小组组长",
    "building_lead": "楼栋长",
    "unit_lead": "单元长",
    "household_cluster_lead": "联户长",
    "micro_grid_lead": "微网格长",
    "general_grid_lead": "总网格长",
    "first_secretary": "第一书记",
    "community_desk": "村（社区）值班",
    "township_desk": "乡镇值班室",
    "county_desk": "旗中心值班",
    "liaison": "联络员",
    "stationed": "驻点",
    "linked_post": "网格联系力量",
    "sponsor_leader": "包联领导",
    "petition_agent": "代办员",
    "mediator": "调解员",
}
# They cover named buildings or houses and are informed; the worker is responsible.
INFORMED_ROLES = ("building_lead", "unit_lead", "household_cluster_lead")
ABSENCE_LABELS: Mapping[str, str] = {
    "annual": "年休假",
    "sick": "病假",
    "personal": "事假",
    "training": "培训",
    "trip": "公出",
    "maternity": "产假",
}
ORG_LABELS: Mapping[str, str] = {
    "department": "部门",
    "township_team": "乡镇执法队",
    "centre": "中心",
}


def within(start: datetime | None, end: datetime | None, at: datetime) -> bool:
    """Say whether ``at`` lies in [start, end); None is open."""
    return (start is None or start <= at) and (end is None or at < end)


@dataclass(frozen=True, slots=True)
class Person:
    """Hold a person; ``number`` (工号) is the key of the roster, the name never is."""

    id: UUID
    name: str
    phone: str | None
    number: str = ""
    area_code: str = ""
    org_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Org:
    """Hold an organisation: a department, a township's team, a centre."""

    id: UUID
    name: str
    kind: str
    area_code: str | None = None
    parent_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None


def org_id_of(named: str | None, orgs: Mapping[UUID, Org]) -> str | None:
    """Return the id of an organisation that an account names by id or by its registered name."""
    return next((str(org.id) for org in orgs.values() if named in (str(org.id), org.name)), named)


@dataclass(frozen=True, slots=True)
class Post:
    """Hold a post on an area of any level, or on an organisation.

    ``by_shifts`` posts are held only while their holder is on a shift. ``places`` names the
    buildings, units or houses of a lead that is informed; none means all of its area.
    """

    id: UUID
    area_code: str | None
    role: str
    org_id: UUID | None = None
    name: str = ""
    seats: int = 1
    by_shifts: bool = False
    places: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None

    @property
    def label(self) -> str:
        """Return what the post is called."""
        return self.name or ROLE_LABELS.get(self.role, self.role)


# Those who are told of a report without answering for it: building, unit and house leads.
Leads = tuple[tuple[Post, Person], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """Hold a half-open period in which a person holds, covers, overrides, works or is absent.

    ``kind`` is ``holder``, ``cover``, ``override``, ``shift`` or ``absence``; an absence is of the
    person, whatever the post. ``rank`` is the seat of a holder and the order of a cover. ``note``
    is the reason of an override and the kind of an absence.
    """

    id: UUID
    post_id: UUID | None
    person_id: UUID
    kind: str
    start: datetime | None
    end: datetime | None
    rank: int = 1
    note: str = ""

    def covers(self, at: datetime) -> bool:
        """Say whether ``at`` lies in [start, end)."""
        return within(self.start, self.end, at)


@dataclass(frozen=True, slots=True)
class ChainStep:
    """Hold one tier that was looked at and what was found there."""

    step: str
    detail: str


@dataclass(frozen=True, slots=True)
class Responsible:
    """Hold who answers, by which row, until when, and the tiers that were passed on the way.

    ``way`` is ``override``, ``holder`` or ``cover``. ``stands_for`` is the holder in whose place
    somebody else answers; ``until`` is when that ends, None for a holder or an open end.
    """

    person: Person | None
    post: Post | None
    term_id: UUID | None
    chain: tuple[ChainStep, ...]
    way: str = ""
    stands_for: Person | None = None
    until: datetime | None = None
    _said: dict[Callable[[Responsible], Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def said(self, say: Callable[[Responsible], T]) -> T:
        """Return what ``say`` makes of it, made once: whoever gets it must not change it.

        The same answer is given for an area until somebody else answers there.
        """
        if say not in self._said:
            self._said[say] = say(self)
        made: T = self._said[say]
        return made


@dataclass(frozen=True, slots=True)
class Tier:
    """Name a post of a chain and where it sits."""

    role: str
    on: str


@dataclass(frozen=True, slots=True)
class Chains:
    """Hold the tiers by the kind of grid, for other areas and for organisations."""

    by_kind: Mapping[str, tuple[Tier, ...]]
    area: tuple[Tier, ...]
    org: tuple[Tier, ...]
    fallback: str = field(default="community")

    def for_grid(self, kind: str | None) -> tuple[Tier, ...]:
        """Return the tiers of a grid of a kind; those of a town for a kind without its own."""
        return self.by_kind.get(kind or self.fallback) or self.by_kind[self.fallback]
