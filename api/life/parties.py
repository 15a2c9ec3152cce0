"""Name who can have a report, a post, an organisation or a desk, and who presses a step."""

from __future__ import annotations

from dataclasses import dataclass, field

from geo.codes import Level, level_of, parent_of

COUNTY_DESK_ROLES = frozenset({"dispatcher", "shift_lead", "county_admin"})
AREA_DESK_ROLES = frozenset({"township_admin", "community_admin"})


@dataclass(frozen=True, slots=True)
class Party:
    """Hold one who can have a report: a post with its person, an organisation, else a desk.

    ``area`` is the code of the area it sits on: 6, 9, 12 or 15 digits; of an organisation the
    area it belongs to. Without post and organisation it is the desk of that area.
    """

    area: str
    post: str | None = None
    person: str | None = None
    org: str | None = None
    name: str = ""

    @property
    def is_desk(self) -> bool:
        """Say whether it is the desk of its area."""
        return self.post is None and self.org is None

    @property
    def level(self) -> str:
        """Return grid, community, township, county or department."""
        return "department" if self.org is not None else level_of(self.area).value

    def same_as(self, other: Party | None) -> bool:
        """Say whether both are one post, organisation or desk, whoever sits there."""
        if other is None:
            return False
        mine = (self.area, self.post, self.org)
        return mine == (other.area, other.post, other.org)


def desk_of(area: str, name: str = "") -> Party:
    """Return the desk of an area."""
    return Party(area=area, name=name)


def desk_above(party: Party) -> Party | None:
    """Return the desk of the next level: grid, community, township, county; None at the top.

    From an organisation the next level is the county: it stands outside the ladder of areas.
    """
    if party.org is not None:
        return desk_of(party.area[:6])
    above = parent_of(party.area)
    return None if above is None else desk_of(above)


@dataclass(frozen=True, slots=True)
class Actor:
    """Hold who presses a step.

    ``posts`` are those that the person answers for at this instant: held, covered or overridden.
    ``areas`` are the areas of those posts, ``desks`` the areas whose duty desk the person keeps.
    """

    account: str
    role: str
    area: str
    name: str = ""
    person: str | None = None
    org: str | None = None
    posts: frozenset[str] = field(default_factory=frozenset)
    areas: frozenset[str] = field(default_factory=frozenset)
    desks: frozenset[str] = field(default_factory=frozenset)

    def keeps_desk(self, area: str) -> bool:
        """Say whether the actor sits at the desk of an area."""
        if area in self.desks:
            return True
        if level_of(area) is Level.COUNTY:
            return self.role in COUNTY_DESK_ROLES and self.area == area
        return self.role in AREA_DESK_ROLES and self.area == area

    def is_party(self, party: Party) -> bool:
        """Say whether the actor answers for a party."""
        if party.org is not None:
            return self.org == party.org
        if party.post is not None:
            same_person = party.person is not None and party.person == self.person
            return same_person or party.post in self.posts
        return self.keeps_desk(party.area)

    def is_above(self, party: Party) -> bool:
        """Say whether the actor keeps a desk over a party and is not that party."""
        roles = COUNTY_DESK_ROLES | AREA_DESK_ROLES
        over = self.role in roles and party.area.startswith(self.area)
        return over and not self.is_party(party)

    def works_above(self, party: Party) -> bool:
        """Say whether the actor holds a post on an area that contains a post's area."""
        return party.post is not None and any(party.area.startswith(own) for own in self.areas)

    def party(self) -> Party:
        """Return the party as which the actor sends and decides: own post, organisation, desk."""
        if self.org is not None:
            return Party(self.area, org=self.org, name=self.name)
        if self.role == "grid_worker" and self.posts:
            area = max(self.areas, key=len) if self.areas else self.area
            return Party(area, post=min(self.posts), person=self.person, name=self.name)
        return desk_of(self.area, self.name)
