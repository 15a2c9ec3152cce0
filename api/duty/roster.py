"""Find who is responsible: post → holder at that time → cover → next tier → desk. Never nobody.

Pure: a roster in memory, an area code and an instant give a person and the chain that led there.
The order of tiers follows the field: in a village grid the group's part-time worker, else the
village's full-time worker, the grid lead, the village desk, the township, the county; in a town
grid the full-time worker, the grid lead, the community desk, the township, the county.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from geo.codes import Level, code_at, level_of, lineage_of

ROLE_LABELS: Mapping[str, str] = {
    "grid_lead": "网格长",
    "full_time_grid_worker": "专职网格员",
    "part_time_grid_worker": "兼职网格员",
    "party_group_lead": "网格党小组组长",
    "building_lead": "楼栋长",
    "unit_lead": "单元长",
    "household_cluster_lead": "联户长",
    "first_secretary": "第一书记",
    "community_desk": "村（社区）值班",
    "township_desk": "乡镇值班室",
    "county_desk": "旗中心值班",
}

_TIERS: Mapping[str, tuple[tuple[str, Level], ...]] = {
    "community": (
        ("full_time_grid_worker", Level.GRID),
        ("grid_lead", Level.GRID),
        ("community_desk", Level.COMMUNITY),
        ("township_desk", Level.TOWNSHIP),
        ("county_desk", Level.COUNTY),
    ),
    "rural": (
        ("part_time_grid_worker", Level.GRID),
        ("full_time_grid_worker", Level.COMMUNITY),
        ("grid_lead", Level.GRID),
        ("community_desk", Level.COMMUNITY),
        ("township_desk", Level.TOWNSHIP),
        ("county_desk", Level.COUNTY),
    ),
    "area": (
        ("full_time_grid_worker", Level.COMMUNITY),
        ("community_desk", Level.COMMUNITY),
        ("township_desk", Level.TOWNSHIP),
        ("county_desk", Level.COUNTY),
    ),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Hold a person as far as the roster needs one."""

    id: UUID
    name: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Post:
    """Hold a post on an area of any level."""

    id: UUID
    area_code: str
    role: str


@dataclass(frozen=True, slots=True)
class Term:
    """Hold a half-open period in which a person holds, covers, overrides or leaves a post."""

    id: UUID
    post_id: UUID
    person_id: UUID
    kind: str
    start: datetime | None
    end: datetime | None

    def covers(self, at: datetime) -> bool:
        """Say whether ``at`` lies in [start, end)."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class ChainStep:
    """Hold one tier that was looked at and what was found there."""

    step: str
    detail: str


@dataclass(frozen=True, slots=True)
class Responsible:
    """Hold who answers, by which row, and the tiers that were passed on the way."""

    person: Person | None
    post: Post | None
    term_id: UUID | None
    chain: tuple[ChainStep, ...]


class Roster:
    """Answer who is responsible, from an immutable set of posts, people and terms."""

    def __init__(
        self,
        *,
        revision: int,
        posts: Iterable[Post],
        people: Iterable[Person],
        terms: Iterable[Term],
    ) -> None:
        """Index the rows by area and post."""
        self.revision = revision
        self._people = {person.id: person for person in people}
        self._posts: dict[str, list[Post]] = defaultdict(list)
        self._area_of_post: dict[UUID, str] = {}
        for post in posts:
            self._posts[post.area_code].append(post)
            self._area_of_post[post.id] = post.area_code
        self._terms: dict[UUID, list[Term]] = defaultdict(list)
        self._of_person: dict[UUID, list[Term]] = defaultdict(list)
        for term in terms:
            self._terms[term.post_id].append(term)
            self._of_person[term.person_id].append(term)

    def responsible(self, *, area_code: str, kind: str | None, at: datetime) -> Responsible:
        """Return who answers for ``area_code`` at ``at``.

        ``kind`` is the kind of a grid (``community`` or ``rural``); other areas have none.
        """
        level = level_of(area_code)
        tiers = _TIERS.get(kind or "community", _TIERS["community"])
        if level is not Level.GRID:
            tiers = _TIERS["area"]
        chain: list[ChainStep] = []
        known = {level_of(code) for code in lineage_of(area_code)}
        for role, tier in tiers:
            if tier not in known:
                continue
            posts = self._posts_of(code_at(area_code, tier), role)
            for post in posts:
                person, term = self._on_post(post, at)
                if person is not None:
                    chain.append(ChainStep(role, f"{ROLE_LABELS[role]}在岗：{person.name}"))
                    return Responsible(person, post, term, tuple(chain))
            # A post that was never made is not vacant: nobody was passed over there.
            if posts:
                chain.append(ChainStep(role, f"{ROLE_LABELS[role]}空岗，转下一级"))
        chain.append(ChainStep("desk", "各级均无在岗人员，转受理台"))
        return Responsible(None, None, None, tuple(chain))

    def _posts_of(self, code: str, role: str) -> list[Post]:
        return [post for post in self._posts.get(code, ()) if post.role == role]

    def _on_post(self, post: Post, at: datetime) -> tuple[Person | None, UUID | None]:
        terms = [term for term in self._terms.get(post.id, ()) if term.covers(at)]
        absent = {term.person_id for term in terms if term.kind == "absence"}
        for kind in ("override", "holder", "cover"):
            for term in terms:
                if term.kind == kind and term.person_id not in absent:
                    return self._people.get(term.person_id), term.id
        return None, None

    def posts_of_area(
        self, code: str, at: datetime
    ) -> list[tuple[Post, list[tuple[Person, datetime | None]]]]:
        """Return the posts of one area with those who hold them at ``at``."""
        result = []
        for post in self._posts.get(code, ()):
            held = [
                (self._people[term.person_id], term.start)
                for term in self._terms.get(post.id, ())
                if term.kind == "holder" and term.covers(at) and term.person_id in self._people
            ]
            result.append((post, held))
        return result

    def areas_of_person(self, person_id: UUID, at: datetime) -> tuple[str, ...]:
        """Return the codes of the areas on which the person holds or covers a post at ``at``."""
        codes = {
            self._area_of_post[term.post_id]
            for term in self._of_person.get(person_id, ())
            if term.kind != "absence" and term.covers(at)
        }
        return tuple(sorted(codes))
