"""Check that one place is found under its variants and its sound, and no other place is."""

from __future__ import annotations

import pytest

from geo.address.kept_characters import keeps
from geo.address.matcher import Matcher
from geo.address.sounds import is_misheard
from geo.address.syllables import alike, sound
from geo.address.types import MatchType
from geo.address.variants import other_numerals, spelled, vary
from tests.unit.geo.county_of_names import matcher_of, units

_TABLE = """
150221106 美岱召镇
150221108 将军尧镇
150221213 海子乡
150221214 明沙淖乡
150221104 萨拉齐镇
150221106200 何家圐圙村
150221106217 沙图沟村
150221106220 侯家营村
150221108219 六座尧村
150221108257 麻花尧村
150221213211 磴口村
150221213224 廿四顷地村
150221214209 五犋牛村
150221104213 大袄兑村
150221104216 小袄兑村
150221104220 西老藏营村
150221104001 振华社区
150221104222 三道河村
"""


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return matcher_of(units(_TABLE))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("六座窑村", "150221108219"),
        ("麻花窑村村民委员会", "150221108257"),
        ("24顷地", "150221213224"),
        ("二十四顷地村", "150221213224"),
        ("何家库仑村", "150221106200"),
        ("五具牛村", "150221214209"),
        ("大敖兑村", "150221104213"),
        ("3道河村", "150221104222"),
        ("薩拉齊鎮振華社區", "150221104001"),
        ("美代召镇沙图沟村", "150221106217"),
    ],
)
def test_a_variant_is_an_alias(matcher: Matcher, text: str, code: str) -> None:
    match = matcher.match(text)
    assert [place.area_code for place in match.places] == [code]
    assert match.match_type in (MatchType.ALIAS, MatchType.EXACT)


def test_a_variant_is_told_from_the_exact_spelling(matcher: Matcher) -> None:
    assert matcher.match("六座窑村").match_type is MatchType.ALIAS
    assert matcher.match("六座尧村").match_type is MatchType.EXACT


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("沙图勾村", "150221106217"),
        ("登口村没水", "150221213211"),
        ("二十四倾地村", "150221213224"),
        ("镇华社区", "150221104001"),
        ("候家营村", "150221106220"),
        ("西老葬营村", "150221104220"),
    ],
)
def test_a_name_that_only_sounds_right_is_a_homophone(
    matcher: Matcher, text: str, code: str
) -> None:
    match = matcher.match(text)
    assert [place.area_code for place in match.places] == [code]
    assert match.match_type is MatchType.HOMOPHONE


@pytest.mark.parametrize(
    "text",
    ["灯扣村", "晓袄兑村", "吴犋牛村", "希老藏营村", "郝家营村", "散道河村", "沙土够", "真花社区"],
)
def test_a_sound_alone_or_a_kept_character_is_not_corrected(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).places == ()


@pytest.mark.parametrize("text", ["袄兑村", "袄兑的路灯"])
def test_what_a_pair_is_called_for_short_leaves_both(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert [place.name for place in match.places] == ["大袄兑村", "小袄兑村"]


def test_a_written_name_beats_one_that_sounds_the_same() -> None:
    matcher = matcher_of(units("150221104201 德胜营村\n150221104202 得胜营村"))
    assert [p.name for p in matcher.match("得胜营村").places] == ["得胜营村"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("上茅庵", "下茅庵"), ("茅庵", "上茅庵"), ("上茅庵", "茅庵"), ("东老藏营", "西老藏营"),
        ("石老藏营", "西老藏营"), ("大袄兑", "小袄兑"), ("二道河", "三道河"), ("侯家营", "葛家营"),
        ("刘家营", "侯家营"), ("家营", "刘家营"), ("五犋牛", "八犋牛"), ("新村", "老村"),
        ("冬老藏营", "东老藏营"), ("东刘家营", "东王家营"), ("a座", "b座"),
    ],
)  # fmt: skip
def test_characters_that_tell_names_apart_are_kept(typed: str, name: str) -> None:
    assert keeps(typed, name)


@pytest.mark.parametrize(("typed", "name"), [("沙图勾", "沙图沟"), ("候家营", "侯家营")])
def test_other_characters_may_be_corrected(typed: str, name: str) -> None:
    assert not keeps(typed, name)


def test_syllables_have_no_tone_and_hold_their_offsets() -> None:
    assert sound("沟3勾") == sound("勾3沟")
    assert len(sound("阳光小区a座|3号")) == len("阳光小区a座|3号")
    assert alike("营", "银")
    assert not alike("营", "庄")


def test_only_the_ending_itself_may_end_a_name() -> None:
    assert not is_misheard("沙图沟存", "沙图沟村")


@pytest.mark.parametrize(
    ("value", "words"),
    [(3, "三"), (10, "十"), (24, "二十四"), (110, "一百一十"), (302, "三百零二"), (20, "二十")],
)
def test_a_number_is_spelled_as_it_is_said(value: int, words: str) -> None:
    assert spelled(value) == words


def test_a_number_in_a_name_is_written_in_every_way() -> None:
    assert set(other_numerals("廿四顷地")) == {"24顷地", "二十四顷地"}
    assert set(other_numerals("沙图沟")) == set()
    assert len(vary("六座窑圪蛋")) == 5
