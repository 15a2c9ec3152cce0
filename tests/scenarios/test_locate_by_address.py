"""Scenarios: a report comes with an address, alone or beside a position."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from geo.address.types import AddressMatch, MatchType, PlaceKind
from geo.locate.county_map import CountyMap
from geo.locate.decision import decide
from geo.locate.types import Decision, Verdict
from geo.position import Datum, Position
from tests.scenarios.text_map import CODES, TextMap, matched

# A, B: two grids of 振华社区; C, D: 花苑社区; K, L: 磴口村 in another township.
TOWN = TextMap(
    """
    AABBCC
    AABBCC
    DDKKLL
    DDKKLL
    """
)
COUNTY = TOWN.county()
ZHENHUA, HUAYUAN, DENGKOU = "150221104001", "150221104002", "150221200201"

COMPOUND = TOWN.place(
    "阳光小区", PlaceKind.COMPOUND, (2, 1), radius_m=120, area=ZHENHUA, grids="AB"
)
BUILDING = TOWN.place(
    "阳光小区3号楼", PlaceKind.BUILDING, (2.5, 1), radius_m=30, area=CODES["B"], grids="B"
)
SMALL_COMPOUND = TOWN.place(
    "丽景苑", PlaceKind.COMPOUND, (5, 1), radius_m=60, area=HUAYUAN, grids="C"
)
COMMUNITY = TOWN.place("振华社区", PlaceKind.COMMUNITY, (2, 1), radius_m=2000, area=ZHENHUA)
VILLAGE = TOWN.place("磴口村", PlaceKind.COMMUNITY, (4, 3), radius_m=2000, area=DENGKOU)
NAMESAKE = TOWN.place("磴口", PlaceKind.COMPOUND, (1, 3), radius_m=100, area=HUAYUAN, grids="D")
TOWNSHIP = TOWN.place("萨拉齐镇", PlaceKind.TOWNSHIP, (2, 1), radius_m=9000, area="150221104")
ROAD = TOWN.place("振华大街", PlaceKind.ROAD, (3, 1), radius_m=400, area="150221104", grids="ABC")
MARKET = TOWN.place("农贸市场", PlaceKind.POI, (1.8, 1), radius_m=60, area=ZHENHUA)
GRID = TOWN.place(
    "振华社区第二网格", PlaceKind.GRID, (2, 1), radius_m=1000, area=CODES["B"], grids="B"
)
SCHOOL = TOWN.place("二小", PlaceKind.POI, (1, 1), radius_m=60, area=ZHENHUA)


def ask(match: AddressMatch | None, position: Position | None = None) -> Decision:
    return decide(county=COUNTY, position=position, match=match)


def steps(decision: Decision) -> set[str]:
    return {reason.step for reason in decision.reasons}


def said(decision: Decision) -> str:
    return "".join(reason.detail for reason in decision.reasons)


def codes(decision: Decision) -> set[str]:
    return {candidate.code for candidate in decision.candidates}


class TestAddressAlone:
    def test_a_numbered_building_is_assigned_at_once(self) -> None:
        found = ask(matched(BUILDING))
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["B"])
        assert found.path[-1] == CODES["B"]
        assert found.decided_by is None
        assert found.position is None

    def test_a_compound_in_one_grid_is_assigned_at_once(self) -> None:
        assert ask(matched(SMALL_COMPOUND)).grid == CODES["C"]

    def test_a_compound_is_the_grids_in_which_its_buildings_lie_when_a_border_was_drawn_anew(
        self,
    ) -> None:
        gone_over = replace(SMALL_COMPOUND, grids=(CODES["D"],), buildings=(TOWN.at(5, 1),))
        assert ask(matched(gone_over)).grid == CODES["C"]
        cut = replace(gone_over, buildings=(TOWN.at(5, 1.5), TOWN.at(1, 2.5)))
        assert codes(ask(matched(cut))) == {CODES["C"], CODES["D"]}
        assert ask(matched(replace(gone_over, buildings=()))).grid == CODES["C"]

    def test_a_new_grid_is_among_the_candidates_of_its_village_though_the_gazetteer_is_older(
        self,
    ) -> None:
        older = replace(VILLAGE, grids=(CODES["K"],))
        assert codes(ask(matched(older))) == {CODES["K"], CODES["L"]}

    def test_a_compound_cut_by_a_border_is_left_to_its_community_which_is_told_what_to_ask(
        self,
    ) -> None:
        found = ask(matched(COMPOUND))
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, None)
        assert found.decided_by == ZHENHUA
        assert found.path == ("150221", "150221104", ZHENHUA)
        assert [c.hint for c in found.candidates] == ["在振华社区西部", "在振华社区东部"]
        assert all(c.share is None and c.distance_m is None for c in found.candidates)
        assert "几号楼？" in said(found)

    def test_a_village_of_several_grids_is_answered_at_village_level(self) -> None:
        found = ask(matched(VILLAGE))
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, None)
        assert found.decided_by == DENGKOU
        assert codes(found) == {CODES["K"], CODES["L"]}

    def test_the_caller_is_asked_for_a_building_in_town_and_for_the_group_in_a_village(
        self,
    ) -> None:
        assert "哪个小区、几号楼？" in said(ask(matched(COMMUNITY)))
        assert "哪个村民小组" in said(ask(matched(VILLAGE)))

    def test_grids_on_the_same_side_of_their_village_still_have_hints_of_their_own(self) -> None:
        codes = {letter: f"{DENGKOU}{number:03d}" for number, letter in enumerate("ABCDEF", 1)}
        drawn = TextMap("ABCDEF", codes=codes)
        shapes = drawn.shapes()
        county = CountyMap(
            revision="row", codes=list(shapes), geometries=list(shapes.values()), names={}
        )
        found = decide(county=county, position=None, match=matched(VILLAGE))
        assert len(found.candidates) == 6
        assert len({c.hint for c in found.candidates}) == 6

    def test_one_name_in_two_townships_is_never_chosen_from(self) -> None:
        found = ask(matched(VILLAGE, NAMESAKE))
        assert (found.verdict, found.grid, found.decided_by) == (Verdict.DESK, None, "150221")
        assert found.path == ("150221",)
        hints = {c.code: c.hint for c in found.candidates}
        assert set(hints) == {CODES["K"], CODES["L"], CODES["D"]}
        assert hints[CODES["K"]].startswith("属海子乡")
        assert hints[CODES["D"]].startswith("属萨拉齐镇")
        assert "哪个乡镇的磴口" in said(found)

    def test_one_name_twice_in_a_township_is_left_to_the_township(self) -> None:
        found = ask(matched(COMPOUND, NAMESAKE))
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, None)
        assert found.decided_by == "150221104"

    def test_a_township_alone_goes_to_its_desk_without_candidates(self) -> None:
        found = ask(matched(TOWNSHIP))
        assert (found.verdict, found.decided_by) == (Verdict.DESK, "150221104")
        assert found.path == ("150221", "150221104")
        assert found.candidates == ()

    def test_a_street_never_gives_a_grid_not_even_one_that_lies_in_a_single_grid(self) -> None:
        for grids in ("ABC", "A"):
            road = replace(ROAD, grids=tuple(CODES[letter] for letter in grids))
            found = ask(matched(road))
            assert (found.verdict, found.grid) == (Verdict.CONFIRM, None)
            assert found.decided_by == "150221104"
            assert "不按道路定网格" in said(found)

    def test_a_place_of_interest_is_judged_by_the_disc_of_its_radius(self) -> None:
        assert (ask(matched(SCHOOL)).verdict, ask(matched(SCHOOL)).grid) == (
            Verdict.AUTO,
            CODES["A"],
        )
        near_border = ask(matched(MARKET))
        assert (near_border.verdict, near_border.grid) == (Verdict.CONFIRM, None)
        assert codes(near_border) == {CODES["A"], CODES["B"]}

    def test_an_offset_moves_the_place_and_the_anchor_is_not_assigned(self) -> None:
        moved = ask(matched(BUILDING, offset_m=150, direction="西"))
        assert moved.grid == CODES["A"]
        unknown_side = ask(matched(BUILDING, offset_m=150))
        assert unknown_side.verdict is Verdict.CONFIRM

    def test_a_place_outside_the_county_goes_to_the_desk(self) -> None:
        found = ask(matched(outside=True))
        assert (found.verdict, found.decided_by, found.path) == (Verdict.DESK, "150221", ())
        assert "outside" in steps(found)

    @pytest.mark.parametrize("match", [None, matched()])
    def test_nothing_known_goes_to_the_desk(self, match: AddressMatch | None) -> None:
        found = ask(match)
        assert (found.verdict, found.decided_by, found.candidates) == (Verdict.DESK, "150221", ())
        assert "unknown" in steps(found)

    def test_text_that_was_not_understood_forbids_an_automatic_answer(self) -> None:
        found = ask(matched(BUILDING, unexplained="东侧小院"))
        assert (found.verdict, found.decided_by) == (Verdict.CONFIRM, ZHENHUA)
        assert found.grid == CODES["B"]
        assert "东侧小院" in said(found)

    @pytest.mark.parametrize("how", [MatchType.FUZZY, MatchType.HOMOPHONE, MatchType.FALLBACK])
    def test_a_name_met_only_nearly_is_confirmed_by_a_person(self, how: MatchType) -> None:
        assert ask(matched(BUILDING, match_type=how)).verdict is Verdict.CONFIRM
        assert ask(matched(BUILDING, match_type=MatchType.ALIAS)).verdict is Verdict.AUTO

    def test_a_named_grid_is_assigned_at_once(self) -> None:
        found = ask(matched(GRID))
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["B"])
        assert "识别为“振华社区第二网格”（网格，完全一致），属萨拉齐镇振华社区。" in said(found)

    def test_a_named_grid_that_these_boundaries_do_not_have_leaves_its_community(self) -> None:
        retired = replace(GRID, area_code=ZHENHUA + "009", grids=(ZHENHUA + "009",))
        found = ask(matched(retired))
        assert (found.verdict, found.grid, found.decided_by) == (Verdict.CONFIRM, None, ZHENHUA)
        assert codes(found) == {CODES["A"], CODES["B"]}

    def test_the_county_alone_is_certain_and_nothing_below_it(self) -> None:
        found = ask(replace(matched(), name="土默特右旗", detail="只识别到土默特右旗。"))
        assert (found.verdict, found.path, found.decided_by) == (
            Verdict.DESK,
            ("150221",),
            "150221",
        )

    def test_different_places_are_both_named_and_nobody_asks_for_a_building(self) -> None:
        other = TOWN.place("花苑社区", PlaceKind.COMMUNITY, (5, 1), radius_m=2000, area=HUAYUAN)
        both = replace(matched(COMMUNITY, other), mentions=("振华社区", "花苑社区"))
        found = ask(both)
        assert "地址：识别出2处：振华社区、花苑社区，涉及4个网格" in said(found)
        assert "事发地是振华社区还是花苑社区" in said(found)
        assert "几号楼" not in said(found)
        assert "同名" not in said(found)

    def test_different_places_in_two_townships_are_not_called_namesakes(self) -> None:
        both = replace(matched(SMALL_COMPOUND, VILLAGE), mentions=("丽景苑", "磴口村"))
        found = ask(both)
        assert found.verdict is Verdict.DESK
        assert "识别出2处：丽景苑、磴口村，分属萨拉齐镇、海子乡，不能代选。" in said(found)
        assert "同名" not in said(found)

    def test_different_places_in_one_grid_are_assigned_at_once(self) -> None:
        other = replace(BUILDING, id="4", name="阳光小区4号楼")
        both = replace(matched(BUILDING, other), mentions=("阳光小区3号楼", "阳光小区4号楼"))
        found = ask(both)
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["B"])
        assert "都在萨拉齐镇振华社区第二网格内" in said(found)

    def test_a_hint_says_each_name_once(self) -> None:
        other = TOWN.place("花苑社区", PlaceKind.COMMUNITY, (5, 1), radius_m=2000, area=HUAYUAN)
        found = ask(replace(matched(COMMUNITY, other), mentions=("振华社区", "花苑社区")))
        hints = {candidate.code: candidate.hint for candidate in found.candidates}
        assert hints[CODES["A"]] == "属萨拉齐镇振华社区西部"
        mixed = ask(matched(VILLAGE, replace(VILLAGE, area_code=HUAYUAN, name="磴口村")))
        assert {c.code: c.hint for c in mixed.candidates}[CODES["K"]] == "属海子乡，在磴口村西部"


class TestAddressBesideAPosition:
    def test_a_point_in_the_named_place_is_assigned_and_the_agreement_is_stated(self) -> None:
        found = ask(matched(COMPOUND), TOWN.point(1, 1, accuracy_m=18))
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["A"])
        assert "agreement" in steps(found)

    def test_the_point_tells_namesakes_apart(self) -> None:
        found = ask(matched(VILLAGE, NAMESAKE), TOWN.point(5, 3, accuracy_m=18))
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["L"])
        assert found.address_match is not None
        assert found.address_match.places == (VILLAGE,)

    def test_a_point_across_the_border_from_a_near_compound_is_confirmed_by_a_person(self) -> None:
        near = replace(SMALL_COMPOUND, lon=TOWN.at(4.3, 1)[0])
        found = ask(matched(near), TOWN.point(3.9, 1, accuracy_m=5))
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, CODES["B"])
        assert codes(found) == {CODES["B"], CODES["C"]}
        assert "分属不同网格" in said(found)

    def test_a_named_building_beats_the_position_of_the_phone_and_this_is_said(self) -> None:
        found = ask(matched(BUILDING), TOWN.point(5, 3, accuracy_m=18))
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["B"])
        assert "conflict" in steps(found)
        assert found.trace["owner"] == CODES["L"]

    def test_the_grid_that_the_text_chose_has_no_share_and_the_distance_is_said(self) -> None:
        found = ask(matched(BUILDING), TOWN.point(5, 3, accuracy_m=18))
        assert [(c.code, c.share) for c in found.candidates] == [(CODES["B"], None)]
        assert "手机定位在320米外，以地址为准" in said(found)

    @pytest.mark.parametrize("column", [55, -1250])
    def test_a_person_looks_when_the_phone_is_far_from_the_building_or_outside_the_county(
        self, column: int
    ) -> None:
        wide = TextMap("AABBCC" + "L" * 60)
        position = wide.point(column, 0.5, accuracy_m=18)
        found = decide(county=wide.county(), position=position, match=matched(BUILDING))
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, CODES["B"])
        assert found.path[-1] == CODES["B"]
        assert found.decided_by == ZHENHUA
        assert [(c.code, c.share) for c in found.candidates] == [(CODES["B"], None)]
        away = {55: "手机定位在5250米外", -1250: "手机定位在125公里外"}[column]
        assert away in said(found)
        assert json.dumps(found.trace)

    def test_a_phone_just_outside_the_county_is_looked_at_by_a_person_too(self) -> None:
        found = ask(matched(BUILDING), TOWN.point(-1, 1, accuracy_m=18))
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, CODES["B"])

    def test_a_point_in_another_grid_than_the_named_one_is_confirmed_by_a_person(self) -> None:
        found = ask(matched(GRID), TOWN.point(5, 3, accuracy_m=18))
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, CODES["L"])
        assert codes(found) == {CODES["L"], CODES["B"]}

    def test_a_building_not_surely_matched_does_not_beat_the_position(self) -> None:
        found = ask(matched(BUILDING, match_type=MatchType.FUZZY), TOWN.point(5, 3, accuracy_m=18))
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, CODES["L"])
        assert codes(found) == {CODES["L"], CODES["B"]}

    def test_disagreement_beyond_both_radii_goes_to_a_person_with_the_candidates_of_both(
        self,
    ) -> None:
        found = ask(matched(SMALL_COMPOUND), TOWN.point(1, 3, accuracy_m=18))
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, CODES["D"])
        assert codes(found) == {CODES["C"], CODES["D"]}
        assert found.decided_by == HUAYUAN
        assert "conflict" in steps(found)

    def test_a_point_just_outside_the_named_community_is_not_assigned_in_silence(self) -> None:
        found = ask(matched(COMMUNITY), TOWN.point(5, 1, accuracy_m=10))
        assert (found.verdict, found.grid) == (Verdict.CONFIRM, CODES["C"])
        assert codes(found) == {CODES["A"], CODES["B"], CODES["C"]}

    def test_a_point_against_the_named_township_is_settled_by_the_county(self) -> None:
        found = ask(matched(TOWNSHIP), TOWN.point(5, 3, accuracy_m=18))
        assert (found.verdict, found.grid, found.decided_by) == (
            Verdict.CONFIRM,
            CODES["L"],
            "150221",
        )

    def test_a_township_or_street_that_fits_leaves_the_decision_to_the_point(self) -> None:
        for place in (TOWNSHIP, ROAD):
            found = ask(matched(place), TOWN.point(1, 1, accuracy_m=18))
            assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["A"])

    def test_a_named_village_narrows_the_candidates_of_a_wide_disc(self) -> None:
        found = ask(matched(VILLAGE), TOWN.point(3.9, 2.2, accuracy_m=60))
        assert found.verdict is Verdict.CONFIRM
        assert codes(found) == {CODES["K"], CODES["L"]}
        assert found.decided_by == DENGKOU

    def test_a_compound_in_one_grid_is_finer_than_a_disc_of_three_kilometres(self) -> None:
        found = ask(matched(SMALL_COMPOUND), TOWN.point(1, 3, accuracy_m=3_000))
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["C"])

    def test_a_disc_of_twenty_kilometres_leaves_the_decision_to_the_address(self) -> None:
        found = ask(matched(COMPOUND), TOWN.point(1, 3, accuracy_m=25_000))
        assert (found.verdict, found.grid, found.decided_by) == (Verdict.CONFIRM, None, ZHENHUA)
        assert found.position is not None

    def test_a_point_outside_stays_at_the_desk_with_the_candidates_of_the_address(self) -> None:
        found = ask(matched(COMPOUND), TOWN.point(-9, 3, accuracy_m=18))
        assert (found.verdict, found.grid, found.decided_by) == (Verdict.DESK, None, "150221")
        assert codes(found) == {CODES["A"], CODES["B"]}

    def test_an_address_elsewhere_makes_a_point_inside_doubtful(self) -> None:
        found = ask(matched(outside=True), TOWN.point(1, 1, accuracy_m=18))
        assert (found.verdict, found.grid, found.decided_by) == (
            Verdict.CONFIRM,
            CODES["A"],
            "150221",
        )

    def test_an_address_that_says_nothing_leaves_the_position_as_it_is(self) -> None:
        found = ask(matched(), TOWN.point(1, 1, accuracy_m=18))
        assert (found.verdict, found.grid) == (Verdict.AUTO, CODES["A"])
        assert "unknown" in steps(found)


class TestWrongDatum:
    """GCJ-02 is about 530 m off here, so the map is drawn with cells of 500 m."""

    WIDE = TextMap(TOWN.picture, cell_m=500)

    def ask(self, match: AddressMatch, position: Position) -> Decision:
        return decide(county=self.WIDE.county(), position=position, match=match)

    def test_when_another_datum_fits_the_address_this_is_said_and_both_grids_are_listed(
        self,
    ) -> None:
        village = self.WIDE.place(
            "磴口村", PlaceKind.COMMUNITY, (4, 3), radius_m=2000, area=DENGKOU
        )
        position = self.WIDE.point(3, 2.2, accuracy_m=10, datum=Datum.GCJ02, sent_as=Datum.WGS84)
        found = self.ask(matched(village), position)
        assert found.verdict is Verdict.CONFIRM
        assert found.grid == CODES["B"]
        assert CODES["K"] in codes(found)
        reason = next(r for r in found.reasons if r.step == "datum_mislabel")
        assert "按GCJ-02解读与地址相符" in reason.detail
        assert ["gcj02", CODES["K"]] in found.trace["other_readings"]  # type: ignore[operator]
        assert json.dumps(found.trace)

    def test_a_right_datum_is_never_called_wrong(self) -> None:
        village = self.WIDE.place(
            "磴口村", PlaceKind.COMMUNITY, (4, 3), radius_m=2000, area=DENGKOU
        )
        for datum in Datum:
            found = self.ask(matched(village), self.WIDE.point(3, 2.5, datum=datum))
            assert found.grid == CODES["K"]
            assert "datum_mislabel" not in {r.step for r in found.reasons}
