"""Check who is found responsible, and that the way there names only posts that exist."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from api.duty.roster import Person, Post, Roster, Term

GRID = "150221104001003"
AT = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
ZHANG = Person(uuid4(), "张三", None)


def post(area_code: str, role: str) -> Post:
    return Post(uuid4(), area_code, role)


def roster(*posts: Post, held: UUID | None = None) -> Roster:
    terms = [Term(uuid4(), held, ZHANG.id, "holder", None, None)] if held else []
    return Roster(revision=1, posts=posts, people=[ZHANG], terms=terms)


def test_a_post_without_a_holder_is_vacant_and_one_that_does_not_exist_is_not_mentioned() -> None:
    vacant = post(GRID, "full_time_grid_worker")
    desk = post("150221104001", "community_desk")
    found = roster(vacant, desk, held=desk.id).responsible(area_code=GRID, kind="community", at=AT)
    assert found.person == ZHANG
    # No grid lead was ever appointed: the chain passes over it in silence.
    assert [(step.step, step.detail) for step in found.chain] == [
        ("full_time_grid_worker", "专职网格员空岗，转下一级"),
        ("community_desk", "村（社区）值班在岗：张三"),
    ]


def test_without_any_post_the_desk_is_the_only_step() -> None:
    found = roster().responsible(area_code=GRID, kind="rural", at=AT)
    assert (found.person, found.post) == (None, None)
    assert [step.step for step in found.chain] == ["desk"]
