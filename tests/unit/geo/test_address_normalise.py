"""Check that folding a text keeps its meaning and the way back to the original."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.address.details import building_label, read_number
from geo.address.matcher import Matcher
from geo.address.normalise import normalise, normalise_name
from geo.address.types import Place, PlaceKind

_MATCHER = Matcher(
    [
        Place(
            id="1", name="磴口村委会", kind=PlaceKind.COMMUNITY, lon=110.5, lat=40.5,
            radius_m=2000.0, area_code="150221213211",
        ),
        Place(
            id="2", name="阳光小区", kind=PlaceKind.COMPOUND, lon=110.5, lat=40.5,
            radius_m=200.0, area_code="150221104001",
        ),
    ],
    county_code="150221", county_names=("土右旗",), foreign_names=("东河区",),
)  # fmt: skip
_FRAGMENTS = st.sampled_from(
    [
        "磴口村",
        "阳光小区",
        "3号楼",
        "东河区",
        "土右旗",
        "，",
        " ",
        "往东",
        "二百米",
        "上",
        "\ud800",
        "\x00",
        "ﷺ",
    ]
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("阳光小区３＃Ａ座", "阳光小区3#a座"),
        ("海子乡 磴口村", "海子乡磴口村"),
        ("海子乡\u3000磴口村", "海子乡磴口村"),
        ("3 5号楼", "3|5号楼"),
        ("三 五号楼", "三|五号楼"),
        ("3、5号楼", "3|5号楼"),
        ("①3号楼", "|1|3号楼"),
        ("上茅\u200b庵\ufe0f", "上茅庵"),
        ("何家圐圙", "何家库伦"),
        ("！！？", "|"),
        ("", ""),
    ],
)
def test_one_spelling_stands_for_all(text: str, folded: str) -> None:
    assert normalise(text).text == folded


def test_a_name_loses_its_marks() -> None:
    assert normalise_name("阳光小区（北区）") == "阳光小区北区"


@settings(deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_each_folded_character_knows_where_it_came_from(text: str) -> None:
    folded = normalise(text)
    assert len(folded.offsets) == len(folded.text)
    assert list(folded.offsets) == sorted(folded.offsets)
    assert all(0 <= offset < len(text) for offset in folded.offsets)


@settings(deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_words_quoted_from_a_text_can_always_be_printed_and_encoded(text: str) -> None:
    folded = normalise(text)
    quoted = folded.words(0, len(folded.text))
    assert quoted.isprintable()
    quoted.encode("utf-8")


@settings(deadline=None)
@given(st.lists(_FRAGMENTS | st.text(st.characters(), max_size=5), max_size=20).map("".join))
def test_no_text_breaks_the_matcher_and_the_same_text_gives_the_same_answer(text: str) -> None:
    match = _MATCHER.match(text)
    assert match == _MATCHER.match(text)
    assert match.detail
    assert (match.level == "county") == (match.places == ())
    for words in (match.anchor, match.unexplained):
        (words or "").encode("utf-8")


@pytest.mark.parametrize(
    "unit", ["磴口村", "阳光小区3", "往东", "1号", "十百", "a1", "上", "ﷺ", "|的"]
)
def test_a_long_text_made_to_be_slow_is_answered_at_once(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    # Processor time, and forty times what it takes: a square in the length needs minutes.
    started = time.process_time()
    _MATCHER.match(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("03", 3), ("十", 10), ("十三", 13), ("二十", 20), ("二十三", 23), ("廿四", 24),
        ("一百零二", 102), ("二〇三", 203), ("三五", None), ("", None), ("两", None), ("十a", None),
    ],
)  # fmt: skip
def test_numbers_in_both_scripts_are_read(text: str, value: int | None) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("阳光小区13号楼", "13"),
        ("阳光小区十三号楼", "13"),
        ("3栋", "3"),
        ("a座", "a"),
        ("政府办公楼", None),
    ],
)
def test_a_building_is_known_by_its_number_or_letter(name: str, label: str | None) -> None:
    assert building_label(name) == label
