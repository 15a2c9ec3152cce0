"""Check that a grid is found by its name, in all the ways people write its number."""

from __future__ import annotations

import pytest

from geo.address.grid_names import grid_places
from geo.address.matcher import Matcher
from geo.address.types import AddressMatch, MatchType, Place, PlaceKind, Relation

UNITS = {
    "150221104": "萨拉齐镇",
    "150221105": "双龙镇",
    "150221213": "海子乡",
    "150221104001": "振华社区",
    "150221104016": "团结社区",
    "150221105244": "磴口村委会",
    "150221213211": "磴口村委会",
    "150221104217": "和平村委会",
}
FIGURES = "一二三四五六七八九十"
GRIDS = {
    **{f"150221104001{n:03d}": f"振华社区第{FIGURES[n - 1]}网格" for n in range(1, 11)},
    "150221104001011": "振华社区第十一网格",
    "150221104016003": "团结社区第三网格",
    **{f"150221105244{n:03d}": f"磴口村第{FIGURES[n - 1]}网格" for n in (1, 2)},
    **{f"150221213211{n:03d}": f"磴口村第{FIGURES[n - 1]}网格" for n in (1, 2, 3)},
    # Some counties number inside the community only, and name grids after something in them.
    "150221104217001": "第一网格",
    "150221104217002": "人民公园专属网格",
}


def place(code: str, name: str) -> Place:
    kind = PlaceKind.TOWNSHIP if len(code) == 9 else PlaceKind.COMMUNITY
    return Place(id=code, name=name, kind=kind, lon=110.5, lat=40.5, radius_m=2000, area_code=code)


def compound(name: str, *grids: str) -> Place:
    return Place(
        id=name, name=name, kind=PlaceKind.COMPOUND, lon=110.5, lat=40.5, radius_m=100,
        area_code="150221104001", grids=grids,
    )  # fmt: skip


def building(name: str, grid: str) -> Place:
    return Place(
        id=name, name=name, kind=PlaceKind.BUILDING, lon=110.5, lat=40.5, radius_m=30,
        area_code=grid, grids=(grid,), parent_id="阳光小区",
    )  # fmt: skip


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    places = [place(code, name) for code, name in UNITS.items()]
    places.append(compound("阳光小区", "150221104001009", "150221104001010"))
    places.append(building("3号楼", "150221104001009"))
    return Matcher(
        [*places, *grid_places({**UNITS, **GRIDS}, places)],
        county_code="150221",
        county_names=("土默特右旗",),
        foreign_names=(),
    )


def codes(match: AddressMatch) -> list[str]:
    return [found.area_code for found in match.places]


@pytest.mark.parametrize(
    "text",
    [
        "振华社区第三网格", "振华社区第3网格", "振华社区三网格", "振华社区3网格",
        "振华社区3号网格", "振华社区的第三网格", "振华社区 第３网格", "振华社区第03网格",
        "萨拉齐镇振华社区第三网格", "振华居委会第三网格", "振华第三网格",
        "振华社区第三网格有人乱倒垃圾", "振华社区第三网格，振华社区的路灯不亮",
    ],
)  # fmt: skip
def test_every_way_to_write_its_number_leads_to_the_grid(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert (match.level, match.name) == ("grid", "振华社区第三网格")
    assert codes(match) == ["150221104001003"]
    assert match.unexplained is None


def test_ten_and_eleven_are_not_read_as_one(matcher: Matcher) -> None:
    assert codes(matcher.match("振华社区第十网格")) == ["150221104001010"]
    assert codes(matcher.match("振华社区十一网格")) == ["150221104001011"]
    assert codes(matcher.match("振华社区第11网格")) == ["150221104001011"]


def test_a_grid_number_alone_names_nothing(matcher: Matcher) -> None:
    assert matcher.match("第三网格").places == ()


def test_grids_of_villages_of_one_name_are_all_listed_and_their_township_decides(
    matcher: Matcher,
) -> None:
    assert codes(matcher.match("磴口村第二网格")) == ["150221105244002", "150221213211002"]
    assert codes(matcher.match("海子乡磴口村第二网格")) == ["150221213211002"]
    # The namesake without a third grid stays: the caller may have the number wrong.
    assert codes(matcher.match("磴口村第三网格")) == ["150221105244", "150221213211003"]


def test_a_number_that_the_community_does_not_have_is_said_and_not_guessed(
    matcher: Matcher,
) -> None:
    match = matcher.match("振华社区第四十网格")
    assert (codes(match), match.match_type) == (["150221104001"], MatchType.FALLBACK)
    assert match.unexplained == "第四十网格"
    assert "网格" in match.detail


@pytest.mark.parametrize(
    "text",
    [
        "振华社区第三网格和第四网格", "振华社区第三、四网格", "振华社区一二网格",
        "振华社区第三网格东边200米", "振华社区第三网格对面", "振华社区第三网格长反映",
    ],
)  # fmt: skip
def test_what_is_not_understood_around_a_grid_forbids_an_automatic_answer(
    matcher: Matcher, text: str
) -> None:
    match = matcher.match(text)
    assert match.unexplained or match.relation in (Relation.STEP, Relation.NEAR)


def test_the_people_of_a_grid_are_not_the_grid(matcher: Matcher) -> None:
    assert matcher.match("振华社区3网格员态度好").level == "community"


def test_a_named_grid_narrows_a_compound_that_its_border_cuts(matcher: Matcher) -> None:
    match = matcher.match("振华社区第九网格阳光小区")
    assert (codes(match), match.unexplained) == (["150221104001009"], None)


def test_a_building_in_the_named_grid_is_the_building(matcher: Matcher) -> None:
    match = matcher.match("振华社区第九网格阳光小区3号楼")
    assert (match.level, codes(match)) == ("building", ["150221104001009"])
    assert match.unexplained is None


def test_a_grid_that_does_not_hold_the_building_is_a_second_place(matcher: Matcher) -> None:
    match = matcher.match("振华社区第三网格阳光小区3号楼")
    assert match.mentions == ("振华社区第三网格", "阳光小区3号楼")


def test_a_grid_of_its_own_name_or_without_its_communitys_is_found_too(
    matcher: Matcher,
) -> None:
    assert codes(matcher.match("人民公园专属网格")) == ["150221104217002"]
    numbered = matcher.match("和平村第一网格")
    assert codes(numbered) == ["150221104217001"]
    assert numbered.name == "和平村第一网格"


def test_an_everyday_word_before_a_grid_number_is_the_community(matcher: Matcher) -> None:
    assert codes(matcher.match("团结三网格")) == ["150221104016003"]


def test_grids_of_a_community_without_a_place_are_left_out() -> None:
    assert grid_places(GRIDS, [place("150221104016", "团结社区")]) == [
        found
        for found in grid_places(GRIDS, [place(code, name) for code, name in UNITS.items()])
        if found.area_code == "150221104016003"
    ]
