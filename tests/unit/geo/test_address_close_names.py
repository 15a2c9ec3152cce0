"""Check that a mistake in a name is mended inside a named area, once, and nowhere else."""

from __future__ import annotations

import pytest

from geo.address.matcher import Matcher
from geo.address.types import MatchType, PlaceKind
from tests.unit.geo.county_of_names import matcher_of, place, units

_TABLE = """
150221106 美岱召镇
150221108 将军尧镇
150221104 萨拉齐镇
150221106217 沙图沟村
150221106224 大古营村
150221106220 葛家营村
150221106221 苗六泉村
150221108264 团结村
150221108248 张立文尧村
150221104001 振华社区
150221104002 花苑社区
"""


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    compounds = [
        place("150221104001", "丁香佳苑", PlaceKind.COMPOUND, grids=("150221104001001",)),
        place("150221104001", "惠民家园", PlaceKind.COMPOUND, grids=("150221104001002",)),
    ]
    return matcher_of([*units(_TABLE), *compounds])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("美岱召镇沙图涝村路灯坏了", "沙图沟村"),
        ("美岱召镇的沙土沟村", "沙图沟村"),
        ("美岱召镇，沙沟图村路灯坏了", "沙图沟村"),
        ("将军尧镇张立尧村没水", "张立文尧村"),
        ("将军尧镇张力闻尧村没水", "张立文尧村"),
        ("将军尧镇张立闻尧村没水", "张立文尧村"),
        ("萨拉齐镇振华社区惠氏家园", "惠民家园"),
    ],
)
def test_one_mistake_is_mended_inside_the_named_area(
    matcher: Matcher, text: str, name: str
) -> None:
    match = matcher.match(text)
    assert [found.name for found in match.places] == [name]
    assert match.match_type in (MatchType.FUZZY, MatchType.HOMOPHONE)


@pytest.mark.parametrize(
    "text",
    [
        "沙图涝村路灯坏了",
        "将军尧镇沙图涝村路灯坏了",
        "花苑社区惠氏家园",
        "美岱召镇沙涝涝村",
        "美岱召镇大古湾村",
        "美岱召镇小古营村",
        "美岱召镇王家营村",
        "美岱召镇苗六营村",
        "将军尧镇团伙村",
    ],
)
def test_a_name_is_not_mended_elsewhere_nor_beyond_one_mistake_nor_against_what_is_kept(
    matcher: Matcher, text: str
) -> None:
    match = matcher.match(text)
    coarse = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY)
    assert all(found.kind in coarse for found in match.places)
    assert match.match_type is not MatchType.FUZZY


def test_a_mended_name_never_leads_far_enough_to_be_sure(matcher: Matcher) -> None:
    exact = matcher.match("萨拉齐镇振华社区惠民家园")
    mended = matcher.match("萨拉齐镇振华社区惠氏家园")
    assert (exact.margin or 0) > 0.5 > (mended.margin or 0)


def test_the_word_for_the_kind_of_place_is_never_mended(matcher: Matcher) -> None:
    assert matcher.match("萨拉齐镇丁香小苑").match_type is MatchType.EXACT
    assert matcher.match("将军尧镇团结社区").places[0].kind is PlaceKind.TOWNSHIP
