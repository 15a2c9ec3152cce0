"""What is looked at first, because it is quick, passes nothing over that a pattern would find."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geo.address import (
    choosing,
    crossings,
    details,
    elsewhere,
    grid_names,
    groups,
    leftovers,
    spots,
)
from geo.address.forms import ENDINGS, ending_of
from geo.address.normalise import _normalised, normalise
from geo.address.spots import read_spot, spot_behind
from geo.address.variants import _TABLE, vary

_MANY = settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)


def signs_of(*patterns: str) -> str:
    """Return every Chinese character, figure, small letter and separator of some patterns."""
    return "".join(sorted(set(re.findall(r"[\u4e00-\u9fff0-9a-z〇|]", "".join(patterns)))))


@pytest.mark.parametrize(
    ("sign", "pattern"),
    [
        (details._FAR_SIGN, details._FAR),
        (details._GROUP_SIGN, details._FAR_GROUP),
        (details._BUILDING_SIGN, details._FAR_BUILDING),
        (elsewhere._ANOTHER_SIGN, elsewhere._ANOTHER),
        (leftovers._NAME_SIGN, leftovers._NAME_LIKE),
    ],
    ids=["far", "group", "building", "another", "name"],
)
@_MANY
@given(data=st.data())
def test_a_sign_stands_in_all_that_its_pattern_finds(
    sign: re.Pattern[str], pattern: re.Pattern[str], data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(pattern))
    assert pattern.search(text) is None or sign.search(text)


@pytest.mark.parametrize("pattern", [elsewhere._NOT, elsewhere._LIVES, elsewhere._FROM])
@_MANY
@given(data=st.data())
def test_what_stands_before_a_name_ends_with_one_of_a_few_characters(
    pattern: re.Pattern[str], data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(pattern)).rstrip("\n")
    assert pattern.search(text) is None or text[-1] in elsewhere._BEFORE_ENDS


@pytest.mark.parametrize("pattern", [crossings._TO, crossings._PAIR])
@_MANY
@given(data=st.data())
def test_what_joins_two_names_is_short(pattern: re.Pattern[str], data: st.DataObject) -> None:
    assert 0 < len(data.draw(st.from_regex(pattern, fullmatch=True))) <= crossings.LONGEST_LINK


def test_names_that_touch_or_stand_far_apart_are_not_joined() -> None:
    text = "甲村经过一条路去往乙村"
    assert crossings.link_of(text, (0, 2), (2, 4)) is None
    assert crossings.link_of("从甲村到乙村走", (1, 3), (4, 6)) is not None
    assert choosing.LONGEST_LINK == crossings.LONGEST_LINK


@pytest.mark.parametrize(
    "pattern",
    [details._BUILDING, grid_names._BEHIND, groups._GROUP],
    ids=["house", "grid", "group"],
)
@_MANY
@given(data=st.data())
def test_a_number_behind_a_name_begins_with_one_of_a_few_characters(
    pattern: re.Pattern[str], data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(pattern))
    found = pattern.match(text)
    assert found is None or text[0] in details.NUMBER_BEGINS


_SPOT_PATTERNS = [
    spots._REFERENCE, spots._HEADING, spots._ORDINAL, spots._AHEAD, spots._SIDE, spots._INSIDE,
    spots._BESIDE, *(near for near, _ in spots._NEAR),
]  # fmt: skip
_SPOT_SIGNS = signs_of(
    *(p.pattern for p in _SPOT_PATTERNS), "约大约大概差不多到〇两几百千半", "，米里路灯坏了"
)


@settings(max_examples=600, deadline=None)
@given(st.text(alphabet=_SPOT_SIGNS, max_size=9), st.booleans())
def test_a_spot_is_read_as_by_trying_all_patterns(text: str, wide: bool) -> None:
    assert read_spot(text, 0, wide=wide) == spot_behind(text, 0, wide=wide)


@pytest.mark.parametrize("pattern", _SPOT_PATTERNS, ids=range(len(_SPOT_PATTERNS)))
@_MANY
@given(data=st.data(), wide=st.booleans())
def test_no_spot_is_passed_over_that_a_pattern_would_find(
    pattern: re.Pattern[str], data: st.DataObject, wide: bool
) -> None:
    text = data.draw(st.from_regex(pattern)) + "200米"
    assert read_spot(text, 0, wide=wide) == spot_behind(text, 0, wide=wide)


@settings(max_examples=300)
@given(st.text(alphabet="村小区路街大道家园苑新佳阳光", max_size=6))
def test_the_longest_word_for_a_kind_of_place_is_the_ending(form: str) -> None:
    plain = next((e for e in ENDINGS if form.endswith(e) and len(form) > len(e)), "")
    assert ending_of(form) == plain


@settings(max_examples=300)
@given(
    st.text(alphabet=[*"。，3 5號楼Ａ①\0\n\u200b“圐圙仑库", "ﷺ"], max_size=12)
    | st.text(max_size=20)
)
@example("\0")
@example("x" * 300)
def test_a_text_is_folded_as_character_by_character(text: str) -> None:
    assert normalise(text) == _normalised(text)


@settings(max_examples=200)
@given(st.text(alphabet=[*map(chr, _TABLE), *"村召尧"], max_size=8))
def test_variants_are_folded_wherever_they_stand(text: str) -> None:
    assert vary(text) == "".join(_TABLE.get(ord(char), char) for char in text)


@settings(max_examples=300)
@given(st.text(alphabet="在是甲乙地方左右大概距离", max_size=5))
def test_words_lead_in_by_their_end(gap: str) -> None:
    ends = ("地方", "左右", "期间", "大概", "好像", "整个", "距离")
    assert details.leads_in(gap) == (not gap or gap[-1] in "在是" or gap.endswith(ends))
