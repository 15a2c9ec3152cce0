"""A city written right before a name of ours is another county's, known by name or not."""

from __future__ import annotations

import pytest

from geo.address.matcher import Matcher
from geo.address.types import PlaceKind
from tests.unit.geo.county_of_names import matcher_of, place, units

_TABLE = """
150221104 萨拉齐镇
150221104001 振华社区
150221500216 耳沁尧村
"""
_COMPOUND = place(
    "150221104001", "阳光小区", PlaceKind.COMPOUND, id="c",
    grids=("150221104001009", "150221104001010"),
)  # fmt: skip
_HOUSES = [
    place(f"1502211040010{grid}", f"阳光小区{number}号楼", PlaceKind.BUILDING, parent_id="c")
    for number, grid in ((3, "09"), (8, "10"))
]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return matcher_of([*units(_TABLE), _COMPOUND, *_HOUSES])


@pytest.mark.parametrize(
    "city",
    [
        "北京市海淀区",
        "榆林市神木县",
        "河北省石家庄市",
        "大同市",
        "神木县",
        "市民反映，西安市雁塔区",
        "包头市区",
        "除了",
    ],
)
def test_a_city_before_a_name_of_ours_is_left_to_a_person(matcher: Matcher, city: str) -> None:
    assert matcher.match(f"{city}阳光小区3号楼").unexplained is not None


@pytest.mark.parametrize(
    "words",
    [
        "",
        "包头市",
        "内蒙古包头市土默特右旗",
        "萨拉齐镇",
        "来电人反映振华社区",
        "市民反映，",
        "农贸市场，",
    ],
)
def test_the_areas_around_ours_and_plain_words_are_no_city(matcher: Matcher, words: str) -> None:
    assert matcher.match(f"{words}阳光小区3号楼").unexplained is None


def test_of_two_buildings_in_figures_none_is_taken(matcher: Matcher) -> None:
    found = matcher.match("阳光小区三、八号楼停水")
    assert found.name == "阳光小区"
    assert found.unexplained is not None


@pytest.mark.parametrize("words", ["旁边的王家营村", "隔壁的李家圪旦", "附近的王家营的路灯坏了"])
def test_an_unknown_village_beside_ours_is_not_ours(matcher: Matcher, words: str) -> None:
    assert matcher.match(f"耳沁尧村{words}").unexplained is not None
