"""Look at rosters made at random: nobody absent or off shift is ever returned."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from api.duty.records import Person, Post, Term
from tests.unit.api.duty.people_and_posts import (
    COMMUNITY,
    COUNTY,
    GRID,
    TEN,
    TOWNSHIP,
    new_id,
    person,
    roster,
)

PLACES = [
    ("full_time_grid_worker", GRID), ("part_time_grid_worker", GRID), ("grid_lead", GRID),
    ("full_time_grid_worker", COMMUNITY), ("community_desk", COMMUNITY),
    ("township_desk", TOWNSHIP), ("county_desk", COUNTY),
]  # fmt: skip
KINDS = ["holder", "holder", "cover", "override", "shift", "absence"]
PEOPLE = [person(name) for name in "甲乙丙丁"]


@st.composite
def rosters(draw: st.DrawFn) -> tuple[list[Post], list[Term]]:
    """Posts of the tiers, some by shifts, and terms of every kind around ten o'clock."""
    posts = [
        Post(new_id(), area, role, by_shifts=draw(st.booleans()))
        for role, area in draw(st.lists(st.sampled_from(PLACES), max_size=6))
    ]
    terms: list[Term] = []
    hour = st.integers(-3, 3)
    for _ in range(draw(st.integers(0, 14)) if posts else 0):
        kind = draw(st.sampled_from(KINDS))
        where = None if kind == "absence" else draw(st.sampled_from(posts)).id
        start = TEN + timedelta(hours=draw(hour))
        end = draw(st.none() | st.integers(1, 6).map(lambda n, s=start: s + timedelta(hours=n)))
        who = draw(st.sampled_from(PEOPLE))
        rank = draw(st.integers(1, 3))
        terms.append(Term(new_id(), where, who.id, kind, start, end, rank=rank))
    return posts, terms


def away(who: Person, terms: list[Term]) -> bool:
    return any(t.kind == "absence" and t.person_id == who.id and t.covers(TEN) for t in terms)


@given(rosters(), st.sampled_from(["community", "rural"]))
@settings(max_examples=300, deadline=None)
def test_nobody_absent_or_off_shift_is_ever_returned(
    rows: tuple[list[Post], list[Term]], kind: str
) -> None:
    posts, terms = rows
    found = roster(*PEOPLE, *posts, *terms).responsible(area_code=GRID, kind=kind, at=TEN)
    if found.person is None:
        assert found.chain[-1].step == "desk"
        return
    who = found.person
    assert not away(who, terms)
    mine = [t for t in terms if t.person_id == who.id and t.covers(TEN)]
    shifts = {t.post_id for t in mine if t.kind == "shift"}
    by_shifts = {p.id: p.by_shifts for p in posts}
    assert found.post is not None
    if found.way == "holder":
        assert not by_shifts[found.post.id] or found.post.id in shifts
    held = [by_shifts[t.post_id] for t in mine if t.kind == "holder" and t.post_id]
    assert not (held and all(held)) or shifts
    assert any(t.id == found.term_id and t.kind == found.way for t in mine)


@given(rosters(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_same_rows_in_any_order_give_the_same_answer(
    rows: tuple[list[Post], list[Term]], chance: random.Random
) -> None:
    posts, terms = rows
    first = roster(*PEOPLE, *posts, *terms).responsible(area_code=GRID, kind="rural", at=TEN)
    shuffled = [*PEOPLE, *posts, *terms]
    chance.shuffle(shuffled)
    assert roster(*shuffled).responsible(area_code=GRID, kind="rural", at=TEN) == first


@given(rosters())
@settings(max_examples=150, deadline=None)
def test_whoever_is_passed_over_on_a_tier_is_away_or_off_shift(
    rows: tuple[list[Post], list[Term]],
) -> None:
    posts, terms = rows
    found = roster(*PEOPLE, *posts, *terms).responsible(area_code=GRID, kind="community", at=TEN)
    worker = [p for p in posts if (p.role, p.area_code) == ("full_time_grid_worker", GRID)]
    plain = [p for p in worker if not p.by_shifts]
    there = {
        t.post_id
        for t in terms
        if t.kind == "holder"
        and t.covers(TEN)
        and not away(next(p for p in PEOPLE if p.id == t.person_id), terms)
    }
    if any(p.id in there for p in plain):
        # Somebody of the first tier is there: no later tier is asked.
        assert found.post is not None
        assert found.post.id in {p.id for p in worker}
