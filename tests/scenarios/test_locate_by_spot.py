"""Scenarios: the text says how the spot lies to a place, or names two, or several matters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.address.types import (
    AddressMatch,
    Lack,
    Link,
    MatchType,
    Matter,
    Place,
    PlaceKind,
    Relation,
)
from geo.locate.decision import decide
from geo.locate.landmarks import Landmarks
from geo.locate.types import Decision, Verdict
from geo.position import Position
from tests.scenarios.text_map import CODES, TextMap, matched

# A, B: two grids of 振华社区; C, D: 花苑社区; K, L: 磴口村 in another township. Cells of 200 m.
TOWN = TextMap(
    """
    AAABBBCC
    AAABBBCC
    DDDKKLLL
    DDDKKLLL
    """,
    cell_m=200,
)
COUNTY = TOWN.county()
ZHENHUA, HUAYUAN, DENGKOU = "150221104001", "150221104002", "150221200201"
TOWNSHIP = "150221104"

SCHOOL = TOWN.place("二小", PlaceKind.POI, (1.5, 1), radius_m=40, area=ZHENHUA)
OFFICE = TOWN.place("磴口村村委会", PlaceKind.POI, (4, 3), radius_m=40, area=DENGKOU)
VILLAGE = TOWN.place("磴口村", PlaceKind.COMMUNITY, (4, 3), radius_m=2000, area=DENGKOU)
BUILDING = TOWN.place(
    "阳光小区3号楼", PlaceKind.BUILDING, (4.5, 1), radius_m=30, area=CODES["B"], grids="B"
)
WEST_BUILDING = replace(BUILDING, id="1", name="阳光小区1号楼", lon=TOWN.at(2.5, 1)[0])
COMPOUND = TOWN.place(
    "阳光小区", PlaceKind.COMPOUND, (3, 1), radius_m=300, area=ZHENHUA, grids="AB"
)
COMMUNITY = TOWN.place("振华社区", PlaceKind.COMMUNITY, (3, 1), radius_m=500, area=ZHENHUA)
OTHER = TOWN.place("花苑社区", PlaceKind.COMMUNITY, (7, 1), radius_m=500, area=HUAYUAN)
STREET = TOWN.place("振华大街", PlaceKind.ROAD, (3, 1.9), radius_m=800, area=TOWNSHIP, grids="ABD")
AVENUE = TOWN.place("站前街", PlaceKind.ROAD, (5, 1), radius_m=800, area=TOWNSHIP, grids="BC")
POST = TOWN.place("652", PlaceKind.KILOMETRE_POST, (1, 1), radius_m=40, area=CODES["A"])
HAMLET = TOWN.place(
    "磴口村二组", PlaceKind.HAMLET, (6, 3), radius_m=100, area=CODES["L"], grids="L"
)


def ask(match: AddressMatch, position: Position | None = None) -> Decision:
    return decide(county=COUNTY, position=position, match=match)


def said(decision: Decision) -> str:
    return "".join(reason.detail for reason in decision.reasons)


def codes(decision: Decision) -> set[str]:
    return {candidate.code for candidate in decision.candidates}


def at_spot(
    place: Place,
    relation: Relation,
    *,
    offset_m: float | None = None,
    direction: str | None = None,
    spread_m: float = 0.0,
    office: bool = False,
) -> AddressMatch:
    match = matched(place, offset_m=offset_m, direction=direction)
    return replace(match, relation=relation, spread_m=spread_m, office=office)


class TestTheDisplacedSpot:
    def test_metres_and_a_wind_move_the_point_into_the_grid_next_door(self) -> None:
        step = at_spot(SCHOOL, Relation.STEP, offset_m=500, direction="东", spread_m=50)
        found = ask(step)
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["B"])
        assert "“二小”东500米" in said(found)

    def test_what_the_speaker_rounds_widens_the_disc_and_near_a_border_a_person_looks(self) -> None:
        step = at_spot(SCHOOL, Relation.STEP, offset_m=300, direction="东", spread_m=120)
        found = ask(step)
        assert (found.verdict, found.decided_by) == (Verdict.CONFIRM, ZHENHUA)
        assert codes(found) == {CODES["A"], CODES["B"]}

    def test_metres_without_a_wind_widen_the_circle(self) -> None:
        assert ask(at_spot(SCHOOL, Relation.STEP, offset_m=20)).grid == CODES["A"]
        wide = ask(at_spot(SCHOOL, Relation.STEP, offset_m=500))
        assert (wide.verdict, wide.grid) == (Verdict.CONFIRM, None)

    def test_the_office_of_a_village_is_a_point_and_the_village_is_not(self) -> None:
        office = at_spot(
            VILLAGE, Relation.STEP, offset_m=500, direction="东", spread_m=50, office=True
        )
        assert ask(office).grid == CODES["L"]
        village = replace(office, office=False)
        assert ask(village).verdict is Verdict.CONFIRM

    @pytest.mark.parametrize(
        ("relation", "spread_m", "verdict"),
        [
            (Relation.BESIDE, 40, Verdict.AUTO),
            (Relation.NEAR, 100, Verdict.AUTO),
            (Relation.NEAR, 300, Verdict.CONFIRM),
            (Relation.TOWARDS, 40, Verdict.CONFIRM),
        ],
    )
    def test_beside_and_near_are_judged_by_their_circle_and_a_bare_direction_never_suffices(
        self, relation: Relation, spread_m: float, verdict: Verdict
    ) -> None:
        assert ask(at_spot(SCHOOL, relation, spread_m=spread_m)).verdict is verdict

    def test_a_direction_without_metres_is_asked_for(self) -> None:
        found = ask(at_spot(SCHOOL, Relation.TOWARDS, direction="南", spread_m=40))
        assert "多少米" in said(found)

    def test_a_kilometre_post_is_a_point_and_metres_from_it_count(self) -> None:
        step = at_spot(POST, Relation.STEP, offset_m=700, direction="东", spread_m=100)
        assert ask(step).grid == CODES["B"]

    def test_the_side_of_a_village_puts_its_grids_first_and_chooses_none(self) -> None:
        for direction, first in (("东", "L"), ("西", "K")):
            found = ask(at_spot(VILLAGE, Relation.INSIDE, direction=direction))
            assert (found.verdict, found.decided_by) == (Verdict.CONFIRM, DENGKOU)
            assert found.candidates[0].code == CODES[first]

    def test_a_hamlet_lies_in_its_grid(self) -> None:
        assert ask(matched(HAMLET)).grid == CODES["L"]
        older = replace(HAMLET, grids=(CODES["A"],), lon=TOWN.at(3.5, 3)[0], radius_m=50)
        assert ask(matched(older)).grid == CODES["K"]


class TestStreets:
    def test_a_crossing_lies_in_the_grids_of_both_streets_and_a_person_chooses(self) -> None:
        crossing = replace(matched(STREET, AVENUE), link=Link.CROSSING)
        found = ask(crossing)
        assert (found.verdict, found.grid, found.decided_by) == (Verdict.CONFIRM, None, ZHENHUA)
        assert codes(found) == {CODES["B"]}
        assert "路口" in said(found)

    def test_a_street_in_a_named_community_leaves_the_grids_of_that_community(self) -> None:
        found = ask(replace(matched(STREET), within=ZHENHUA))
        assert (found.verdict, found.grid, found.decided_by) == (Verdict.CONFIRM, None, ZHENHUA)
        assert codes(found) == {CODES["A"], CODES["B"]}

    def test_a_kilometre_that_no_post_tells_goes_to_the_desk(self) -> None:
        found = ask(replace(matched(STREET), lack=Lack.KILOMETRE_POST))
        assert (found.verdict, found.decided_by) == (Verdict.DESK, "150221")
        assert "公里桩" in said(found)


class TestTwoPlaces:
    def test_what_lies_between_two_villages_of_a_township_goes_to_its_desk(self) -> None:
        both = replace(
            matched(COMMUNITY, OTHER), mentions=("振华社区", "花苑社区"), link=Link.BETWEEN
        )
        found = ask(both)
        assert (found.verdict, found.grid, found.decided_by) == (Verdict.DESK, None, TOWNSHIP)
        assert "只凭文字不落点" in said(found)

    def test_a_quarrel_of_two_villages_goes_to_their_township_and_to_none_of_them(self) -> None:
        both = replace(matched(COMMUNITY, OTHER), mentions=("振华社区", "花苑社区"), link=Link.BOTH)
        found = ask(both)
        assert (found.verdict, found.decided_by) == (Verdict.DESK, TOWNSHIP)

    def test_two_villages_of_two_townships_go_to_the_county(self) -> None:
        for link in (Link.BETWEEN, Link.BOTH):
            far = replace(matched(COMMUNITY, VILLAGE), mentions=("振华社区", "磴口村"), link=link)
            assert (ask(far).verdict, ask(far).decided_by) == (Verdict.DESK, "150221")

    def test_between_two_houses_of_one_grid_is_that_grid(self) -> None:
        other = replace(BUILDING, id="4", name="阳光小区4号楼")
        both = replace(matched(BUILDING, other), mentions=("3号楼", "4号楼"), link=Link.BETWEEN)
        assert ask(both).grid == CODES["B"]
        apart = replace(both, places=(BUILDING, WEST_BUILDING))
        assert (ask(apart).verdict, ask(apart).decided_by) == (Verdict.CONFIRM, ZHENHUA)

    def test_a_matter_of_two_houses_is_their_communitys(self) -> None:
        both = replace(
            matched(BUILDING, WEST_BUILDING), mentions=("3号楼", "1号楼"), link=Link.BOTH
        )
        assert (ask(both).verdict, ask(both).decided_by) == (Verdict.CONFIRM, ZHENHUA)
        near = replace(both, places=(BUILDING, replace(BUILDING, id="4")), margin=0.0)
        assert (ask(near).verdict, ask(near).grid) == (Verdict.AUTO, CODES["B"])

    def test_a_short_name_that_may_mean_others_is_asked_back(self) -> None:
        found = ask(replace(matched(VILLAGE), possibly=(COMMUNITY,)))
        assert (found.verdict, found.grid, found.decided_by) == (Verdict.CONFIRM, None, "150221")
        assert "是磴口村，还是振华社区？" in said(found)
        assert codes(found) == {CODES[letter] for letter in "ABKL"}


class TestWhoSpeaks:
    def test_where_the_caller_is_from_is_not_assigned_unseen(self) -> None:
        found = ask(replace(matched(BUILDING), hearsay=True))
        assert (found.verdict, found.grid, found.decided_by) == (
            Verdict.CONFIRM,
            CODES["B"],
            ZHENHUA,
        )
        assert "没有说事发地" in said(found)

    def test_the_position_of_the_phone_stands_against_where_the_caller_is_from(self) -> None:
        home = replace(matched(BUILDING), hearsay=True)
        found = ask(home, TOWN.point(6, 3.5, accuracy_m=10))
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["L"])
        assert "conflict" not in {reason.step for reason in found.reasons}

    def test_where_a_smell_is_noticed_is_not_where_it_comes_from(self) -> None:
        found = ask(replace(matched(COMMUNITY), perceived=True))
        assert (found.verdict, found.decided_by) == (Verdict.DESK, TOWNSHIP)
        assert "来源不明" in said(found)


class TestHowSure:
    @pytest.mark.parametrize(
        ("how", "margin", "verdict"),
        [
            (MatchType.EXACT, None, Verdict.AUTO),
            (MatchType.EXACT, 0.9, Verdict.AUTO),
            (MatchType.EXACT, 0.02, Verdict.CONFIRM),
            (MatchType.HOMOPHONE, None, Verdict.CONFIRM),
            (MatchType.HOMOPHONE, 0.2, Verdict.CONFIRM),
            (MatchType.HOMOPHONE, 0.9, Verdict.AUTO),
            (MatchType.FUZZY, 0.9, Verdict.AUTO),
            (MatchType.FALLBACK, 0.9, Verdict.CONFIRM),
        ],
    )
    def test_the_lead_over_the_next_reading_decides_with_the_way_the_name_was_met(
        self, how: MatchType, margin: float | None, verdict: Verdict
    ) -> None:
        match = replace(matched(BUILDING, match_type=how), margin=margin)
        assert ask(match).verdict is verdict


class TestSeveralMatters:
    def several(self, *places: Place) -> AddressMatch:
        parts = tuple(Matter(text=f"{place.name}的事", match=matched(place)) for place in places)
        return replace(matched(*places), link=Link.MATTERS, matters=parts)

    def test_matters_in_one_grid_are_that_grids_and_a_split_is_proposed(self) -> None:
        found = ask(self.several(BUILDING, replace(BUILDING, id="5", name="阳光小区5号楼")))
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["B"])
        assert "建议拆单：1）阳光小区3号楼的事；2）阳光小区5号楼的事" in said(found)

    def test_matters_in_two_grids_wait_for_the_split(self) -> None:
        found = ask(self.several(BUILDING, WEST_BUILDING))
        assert (found.verdict, found.decided_by) == (Verdict.CONFIRM, ZHENHUA)
        far = ask(self.several(BUILDING, VILLAGE))
        assert (far.verdict, far.decided_by) == (Verdict.DESK, "150221")

    def test_a_matter_without_a_place_is_nobodys_yet(self) -> None:
        one = Matter(text="收费高", match=matched())
        match = self.several(BUILDING)
        found = ask(replace(match, matters=(*match.matters, one)))
        assert found.verdict is Verdict.CONFIRM


class TestHintsOfCandidates:
    def hints(self, match: AddressMatch, *places: Place) -> dict[str, str]:
        found = decide(county=COUNTY, position=None, match=match, landmarks=Landmarks(places))
        names = {code: letter for letter, code in CODES.items()}
        return {names[candidate.code]: candidate.hint for candidate in found.candidates}

    def building(self, number: int, column: float) -> Place:
        lon, lat = TOWN.at(column, 1)
        return replace(
            BUILDING, id=f"b{number}", name=f"{number}号楼", lon=lon, lat=lat, parent_id=COMPOUND.id
        )

    def test_a_compound_that_a_border_cuts_is_told_apart_by_its_buildings(self) -> None:
        west = [self.building(number, 2.5) for number in (1, 2, 3, 6)]
        east = [self.building(number, 3.5) for number in (4, 5)]
        hints = self.hints(matched(COMPOUND), *west, *east)
        assert hints["A"].endswith("有1—3、6号楼")
        assert hints["B"].endswith("有4—5号楼")

    def test_the_grids_of_a_community_are_told_apart_by_what_lies_inside(self) -> None:
        gate = replace(SCHOOL, id="gate", name="二小南门")
        garden = TOWN.place(
            "锦绣花园", PlaceKind.COMPOUND, (2, 0.5), radius_m=60, area=ZHENHUA, grids="A"
        )
        market = TOWN.place("农贸市场", PlaceKind.POI, (4, 1), radius_m=60, area=ZHENHUA)
        hints = self.hints(matched(COMMUNITY), gate, SCHOOL, market, garden)
        assert hints["A"].endswith("内有锦绣花园、二小")
        assert hints["B"].endswith("内有农贸市场")

    def test_a_group_of_a_village_has_the_name_that_people_give_it(self) -> None:
        hints = self.hints(matched(VILLAGE), replace(HAMLET, aliases=("后官地",)))
        assert hints["L"].endswith("内有二组（后官地）")

    def test_a_landmark_lies_where_its_point_lies_whatever_its_old_grid_was(self) -> None:
        moved = replace(SCHOOL, area_code=CODES["B"])
        assert self.hints(matched(COMMUNITY), moved)["A"].endswith("内有二小")

    def test_the_grids_along_a_street_lie_on_its_sides(self) -> None:
        straight = TextMap(
            """
            AAABBB
            DDDCCC
            """,
            cell_m=200,
        )
        road = straight.place(
            "振华大街", PlaceKind.ROAD, (3, 1), radius_m=600, area=TOWNSHIP, grids="ABCD"
        )
        found = decide(county=straight.county(), position=None, match=matched(road))
        hints = {candidate.code: candidate.hint for candidate in found.candidates}
        for letter, side in (("A", "路北"), ("B", "路北"), ("C", "路南"), ("D", "路南")):
            assert side in hints[CODES[letter]]


class TestBesideAPosition:
    def test_a_quarrel_of_two_villages_stays_with_the_township_wherever_the_phone_is(self) -> None:
        both = replace(matched(COMMUNITY, OTHER), mentions=("振华社区", "花苑社区"), link=Link.BOTH)
        found = ask(both, TOWN.point(1, 1, accuracy_m=10))
        assert (found.verdict, found.grid, found.decided_by) == (
            Verdict.DESK,
            CODES["A"],
            TOWNSHIP,
        )

    def test_a_position_tells_where_between_two_places_it_is(self) -> None:
        between = replace(
            matched(COMMUNITY, OTHER), mentions=("振华社区", "花苑社区"), link=Link.BETWEEN
        )
        found = ask(between, TOWN.point(4.5, 1, accuracy_m=10))
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["B"])

    def test_the_place_of_one_of_several_matters_does_not_take_the_others_along(self) -> None:
        parts = tuple(
            Matter(text=place.name, match=matched(place)) for place in (BUILDING, WEST_BUILDING)
        )
        match = replace(matched(BUILDING, WEST_BUILDING), link=Link.MATTERS, matters=parts)
        found = ask(match, TOWN.point(4.5, 1, accuracy_m=10))
        assert (found.verdict, found.grid, found.decided_by) == (
            Verdict.CONFIRM,
            CODES["B"],
            ZHENHUA,
        )


class TestABuildingNumberWithoutACompound:
    NUMBERED = replace(BUILDING, name="3号楼", parent_id=COMPOUND.id)
    ALONE = replace(matched(), building="3")

    def ask(self, *places: Place, column: float, accuracy_m: float = 20) -> Decision:
        position = TOWN.point(column, 1, accuracy_m=accuracy_m)
        landmarks = Landmarks((COMPOUND, *places))
        return decide(county=COUNTY, position=position, match=self.ALONE, landmarks=landmarks)

    def test_the_phone_tells_whose_it_is_and_the_number_in_which_grid(self) -> None:
        near_border = replace(self.NUMBERED, lon=TOWN.at(3.1, 1)[0])
        found = self.ask(near_border, column=3.02)
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["B"])
        assert "“阳光小区3号楼”" in said(found)

    def test_without_such_a_building_near_the_position_stands_alone(self) -> None:
        found = self.ask(self.NUMBERED, column=3.02)
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, CODES["B"])
        assert found.decided_by == ZHENHUA

    def test_of_two_buildings_of_one_number_none_is_chosen(self) -> None:
        east = replace(self.NUMBERED, lon=TOWN.at(3.1, 1)[0])
        west = replace(self.NUMBERED, id="w", parent_id="other", lon=TOWN.at(2.9, 1)[0])
        assert self.ask(east, west, column=3.02).verdict is Verdict.CONFIRM
