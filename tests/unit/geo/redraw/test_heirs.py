"""Which part of a community drawn anew goes on under which code."""

from __future__ import annotations

import itertools

import shapely

from geo.redraw.dwellings import Building, Dwellings
from geo.redraw.heirs import heirs
from geo.redraw.sheet import Sheet

WEST, EAST = "150221104001001", "150221104001002"
# Two old grids side by side, each a degree wide.
SHEET = Sheet({WEST: shapely.box(0, 0, 1, 1), EAST: shapely.box(1, 0, 2, 1)})


def homes(*found: tuple[float, int]) -> Dwellings:
    """Return buildings on the middle line: longitude and households."""
    return Dwellings(
        Building(id=f"b{number}", lon=lon, lat=0.5, households=count)
        for number, (lon, count) in enumerate(found)
    )


def strips(*edges: float) -> list[shapely.Polygon]:
    return [shapely.box(a, 0, b, 1) for a, b in itertools.pairwise(edges)]


def test_the_part_with_more_households_keeps_the_code() -> None:
    dwellings = homes((0.2, 10), (0.8, 30), (1.5, 50))
    assert heirs(SHEET, [WEST, EAST], strips(0, 0.5, 1, 2), dwellings) == [None, WEST, EAST]


def test_a_part_that_holds_most_of_two_grids_keeps_the_code_that_brings_it_more() -> None:
    dwellings = homes((0.2, 10), (0.8, 30), (1.2, 50), (1.8, 20))
    assert heirs(SHEET, [WEST, EAST], strips(0, 0.5, 1.5, 2), dwellings) == [None, EAST, None]


def test_where_nobody_lives_no_code_is_kept() -> None:
    assert heirs(SHEET, [WEST, EAST], strips(0, 1, 2), homes((1.5, 5))) == [None, EAST]
