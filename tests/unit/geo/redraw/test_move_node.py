"""A node is moved only to where the grids that hold it stay what they are: whole and apart."""

from __future__ import annotations

import random

import pytest
import shapely

from geo.lattice import doubled_area, snap
from geo.redraw.apply import apply
from geo.redraw.operations import LonLat, MoveNode
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet
from tests.unit.geo.random_coverage import random_coverage
from tests.unit.geo.redraw.random_edits import assert_still_whole, limits_for, random_edit

FIRST, SECOND = "150221104001001", "150221104001002"
ENCLAVE = ((1, 1), (2, 1), (1, 2))


def at(x: float, y: float) -> LonLat:
    return round(110.5 + x / 1_000, 8), round(40.5 + y / 1_000, 8)


def land(
    *corners: tuple[float, float], hole: tuple[tuple[float, float], ...] = ()
) -> shapely.Polygon:
    ring = [at(*corner) for corner in hole]
    return snap(shapely.Polygon([at(*corner) for corner in corners], [ring] if ring else []))


def refused(sheet: Sheet, operation: MoveNode) -> RedrawError:
    with pytest.raises(RedrawError) as caught:
        apply(sheet, operation, limits_for(sheet))
    return caught.value


def test_a_node_does_not_go_past_the_far_side_of_a_grid() -> None:
    sheet = Sheet(
        {
            FIRST: land((0, 0), (1, 0), (1, 1), (1, 2), (0, 2)),
            SECOND: land((1, 0), (2, 0), (2, 2), (1, 2), (1, 1)),
        }
    )
    refusal = refused(sheet, MoveNode(start=at(1, 1), end=at(3, 1)))
    assert (refusal.reason, refusal.codes) == ("self_crossing", (SECOND,))
    assert refusal.where is not None
    assert refusal.where.geom_type == "Point"
    assert shapely.distance(refusal.where, shapely.LineString([at(2, 0), at(2, 2)])) < 1e-8


def test_a_node_does_not_go_across_a_border_of_a_random_coverage() -> None:
    sheet = Sheet(dict(zip(*random_coverage(0, across=4, codes=6), strict=True)))
    split = random_edit(sheet, "split", random.Random(885))
    assert split is not None
    sheet = apply(sheet, split, limits_for(sheet))[0].redo(sheet)
    move = random_edit(sheet, "move_node", random.Random(317))
    assert isinstance(move, MoveNode)
    assert refused(sheet, move).reason == "self_crossing"


def test_a_grid_is_not_moved_out_of_the_world() -> None:
    sheet = Sheet(
        {FIRST: land((0, 0), (4, 0), (4, 4), (0, 4), hole=ENCLAVE), SECOND: land(*ENCLAVE)}
    )
    refusal = refused(sheet, MoveNode(start=at(1, 2), end=at(1, 1)))
    assert (refusal.reason, refusal.codes) == ("would_vanish", (SECOND,))


def test_an_exclave_may_be_moved_out_of_the_world() -> None:
    home = land((4, 0), (6, 0), (6, 4), (4, 4))
    around = land((0, 0), (4, 0), (4, 4), (0, 4), hole=ENCLAVE)
    sheet = Sheet({FIRST: around, SECOND: shapely.MultiPolygon([home, land(*ENCLAVE)])})
    move = MoveNode(start=at(1, 2), end=at(1, 1))
    outcome, logged = apply(sheet, move, limits_for(sheet))
    after = outcome.redo(sheet)
    assert_still_whole(sheet, after, set())
    assert shapely.equals(after[SECOND], home)
    assert doubled_area(after[FIRST]) == doubled_area(around) + doubled_area(land(*ENCLAVE))
    assert logged == move


@pytest.mark.parametrize("beside", [0.0, 3e-6])
def test_a_node_does_not_graze_a_border(beside: float) -> None:
    steep = ((1, 0), (1.7, 2))
    sheet = Sheet(
        {
            FIRST: land((0, 0), steep[0], (0.5, 1), steep[1], (0, 2)),
            SECOND: land(steep[0], (2, 0), (2.4, 2), steep[1], (0.5, 1)),
        }
    )
    # Half-way along the far side, and less than a step inside of it.
    refusal = refused(sheet, MoveNode(start=at(0.5, 1), end=at(2.2 - beside, 1)))
    assert (refusal.reason, refusal.where) == (
        "not_a_coverage",
        shapely.Point(at(2.2 - beside, 1)),
    )
    outcome, _ = apply(sheet, MoveNode(start=at(0.5, 1), end=at(2.199, 1)), limits_for(sheet))
    assert_still_whole(sheet, outcome.redo(sheet), set())
