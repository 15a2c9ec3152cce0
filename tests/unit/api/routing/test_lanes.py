"""Which lane a matter takes: the table by kind of grid, held against the access list of the day."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.routing.access_list import AccessItem, AccessList, ItemKind, Season
from api.routing.lanes import LANE_LABELS, MatterError, lane_of, matter_of
from tests.unit.api.routing.reference import FIRST, at, matters, standard_list, without

NOVEMBER, JULY = at("2026-11-20"), at("2026-07-20")
# code: lane in town, lane in a village, what the grid worker does, what the list lets it do.
GOLDEN = """
cg01 department community verify assist
cg02 department township verify assist
cg03 grid grid handle primary
cg04 department community verify assist
cg05 department township verify assist
cg06 department township verify assist
cg07 grid grid warn primary
cg08 grid grid warn primary
cg09 grid grid verify temporary
aq01 grid grid handle primary
aq02 grid grid handle primary
aq03 department department warn assist
aq04 department department warn assist
aq05 township township verify assist
aq06 grid grid warn primary
aq07 community community verify assist
aq08 joint joint warn temporary
jf01 grid grid handle primary
jf02 community community handle primary
jf03 grid grid handle primary
jf04 department department inform assist
jf05 community community handle primary
jf06 joint joint verify assist
ms01 department community verify assist
ms02 department community verify assist
ms03 department department inform assist
ms04 department department verify assist
ms05 township township handle primary
ms06 grid grid handle primary
wy01 community community verify assist
st01 township township warn primary
st02 department township verify assist
st03 township township verify assist
st04 township township verify assist
nm01 township community verify assist
nm02 township township inform assist
nm03 township township handle primary
jt01 department township verify assist
jt02 grid grid handle primary
jt03 department department nothing not_on_list
jt04 joint joint warn assist
sc01 department department inform not_on_list
zx01 direct direct nothing not_applicable
zx02 direct direct nothing not_applicable
zx03 township township nothing not_on_list
"""
ROWS = [tuple(line.split()) for line in GOLDEN.split("\n") if line]
# The same in July: snow, ice on the river and coal heating are out of season.
OUT_OF_SEASON = {
    "cg09": ("department", "department", "nothing", "not_on_list"),
    "aq06": ("department", "department", "nothing", "not_on_list"),
    "aq08": ("joint", "joint", "nothing", "not_on_list"),
}


def told(code: str, kind: str | None, moment: datetime, listed: AccessList | None) -> Any:
    return lane_of(matters()[code], kind=kind, at=moment, access_list=listed)


def row_of(kind: str, code: str, moment: datetime) -> tuple[str, str, str]:
    lane = told(code, kind, moment, standard_list())
    return lane.kind, lane.grid_action, lane.access


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_category_takes_its_lane_in_town_and_village_in_season(row: tuple[str, ...]) -> None:
    code, town, village, action, access = row
    assert row_of("community", code, NOVEMBER) == (town, action, access)
    assert row_of("dedicated", code, NOVEMBER) == (town, action, access)
    assert row_of("rural", code, NOVEMBER) == (village, action, access)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_out_of_season_only_what_has_a_season_takes_another_lane(row: tuple[str, ...]) -> None:
    code, *rest = row
    town, village, action, access = OUT_OF_SEASON.get(code, tuple(rest))
    assert row_of("community", code, JULY) == (town, action, access)
    assert row_of("rural", code, JULY) == (village, action, access)


def test_the_golden_table_holds_every_category() -> None:
    assert [row[0] for row in ROWS] == sorted(matters(), key=list(matters()).index)


def test_a_refusal_names_the_item_and_the_day_from_which_it_stands() -> None:
    lane = told("cg09", "community", JULY, standard_list())
    assert lane.refusal.no == "LS-01"
    assert lane.refusal.reason == "out_of_season"
    assert str(lane.refusal.day) == "2026-11-01"
    assert lane.refusal.words == (
        "清单LS-01“冬季除雪组织”只在11月1日至次年3月31日准入，2026年11月1日起才派网格员"
    )


def test_a_season_runs_over_new_year_and_holds_on_its_first_and_last_day() -> None:
    for day, stands in (
        ("2026-10-31", False), ("2026-11-01", True), ("2026-12-31", True),
        ("2027-01-01", True), ("2027-03-31", True), ("2027-04-01", False),
    ):  # fmt: skip
        lane = told("cg09", "rural", at(day, "00:00"), standard_list())
        assert (lane.kind == "grid") is stands, day


def test_what_no_item_names_any_more_is_off_the_list_from_that_version_on() -> None:
    lane = told("cg03", "community", NOVEMBER, without("ZR-06"))
    assert (lane.kind, lane.access, lane.refusal.reason) == (
        "department", "not_on_list", "not_on_list",
    )  # fmt: skip
    assert lane.grid_action == "nothing"


def test_a_village_matter_off_the_list_goes_to_the_township_and_not_to_its_worker() -> None:
    assert told("jf02", "rural", NOVEMBER, without("ZR-02")).kind == "township"


def test_without_any_list_the_table_of_categories_has_the_word() -> None:
    assert told("cg03", "rural", NOVEMBER, None).kind == "grid"
    assert told("jt03", "rural", NOVEMBER, None).refusal.reason == "not_on_list"


def test_the_lane_waits_for_the_grid_only_where_town_and_village_differ() -> None:
    assert told("cg01", None, NOVEMBER, standard_list()) is None
    assert told("cg03", None, NOVEMBER, standard_list()).kind == "grid"


def test_who_leads_is_split_by_town_and_village_only_where_the_lanes_differ() -> None:
    assert matters()["cg01"].leads("community") == ("旗综合行政执法局",)
    assert matters()["cg01"].leads("rural") == ("村委会",)
    assert matters()["aq04"].leads("rural") == ("供电公司", "通信运营商")
    assert matters()["aq03"].leads("rural") == ("先转119和燃气抢险", "住建局")


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("lane_rural_grid", "gird", "gird"),
        ("access", "主責", "主責"),
        ("access", "主责（十月", "主责（十月"),
        ("grid_action", "看看", "看看"),
    ],
)
def test_a_malformed_row_is_refused_with_its_code(member: str, value: str, said: str) -> None:
    row = {
        "code": "cg03", "name": "环境卫生", "lane_community_grid": "grid",
        "lane_rural_grid": "grid", "lead_org_example": "环卫站", "grid_action": "办理",
        "access": "主责", member: value,
    }  # fmt: skip
    with pytest.raises(MatterError, match="cg03") as refused:
        matter_of(SimpleNamespace(**row))
    assert said in str(refused.value)


DAYS = st.integers(0, 3 * 365).map(lambda n: FIRST + timedelta(days=n))
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(lambda n: FIRST + timedelta(minutes=n))
SEASONS = st.tuples(
    st.integers(1, 12), st.integers(1, 28), st.integers(1, 12), st.integers(1, 28)
).map(lambda n: Season((n[0], n[1]), (n[2], n[3])))


@st.composite
def items(draw: st.DrawFn) -> AccessItem:
    start, end = sorted(draw(st.tuples(DAYS, DAYS)))
    return AccessItem(
        no=draw(st.text("ABC", min_size=1, max_size=3)),
        item="事项",
        kind=draw(st.sampled_from(list(ItemKind))),
        categories=tuple(draw(st.sets(st.sampled_from(["cg03", "cg09", "jf02", "jt03", "cg01"])))),
        seasons=tuple(draw(st.lists(SEASONS, max_size=2))),
        start=draw(st.sampled_from([None, start])),
        end=draw(st.sampled_from([None, end + timedelta(days=1)])),
    )


def stands(item: AccessItem, moment: datetime) -> bool:
    """The plain rule, said another way: the day by its number in the year of its month."""
    day = moment + timedelta(hours=8)
    number = day.month * 100 + day.day
    in_season = not item.seasons
    for season in item.seasons:
        first = season.first[0] * 100 + season.first[1]
        last = season.last[0] * 100 + season.last[1]
        within = first <= number <= last if first <= last else not last < number < first
        in_season = in_season or within
    begun = item.start is None or moment >= item.start
    over = item.end is not None and moment >= item.end
    return item.kind is not ItemKind.FORBIDDEN and in_season and begun and not over


@given(
    listed=st.lists(items(), max_size=5, unique_by=lambda item: item.no),
    moment=MOMENTS,
    code=st.sampled_from(["cg03", "cg09", "jf02", "jt03", "cg01"]),
    kind=st.sampled_from(["community", "rural", "dedicated"]),
)
def test_nobody_in_a_grid_or_village_gets_what_is_not_on_the_list_at_that_instant(
    listed: list[AccessItem], moment: datetime, code: str, kind: str
) -> None:
    lane = told(code, kind, moment, AccessList(1, FIRST, tuple(listed)))
    named = [item for item in listed if code in item.categories]
    forbidden = any(item.kind is ItemKind.FORBIDDEN for item in named)
    allowed = not forbidden and any(stands(item, moment) for item in named)
    assert lane.kind in LANE_LABELS
    assert (lane.refusal is None) is allowed
    if not allowed:
        assert lane.kind not in ("grid", "community")
        assert lane.access == "not_on_list"
        assert lane.grid_action in ("nothing", matters()[code].action)
    elif lane.planned in ("grid", "community"):
        assert lane.kind == lane.planned
