"""Find whom a notice reaches at this instant: the person meant, else whoever is on duty there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from api.db.area_store import AreaRow
from api.duty.records import Org, Person, Post, Responsible
from api.duty.roster import Roster
from geo.codes import Level, level_of

DESK_LABELS: Mapping[Level, str] = {
    Level.COUNTY: "旗中心值班",
    Level.TOWNSHIP: "乡镇值班室",
    Level.COMMUNITY: "村（社区）值班",
    Level.GRID: "网格值班",
}

DESK_ROLES = frozenset({"county_desk", "township_desk", "community_desk"})


class Addressed(Protocol):
    """Name whom a notice is for: a person, a post, an organisation, else the desk of an area."""

    @property
    def to_area(self) -> str:
        """Return the code of the area on which it sits."""

    @property
    def to_post(self) -> UUID | None:
        """Return the post."""

    @property
    def to_person(self) -> UUID | None:
        """Return the person meant."""

    @property
    def to_org(self) -> str | None:
        """Return the id of the organisation."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Hold who is told: the place and the post in words, and the person on it, if any.

    ``post`` is the key of the role; a desk without a post has none.
    """

    area: str
    place: str
    role: str
    person: Person | None
    post: str | None = None

    @property
    def who(self) -> str:
        """Return the post or desk in words, without a person's name."""
        return f"{self.place}{self.role}"

    @property
    def at_county_desk(self) -> bool:
        """Say whether it is the desk of the county itself."""
        return level_of(self.area) is Level.COUNTY and self.post in (None, "county_desk")


def find_recipient(
    notice: Addressed, roster: Roster, areas: Mapping[str, AreaRow], at: datetime
) -> Recipient:
    """Return whom a notice reaches at ``at``.

    The person it names, unless absent; else whoever is on the post by the roster, its holder, the
    B-role or a stand-in; else those above. Of a desk or an organisation whoever keeps it.
    """
    org = next((o for o in roster.orgs.values() if str(o.id) == notice.to_org), None)
    post = roster.post(notice.to_post) if notice.to_post is not None else None
    place = org.name if org else _name(areas, notice.to_area)
    role = post.label if post else "联络员" if notice.to_org else _desk_label(notice.to_area)
    key = post.role if post else "liaison" if notice.to_org else None
    person = _present(roster, notice.to_person, at)
    if person is None and post is not None:
        person = roster.today(post.id, at).answers.person
    if person is not None:
        return Recipient(notice.to_area, place, role, person, key)
    found = _above(notice.to_area, org, post, roster, areas, at)
    if found.post is None or found.person is None:
        return Recipient(notice.to_area, place, role, None, key)
    area = found.post.area_code
    if area is None:
        return Recipient(notice.to_area, place, found.post.label, found.person, found.post.role)
    return Recipient(area, _name(areas, area), found.post.label, found.person, found.post.role)


def _present(roster: Roster, person_id: UUID | None, at: datetime) -> Person | None:
    if person_id is None or roster.is_absent(person_id, at):
        return None
    return roster.person(person_id)


def _above(
    area: str,
    org: Org | None,
    post: Post | None,
    roster: Roster,
    areas: Mapping[str, AreaRow],
    at: datetime,
) -> Responsible:
    if org is not None:
        return roster.responsible_of_org(org_id=org.id, county=area[:6], at=at)
    if post is None:
        # A desk is its own: its keeper is told, not the full-time worker of the area.
        for on_area, _ in roster.posts_of_area(area, at):
            if on_area.role in DESK_ROLES:
                person = roster.today(on_area.id, at).answers.person
                if person is not None:
                    return Responsible(person, on_area, None, ())
    kind = areas[area].kind if area in areas and level_of(area) is Level.GRID else None
    return roster.responsible(area_code=area, kind=kind, at=at)


def _desk_label(area: str) -> str:
    return DESK_LABELS[level_of(area)]


def _name(areas: Mapping[str, AreaRow], code: str) -> str:
    found = areas.get(code)
    return found.name if found else ""
