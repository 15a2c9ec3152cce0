"""Make up posts and their holders for a county, by the staffing rule of the field.

Each community grid has a full-time grid worker and a grid lead; each rural grid a part-time
worker and a grid lead; each village a full-time worker who covers its part-timers; each community,
township and the county a duty desk. About one rural part-time post in a hundred is vacant, so that
the chain of responsibility has something to do. Every name and number is invented; numbers start
with 0000 and cannot ring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from api.demo.chance import chance
from api.demo.names import person_name
from geo.codes import Level, level_of

_NAMESPACE = UUID("6f1f2f64-5a0c-5d0e-9a53-150221000000")
_VACANT_SHARE = 0.01
_LONGEST_SERVICE_DAYS = 1_500
_RURAL_GRIDS_PER_LEAD = 2
# Coprime to ten million, so that numbers neither repeat nor run in sequence.
_PHONE_STEP = 7_654_321
_PHONES = 10_000_000


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Hold an invented person and the area in which the person works."""

    id: UUID
    name: str
    phone: str
    area_code: str
    number: str


@dataclass(frozen=True, slots=True)
class DemoPost:
    """Hold a post on an area of any level."""

    id: UUID
    area_code: str
    role: str
    seats: int


@dataclass(frozen=True, slots=True)
class DemoHolder:
    """Hold who has had a post since when."""

    id: UUID
    post_id: UUID
    person_id: UUID
    since: datetime


@dataclass(frozen=True, slots=True)
class DemoRoster:
    """Hold all posts, the people, and who holds what; vacant posts have no holder."""

    people: tuple[DemoPerson, ...]
    posts: tuple[DemoPost, ...]
    holders: tuple[DemoHolder, ...]


def demo_roster(*, kinds: Mapping[str, str], since: datetime) -> DemoRoster:
    """Return the roster of a county whose ``kinds`` give each 15-digit code its kind.

    Kinds are ``community`` or ``rural``. Every holder has held the post since ``since`` or longer.
    The same codes give the same people, ids included.
    """
    hall = _PersonnelOffice(since)
    communities = sorted({grid[:12] for grid in kinds})
    villages = sorted({grid[:12] for grid, kind in kinds.items() if kind == "rural"})
    areas = [*sorted({code[:6] for code in kinds}), *sorted({code[:9] for code in kinds})]
    for area in areas:
        desk = "county_desk" if level_of(area) is Level.COUNTY else "township_desk"
        hall.fill(area, desk)
    for community in communities:
        hall.fill(community, "community_desk")
    for village in villages:
        hall.fill(village, "full_time_grid_worker")
    vacant = _vacant(kinds)
    for grid in sorted(kinds):
        if kinds[grid] == "rural":
            hall.fill(grid, "part_time_grid_worker", vacant=grid in vacant)
            hall.fill(grid, "grid_lead", shared_by=_RURAL_GRIDS_PER_LEAD)
        else:
            hall.fill(grid, "full_time_grid_worker")
            hall.fill(grid, "grid_lead")
    return DemoRoster(tuple(hall.people), tuple(hall.posts), tuple(hall.holders))


def _vacant(kinds: Mapping[str, str]) -> frozenset[str]:
    """Choose the rural grids whose part-time post is vacant."""
    rural = sorted(grid for grid, kind in kinds.items() if kind == "rural")
    return frozenset(chance("vacant").sample(rural, round(len(rural) * _VACANT_SHARE)))


class _PersonnelOffice:
    """Open posts and find somebody for each."""

    def __init__(self, since: datetime) -> None:
        self.people: list[DemoPerson] = []
        self.posts: list[DemoPost] = []
        self.holders: list[DemoHolder] = []
        self._since = since
        self._names: dict[str, set[str]] = {}
        self._leads: dict[str, UUID] = {}

    def fill(self, area: str, role: str, *, vacant: bool = False, shared_by: int = 1) -> None:
        """Open a post and put a person on it; one grid lead may lead neighbouring grids."""
        post = DemoPost(uuid5(_NAMESPACE, f"post/{area}/{role}"), area, role, 1)
        self.posts.append(post)
        if vacant:
            return
        person = self._neighbouring_lead(area, shared_by) or self._hire(area, role)
        if shared_by > 1:
            self._leads[area] = person
        days = chance("since", area, role).randrange(_LONGEST_SERVICE_DAYS)
        self.holders.append(
            DemoHolder(
                uuid5(_NAMESPACE, f"holder/{area}/{role}"),
                post.id,
                person,
                self._since - timedelta(days=days),
            )
        )

    def _neighbouring_lead(self, area: str, shared_by: int) -> UUID | None:
        """Return who leads the grid before, when that person leads this one as well."""
        if shared_by == 1 or int(area[12:]) % shared_by == 1:
            return None
        return self._leads.get(f"{area[:12]}{int(area[12:]) - 1:03d}")

    def _hire(self, area: str, role: str) -> UUID:
        # Nobody has a namesake in the same township.
        taken = self._names.setdefault(area[:9], set())
        name = person_name(chance("name", area, role), taken)
        taken.add(name)
        number = (len(self.people) + 1) * _PHONE_STEP % _PHONES
        person = DemoPerson(
            uuid5(_NAMESPACE, f"person/{area}/{role}"),
            name,
            f"0000{number:07d}",
            area,
            f"YQ{len(self.people) + 1:05d}",
        )
        self.people.append(person)
        return person.id
