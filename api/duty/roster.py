"""Find who is responsible: post → override, holder, cover → next tier → desk. Never nobody.

Pure: a roster in memory, an area or organisation and an instant give a person and the chain that
led there. The order of the tiers comes from a template (``data/reference/duty_chains.toml``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from api.duty.chains import standard_chains
from api.duty.records import (
    INFORMED_ROLES,
    ROLE_LABELS,
    Chains,
    ChainStep,
    Org,
    Person,
    Post,
    Responsible,
    Term,
    Tier,
    within,
)
from api.duty.responsibility import OnPost, Terms, on_post
from geo.codes import Level, code_at, level_of, lineage_of

__all__ = [
    "ROLE_LABELS",
    "ChainStep",
    "Org",
    "Person",
    "Post",
    "PostToday",
    "Responsible",
    "Roster",
    "Term",
]


@dataclass(frozen=True, slots=True)
class PostToday:
    """Hold how a post stands at an instant: who is on it by which term, and who answers."""

    post: Post
    terms: tuple[tuple[Term, Person, Term | None], ...]
    answers: OnPost


class Roster:
    """Answer who is responsible, from an immutable set of posts, people and terms."""

    def __init__(
        self,
        *,
        revision: int,
        posts: Iterable[Post],
        people: Iterable[Person],
        terms: Iterable[Term],
        orgs: Iterable[Org] = (),
        chains: Chains | None = None,
    ) -> None:
        """Index the rows by area, organisation and post."""
        self.revision = revision
        self._rows = tuple(terms)
        self.orgs = {org.id: org for org in orgs}
        self._chains = chains or standard_chains()
        self._people = {person.id: person for person in people}
        self._posts = {post.id: post for post in sorted(posts, key=lambda post: str(post.id))}
        self._on_area: dict[str, list[Post]] = defaultdict(list)
        self._on_org: dict[UUID, list[Post]] = defaultdict(list)
        for post in self._posts.values():
            if post.area_code is not None:
                self._on_area[post.area_code].append(post)
            elif post.org_id is not None:
                self._on_org[post.org_id].append(post)
        self._terms = Terms(self._rows, self._people)
        self._known: dict[tuple[str | UUID, str | None], tuple[int, Responsible]] = {}

    def responsible(self, *, area_code: str, kind: str | None, at: datetime) -> Responsible:
        """Return who answers for ``area_code`` at ``at``.

        ``kind`` is the kind of a grid (``community``, ``rural``, …); other areas have none.
        """

        def tiers() -> Iterator[tuple[str, list[Post]]]:
            on_grid = level_of(area_code) is Level.GRID
            chain = self._chains.for_grid(kind) if on_grid else self._chains.area
            return self._tiers_of(chain, area_code, None)

        return self._remembered((area_code, kind), at, tiers)

    def _remembered(
        self,
        asked: tuple[str | UUID, str | None],
        at: datetime,
        tiers: Callable[[], Iterator[tuple[str, list[Post]]]],
    ) -> Responsible:
        """Return who comes first; between two instants at which a row begins or ends they stay."""
        period = bisect_right(self._instants, at.timestamp())
        known = self._known.get(asked)
        if known is not None and known[0] == period:
            return known[1]
        found = self._first(tiers(), at)
        self._known[asked] = period, found
        return found

    @cached_property
    def longest_org_area(self) -> int:
        """Return how many digits the code of an organisation's area has at most."""
        return max((len(org.area_code or "") for org in self.orgs.values()), default=0)

    @cached_property
    def _instants(self) -> list[float]:
        """Return the instants at which a post or a term begins or ends, in order."""
        rows: tuple[Post | Term, ...] = (*self._posts.values(), *self._rows)
        moments = {moment for row in rows for moment in (row.start, row.end) if moment is not None}
        return sorted(moment.timestamp() for moment in moments)

    def responsible_of_org(self, *, org_id: UUID, county: str, at: datetime) -> Responsible:
        """Return who answers for an organisation at ``at``: its liaison, those above, the desks."""
        org = self.orgs.get(org_id)
        area = (org.area_code if org else None) or county
        return self._remembered(
            (org_id, area), at, lambda: self._tiers_of(self._chains.org, area, org)
        )

    def informed(
        self, *, area_code: str, places: Collection[str], at: datetime
    ) -> tuple[tuple[Post, Person], ...]:
        """Return the leads of buildings, units and houses to tell of a report; none is responsible.

        ``places`` are the names or ids by which the place of the report is known. Whoever is away
        is not told; who stands in is.
        """
        told: list[tuple[Post, Person]] = []
        for post in self._on_area.get(area_code, ()):
            if post.role in INFORMED_ROLES and within(post.start, post.end, at):
                concerned = not post.places or any(place in places for place in post.places)
                person = on_post(self._terms, post, at, self._posts).person if concerned else None
                if person is not None:
                    told.append((post, person))
        return tuple(told)

    def _tiers_of(
        self, tiers: Iterable[Tier], area_code: str, org: Org | None
    ) -> Iterator[tuple[str, list[Post]]]:
        known = {level_of(code) for code in lineage_of(area_code)}
        for tier in tiers:
            if tier.on == "org":
                yield tier.role, self._on_org.get(org.id, []) if org else []
            elif tier.on == "parent_org":
                for above in self._above(org):
                    yield tier.role, self._on_org.get(above.id, [])
            elif Level(tier.on) in known:
                code = code_at(area_code, Level(tier.on))
                yield tier.role, self._on_area.get(code, [])

    def _above(self, org: Org | None) -> Iterator[Org]:
        seen = {org.id} if org else set()
        while org is not None and org.parent_id is not None and org.parent_id not in seen:
            seen.add(org.parent_id)
            org = self.orgs.get(org.parent_id)
            if org is not None:
                yield org

    def _first(self, tiers: Iterable[tuple[str, list[Post]]], at: datetime) -> Responsible:
        chain: list[ChainStep] = []
        for role, posts in tiers:
            for post in posts:
                # A post that was never made is not vacant: nobody was passed over there.
                if post.role != role or not within(post.start, post.end, at):
                    continue
                found = on_post(self._terms, post, at, self._posts)
                chain.append(ChainStep(role, found.detail))
                if found.person is not None and found.term is not None:
                    stands_in = found.term.kind != "holder"
                    return Responsible(
                        found.person,
                        post,
                        found.term.id,
                        tuple(chain),
                        way=found.term.kind,
                        stands_for=found.stands_for if stands_in else None,
                        until=found.term.end if stands_in else None,
                    )
        chain.append(ChainStep("desk", "各级均无在岗人员，转受理台"))
        return Responsible(None, None, None, tuple(chain))

    def posts_of_area(
        self, code: str, at: datetime
    ) -> list[tuple[Post, list[tuple[Person, datetime | None]]]]:
        """Return the posts of one area with those who hold them at ``at``."""
        return [
            (
                post,
                [
                    (self._people[term.person_id], term.start)
                    for term in self._terms.on_post(post.id, at, "holder")
                ],
            )
            for post in self._on_area.get(code, ())
            if within(post.start, post.end, at)
        ]

    def today(self, post_id: UUID, at: datetime) -> PostToday:
        """Return how a post stands at ``at``; raise KeyError for one that nobody knows."""
        post = self._posts[post_id]
        terms = tuple(
            (term, self._people[term.person_id], self._terms.absence(term.person_id, at))
            for term in self._terms.on_post(post.id, at)
        )
        return PostToday(post, terms, on_post(self._terms, post, at, self._posts))

    def posts_within(self, area_code: str, at: datetime) -> list[Post]:
        """Return the posts in force on an area, below it, and on the organisations of it."""
        found = [
            post
            for code, posts in self._on_area.items()
            if code.startswith(area_code)
            for post in posts
        ]
        for org in self.orgs.values():
            if org.area_code is not None and org.area_code.startswith(area_code):
                found += self._on_org.get(org.id, [])
        return [post for post in found if within(post.start, post.end, at)]

    def with_term(self, term: Term) -> Roster:
        """Return the roster as it would be with ``term``, in place of the one with its id."""
        return Roster(
            revision=self.revision,
            posts=self._posts.values(),
            people=self._people.values(),
            terms=[*(row for row in self._rows if row.id != term.id), term],
            orgs=self.orgs.values(),
            chains=self._chains,
        )

    def terms_of(self, person_id: UUID) -> list[Term]:
        """Return every term of a person, past and to come."""
        return self._terms.all_of(person_id)

    def term(self, term_id: UUID) -> Term | None:
        """Return a term by id."""
        return next((row for row in self._rows if row.id == term_id), None)

    def posts_of_person(self, person_id: UUID, at: datetime) -> list[Post]:
        """Return the posts that a person holds, covers or substitutes on at ``at``."""
        terms = self._terms.of_person(person_id, at)
        found = {t.post_id: self._posts.get(t.post_id) for t in terms if t.post_id is not None}
        return [post for post in found.values() if post is not None]

    def people_within(self, area_code: str) -> list[Person]:
        """Return the people who work in an area or below it."""
        return [p for p in self._people.values() if p.area_code.startswith(area_code)]

    def terms_on(self, post_id: UUID, at: datetime) -> list[Term]:
        """Return overrides, holders by seat and covers by rank on a post at ``at``."""
        return self._terms.on_post(post_id, at)

    def person(self, person_id: UUID) -> Person | None:
        """Return a person by id."""
        return self._people.get(person_id)

    def post(self, post_id: UUID) -> Post | None:
        """Return a post by id."""
        return self._posts.get(post_id)

    def is_vacant(self, post_id: UUID, at: datetime) -> bool:
        """Say whether nobody answers on a post at ``at``, or there is no such post then."""
        post = self._posts.get(post_id)
        if post is None or not within(post.start, post.end, at):
            return True
        return on_post(self._terms, post, at, self._posts).person is None

    def has_org(self, org_id: UUID, at: datetime) -> bool:
        """Say whether an organisation stands at ``at``."""
        org = self.orgs.get(org_id)
        return org is not None and within(org.start, org.end, at)

    def is_absent(self, person_id: UUID, at: datetime) -> bool:
        """Say whether a person is absent at ``at``."""
        return self._terms.absence(person_id, at) is not None

    def areas_of_person(self, person_id: UUID, at: datetime) -> tuple[str, ...]:
        """Return the codes of the areas on which the person holds or covers a post at ``at``."""
        posts = (
            self._posts.get(term.post_id)
            for term in self._terms.of_person(person_id, at)
            if term.kind in ("holder", "cover", "override") and term.post_id is not None
        )
        return tuple(sorted({post.area_code for post in posts if post and post.area_code}))
