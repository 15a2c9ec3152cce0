"""The proof after an edit sees what an edit must never do."""

from __future__ import annotations

import pytest
import shapely
from shapely import MultiPolygon, Polygon

from geo.redraw.proof import (
    nodes_gained,
    overlaps,
    prove_coverage,
    prove_outline,
    refuse_loose_parts,
)
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

STEP = 1e-8


def lattice(*places: tuple[int, int]) -> Polygon:
    """Return a polygon whose corners are counted in steps from 110°E 40°N."""
    return Polygon([(round(110 * 1e8 + x) / 1e8, round(40 * 1e8 + y) / 1e8) for x, y in places])


SQUARE = lattice((0, 0), (1000, 0), (1000, 1001), (0, 1001))
SLANT = lattice((0, 0), (1000, 0), (1000, 1001))


def test_a_node_on_a_slanted_edge_within_a_step_is_a_node_gained() -> None:
    with_node = lattice((0, 0), (1000, 0), (1000, 1001), (500, 500))
    gained = nodes_gained(SLANT, with_node)
    assert gained == ((round(110 * 1e8 + 500) / 1e8, round(40 * 1e8 + 500) / 1e8),)


@pytest.mark.parametrize(
    "other",
    [
        lattice((0, 0), (1000, 0), (1000, 1001), (500, 503)),
        lattice((0, 0), (1000, 0), (1001, 1001)),
        lattice((0, 0), (1000, 0), (1000, 1001), (0, 1001)),
        MultiPolygon([SLANT, lattice((2000, 0), (3000, 0), (3000, 900))]),
    ],
)
def test_anything_beyond_a_node_on_the_edge_is_a_change_of_land(other: Polygon) -> None:
    assert nodes_gained(SLANT, other) is None


def test_the_same_land_written_from_another_corner_has_gained_nothing() -> None:
    turned = Polygon([*SLANT.exterior.coords[1:], SLANT.exterior.coords[1]])
    assert nodes_gained(SLANT, turned) == ()


def test_a_lost_node_is_a_change() -> None:
    with_node = lattice((0, 0), (1000, 0), (1000, 1001), (500, 500))
    assert nodes_gained(with_node, SLANT) is None


def test_a_border_with_an_unmatched_node_is_no_coverage() -> None:
    left = lattice((0, 0), (1000, 0), (1000, 1001), (0, 1001))
    right = lattice((1000, 0), (2000, 0), (2000, 1001), (1000, 1001), (1000, 500))
    with pytest.raises(RedrawError) as caught:
        prove_coverage({"a": left, "b": right})
    assert caught.value.reason == "not_a_coverage"
    assert caught.value.where is not None


def test_land_that_is_lost_inside_the_outline_is_seen() -> None:
    hole = lattice((400, 400), (600, 400), (600, 600), (400, 600))
    sheet = Sheet({"a": SQUARE})
    holed = Polygon(SQUARE.exterior, [hole.exterior])
    with pytest.raises(RedrawError) as caught:
        prove_outline(sheet, ["a"], {"a": holed})
    assert caught.value.reason == "area_not_conserved"


def test_a_node_on_the_edge_of_a_grid_outside_the_neighbourhood_is_refused() -> None:
    beyond = lattice((0, 0), (1000, 1001), (0, 1001))
    sheet = Sheet({"a": SLANT, "b": beyond})
    with_node = lattice((0, 0), (1000, 0), (1000, 1001), (500, 500))
    with pytest.raises(RedrawError) as caught:
        prove_outline(sheet, ["a"], {"a": with_node})
    assert (caught.value.reason, caught.value.codes) == ("not_a_coverage", ("b",))
    assert prove_outline(Sheet({"a": SLANT}), ["a"], {"a": with_node}) != ()


def parts(*west: int) -> MultiPolygon:
    return MultiPolygon([lattice((x, 0), (x + 1000, 0), (x + 1000, 1000), (x, 1000)) for x in west])


def test_a_grid_in_two_parts_may_lose_one_or_keep_both() -> None:
    refuse_loose_parts("a", parts(0, 5000), parts(0, 5000), may_gain=False)
    refuse_loose_parts("a", parts(0), parts(0, 5000), may_gain=False)


def test_a_part_by_itself_needs_the_flag() -> None:
    with pytest.raises(RedrawError, match="互不相连"):
        refuse_loose_parts("a", parts(0, 5000), parts(0), may_gain=False)
    refuse_loose_parts("a", parts(0, 5000), parts(0), may_gain=True)


def test_a_part_cut_in_two_is_refused_even_when_another_part_has_gone() -> None:
    whole = MultiPolygon([lattice((0, 0), (3000, 0), (3000, 1000), (0, 1000)), *parts(9000).geoms])
    with pytest.raises(RedrawError, match="互不相连"):
        refuse_loose_parts("a", parts(0, 2000), whole, may_gain=True)


def test_a_new_grid_is_one_piece() -> None:
    with pytest.raises(RedrawError) as caught:
        refuse_loose_parts("a", parts(0, 5000), None, may_gain=False)
    assert caught.value.where is not None
    assert shapely.get_num_geometries(caught.value.where) == 1


def test_the_rounding_of_the_lattice_is_no_overlap() -> None:
    over = lattice((0, 0), (1000, 1001), (500, 501))
    assert shapely.intersection(SLANT, lattice((0, 0), (500, 500), (1000, 1001))).area >= 0
    assert not overlaps(SLANT, over)
    assert overlaps(SLANT, lattice((0, 0), (1000, 0), (1000, 500)))
