"""Hold the made-up roster to the staffing rule, and to phones that cannot ring."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.demo.people import DemoRoster, demo_roster
from api.duty.roster import Person, Post, Roster, Term

DEMO = Path(__file__).resolve().parents[3] / "data" / "boundaries" / "demo"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def kinds() -> dict[str, str]:
    text = (DEMO / "grids.geojson").read_text(encoding="utf-8")
    properties = [feature["properties"] for feature in json.loads(text)["features"]]
    return {grid["code"]: grid["kind"] for grid in properties}


@pytest.fixture(scope="module")
def roster(kinds: dict[str, str]) -> DemoRoster:
    return demo_roster(kinds=kinds, since=SINCE)


def test_posts_follow_the_staffing_rule_of_the_field(roster: DemoRoster) -> None:
    posts = Counter((post.role, len(post.area_code)) for post in roster.posts)
    assert posts == {
        ("full_time_grid_worker", 15): 126,
        ("part_time_grid_worker", 15): 1_047,
        ("grid_lead", 15): 1_173,
        ("full_time_grid_worker", 12): 201,
        ("community_desk", 12): 216,
        ("township_desk", 9): 9,
        ("county_desk", 6): 1,
    }


def test_only_rural_part_time_posts_are_vacant_and_about_one_in_a_hundred(
    roster: DemoRoster,
) -> None:
    held = {holder.post_id for holder in roster.holders}
    vacant = [post for post in roster.posts if post.id not in held]
    assert {post.role for post in vacant} == {"part_time_grid_worker"}
    assert len(vacant) == 10


def test_no_phone_can_ring_and_none_is_given_twice(roster: DemoRoster) -> None:
    phones = [person.phone for person in roster.people]
    assert all(len(p) == 11 and p.isdigit() and p.startswith("0000") for p in phones)
    assert len(set(phones)) == len(phones)


def test_nobody_has_a_namesake_in_the_same_township(roster: DemoRoster) -> None:
    names = Counter((person.area_code[:9], person.name) for person in roster.people)
    assert max(names.values()) == 1


def test_everyone_has_been_in_office_since_before_the_month_begins(roster: DemoRoster) -> None:
    assert max(holder.since for holder in roster.holders) <= SINCE
    assert len({holder.since for holder in roster.holders}) > 100


def test_the_same_codes_give_the_same_people(kinds: dict[str, str], roster: DemoRoster) -> None:
    backwards = dict(reversed(kinds.items()))
    assert demo_roster(kinds=backwards, since=SINCE) == roster


def test_a_rural_lead_leads_two_neighbouring_grids_and_a_town_lead_one(
    kinds: dict[str, str], roster: DemoRoster
) -> None:
    role = {post.id: post for post in roster.posts}
    leads = [
        (h.person_id, role[h.post_id].area_code)
        for h in roster.holders
        if role[h.post_id].role == "grid_lead"
    ]
    grids: dict[object, list[str]] = {}
    for person, grid in leads:
        grids.setdefault(person, []).append(grid)
    for mine in grids.values():
        assert len({grid[:12] for grid in mine}) == 1
        assert len(mine) <= (2 if kinds[mine[0]] == "rural" else 1)


def test_a_vacant_part_time_post_falls_to_the_full_time_worker_of_the_village(
    roster: DemoRoster,
) -> None:
    held = {holder.post_id for holder in roster.holders}
    empty = next(post for post in roster.posts if post.id not in held)
    duty = Roster(
        revision=1,
        posts=[Post(p.id, p.area_code, p.role) for p in roster.posts],
        people=[Person(p.id, p.name, p.phone) for p in roster.people],
        terms=[Term(h.id, h.post_id, h.person_id, "holder", h.since, None) for h in roster.holders],
    )
    answer = duty.responsible(area_code=empty.area_code, kind="rural", at=NOW)
    assert answer.post is not None and answer.person is not None
    assert answer.post.role == "full_time_grid_worker"
    assert answer.post.area_code == empty.area_code[:12]
