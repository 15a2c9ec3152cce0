"""Find who answers on one post at an instant, and say in words why nobody else does.

Override before holder before B-role; nobody who is absent or off shift, in whichever of the three
ways. An override is entered for its own hours and is a turn of duty by itself; but whoever works
by shifts alone, and is on none of them, is off shift for it as for a cover.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.duty.records import Person, Post, Term
from api.input_types import SHANGHAI

_WAY_ORDER = {"override": 0, "holder": 1, "cover": 2}
_EARLIEST = datetime.min.replace(tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class OnPost:
    """Hold who answers on a post and by which term, or why nobody does."""

    person: Person | None
    term: Term | None
    detail: str
    stands_for: Person | None = None


def _order(term: Term) -> tuple[int, int, datetime, str]:
    return (_WAY_ORDER.get(term.kind, 9), term.rank, term.start or _EARLIEST, str(term.id))


class Terms:
    """Answer what is true of a person or a post at an instant; the same rows, the same answer."""

    def __init__(self, terms: Iterable[Term], people: Mapping[UUID, Person]) -> None:
        """Index the rows by post and by person, in one order for all."""
        self.people = people
        self._of_post: dict[UUID, list[Term]] = defaultdict(list)
        self._of_person: dict[UUID, list[Term]] = defaultdict(list)
        for term in sorted(terms, key=_order):
            self._of_person[term.person_id].append(term)
            if term.post_id is not None and term.kind in _WAY_ORDER:
                self._of_post[term.post_id].append(term)

    def on_post(self, post_id: UUID, at: datetime, kind: str | None = None) -> list[Term]:
        """Return the terms on a post at ``at``: overrides, holders by seat, covers by rank."""
        return [
            term
            for term in self._of_post.get(post_id, ())
            if term.covers(at)
            and (kind is None or term.kind == kind)
            and term.person_id in self.people
        ]

    def of_person(self, person_id: UUID, at: datetime) -> list[Term]:
        """Return every term of a person at ``at``."""
        return [term for term in self._of_person.get(person_id, ()) if term.covers(at)]

    def all_of(self, person_id: UUID) -> list[Term]:
        """Return every term of a person, past and to come."""
        return list(self._of_person.get(person_id, ()))

    def absence(self, person_id: UUID, at: datetime) -> Term | None:
        """Return the absence of a person at ``at``."""
        found = (term for term in self.of_person(person_id, at) if term.kind == "absence")
        return next(found, None)

    def off_shift(self, term: Term, post: Post, at: datetime, posts: Mapping[UUID, Post]) -> bool:
        """Say whether whoever stands on ``post`` by ``term`` is off shift at ``at``.

        A holder of a post by shifts needs a shift on that very post. Who covers or overrides is
        off shift when every post of theirs goes by shifts and none of their shifts covers ``at``.
        """
        mine = self.of_person(term.person_id, at)
        if term.kind == "holder":
            on_shift = any(t.kind == "shift" and t.post_id == post.id for t in mine)
            return post.by_shifts and not on_shift
        held = [
            posts[t.post_id]
            for t in mine
            if t.kind == "holder" and t.post_id is not None and t.post_id in posts
        ]
        works_by_shifts = bool(held) and all(other.by_shifts for other in held)
        return works_by_shifts and not any(t.kind == "shift" for t in mine)


def on_post(terms: Terms, post: Post, at: datetime, posts: Mapping[UUID, Post]) -> OnPost:
    """Return who answers on ``post`` at ``at``, or the words for why nobody does."""
    passed: list[str] = []
    away: Person | None = None
    for term in terms.on_post(post.id, at):
        person = terms.people[term.person_id]
        why = _why_not(terms, term, post, at, posts)
        if why is None:
            return OnPost(person, term, _found(post, person, term, passed), away)
        if term.kind == "holder" and away is None:
            away = person
        passed.append(f"{_WAY_WORDS[term.kind]}{person.name}{why}")
    if not terms.on_post(post.id, at, "holder"):
        passed.append("空岗")
    return OnPost(None, None, f"{post.label}{'，'.join(_shortened(passed))}，转下一级")


_WAY_WORDS = {"override": "临时顶岗", "holder": "", "cover": "B角"}
# A post of hundreds of seats must not give a sentence of hundreds of names.
_MOST_NAMED = 3


def _shortened(passed: Sequence[str]) -> list[str]:
    if len(passed) <= _MOST_NAMED:
        return list(passed)
    return [*passed[:_MOST_NAMED], f"另{len(passed) - _MOST_NAMED}人不在岗"]


def _why_not(
    terms: Terms, term: Term, post: Post, at: datetime, posts: Mapping[UUID, Post]
) -> str | None:
    absence = terms.absence(term.person_id, at)
    if absence is not None:
        # Why somebody is away is nobody's business but the administrator's.
        return f"请假至{day_words(absence.end)}" if absence.end else "请假（未定期限）"
    return "不在班次" if terms.off_shift(term, post, at, posts) else None


def _found(post: Post, person: Person, term: Term, passed: Sequence[str]) -> str:
    before = "，".join(_shortened(passed))
    if term.kind == "holder":
        return (
            f"{post.label}{before}，{person.name}在岗"
            if before
            else (f"{post.label}在岗：{person.name}")
        )
    until = f"至{day_words(term.end)}" if term.end else ""
    reason = f"（{term.note}）" if term.kind == "override" and term.note else ""
    if term.kind == "override":
        return f"{post.label}由{person.name}临时顶岗{until}{reason}"
    return f"{post.label}{before or '空岗'}，由B角{person.name}代班{until}"


def day_words(end: datetime) -> str:
    """Return until when, in county time: the last day when it ends at midnight, else the minute."""
    local = end.astimezone(SHANGHAI)
    if (local.hour, local.minute) == (0, 0):
        local -= timedelta(days=1)
        return f"{local.month}月{local.day}日"
    return f"{local.month}月{local.day}日{local:%H:%M}"
