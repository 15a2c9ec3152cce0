"""Kilometre posts, crossings, groups, matters and asides are read from the folded text."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.address import clauses
from geo.address.clauses import Aside, asides, perceived_from_elsewhere
from geo.address.crossings import corner_end, crossing_end, link_of
from geo.address.groups import group_at
from geo.address.kilometre_posts import chainage_of, place_on_road, post_at
from geo.address.matters import split_matters
from geo.address.normalise import normalise
from geo.address.types import Link, Place, PlaceKind


@pytest.mark.parametrize(
    ("words", "metres"),
    [
        ("652公里牌往西二百来米", 652_000),
        ("K652+300处", 652_300),
        ("k652", 652_000),
        ("652公里300米处", 652_300),
        ("652公里+300米", 652_300),
        ("六百五十二公里桩", 652_000),
        ("的18公里处", 18_000),
        ("在652公里附近", 652_000),
    ],
)
def test_a_kilometre_post_is_read_behind_its_road(words: str, metres: int) -> None:
    post = post_at(normalise(words).text, 0)
    assert post is not None
    assert post.metres == metres


@pytest.mark.parametrize("words", ["五公里外", "两公里长", "上有拉煤车", "9999公里", "路灯", ""])
def test_a_length_is_no_kilometre_post(words: str) -> None:
    assert post_at(normalise(words).text, 0) is None


def _post(number: int, lon: float, name: str | None = None) -> Place:
    return Place(
        id=f"post:{number}",
        name=name or f"{number}",
        kind=PlaceKind.KILOMETRE_POST,
        lon=lon,
        lat=40.5,
        radius_m=50,
        area_code="150221104",
        parent_id="road",
    )


@pytest.mark.parametrize(
    ("name", "metres"),
    [("652", 652_000), ("K652", 652_000), ("K652+300", 652_300), ("652公里", 652_000),
     ("652公里牌", 652_000), ("110国道652公里", 652_000), ("桩", None)],
)  # fmt: skip
def test_a_post_carries_its_number_as_its_name(name: str, metres: int | None) -> None:
    assert chainage_of(_post(1, 110.5, name)) == metres


def test_between_two_posts_the_place_is_taken_on_the_line_and_beyond_them_nowhere() -> None:
    posts = [_post(653, 110.52), _post(652, 110.50), _post(660, 110.60)]
    assert place_on_road(posts, 652_000) == posts[1]
    between = place_on_road(posts, 652_250)
    assert between is not None
    assert between.lon == pytest.approx(110.505)
    assert between.name == "652公里250米"
    for metres in (651_000, 655_000, 661_000):
        assert place_on_road(posts, metres) is None
    assert place_on_road([], 652_000) is None


@pytest.mark.parametrize(
    ("words", "number"),
    [("二队地里", "2"), ("第三村民小组", "3"), ("四社", "4"), ("2组", "2"), ("十二小组", "12"),
     ("，一组", "1"), ("的五队", "5")],
)  # fmt: skip
def test_a_villagers_group_has_a_number(words: str, number: str) -> None:
    found = group_at(normalise(words).text, 0)
    assert found is not None
    assert found[0] == number


@pytest.mark.parametrize(
    "words", ["两组人", "三社区", "二队伍", "四队员", "组", "合作社", "队", "二组长", "三社会"]
)
def test_a_crew_a_community_and_a_person_are_no_group(words: str) -> None:
    assert group_at(words, 0) is None


@pytest.mark.parametrize(
    "text",
    ["振华大街与站前街交叉口", "振华大街和站前街路口", "振华大街站前街十字路口",
     "振华大街、站前街交汇处", "振华大街与站前街的丁字路口", "振华大街跟站前街拐角"],
)  # fmt: skip
def test_two_streets_make_a_crossing(text: str) -> None:
    folded = normalise(text).text
    second = folded.index("站前街")
    end = crossing_end(folded, (0, 4), (second, second + 3))
    assert end == len(folded)


@pytest.mark.parametrize("text", ["振华大街的路灯和站前街路口", "振华大街和站前街路灯"])
def test_two_streets_named_apart_are_no_crossing(text: str) -> None:
    second = text.index("站前街")
    assert crossing_end(text, (0, 4), (second, second + 3)) is None


def test_the_corner_of_one_street_is_read_too() -> None:
    assert corner_end("站前街路口的下水井", 3) == 5
    assert corner_end("站前街路灯", 3) is None


@pytest.mark.parametrize(
    ("text", "first", "second", "link"),
    [
        ("从萨拉齐往美岱召走", "萨拉齐", "美岱召", Link.BETWEEN),
        ("沙图沟到大古营的路上", "沙图沟", "大古营", Link.BETWEEN),
        ("老樊营到五犋牛那一截", "老樊营", "五犋牛", Link.BETWEEN),
        ("西老藏营和东老藏营搭界的那条土路", "西老藏营", "东老藏营", Link.BETWEEN),
        ("五台营和东五台营中间那块荒地", "五台营", "东五台营", Link.BETWEEN),
        ("甲村与乙村交界处", "甲村", "乙村", Link.BETWEEN),
        ("甲村、乙村两村之间", "甲村", "乙村", Link.BETWEEN),
        ("东哈家素和西哈家素合用一眼机井", "东哈家素", "西哈家素", Link.BOTH),
        ("甲村和乙村因为浇水打起来", "甲村", "乙村", Link.BOTH),
        ("不是甲村，是乙村", "甲村", "乙村", None),
        ("甲村到镇里办事，乙村的路", "甲村", "乙村", None),
        ("甲村的人在乙村打工", "甲村", "乙村", None),
    ],
)
def test_two_anchors_are_joined_by_what_stands_between_and_behind_them(
    text: str, first: str, second: str, link: Link | None
) -> None:
    folded = normalise(text).text
    one = (folded.index(first), folded.index(first) + len(first))
    start = folded.index(second, one[1])
    found = link_of(folded, one, (start, start + len(second)))
    assert (found[0] if found else None) is link


class TestMatters:
    def test_counted_matters_are_taken_apart_with_what_stands_before_and_behind(self) -> None:
        text = "反映甲小区问题：一是电梯坏了；二是坡道结冰；三是收费高。以前也反映过。"
        parts = split_matters(text)
        assert parts is not None
        assert text[slice(*parts.heading)] == "反映甲小区问题"
        said = [text[slice(*span)] for span in parts.matters]
        assert said == ["电梯坏了", "坡道结冰", "收费高"]
        assert text[slice(*parts.tail)] == "以前也反映过。"

    @pytest.mark.parametrize(
        "text",
        ["1、路灯坏了。2、井盖没了。", "1.路灯坏了 2.井盖没了", "（1）路灯坏了（2）井盖没了",
         "(一)路灯坏了(二)井盖没了", "①路灯坏了②井盖没了", "一、路灯坏了；二、井盖没了。",
         "第一，路灯坏了；第二，井盖没了。", "其一是路灯坏了，其二是井盖没了"],
    )  # fmt: skip
    def test_each_way_of_counting_is_known(self, text: str) -> None:
        parts = split_matters(text)
        assert parts is not None
        assert [text[slice(*span)] for span in parts.matters] == ["路灯坏了", "井盖没了"]

    @pytest.mark.parametrize(
        "text",
        ["路灯坏了，另外井盖也没了", "一是一二是二的人", "1号楼2单元", "电费1.2元，水费2.3元",
         "第一次反映", "三是什么", "", "一是", "一一一一", "3号楼、5号楼没电"],
    )  # fmt: skip
    def test_a_single_matter_stays_whole(self, text: str) -> None:
        assert split_matters(text) is None

    def test_a_long_row_of_figures_costs_no_more_than_its_length(self) -> None:
        for text in ("一是" * 5_000, "1、" * 5_000, "（一）" * 5_000):
            split_matters(text)


@pytest.mark.parametrize(
    ("text", "aside", "place"),
    [
        ("来电人是美岱召镇大古营村人，现住花苑社区", Aside.SPEAKER, "大古营村"),
        ("我是沙图沟村的，今天镇里的路不好走", Aside.SPEAKER, "沙图沟村"),
        ("来电人户口在萨拉齐，现在外面租房", Aside.SPEAKER, "萨拉齐"),
        ("以前在建设银行门口也反映过停车的事", Aside.PASSING, "建设银行"),
        ("孩子在二小上学", Aside.PASSING, "二小"),
        ("今天路过大古营时看见的", Aside.PASSING, "大古营"),
        ("在包头市里打工", Aside.PASSING, "包头市"),
        ("离火车站不远", Aside.PASSING, "火车站"),
        ("另外在建设银行门口问过保安", Aside.PASSING, "建设银行"),
    ],
)
def test_a_place_in_an_aside_is_only_mentioned(text: str, aside: Aside, place: str) -> None:
    folded = normalise(text).text
    at = folded.index(place)
    assert any(a.aside is aside and a.start <= at < a.end for a in asides(folded))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("来电人是美岱召镇大古营村人，现住萨拉齐镇花苑社区惠民家园9号楼顶楼", "花苑社区"),
        ("反映老家将军尧镇西哈家素村父母生炉子", "西哈家素村"),
        ("上茅庵村村民来电，村西头路让车轧烂了", "上茅庵村"),
        ("在阳光小区3号楼被狗咬了", "阳光小区"),
        ("孩子在阳光小区3号楼门口让狗咬了", "阳光小区"),
        ("来电人反映阳光小区整个小区都不热", "阳光小区"),
        ("振华大街阳光小区5号楼2单元暖气不热", "阳光小区"),
    ],
)
def test_the_place_of_the_matter_is_no_aside(text: str, place: str) -> None:
    folded = normalise(text).text
    at = folded.index(place)
    assert not any(a.start <= at < a.end for a in asides(folded))


def test_a_smell_of_unknown_source_is_told_where_it_is_noticed() -> None:
    assert perceived_from_elsewhere("有股烟味飘过来|说不清是园区那头还是村里烧的|我在纳太村")
    assert not perceived_from_elsewhere("纳太村有人烧秸秆|闻到呛人")
    assert not perceived_from_elsewhere("说不清是太平村还是太平庄")


_PATTERNS = [*clauses._SPEAKER, *clauses._PASSING]


@pytest.mark.parametrize(("signs", "pattern"), _PATTERNS, ids=range(len(_PATTERNS)))
@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_no_clause_is_passed_over_that_its_pattern_would_find(
    signs: frozenset[str], pattern: re.Pattern[str], data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(pattern))
    assert pattern.search(text) is None or not signs.isdisjoint(text)
