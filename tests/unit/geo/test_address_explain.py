"""Check that an explanation shows the run that gave the answer, on the text as it was written."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.address.explain import SpanRole
from geo.address.matcher import Matcher
from geo.address.types import MatchType, PlaceKind
from geo.errors import GeoError
from tests.unit.geo.county_of_names import matcher_of, place, units

_TABLE = """
150221104 萨拉齐镇
150221105 双龙镇
150221213 海子乡
150221104001 振华社区
150221104211 上茅庵村
150221104210 下茅庵村
150221214224 茅庵村
150221105244 磴口村
150221213211 磴口村
150221106224 大古营村
"""


def _matcher() -> Matcher:
    compound = place(
        "150221104001", "阳光小区", PlaceKind.COMPOUND, id="sun", grids=("150221104001001",)
    )
    building = place(
        "150221104001001", "阳光小区3号楼", PlaceKind.BUILDING, id="sun-3", parent_id="sun",
        grids=("150221104001001",),
    )  # fmt: skip
    bank = place("150221104001002", "建设银行", PlaceKind.POI, grids=("150221104001002",))
    return matcher_of([*units(_TABLE), compound, building, bank])


_MATCHER = _matcher()


def _roles(text: str) -> dict[str, SpanRole]:
    return {text[s.start : s.end]: s.role for s in _MATCHER.explain(text).spans}


def test_each_piece_of_the_text_is_shown_by_its_role() -> None:
    text = "我是大古营村的，薩拉齊鎮 陽光小區 3号楼东侧50米，以前在建设银行门口反映过"
    roles = _roles(text)
    assert roles["薩拉齊鎮"] is SpanRole.AREA
    assert roles["陽光小區"] is SpanRole.PLACE
    assert roles["3号楼"] is SpanRole.NUMBER
    assert roles["东侧50米"] is SpanRole.SPOT
    assert roles["大古营村"] is SpanRole.BESIDE
    assert roles["建设银行"] is SpanRole.BESIDE
    assert roles["我是大古营村的"] is SpanRole.ASIDE


@pytest.mark.parametrize(
    ("text", "words", "role"),
    [
        ("东河区友谊大街", "东河区", SpanRole.FOREIGN),
        ("包头市土右旗", "土右旗", SpanRole.COUNTY),
        ("东磴口村没水", "东磴口村", SpanRole.REFUSED),
        ("阳光小区西区", "西区", SpanRole.UNEXPLAINED),
    ],
)
def test_what_is_no_place_is_shown_as_well(text: str, words: str, role: SpanRole) -> None:
    assert _roles(text)[words] is role


def test_candidates_come_with_score_and_reasons_best_first() -> None:
    explained = _MATCHER.explain("我是大古营村的，萨拉齐镇阳光小区3号楼电梯坏了")
    chosen, *left = explained.candidates
    assert (chosen.place_id, chosen.chosen) == ("sun-3", True)
    assert [(candidate.name, candidate.chosen) for candidate in left] == [("大古营村", False)]
    assert 1 >= chosen.score > left[0].score > 0
    assert any("萨拉齐镇" in reason for reason in chosen.reasons)
    assert all(candidate.reasons for candidate in explained.candidates)


def test_namesakes_have_one_score_and_no_lead() -> None:
    explained = _MATCHER.explain("磴口村没水")
    assert len({candidate.score for candidate in explained.candidates}) == 1
    assert explained.match.margin == 0.0


def test_what_bears_a_name_out_raises_it_and_doubt_lowers_it() -> None:
    margins = [
        _MATCHER.match(text).margin or 0.0
        for text in ("萨拉齐镇下茅庵村", "下茅庵村", "我是下茅庵村的", "下毛庵村")
    ]
    assert margins == sorted(margins, reverse=True)
    assert len(set(margins)) == len(margins)


def test_a_short_name_may_mean_the_pair_that_shares_it() -> None:
    match = _MATCHER.match("茅庵村的，没水三天了")
    assert [found.name for found in match.places] == ["茅庵村"]
    assert {found.name for found in match.possibly} == {"上茅庵村", "下茅庵村"}
    assert (match.margin or 0) < 0.1
    assert _MATCHER.match("下茅庵村没水").possibly == ()


@pytest.mark.parametrize("rest", ["村二组", "二组", "村卫生室"])
def test_a_group_and_a_house_of_a_short_name_may_be_the_pair_s_too(rest: str) -> None:
    group = place("150221214224002", "茅庵村二组", PlaceKind.HAMLET, grids=("150221214224002",))
    ward = place("150221214224003", "茅庵村卫生室", PlaceKind.POI, grids=("150221214224003",))
    townships = units("150221104 萨拉齐镇\n150221214 明沙淖乡")
    villages = units(_TABLE.replace("150221104001 振华社区\n", ""))
    matcher = matcher_of([*townships[1:], *villages, group, ward])
    assert {p.name for p in matcher.match(f"茅庵{rest}没水").possibly} == {"上茅庵村", "下茅庵村"}
    assert matcher.match(f"明沙淖乡茅庵{rest}没水").possibly == ()
    assert matcher.match(f"下茅庵{rest}没水").possibly == ()


def test_the_answer_is_the_match_s_own() -> None:
    text = "磴口村没水"
    assert _MATCHER.explain(text).match == _MATCHER.match(text)


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(st.characters(), max_size=120))
def test_every_span_lies_in_the_text(text: str) -> None:
    for span in _MATCHER.explain(text).spans:
        assert 0 <= span.start < span.end <= len(text)


def test_a_text_that_is_too_long_is_refused_here_too() -> None:
    with pytest.raises(GeoError):
        _MATCHER.explain("磴" * 20_001)


def test_a_passing_mention_changes_nothing() -> None:
    plain = "萨拉齐镇阳光小区3号楼电梯坏了。"
    story = (
        "来电人称此前已多次打电话反映，一直没有人来处理，家里有八十多岁的老人和上小学的孩子，"
        "出入很不方便。以前在建设银行门口也反映过停车的事，孩子在大古营村上学，天天爬楼，"
    )
    told = _MATCHER.match(plain + story * 4)
    assert (told.places, told.unexplained) == (_MATCHER.match(plain).places, None)
    assert told.match_type is MatchType.EXACT


def test_the_same_text_gives_the_same_answer_in_every_process() -> None:
    script = (
        "from tests.unit.geo.test_address_explain import _MATCHER as m\n"
        "print([m.explain(t) for t in ('磴口村和茅庵村', '土右旗阳光小区3号楼', '下毛庵村')])"
    )
    answers = {
        subprocess.run(  # our own interpreter and script
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
