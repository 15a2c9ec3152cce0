"""Names are found clause by clause as in the whole text, and clauses are not kept for ever."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.address import mentions
from geo.address.believing import Findings, Form, Role, believed
from geo.address.clauses import asides
from geo.address.close_names import _Names, _near
from geo.address.displacement import spot_of
from geo.address.forms import Entry, kind_words
from geo.address.mentions import NameFinder, _in_scope, _longest
from geo.address.types import MatchType, Place, PlaceKind
from geo.address.variants import vary
from tests.unit.geo.county_of_names import local, matcher_of, place, units

_PLACES = [
    *units(
        """
        150221104 萨拉齐镇
        150221105 双龙镇
        150221104200 苗六泉村委会
        150221104201 磴口村委会
        150221105202 磴口村委会
        150221105203 上茅庵村委会
        150221105204 下茅庵村委会
        """
    ),
    place("150221104200", "阳光小区", PlaceKind.COMPOUND, id="C1"),
    place("150221104200001", "3号楼", PlaceKind.BUILDING, id="B3", parent_id="C1"),
    place("150221104", "振华大街", PlaceKind.ROAD),
    place("150221104200", "扬水站", PlaceKind.POI, local_aliases=(local("老粮站", "150221104"),)),
    place("150221105202", "粮油店", PlaceKind.POI, local_aliases=(local("老粮站", "150221105"),)),
]
_WORDS = [
    "萨拉齐镇", "萨拉齐", "双龙", "苗六泉村", "苗六全村", "磴口", "登口村", "磴口村", "东",
    "茅庵村", "阳光小区", "老粮站", "振华大街", "包头市", "东河区", "土右旗", "我是", "村的",
    "孩子在", "上学", "沙", "那个", "3号楼", "|", "|", "，", "路", "村",
]  # fmt: skip


@pytest.fixture(scope="module")
def finder() -> NameFinder:
    return matcher_of(_PLACES)._finder


def at_once(finder: NameFinder, text: str) -> Findings:
    """Return what stands in a text, read without regard to its clauses."""
    spoken = vary(text)
    chosen, cut = finder._chosen(spoken)
    mentions, refused = believed(text, _in_scope(chosen), cut)
    return Findings(mentions, refused, asides(text), kind_words(spoken), spoken)


@settings(max_examples=400)
@given(st.lists(st.sampled_from(_WORDS), max_size=12).map("".join))
def test_clause_by_clause_the_same_is_found_as_at_once(finder: NameFinder, text: str) -> None:
    assert finder.find(text) == at_once(finder, text)
    assert finder.find(text) == at_once(finder, text)


@pytest.mark.parametrize("text", ["双龙镇|老粮站", "老粮站|双龙镇", "|老粮站||萨拉齐镇|"])
def test_a_local_name_is_given_its_meaning_by_another_clause(finder: NameFinder, text: str) -> None:
    found = finder.find(text)
    assert found == at_once(finder, text)
    named = [m for m in found.mentions if text[m.start : m.end] == "老粮站"]
    assert [[e.scope for e in m.entries] for m in named] in ([["150221105"]], [["150221104"]])


def test_only_so_many_clauses_are_kept_and_no_long_ones(
    finder: NameFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mentions, "_KEPT_CLAUSES", 5)
    finder._kept.clear()
    for number in range(12):
        finder.find(f"磴口村{number}")
        assert 0 < len(finder._kept) <= 5
    long = "磴口村" * mentions._LONGEST_KEPT
    finder.find(long)
    assert long not in finder._kept
    assert finder.find("磴口村0") == at_once(finder, "磴口村0")


_HALF = Form(Role.PLACE, (Entry(_PLACES[0], MatchType.EXACT),))
_BARE = Form(Role.PLACE, (Entry(_PLACES[0], MatchType.EXACT, bare=True),))
_ROAD = Form(Role.PLACE, (Entry(_PLACES[9], MatchType.EXACT),))


@settings(max_examples=400)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 11), st.integers(1, 8), st.sampled_from([_HALF, _BARE, _ROAD])
        ).map(lambda drawn: (drawn[0], drawn[0] + drawn[1], drawn[2])),
        max_size=9,
    )
)
def test_the_longest_of_overlapping_names_are_kept(raw: list[tuple[int, int, Form]]) -> None:
    chosen: list[tuple[int, int, Form]] = []
    cut: list[tuple[int, int]] = []
    for start, end, form in sorted(raw, key=lambda m: (m[0] - m[1], not m[2].full, m[0])):
        owners = {
            next((n for n, (s, e, _) in enumerate(chosen) if s <= at < e), -1)
            for at in range(start, end)
        }
        if owners == {-1}:
            chosen.append((start, end, form))
        elif len(owners) > 1 and form.full and not form.is_road:
            cut.append((start, end))
    assert _longest(raw, 20) == (sorted(chosen, key=lambda m: m[0]), cut)


@settings(max_examples=300)
@given(
    st.lists(st.text("阳光家园村路", min_size=3, max_size=6), min_size=1, max_size=8),
    st.text("阳光家园村路", min_size=3, max_size=7),
)
def test_close_names_are_those_of_all_with_the_same_beginning_or_end(
    known: list[str], words: str
) -> None:
    names = _Names()
    for number, form in enumerate(known):
        named = place("150221104200", form, PlaceKind.COMPOUND, id=f"C{number}")
        names.add(Entry(named, MatchType.EXACT, form=form))
    every = list(names.entries)
    rest = words[1:]
    plain = [f for f in every if f[0] == words[0]]
    plain += [f for f in every if f[1:] == rest] + [f for f in every if f[1:] == words]
    plain += [rest] if rest in names.entries else []
    ids: dict[str, None] = {}
    for form in plain:
        alone = _Names()
        for entry in names.entries[form]:
            alone.add(entry)
        ids |= dict.fromkeys(entry.place.id for entry in _near(words, [alone]))
    assert [entry.place.id for entry in _near(words, [names])] == list(ids)


@pytest.mark.parametrize(
    "text",
    [
        "磴口村委会东200米",
        "双龙镇磴口村附近",
        "萨拉齐镇阳光小区对面",
        "阳光小区200米处",
        "上茅庵村往北二里地",
        "阳光小区3号楼",
        "上茅庵村",
    ],
)
def test_the_radius_of_an_answer_is_that_of_its_spot(text: str) -> None:
    match = matcher_of(_PLACES).match(text)
    for where in match.places if len(match.places) == 1 else ():
        assert match.radius_m == spot_of(match, where).radius_m


def test_a_place_between_two_posts_is_not_called_like_the_one_before_it() -> None:
    road = place("150221104", "京藏高速", PlaceKind.ROAD, id="R")
    posts = [
        Place(
            id=f"P{number}", name=str(number), kind=PlaceKind.KILOMETRE_POST, lon=110.5, lat=40.5,
            radius_m=50.0, area_code="150221104", parent_id="R",
        )
        for number in (652, 653)
    ]  # fmt: skip
    matcher = matcher_of([*_PLACES, road, *posts])
    asked = ["京藏高速652公里", "京藏高速652公里300米", "京藏高速652公里500米", "京藏高速652公里"]
    named = [matcher.match(text).name for text in asked]
    assert named == [
        "京藏高速652公里", "京藏高速652公里300米", "京藏高速652公里500米", "京藏高速652公里",
    ]  # fmt: skip


def test_grids_that_join_later_are_called_by_their_own_names() -> None:
    first = matcher_of(_PLACES).with_grids({"150221104200001": "第一网格"})
    assert first is not None
    assert first.match("苗六泉村第一网格").name == "苗六泉村第一网格"
    again = first.with_grids({"150221104200001": "苗六泉村1网格"})
    assert again is not None
    assert again.match("苗六泉村第一网格").places[0].area_code == "150221104200001"
