"""Show what a change of the roster would do before it is made: who answers before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from api.duty.records import Post, Responsible, Term
from api.duty.roster import Roster
from api.input_types import local_time
from api.knowledge import Knowledge

# A person on hundreds of posts does not exist; a sentence about all of them helps nobody.
_MOST_SHOWN = 40
_KINDS: Mapping[str, str] = {
    "holders": "holder",
    "covers": "cover",
    "shifts": "shift",
    "overrides": "override",
    "absences": "absence",
}


def effect_of_adding(
    known: Knowledge,
    table: str,
    *,
    person: UUID,
    post: UUID | None,
    start: datetime,
    end: datetime | None,
    rank: int = 1,
    note: str = "",
) -> list[dict[str, Any]]:
    """Return the areas with who answers before and after a term is added, at its beginning.

    Who holds the same seat then has given it up.
    """
    term = Term(uuid4(), post, person, _KINDS[table], start, end, rank, note)
    after = known.roster.with_term(term)
    if post is not None and term.kind == "holder":
        for other in known.roster.terms_on(post, start):
            if other.kind == "holder" and other.rank == rank:
                after = after.with_term(replace(other, end=start))
    return _compare(known, known.roster, after, term, start)


def effect_of_ending(known: Knowledge, term_id: UUID, end: datetime) -> list[dict[str, Any]]:
    """Return the areas with who answers before and after a term ends at ``end``."""
    term = known.roster.term(term_id)
    if term is None:
        return []
    shorter = known.roster.with_term(replace(term, end=end))
    at = max(end, term.start) if term.start else end
    return _compare(known, known.roster, shorter, term, at)


def _compare(
    known: Knowledge, before: Roster, after: Roster, term: Term, at: datetime
) -> list[dict[str, Any]]:
    if term.post_id is not None:
        post = before.post(term.post_id)
        posts = [post] if post else []
    else:
        posts = before.posts_of_person(term.person_id, at)
    areas = dict.fromkeys(post.area_code or _org(post) for post in posts)
    shown: list[dict[str, Any]] = []
    for area in list(areas)[:_MOST_SHOWN]:
        old, new = (_answer(known, roster, area, at) for roster in (before, after))
        shown.append(
            {
                "area": area if isinstance(area, str) else None,
                "name": _name(known, area),
                "at": local_time(at),
                "before": _words(old),
                "after": _words(new),
                "changes": (old.person and old.person.id) != (new.person and new.person.id),
                "chain": [step.detail for step in new.chain],
            }
        )
    return shown


def _org(post: Post) -> UUID:
    assert post.org_id is not None
    return post.org_id


def _name(known: Knowledge, area: str | UUID) -> str:
    if isinstance(area, UUID):
        org = known.roster.orgs.get(area)
        return org.name if org else "单位"
    return known.areas[area].name if area in known.areas else area


def _answer(known: Knowledge, roster: Roster, area: str | UUID, at: datetime) -> Responsible:
    if isinstance(area, UUID):
        return roster.responsible_of_org(org_id=area, county=known.county.code, at=at)
    kind = known.areas[area].kind if area in known.areas else None
    return roster.responsible(area_code=area, kind=kind, at=at)


def _words(found: Responsible) -> dict[str, str] | None:
    if found.person is None or found.post is None:
        return None
    return {"name": found.person.name, "role_label": found.post.label, "way": found.way}
