"""Work out what a roster file would change: pure, all of it or nothing.

Rows add and bring up to date; nobody who is missing from the file is removed. A person who takes a
seat that somebody else has takes over from the day the row names: the other's term ends there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

from api.duty.records import Person, Post, Term
from api.duty.roster_rows import AREA, B_ROLE, NUMBER, POST_AREA, SEAT, SINCE, RosterRow
from api.sheet_files import RowFault


@dataclass(slots=True)
class Standing:
    """Hold what is there already: people by number, posts, terms by post."""

    people: dict[str, Person]
    posts: dict[tuple[str, str], Post]
    terms: dict[tuple[UUID, str], list[Term]]

    @classmethod
    def of(cls, people: Iterable[Person], posts: Iterable[Post], terms: Iterable[Term]) -> Standing:
        """Index the rows as the file asks for them; the first post of a role on an area counts."""
        by_place: dict[tuple[str, str], Post] = {}
        for post in posts:
            if post.area_code is not None:
                by_place.setdefault((post.area_code, post.role), post)
        by_post: dict[tuple[UUID, str], list[Term]] = defaultdict(list)
        for term in terms:
            if term.post_id is not None:
                by_post[term.post_id, term.kind].append(term)
        return cls({person.number: person for person in people}, by_place, by_post)


@dataclass(slots=True)
class RosterPlan:
    """Hold what is to be written, and what forbids it."""

    people_added: list[Person] = field(default_factory=list)
    people_changed: list[Person] = field(default_factory=list)
    posts_added: list[Post] = field(default_factory=list)
    terms_added: list[Term] = field(default_factory=list)
    terms_ended: list[Term] = field(default_factory=list)
    unchanged: int = 0
    faults: list[RowFault] = field(default_factory=list)


def plan_roster(
    rows: Sequence[RosterRow], standing: Standing, *, within: str, now: datetime
) -> RosterPlan:
    """Return the plan for the rows; areas outside ``within`` are refused row by row."""
    work = _Planner(standing, within, now)
    for row in rows:
        work.person(row)
    for row in rows:
        if row.role is not None and row.post_area is not None:
            work.post(row, row.post_area, row.role)
    return work.plan


class _Planner:
    """Go through the rows; what an earlier row wrote is there for the later ones."""

    def __init__(self, standing: Standing, within: str, now: datetime) -> None:
        self.plan = RosterPlan()
        self._standing = standing
        self._within = within
        self._now = now
        self._seen: set[str] = set()
        self._seats: dict[UUID, set[int]] = defaultdict(set)

    def person(self, row: RosterRow) -> None:
        """Add or change the person of a row, once."""
        if row.number in self._seen:
            return
        self._seen.add(row.number)
        if not row.area.startswith(self._within):
            self._fault(row, AREA, "forbidden", "只能导入本辖区的人员。")
            return
        known = self._standing.people.get(row.number)
        if known is None:
            person = Person(uuid4(), row.name, row.phone, row.number, row.area)
            self.plan.people_added.append(person)
        else:
            # An empty cell says nothing of the phone; it does not take it away.
            phone = row.phone or known.phone
            person = replace(known, name=row.name, phone=phone, area_code=row.area)
            if person != known:
                self.plan.people_changed.append(person)
        self._standing.people[row.number] = person

    def post(self, row: RosterRow, area: str, role: str) -> None:
        """Put the person of a row on its post."""
        person = self._standing.people.get(row.number)
        if person is None:
            return
        if not area.startswith(self._within):
            self._fault(row, POST_AREA, "forbidden", "只能导入本辖区的岗位。")
            return
        post = self._standing.posts.get((area, role))
        if post is None:
            post = Post(uuid4(), area, role, seats=row.seat or 1)
            self.plan.posts_added.append(post)
            self._standing.posts[area, role] = post
        if row.seat is not None and row.seat > post.seats:
            self._fault(row, SEAT, "seat_out_of_range", f"该岗位只有{post.seats}席。")
            return
        changed = self._hold(row, post, person)
        if row.b_role is not None:
            changed = self._cover(row, post, row.b_role) or changed
        if not changed:
            self.plan.unchanged += 1

    def _hold(self, row: RosterRow, post: Post, person: Person) -> bool:
        running = self._running(post, "holder", row)
        mine = next((term for term in running if term.person_id == person.id), None)
        if mine is not None:
            self._seats[post.id].add(mine.rank)
            return self._new_end(row, mine)
        taken = {term.rank: term for term in running}
        seat = row.seat or self._free_seat(post, taken)
        if seat is None or seat in self._seats[post.id]:
            words = "该岗位的席位已满；请写明席位，或先增加席位。"
            self._fault(row, SEAT, "no_free_seat", words)
            return True
        self._seats[post.id].add(seat)
        start = row.start or self._now
        return self._take_over(row, post, taken.get(seat), start, person, "holder", seat)

    def _free_seat(self, post: Post, taken: dict[int, Term]) -> int | None:
        if post.seats == 1:
            return 1
        free = (n for n in range(1, post.seats + 1) if n not in taken)
        return next((n for n in free if n not in self._seats[post.id]), None)

    def _cover(self, row: RosterRow, post: Post, number: str) -> bool:
        person = self._standing.people.get(number)
        if person is None:
            self._fault(row, B_ROLE, "unknown_person", "没有这个工号，或不在您的辖区。")
            return True
        running = self._running(post, "cover", row)
        if any(term.person_id == person.id for term in running):
            return False
        first = next((term for term in running if term.rank == 1), None)
        return self._take_over(row, post, first, row.start or self._now, person, "cover", 1)

    def _running(self, post: Post, kind: str, row: RosterRow) -> list[Term]:
        at = max(row.start, self._now) if row.start else self._now
        return [t for t in self._standing.terms.get((post.id, kind), []) if _reaches(t, at)]

    def _take_over(
        self,
        row: RosterRow,
        post: Post,
        before: Term | None,
        start: datetime,
        person: Person,
        kind: str,
        rank: int,
    ) -> bool:
        terms = self._standing.terms.setdefault((post.id, kind), [])
        if before is not None:
            # A day in the past would rewrite who was on duty: the change is made now.
            start = max(start, self._now)
            if before.start is not None and before.start >= start:
                words = "该席位已有以后的安排，请先在页面上处理。"
                self._fault(row, SINCE, "planned_already", words)
                return True
            self.plan.terms_ended.append(replace(before, end=start))
            terms.remove(before)
            terms.append(replace(before, end=start))
        term = Term(uuid4(), post.id, person.id, kind, start, row.end, rank)
        clash = next((t for t in terms if _clash(t, term)), None)
        if clash is not None:
            self._fault(row, SINCE, "overlap", "与该席位或此人在该岗位的其他任期重叠。")
            return True
        self.plan.terms_added.append(term)
        terms.append(term)
        return True

    def _new_end(self, row: RosterRow, mine: Term) -> bool:
        if row.end is None or row.end == mine.end:
            return False
        if row.end <= self._now:
            self._fault(row, NUMBER, "end_in_the_past", "任职结束已过去，历史不能改写。")
            return True
        terms = self._standing.terms[mine.post_id, "holder"] if mine.post_id else []
        longer = replace(mine, end=row.end)
        if any(t.id != mine.id and _clash(t, longer) for t in terms):
            self._fault(row, NUMBER, "overlap", "与该席位的其他任期重叠。")
            return True
        self.plan.terms_ended.append(longer)
        return True

    def _fault(self, row: RosterRow, column: str, reason: str, message: str) -> None:
        self.plan.faults.append(RowFault(row.line, column, reason, message))


def _reaches(term: Term, at: datetime) -> bool:
    return term.end is None or term.end > at


def _clash(one: Term, other: Term) -> bool:
    apart = (one.end is not None and other.start is not None and one.end <= other.start) or (
        other.end is not None and one.start is not None and other.end <= one.start
    )
    return not apart and (one.rank == other.rank or one.person_id == other.person_id)
