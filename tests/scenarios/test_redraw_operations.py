"""Scenarios: an administrator redraws the grids of her township, drawn as text maps."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.coverage import area_m2, check_coverage
from geo.redraw.apply import apply
from geo.redraw.dwellings import Building, Dwellings
from geo.redraw.limits import Limits
from geo.redraw.lineage import lineage
from geo.redraw.operations import (
    AssignPlaces,
    Merge,
    MoveNode,
    Operation,
    Replan,
    Reshape,
    Split,
    Transfer,
)
from geo.redraw.outcome import Outcome
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet
from tests.scenarios.text_map import TextMap

# A–H: grids of one community; K, L: of another one; X: of another township.
CODES = {letter: f"150221104001{n:03d}" for n, letter in enumerate("ABCDEFGH", start=1)}
CODES |= {"K": "150221104002001", "L": "150221104002002", "X": "150221200201001"}
A, B, C, D, K, X = (CODES[letter] for letter in "ABCDKX")

STREETS = TextMap(
    """
    AABB
    AABB
    CCDD
    CCKK
    """,
    codes=CODES,
)


def fresh_codes(parent: str, count: int) -> tuple[str, ...]:
    return tuple(f"{parent}{900 + n:03d}" for n in range(count))


def limits(**given: object) -> Limits:
    return Limits(**{"area": "150221104", "next_codes": fresh_codes, **given})  # type: ignore[arg-type]


def line(drawn: TextMap, *places: tuple[float, float]) -> LineString:
    return LineString([drawn.at(*place) for place in places])


def area(drawn: TextMap, *places: tuple[float, float]) -> Polygon:
    return Polygon([drawn.at(*place) for place in places])


def box(drawn: TextMap, west: float, north: float, east: float, south: float) -> Polygon:
    return area(drawn, (west, north), (east, north), (east, south), (west, south))


def do(drawn: TextMap, operation: Operation, **given: object) -> tuple[Sheet, Sheet, Outcome]:
    """Return the sheet before and after, having replayed what is logged to the same bytes."""
    before = Sheet(drawn.shapes())
    outcome, logged = apply(before, operation, limits(**given))
    after = outcome.redo(before)
    again, logged_again = apply(before, logged, limits(**given))
    assert repr(logged_again) == repr(logged)
    assert wkb(again.redo(before)) == wkb(after)
    assert wkb(outcome.undo(after)) == wkb(before)
    report = check_coverage(
        list(after), list(after.shapes.values()), multipart_codes=outcome.in_parts
    )
    assert report.is_valid
    return before, after, outcome


def wkb(sheet: Sheet) -> dict[str, bytes]:
    return {code: shapely.to_wkb(sheet[code]) for code in sheet}


def refusal(drawn: TextMap, operation: Operation, **given: object) -> RedrawError:
    sheet = Sheet(drawn.shapes())
    before = wkb(sheet)
    with pytest.raises(RedrawError) as caught:
        apply(sheet, operation, limits(**given))
    assert wkb(sheet) == before
    assert caught.value.message
    return caught.value


def cells(drawn: TextMap, shape: BaseGeometry) -> float:
    return area_m2(shape) / drawn.cell_m**2


# --- transfer -----------------------------------------------------------------------------------


def test_a_strip_goes_to_the_neighbour_and_both_sides_change() -> None:
    before, after, outcome = do(STREETS, Transfer(to=A, area=box(STREETS, 1.5, -1, 3, 3)))
    # The drawing reached over C, D and outside too: those of the community gave land as well.
    assert set(outcome.meant) == {A, B, C, D}
    assert cells(STREETS, after[A]) == pytest.approx(7.5, abs=0.01)
    assert shapely.union_all([after[c] for c in after]).equals(
        shapely.union_all([before[c] for c in before])
    )


def test_the_answer_names_the_land_of_each_grid_before_and_after() -> None:
    _, _, outcome = do(STREETS, Transfer(to=A, area=box(STREETS, 2, 0, 3, 2)))
    changes = {c.code: (c.area_before_m2, c.area_after_m2) for c in outcome.areas}
    assert changes[A] == (pytest.approx(40_000, rel=1e-3), pytest.approx(60_000, rel=1e-3))
    assert changes[B] == (pytest.approx(40_000, rel=1e-3), pytest.approx(20_000, rel=1e-3))


def test_a_grid_beside_the_change_gets_the_node_but_keeps_its_land() -> None:
    before, after, outcome = do(STREETS, Transfer(to=A, area=box(STREETS, 2, 0, 2.5, 2)))
    assert outcome.meant == (A, B)
    assert set(outcome.after) == {A, B, D}
    corner = STREETS.at(2.5, 2)
    assert corner in set(map(tuple, shapely.get_coordinates(after[D]).tolist()))
    assert corner not in set(map(tuple, shapely.get_coordinates(before[D]).tolist()))
    assert after[D].equals(before[D])


def test_a_line_traced_half_a_metre_beside_the_border_follows_the_border() -> None:
    drawn = Transfer(to=A, area=box(STREETS, 1.995, 0.004, 3, 1.996))
    _, after, outcome = do(STREETS, drawn)
    exact = do(STREETS, Transfer(to=A, area=box(STREETS, 2, 0, 3, 2)))[1]
    assert wkb(after) == wkb(exact)
    assert outcome.meant == (A, B)


def test_a_corner_that_the_line_cuts_off_by_accident_is_swept_up_and_reported() -> None:
    # 4 m from the north border a strip of 4 m by 20 m would be left of B, cut off from the rest.
    drawn = area(STREETS, (2, 0.04), (2.2, 0.04), (2.2, 0), (2.4, 0), (2.4, 2), (2, 2))
    _, after, outcome = do(STREETS, Transfer(to=A, area=drawn, snap_m=0.0))
    assert [(note.reason, note.codes) for note in outcome.warnings] == [("crumb", (A,))]
    assert outcome.warnings[0].area_m2 == pytest.approx(80, rel=0.01)
    assert after[A].geom_type == after[B].geom_type == "Polygon"


def test_a_donor_is_not_cut_in_two() -> None:
    trouble = refusal(STREETS, Transfer(to=A, area=box(STREETS, 1, 0.5, 5, 1.5)))
    assert trouble.reason == "would_fall_apart"
    assert trouble.codes == (B,)
    # The place shown is the part that would come off, not the whole county.
    assert trouble.where is not None
    assert cells(STREETS, trouble.where) == pytest.approx(1, rel=0.01)


def test_land_that_does_not_touch_the_receiver_is_not_given() -> None:
    trouble = refusal(STREETS, Transfer(to=A, area=box(STREETS, 3, 0, 4, 1)))
    assert trouble.reason == "would_fall_apart"
    assert trouble.codes == (A,)


def test_land_that_touches_the_receiver_in_a_corner_only_is_not_given() -> None:
    trouble = refusal(STREETS, Transfer(to=A, area=box(STREETS, 2, 2, 4, 2.5)))
    assert trouble.reason == "would_fall_apart"


def test_a_whole_grid_is_merged_and_not_swallowed() -> None:
    trouble = refusal(STREETS, Transfer(to=A, area=box(STREETS, 2, 0, 4, 2)))
    assert trouble.reason == "would_vanish"
    assert "合并" in trouble.message


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (box(STREETS, 20, 0, 22, 2), "outside_area"),
        (area(STREETS, (1, 0), (3, 2), (3, 0), (1, 2)), "self_crossing"),
        (box(STREETS, 0.2, 0.2, 1, 1), "nothing_changes"),
        (
            shapely.from_wkt("POLYGON ((110.5 40.5, NaN 40, 110.6 40.5, 110.5 40.5))"),
            "empty_drawing",
        ),
        (Polygon([(999, 40), (1000, 40), (1000, 41)]), "not_a_position"),
        (Polygon(), "empty_drawing"),
        (shapely.Point(110.5, 40.5).buffer(1e-3, quad_segs=50_000), "too_many_vertices"),
        (LineString([(110.5, 40.5), (110.6, 40.5)]), "wrong_shape"),
    ],
)
def test_a_drawing_that_cannot_be_meant_is_refused(shape: BaseGeometry, reason: str) -> None:
    assert refusal(STREETS, Transfer(to=A, area=shape)).reason == reason


def test_land_of_another_community_needs_the_word_cross_parent() -> None:
    drawn = box(STREETS, 2, 3, 3, 4)
    trouble = refusal(STREETS, Transfer(to=D, area=drawn))
    assert (trouble.reason, set(trouble.codes)) == ("crosses_parent", {D, K})
    _, _, outcome = do(STREETS, Transfer(to=D, area=drawn, cross_parent=True))
    assert outcome.meant == (D, K)


def test_a_shaky_line_that_grazes_another_community_leaves_it_alone() -> None:
    # 0.3 m over the border of K on a length of 100 m, beyond what snapping mends.
    drawn = box(STREETS, 2, 1.5, 3, 3.003)
    _, _, outcome = do(STREETS, Transfer(to=C, area=drawn, snap_m=0.0))
    assert K not in outcome.meant
    assert [(note.reason, note.codes) for note in outcome.warnings] == [("grazed", (K,))]


def test_land_outside_the_plan_is_not_touched() -> None:
    drawn = TextMap("AAXX\nAAXX", codes=CODES)
    trouble = refusal(drawn, Transfer(to=A, area=box(drawn, 2, 0, 3, 2), cross_parent=True))
    assert (trouble.reason, trouble.codes) == ("outside_area", (X,))


@pytest.mark.parametrize("snap_m", [-1.0, 5.1, float("nan")])
def test_a_tolerance_beyond_five_metres_is_refused(snap_m: float) -> None:
    drawn = Transfer(to=A, area=box(STREETS, 2, 0, 3, 2), snap_m=snap_m)
    assert refusal(STREETS, drawn).reason == "bad_snap"


# --- islands ------------------------------------------------------------------------------------

RING = TextMap(
    """
    AAAAB
    ACCAB
    AAAAB
    """,
    codes=CODES,
)
ISLES = TextMap(
    """
    AABBA
    AABBB
    AACCC
    """,
    codes=CODES,
)


def test_a_split_through_an_enclave_leaves_the_enclave_alone() -> None:
    before, after, outcome = do(RING, Split(grid=A, line=line(RING, (2, -1), (2, 4))))
    assert outcome.meant == (A, "150221104001900")
    assert after[C].equals(before[C])
    assert cells(RING, after[A]) == pytest.approx(5, rel=0.01)


def test_a_line_from_the_rim_to_the_enclave_does_not_cut_the_ring() -> None:
    trouble = refusal(RING, Split(grid=A, line=line(RING, (-1, 1.5), (1.5, 1.5))))
    assert trouble.reason == "line_does_not_cut"


def test_the_ring_merges_with_a_neighbour_and_the_enclave_stays() -> None:
    before, after, outcome = do(RING, Merge(grids=(A, B), keep=A))
    assert outcome.retired == (B,)
    assert after[C] is before[C]
    assert len(shapely.get_rings(after[A])) == 2


def test_an_enclave_is_not_swallowed_by_land_drawn_over_it() -> None:
    trouble = refusal(RING, Transfer(to=B, area=box(RING, 0.5, 0.5, 4, 2.5)))
    assert (trouble.reason, trouble.codes) == ("would_vanish", (C,))


def test_a_closed_line_inside_a_grid_makes_an_enclave() -> None:
    ring = line(ISLES, (0.5, 1), (1, 0.5), (1.5, 1), (1, 1.5), (0.5, 1))
    _, after, outcome = do(ISLES, Split(grid=A, line=ring))
    assert len(outcome.created) == 1
    assert cells(ISLES, after[outcome.created[0]]) == pytest.approx(0.5, rel=0.01)


def test_a_split_of_the_main_part_leaves_the_exclave_with_the_code() -> None:
    _, after, outcome = do(
        ISLES, Split(grid=A, line=line(ISLES, (-1, 1), (2.5, 1)), keep_at=ISLES.at(0.5, 2))
    )
    assert len(outcome.created) == 1
    assert outcome.in_parts == (A,)
    assert cells(ISLES, after[A]) == pytest.approx(5, rel=0.01)


def test_a_line_between_main_part_and_exclave_cuts_nothing() -> None:
    trouble = refusal(ISLES, Split(grid=A, line=line(ISLES, (3, -1), (3, 4))))
    assert trouble.reason == "line_does_not_cut"


def test_an_exclave_as_small_as_a_crumb_is_no_crumb() -> None:
    small = TextMap(ISLES.picture, codes=CODES, cell_m=9.0)
    _, _after, outcome = do(small, Transfer(to=A, area=box(small, 2, 0, 3, 1), snap_m=0.5))
    assert outcome.meant == (A, B)
    assert outcome.warnings == ()
    assert outcome.in_parts == (A,)


def test_an_exclave_that_goes_over_whole_is_told() -> None:
    _, after, outcome = do(ISLES, Transfer(to=B, area=box(ISLES, 4, 0, 5, 1)))
    assert [note.reason for note in outcome.warnings] == ["exclave_joined"]
    assert after[A].geom_type == "Polygon"


def test_an_exclave_does_not_excuse_cutting_the_main_part_in_two() -> None:
    # The exclave goes over in the same stroke: two parts before, two parts after.
    whole = shapely.union_all([box(ISLES, -1, 1, 3, 1.5), box(ISLES, 4, 0, 5, 1)])
    assert refusal(ISLES, Transfer(to=B, area=whole)).reason == "would_fall_apart"


def test_merging_with_the_exclave_s_neighbour_keeps_the_grid_in_parts() -> None:
    drawn = TextMap("AAKBA\nAAKBB", codes=CODES)
    _, after, outcome = do(drawn, Merge(grids=(A, B), keep=A))
    assert outcome.in_parts == (A,)
    assert shapely.get_num_geometries(after[A]) == 2


def test_a_grid_flagged_as_having_exclaves_may_gain_one() -> None:
    drawn = Transfer(to=A, area=box(STREETS, 3, 0, 4, 1))
    _, after, outcome = do(STREETS, drawn, exclaves=(A,))
    assert outcome.in_parts == (A,)
    assert shapely.get_num_geometries(after[A]) == 2


# --- split --------------------------------------------------------------------------------------


def test_the_part_with_more_households_keeps_the_code() -> None:
    west = Building(id="1", lon=STREETS.at(0.2, 1)[0], lat=STREETS.at(0.2, 1)[1], households=9)
    cut = line(STREETS, (0.5, -1), (0.5, 3))
    _, after, outcome = do(STREETS, Split(grid=A, line=cut), dwellings=Dwellings([west]))
    assert cells(STREETS, after[A]) == pytest.approx(1, rel=0.01)
    assert outcome.created == ("150221104001900",)


def test_the_part_that_is_pointed_at_keeps_the_code() -> None:
    cut = line(STREETS, (0.5, -1), (0.5, 3))
    _, after, _ = do(STREETS, Split(grid=A, line=cut, keep_at=STREETS.at(0.2, 1)))
    assert cells(STREETS, after[A]) == pytest.approx(1, rel=0.01)


def test_a_line_that_ends_just_short_of_the_border_is_led_to_it() -> None:
    _, after, _ = do(STREETS, Split(grid=A, line=line(STREETS, (0.5, 0.006), (0.5, 1.994))))
    assert cells(STREETS, after[A]) == pytest.approx(3, rel=0.01)


def test_a_line_across_a_horseshoe_makes_three_grids_numbered_from_the_west() -> None:
    horseshoe = TextMap("ABA\nABA\nAAA", codes=CODES)
    _, after, outcome = do(horseshoe, Split(grid=A, line=line(horseshoe, (-1, 1), (4, 1))))
    west, east = outcome.created
    assert after[west].centroid.x < after[east].centroid.x
    assert cells(horseshoe, after[A]) == pytest.approx(5, rel=0.01)


@pytest.mark.parametrize(
    ("drawn", "reason"),
    [
        (line(STREETS, (0.5, -1), (0.5, 1)), "line_does_not_cut"),
        (line(STREETS, (3, -1), (3, 3)), "line_does_not_cut"),
        (line(STREETS, (2, -1), (2, 3)), "line_does_not_cut"),
        (line(STREETS, (-1, -1), (1, 3), (1, -1), (-1, 1)), "self_crossing"),
        (line(STREETS, (0.05, -1), (0.05, 0.05), (-1, 0.05)), "too_small"),
        (box(STREETS, 0, 0, 1, 1), "wrong_shape"),
    ],
)
def test_a_line_that_does_not_part_the_grid_is_refused(drawn: BaseGeometry, reason: str) -> None:
    assert refusal(STREETS, Split(grid=A, line=drawn)).reason == reason


def test_a_point_that_shows_no_part_of_the_grid_is_refused() -> None:
    cut = line(STREETS, (0.5, -1), (0.5, 3))
    trouble = refusal(STREETS, Split(grid=A, line=cut, keep_at=STREETS.at(3, 3)))
    assert trouble.reason == "keep_at_outside"


def test_a_split_done_again_on_less_land_keeps_the_code_on_the_same_side() -> None:
    cut = Split(grid=B, line=line(STREETS, (3, -1), (3, 3)), keep_at=STREETS.at(2.5, 0.5))
    _, logged = apply(Sheet(STREETS.shapes()), cut, limits())
    less = TextMap("AAAA\nAABB\nCCDD", codes=CODES)
    _, after, _ = do(less, logged)
    assert shapely.covers(after[B], shapely.Point(less.at(2.5, 1.5)))
    assert cells(less, after[B]) == pytest.approx(1, rel=0.01)


def test_a_replay_that_needs_other_codes_is_refused_and_not_guessed() -> None:
    cut = line(STREETS, (0.5, -1), (0.5, 3))
    two = fresh_codes("150221104001", 2)
    assert refusal(STREETS, Split(grid=A, line=cut, new_codes=two)).reason == "replay_differs"
    assert refusal(STREETS, Split(grid=A, line=cut, new_codes=(B,))).reason == "code_taken"


# --- merge --------------------------------------------------------------------------------------


def test_grids_that_touch_in_a_corner_are_not_neighbours() -> None:
    trouble = refusal(STREETS, Merge(grids=(A, D), keep=A))
    assert (trouble.reason, trouble.codes) == ("not_neighbours", (D,))


def test_an_exclave_does_not_make_up_for_a_grid_apart() -> None:
    # B joins the two parts of A, so that the count of parts alone would let D pass.
    drawn = TextMap("AABBAA.D", codes=CODES)
    trouble = refusal(drawn, Merge(grids=(A, B, D), keep=A))
    assert (trouble.reason, trouble.codes) == ("not_neighbours", (D,))


@pytest.mark.parametrize(
    ("grids", "keep", "reason"),
    [
        ((A,), A, "bad_merge"),
        ((A, A), A, "bad_merge"),
        ((A, B), C, "bad_merge"),
        ((A, "150221104001777"), A, "unknown_grid"),
        ((D, K), D, "crosses_parent"),
    ],
)
def test_a_merge_that_makes_no_grid_is_refused(
    grids: tuple[str, ...], keep: str, reason: str
) -> None:
    assert refusal(STREETS, Merge(grids=grids, keep=keep)).reason == reason


# --- reshape ------------------------------------------------------------------------------------


def test_a_line_across_both_becomes_their_border_and_the_old_one_goes() -> None:
    drawn = line(STREETS, (1, -1), (1, 1), (3, 1), (3, 2.5))
    _, after, outcome = do(STREETS, Reshape(between=(A, B), line=drawn))
    assert outcome.meant == (A, B)
    assert cells(STREETS, after[A]) == pytest.approx(4, rel=0.01)
    old_border = STREETS.at(2, 0.5)
    assert not shapely.intersects(shapely.boundary(after[B]), shapely.Point(old_border))


def test_a_line_through_the_larger_grid_alone_moves_the_border_there() -> None:
    wide = TextMap("AAAAB", codes=CODES)
    _, after, _ = do(wide, Reshape(between=(B, A), line=line(wide, (1, -1), (1, 2))))
    assert cells(wide, after[A]) == pytest.approx(1, rel=0.01)
    assert cells(wide, after[B]) == pytest.approx(4, rel=0.01)


def test_a_line_from_border_to_border_replaces_only_that_stretch() -> None:
    bulge = line(STREETS, (2, 0.5), (2.5, 0.5), (2.5, 1.5), (2, 1.5))
    _, after, _ = do(STREETS, Reshape(between=(A, B), line=bulge))
    assert cells(STREETS, after[A]) == pytest.approx(4.5, rel=0.01)
    edge = shapely.boundary(after[A])
    assert shapely.intersects(edge, shapely.Point(STREETS.at(2, 0)))
    assert not shapely.intersects(edge, shapely.Point(STREETS.at(2, 1)).buffer(1e-6))


def test_a_line_from_the_border_to_the_rim_takes_the_reading_that_moves_less() -> None:
    drawn = line(STREETS, (2, 1.5), (2.4, -0.5))
    _, after, _ = do(STREETS, Reshape(between=(A, B), line=drawn))
    assert 4 < cells(STREETS, after[A]) < 4.5


def test_the_rim_of_an_enclave_is_redrawn_in_part() -> None:
    drawn = line(RING, (1, 1), (1, 0.5), (2, 0.5), (2, 1))
    _, after, _ = do(RING, Reshape(between=(A, C), line=drawn))
    assert cells(RING, after[C]) == pytest.approx(2.5, rel=0.01)


@pytest.mark.parametrize(
    ("between", "drawn", "reason"),
    [
        ((A, D), line(STREETS, (0, 0), (4, 4)), "not_neighbours"),
        ((A, A), line(STREETS, (0, 0), (4, 4)), "not_neighbours"),
        ((A, B), line(STREETS, (0.5, 0.5), (3.5, 1.5)), "line_does_not_cut"),
        ((D, K), line(STREETS, (1, 2.5), (5, 2.5)), "crosses_parent"),
        ((A, B), line(STREETS, (2, -1), (2, 3)), "nothing_changes"),
        ((A, B), line(STREETS, (-1, 3), (3, -1), (3, 3), (-1, 0)), "self_crossing"),
    ],
)
def test_a_line_that_is_no_border_is_refused(
    between: tuple[str, str], drawn: LineString, reason: str
) -> None:
    assert refusal(STREETS, Reshape(between=between, line=drawn)).reason == reason


# --- nodes --------------------------------------------------------------------------------------


def test_a_node_moves_in_every_grid_that_holds_it() -> None:
    corner = STREETS.at(2, 2)
    _, after, outcome = do(STREETS, MoveNode(start=corner, end=STREETS.at(1.8, 1.7)))
    assert outcome.meant == (A, B, C, D)
    assert outcome.outer_nodes == ()
    for code in (A, B, C, D):
        assert STREETS.at(1.8, 1.7) in set(map(tuple, shapely.get_coordinates(after[code])))


def test_a_node_moved_onto_the_next_melts_into_it() -> None:
    drawn = TextMap("AABB\nAABB\nCCDD", codes=CODES, cell_m=100)
    sheet = Sheet(drawn.shapes())
    bent, _ = apply(
        sheet,
        Reshape(between=(A, B), line=line(drawn, (2, -1), (2, 0.4), (2.2, 0.5), (2, 0.6), (2, 3))),
        limits(),
    )
    sheet = bent.redo(sheet)
    outcome, _ = apply(sheet, MoveNode(start=drawn.at(2.2, 0.5), end=drawn.at(2, 0.6)), limits())
    after = outcome.redo(sheet)
    assert outcome.meant == (A, B)
    assert all(
        (np.diff(shapely.get_coordinates(after[code]), axis=0) != 0).any(axis=1).all()
        for code in (A, B)
    )


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ((1, 1), (1.5, 1.5), "no_such_node"),
        ((2, 0), (2.2, 0), "outer_border"),
        ((2, 2), (5, 5), "self_crossing"),
        ((2, 2), (2, 2), "nothing_changes"),
        ((2, 3), (2.2, 3), "crosses_parent"),
    ],
)
def test_a_node_that_may_not_move_stays(
    start: tuple[float, float], end: tuple[float, float], reason: str
) -> None:
    moved = MoveNode(start=STREETS.at(*start), end=STREETS.at(*end))
    assert refusal(STREETS, moved).reason == reason


# --- buildings ----------------------------------------------------------------------------------


def houses(drawn: TextMap, *places: tuple[float, float]) -> Dwellings:
    return Dwellings(
        Building(id=str(n), lon=drawn.at(*at)[0], lat=drawn.at(*at)[1], households=10)
        for n, at in enumerate(places)
    )


TERRACE = houses(STREETS, (2.25, 0.5), (2.75, 0.5), (3.25, 0.5), (3.75, 0.5), (0.5, 0.5))


def test_buildings_go_over_with_the_land_that_is_nearest_to_them() -> None:
    _, after, outcome = do(STREETS, AssignPlaces(to=A, places=("0", "1")), dwellings=TERRACE)
    assert outcome.meant == (A, B)
    assert cells(STREETS, after[B]) == pytest.approx(2, rel=0.01)
    assert TERRACE.households(after[A]) == 30


def test_all_buildings_of_a_grid_are_a_merge() -> None:
    everyone = AssignPlaces(to=A, places=("0", "1", "2", "3"))
    assert refusal(STREETS, everyone, dwellings=TERRACE).reason == "would_vanish"


def test_an_empty_arm_does_not_stay_behind_alone() -> None:
    # B is a horseshoe. The foot of its empty west arm is nearer to the house in the east, but
    # would be cut off from it.
    horseshoe = TextMap("AAA\nBBB\nBDB\nBDB\nBDB\nBDB", codes=CODES)
    homes = houses(horseshoe, (1.5, 1.5), (2.5, 5.5))
    _, after, _ = do(horseshoe, AssignPlaces(to=A, places=("0",)), dwellings=homes)
    assert cells(horseshoe, after[B]) == pytest.approx(2.625, rel=0.01)


@pytest.mark.parametrize(
    ("to", "places", "reason"),
    [
        (A, ("2",), "would_fall_apart"),
        (A, ("4",), "nothing_changes"),
        (A, ("77",), "unknown_place"),
        (A, (), "bad_places"),
        (K, ("0",), "crosses_parent"),
    ],
)
def test_buildings_that_cannot_go_over_stay(to: str, places: tuple[str, ...], reason: str) -> None:
    trouble = refusal(STREETS, AssignPlaces(to=to, places=places), dwellings=TERRACE)
    assert trouble.reason == reason


def test_two_buildings_on_one_spot_go_together() -> None:
    twins = houses(STREETS, (2.25, 0.5), (2.25, 0.5), (3.25, 0.5))
    _, after, _ = do(STREETS, AssignPlaces(to=A, places=("0",)), dwellings=twins)
    assert twins.households(after[A]) == 20


def test_a_house_on_the_border_counts_for_the_grid_that_owns_it_and_no_other() -> None:
    homes = houses(STREETS, (2, 1), (3.5, 0.5))
    before, after, _ = do(
        STREETS, Split(grid=B, line=line(STREETS, (3, -1), (3, 3))), dwellings=homes
    )
    links = lineage(before, after, homes)
    assert {link.old for link in links} == {B}
    assert sum(link.households for link in links) == 10
    assert sum(link.household_share or 0.0 for link in links) == 1.0


# --- whole plans --------------------------------------------------------------------------------

PAIR = TextMap("AABB\nAABB", codes=CODES)


def test_land_that_the_file_forgot_goes_where_its_longest_edge_is() -> None:
    # Beside A the strip is 190 m long; B holds it from two sides.
    around = area(PAIR, (2, 0), (4, 0), (4, 2), (1.5, 2), (1.5, 1.9), (2, 1.9))
    file = Replan(area=A[:12], grids=((A, box(PAIR, 0, 0, 1.5, 2)), (B, around)))
    _, after, outcome = do(PAIR, file)
    assert cells(PAIR, after[B]) == pytest.approx(5, rel=0.01)
    assert [(note.reason, note.codes) for note in outcome.warnings] == [("large_gap", (B,))]


def test_land_that_the_file_gives_twice_goes_to_the_lowest_code() -> None:
    file = Replan(area=A[:12], grids=((B, box(PAIR, 1, 0, 4, 2)), (A, box(PAIR, 0, 0, 3, 2))))
    _, after, outcome = do(PAIR, file)
    assert cells(PAIR, after[A]) == pytest.approx(6, rel=0.01)
    assert [(note.reason, note.codes) for note in outcome.warnings] == [("overlap", (A, B))]


def test_what_the_file_draws_outside_the_area_is_left_out() -> None:
    drawn = TextMap("AABBK\nAABBK", codes=CODES)
    file = Replan(
        area=A[:12], grids=((A, box(drawn, -0.3, -0.3, 1, 2.2)), (B, box(drawn, 1, -0.3, 4.6, 2.2)))
    )
    before, after, outcome = do(drawn, file)
    assert outcome.meant == (A, B)
    assert after[K].equals(before[K])


def test_a_grid_that_the_file_draws_in_two_places_is_told_to_be_flagged() -> None:
    middle = box(PAIR, 1, 0, 2, 2)
    ends = shapely.union_all([box(PAIR, 0, 0, 1, 2), box(PAIR, 2, 0, 4, 2)])
    _, _, outcome = do(PAIR, Replan(area=A[:12], grids=((A, middle), (B, ends))))
    # What the file draws in parts is meant so; the answer says which to flag.
    assert outcome.in_parts == (B,)


# --- attacks ------------------------------------------------------------------------------------


def comb(teeth: int) -> LineString:
    """Return a line that crosses grid A up and down."""
    ups = [(2 * n / teeth, -1 if n % 2 else 3) for n in range(teeth)]
    return line(STREETS, *ups)


@pytest.mark.parametrize(
    "operation", [Split(grid=A, line=comb(2_400)), Reshape(between=(A, B), line=comb(2_400))]
)
def test_a_comb_of_thousands_of_teeth_is_refused_before_it_costs_time(
    operation: Operation,
) -> None:
    assert refusal(STREETS, operation).reason == "too_many_pieces"


def test_an_area_over_hundreds_of_grids_is_refused_before_it_costs_time() -> None:
    step = 0.001
    row = {
        f"150221104001{n:03d}": shapely.box(
            *(round(v, 8) for v in (110 + n * step, 40, 110 + (n + 1) * step, 40 + step))
        )
        for n in range(1, 200)
    }
    drawn = Transfer(to="150221104001001", area=shapely.box(109, 39, 112, 41))
    with pytest.raises(RedrawError) as caught:
        apply(Sheet(row), drawn, limits())
    assert caught.value.reason == "too_many_grids"


def test_heights_of_a_drawing_are_forgotten() -> None:
    flat = line(STREETS, (0.5, -1), (0.5, 3))
    tall = LineString([(x, y, 1_000.0) for x, y in flat.coords])
    assert wkb(do(STREETS, Split(grid=A, line=tall))[1]) == wkb(
        do(STREETS, Split(grid=A, line=flat))[1]
    )
