"""Check that neither a text nor a gazetteer, however bad, breaks or slows the matcher."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.address.matcher import Matcher
from geo.address.types import LocalAlias, Place, PlaceKind
from tests.unit.geo.county_of_names import local, matcher_of, place, units

_TABLE = """
150221104 萨拉齐镇
150221105 双龙镇
150221104001 振华社区
150221104210 下茅庵村
150221104211 上茅庵村
150221105244 磴口村
150221105245 磴口村
"""
_FRAGMENTS = st.sampled_from(
    [
        "萨拉齐镇", "磴口", "下毛庵村", "上茅庵", "茅庵村", "惠民家园", "惠氏家园", "5号楼", "、",
        "和", "110国道", "652公里", "K652+300", "往东", "二百米", "村委会", "二队", "我是", "的",
        "，", "一是", "二是", "路过", "从", "到", "交叉口", "振华大街", "站前街", "东河区",
        "土右旗", "井房", "之间", "在", "上学", "请", "政府",
        "\ud800", "👨‍👩‍👧", "\x00", "ﷺ", "①", "圐圙", " ", "薩拉齊鎮",
    ]
)  # fmt: skip


def _places() -> list[Place]:
    return [
        *units(_TABLE),
        place("150221", "国道110", PlaceKind.ROAD, id="road", aliases=("110国道",)),
        place("150221104001001", "652", PlaceKind.KILOMETRE_POST, parent_id="road"),
        place("150221104", "站前街", PlaceKind.ROAD, grids=("150221104001001",)),
        place("150221104", "振华大街", PlaceKind.ROAD, grids=("150221104001001",)),
        place("150221104001", "惠民家园", PlaceKind.COMPOUND, id="c", grids=("150221104001003",)),
        place("150221104001003", "5号楼", PlaceKind.BUILDING, parent_id="c"),
        place("150221104001003", "萨拉齐镇政府", PlaceKind.POI),
        place(
            "150221104210001", "下茅庵村井房", PlaceKind.POI,
            local_aliases=(local("井房", "150221104210"), local("村委会", "150221104210")),
        ),
        place("150221104210002", "下茅庵村二组", PlaceKind.HAMLET),
    ]  # fmt: skip


_MATCHER = matcher_of(_places())


@settings(deadline=None)  # a busy machine is no fault
@given(st.lists(_FRAGMENTS | st.text(st.characters(), max_size=3), max_size=16).map("".join))
def test_no_text_breaks_the_matcher_and_the_same_text_gives_the_same_answer(text: str) -> None:
    match = _MATCHER.match(text)
    assert match == _MATCHER.match(text)
    assert match.detail
    assert (match.level == "county") == (match.places == ())
    for words in (match.anchor, match.unexplained, match.spot, match.detail):
        (words or "").encode("utf-8")
    for span in _MATCHER.explain(text).spans:
        assert 0 <= span.start < span.end <= len(text)


@pytest.mark.parametrize(
    "unit",
    [
        "萨拉齐镇小区", "下茅庵村二队、", "惠民家园5号楼和", "110国道652公里", "一是",
        "从上茅庵到", "我是的人", "孩子在上学", "萨拉齐镇惠氏家园", "在井房",
        "（一）", "以前在", "往东二百米", "站前街与",
    ],
)  # fmt: skip
def test_a_long_text_made_to_be_slow_is_answered_at_once(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    # Processor time, and ten times what it takes: a square in the length needs minutes.
    started = time.process_time()
    _MATCHER.match(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text", ["", "，。！？", "\x00\x1f", "👍🏽", "🏘️小区", "¿Dónde?", "   ", "#"]
)
def test_a_text_without_a_place_is_answered_in_words(text: str) -> None:
    match = _MATCHER.match(text)
    assert match.places == ()
    assert match.detail.endswith("。")
    assert _MATCHER.explain(text).candidates == ()


def _odd() -> list[list[Place]]:
    a = place("150221104001", "甲院", PlaceKind.COMPOUND, id="a", parent_id="b")
    b = place("150221104001", "乙院", PlaceKind.COMPOUND, id="b", parent_id="a")
    itself = place("150221104001001", "5号楼", PlaceKind.BUILDING, id="x", parent_id="x")
    twins = [place("150221104001", "同名小区", PlaceKind.COMPOUND, id=f"t{n}") for n in (1, 2)]
    nameless = [place("150221104001", name, PlaceKind.POI, id=name or "-") for name in ("", "？！")]
    stray = place("150221104999001", "9号楼", PlaceKind.BUILDING, id="s", parent_id="nowhere")
    post = place("150221104001001", "K？", PlaceKind.KILOMETRE_POST, id="k", parent_id="a")
    code = place("150221", "无码村", PlaceKind.COMMUNITY, id="short")
    scoped = place(
        "150221104001", "某店", PlaceKind.POI, local_aliases=(LocalAlias("老店", "nonsense"),)
    )
    return [[a, b], [itself], twins, nameless, [stray], [post], [code], [scoped]]


@pytest.mark.parametrize("places", _odd())
def test_a_bad_gazetteer_is_answered_from_as_far_as_it_goes(places: list[Place]) -> None:
    matcher = matcher_of([*places, *units("150221104 萨拉齐镇\n150221104001 振华社区")])
    for text in ("甲院5号楼", "乙院", "同名小区", "振华社区老店", "9号楼", "无码村", "甲院652公里"):
        assert matcher.match(text).detail
        matcher.explain(f"萨拉齐镇{text}")
    assert matcher.match("振华社区").places


def test_two_places_of_one_name_in_one_parent_are_both_named() -> None:
    twins = [place("150221104001", "同名小区", PlaceKind.COMPOUND, id=f"t{n}") for n in (1, 2)]
    match: Matcher = matcher_of(twins)
    assert [found.id for found in match.match("同名小区3号楼").places] == ["t1", "t2"]
