"""Put together what the page /duty shows: posts of a place today, gaps below it, a month."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from api.accounts.roles import ROSTER_EDITORS, Caller
from api.duty.records import ABSENCE_LABELS, ROLE_LABELS, Person, Post, Term
from api.duty.responsibility import OnPost
from api.duty.roster import PostToday, Roster
from api.input_types import SHANGHAI, local_time
from api.knowledge import Knowledge
from geo.codes import Level, level_of, lineage_of

_MOST_GAPS = 60
_DAY = timedelta(days=1)
_ORDER = {role: place for place, role in enumerate(ROLE_LABELS)}


def may_keep(caller: Caller, area: str) -> bool:
    """Say whether the caller keeps the roster of an area."""
    return caller.role in ROSTER_EDITORS and area.startswith(caller.area_code)


def board_out(
    known: Knowledge, caller: Caller, area: str, *, at: datetime, codes: Iterable[str]
) -> dict[str, Any]:
    """Return how the posts of an area stand at ``at``; ``codes`` are the areas in force.

    Of a community the grids' posts too; of a larger area its children as counts, and every post
    below it on which nobody answers.
    """
    roster, keeps = known.roster, may_keep(caller, area)
    within = roster.posts_within(area, at)
    standing = {post.id: roster.today(post.id, at) for post in within}
    states = {post.id: state_of(standing[post.id]) for post in within}
    shown = [post for post in within if _is_shown(known, post, area)]
    shown.sort(key=lambda post: (post.area_code or "~", _ORDER.get(post.role, 99), str(post.id)))
    gaps = [post for post in within if states[post.id] in ("vacant", "away")]
    gaps.sort(key=lambda post: (post.area_code or "~", _ORDER.get(post.role, 99), str(post.id)))
    names = caller.sees_people(area)
    return {
        "area": _area(known, area),
        "path": [_area(known, code) for code in lineage_of(area) if code in known.areas],
        "at": local_time(at),
        "may_edit": keeps,
        "summary": _counts(states[post.id] for post in within),
        "posts": [_post(known, standing[p.id], names=names, keeps=keeps) for p in shown],
        "children": _children(known, area, within, states, codes),
        "gaps": [
            {
                "post": str(post.id),
                **_place(known, post),
                "role_label": post.label,
                "state": states[post.id],
                "detail": standing[post.id].answers.detail if names else "",
            }
            for post in gaps[:_MOST_GAPS]
        ],
        "gaps_total": len(gaps),
        "roster_revision": roster.revision,
    }


def state_of(today: PostToday) -> str:
    """Return how a post stands: held, covered, override, off (no shift), away or vacant."""
    answers = today.answers
    if answers.person is not None and answers.term is not None:
        return {"holder": "held", "cover": "covered"}.get(answers.term.kind, "override")
    if not any(term.kind == "holder" for term, _person, _absence in today.terms):
        return "vacant"
    return "away"


def _counts(states: Iterable[str]) -> dict[str, int]:
    counted = Counter(states)
    return {
        "posts": counted.total(),
        **{name: counted[name] for name in ("held", "covered", "override", "away", "vacant")},
    }


def _is_shown(known: Knowledge, post: Post, area: str) -> bool:
    """Show the area's own posts, those of its organisations, and a community's grids'."""
    if post.area_code is not None:
        return post.area_code == area or level_of(area) in (Level.COMMUNITY, Level.GRID)
    org = known.roster.orgs.get(post.org_id) if post.org_id else None
    return org is not None and (org.area_code or known.county.code) == area


def _area(known: Knowledge, code: str) -> dict[str, str]:
    return {"code": code, "name": known.areas[code].name, "level": known.areas[code].level}


def _place(known: Knowledge, post: Post) -> dict[str, str | None]:
    if post.area_code is not None:
        row = known.areas.get(post.area_code)
        return {"area": post.area_code, "area_name": row.name if row else post.area_code}
    org = known.roster.orgs.get(post.org_id) if post.org_id else None
    return {"area": org.area_code if org else None, "area_name": org.name if org else "单位"}


def _post(known: Knowledge, today: PostToday, *, names: bool, keeps: bool) -> dict[str, Any]:
    post = today.post
    return {
        "post": str(post.id),
        **_place(known, post),
        "role": post.role,
        "role_label": post.label,
        "seats": post.seats,
        "by_shifts": post.by_shifts,
        "places": list(post.places),
        "state": state_of(today),
        "answers": _answers(today.answers) if names else None,
        "terms": [_term(*row, keeps=keeps) for row in today.terms] if names else [],
    }


def _answers(answers: OnPost) -> dict[str, Any] | None:
    if answers.person is None or answers.term is None:
        return None
    return {
        "name": answers.person.name,
        "way": answers.term.kind,
        "until": local_time(answers.term.end),
        "stands_for": answers.stands_for.name if answers.stands_for else None,
    }


def _term(term: Term, person: Person, absence: Term | None, *, keeps: bool) -> dict[str, Any]:
    away = None
    if absence is not None:
        words = ABSENCE_LABELS.get(absence.note, "请假") if keeps else "请假"
        away = {
            "id": str(absence.id), "label": words, "from": local_time(absence.start),
            "to": local_time(absence.end),
        }  # fmt: skip
    return {
        "id": str(term.id),
        "kind": term.kind,
        "person": str(person.id),
        "name": person.name,
        "number": person.number,
        "rank": term.rank,
        "from": local_time(term.start),
        "to": local_time(term.end),
        "reason": term.note if term.kind == "override" else None,
        "away": away,
    }


def _children(
    known: Knowledge,
    area: str,
    within: Iterable[Post],
    states: dict[Any, str],
    codes: Iterable[str],
) -> list[dict[str, Any]]:
    digits = {6: 9, 9: 12, 12: 15}.get(len(area))
    if digits is None:
        return []
    below: dict[str, list[str]] = {
        code: [] for code in sorted(codes) if len(code) == digits and code.startswith(area)
    }
    for post in within:
        child = (post.area_code or "")[:digits]
        if child in below:
            below[child].append(states[post.id])
    return [{**_area(known, code), **_counts(found)} for code, found in below.items()]


def month_out(
    known: Knowledge, caller: Caller, area: str, *, year: int, month: int, at: datetime
) -> dict[str, Any]:
    """Return the days of a month for the people on the posts of an area: shifts, leave, cover."""
    roster, keeps = known.roster, may_keep(caller, area)
    first = datetime(year, month, 1, tzinfo=SHANGHAI)
    days = [first + _DAY * number for number in range(monthrange(year, month)[1])]
    posts = [post for post in roster.posts_within(area, at) if _is_shown(known, post, area)]
    people: dict[Any, tuple[Person, list[str]]] = {}
    if caller.sees_people(area):
        for post in sorted(posts, key=lambda p: (p.area_code or "~", _ORDER.get(p.role, 99))):
            for term, person, _absence in roster.today(post.id, at).terms:
                words = people.setdefault(person.id, (person, []))[1]
                if term.kind == "holder":
                    words.append(f"{_place(known, post)['area_name']}{post.label}")
    return {
        "area": _area(known, area),
        "month": f"{year:04d}-{month:02d}",
        "days": [f"{day:%Y-%m-%d}" for day in days],
        "people": [
            {
                "person": str(person.id),
                "name": person.name,
                "number": person.number,
                "posts": words,
                "cells": [_cell(roster, person, day, keeps=keeps) for day in days],
            }
            for person, words in people.values()
        ],
    }


def _cell(roster: Roster, person: Person, day: datetime, *, keeps: bool) -> dict[str, str] | None:
    """Return what a day is for a person, the weightiest first: away, stands in, shift, covers."""
    found = [term for term in roster.terms_of(person.id) if _touches(term, day)]
    for kind in ("absence", "override", "shift", "cover"):
        for term in found:
            if term.kind == kind and (kind != "cover" or _is_covering(roster, term, day)):
                return _cell_words(term, day, keeps=keeps)
    return None


def _cell_words(term: Term, day: datetime, *, keeps: bool) -> dict[str, str]:
    hours = f"{_clock(term.start, day)}—{_clock(term.end, day, end=True)}"
    if term.kind == "absence":
        label = ABSENCE_LABELS.get(term.note, "请假") if keeps else "请假"
        return {"kind": "absence", "short": label[0] if keeps else "假", "label": label}
    words = {"override": ("顶", "临时顶岗"), "shift": ("班", "班次"), "cover": ("代", "代班")}
    short, label = words[term.kind]
    return {"kind": term.kind, "short": short, "label": f"{label} {hours}"}


def _clock(moment: datetime | None, day: datetime, *, end: bool = False) -> str:
    if moment is None or (end and moment >= day + _DAY):
        return "24:00"
    return f"{max(moment, day).astimezone(SHANGHAI):%H:%M}"


def _touches(term: Term, day: datetime) -> bool:
    return (term.start is None or term.start < day + _DAY) and (term.end is None or term.end > day)


def _is_covering(roster: Roster, term: Term, day: datetime) -> bool:
    if term.post_id is None:
        return False
    answers = roster.today(term.post_id, day + _DAY / 2).answers
    return answers.term is not None and answers.term.id == term.id
