"""What the reports of a block share is made once, and is what each would get alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from api.calendar.clocks import Clock, Light, light_of
from api.duty.records import ChainStep, Responsible
from api.input_types import SHANGHAI, local_time
from api.routing.access_list import AccessItem, AccessList, ItemKind
from api.routing.lanes import Matter, lane_of

BEGIN = datetime(2026, 11, 21, 9, tzinfo=SHANGHAI)


def test_the_hour_that_came_twice_is_told_apart() -> None:
    # The clocks of the county went back on 14 September 1986.
    twice = datetime(1986, 9, 14, 1, 30, tzinfo=SHANGHAI)
    assert local_time(twice) != local_time(twice.replace(fold=1))
    assert local_time(twice) == twice.isoformat()


@pytest.mark.parametrize("year", [1990, 2026])
def test_a_light_is_that_of_its_instant_and_of_no_other(year: int) -> None:
    begin = BEGIN.replace(year=year)
    clock = Clock(begin, begin + timedelta(hours=10))
    for _ in range(2):
        for hours, light in (
            (4, Light.BLUE),
            (5, Light.YELLOW),
            (8, Light.ORANGE),
            (10, Light.RED),
        ):
            assert light_of(clock, begin + timedelta(hours=hours)) is light
    assert light_of(Clock(begin, begin), begin) is Light.RED


def test_what_is_said_of_who_answers_is_said_once_by_each() -> None:
    duty = Responsible(None, None, None, (ChainStep("desk", "无人"),))
    asked: list[str] = []

    def first(one: Responsible) -> str:
        asked.append("first")
        return one.chain[0].detail

    def second(one: Responsible) -> int:
        return len(one.chain)

    assert [duty.said(first), duty.said(second), duty.said(first)] == ["无人", 1, "无人"]
    assert asked == ["first"]
    assert duty == Responsible(None, None, None, (ChainStep("desk", "无人"),))


def _matter(lane: str) -> Matter:
    return Matter("hj01", "垃圾", lane, "grid", (), (), "handle", "办理", "primary")


def test_a_lane_is_found_for_its_instant_its_kind_of_grid_and_its_table() -> None:
    ends = BEGIN + timedelta(days=1)
    item = AccessItem("1", "垃圾", ItemKind.TEMPORARY, categories=("hj01",), end=ends)
    known = AccessList(1, BEGIN, (item,))
    table, other = _matter("community"), _matter("township")

    def kinds(matter: Matter) -> list[str]:
        asked = [(kind, at) for kind in ("community", "rural") for at in (BEGIN, ends)]
        lanes = [lane_of(matter, kind=kind, at=at, access_list=known) for kind, at in asked]
        return [lane.kind for lane in lanes if lane is not None]

    for _ in range(2):
        assert kinds(table) == ["community", "township", "grid", "department"]
        assert kinds(other) == ["township", "township", "grid", "department"]
    assert lane_of(table, kind=None, at=BEGIN, access_list=known) is None
