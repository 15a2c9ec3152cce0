"""Which grids a stroke changed, and which only got a node on their border."""

from __future__ import annotations

import pytest
import shapely

from geo.redraw.outcome import land_changes, outcome_between

SQUARE = [(110.0, 40.5), (110.01, 40.5), (110.01, 40.51), (110.0, 40.51)]
GRID, NEXT, NEW = "150221104001001", "150221104001002", "150221104001003"


def shape(*corners: tuple[float, float]) -> shapely.Polygon:
    return shapely.Polygon(corners)


NODED = shape(SQUARE[0], (110.004, 40.5), *SQUARE[1:])


def test_a_grid_that_only_got_a_node_on_its_border_does_not_count_as_changed() -> None:
    assert not land_changes(shape(*SQUARE), NODED)
    assert not land_changes(NODED, shape(*SQUARE))  # the way back


@pytest.mark.parametrize(
    "after",
    [
        [SQUARE[0], (110.004, 40.5001), *SQUARE[1:]],  # the border bends
        SQUARE[:3],  # a corner is gone
        [*SQUARE[:3], (110.0, 40.5100001)],  # a corner moved
    ],
)
def test_a_grid_whose_land_changed_counts_as_changed(after: list[tuple[float, float]]) -> None:
    assert land_changes(shape(*SQUARE), shape(*after))


def test_changed_created_retired_and_noded_grids_are_told_apart() -> None:
    outcome = outcome_between(
        {GRID: shape(*SQUARE), NEXT: shape(*SQUARE), NEW: None},
        {GRID: NODED, NEXT: None, NEW: shape(*SQUARE)},
    )
    assert outcome.created == (NEW,)
    assert outcome.retired == (NEXT,)
    assert outcome.noded == (GRID,)
    assert GRID not in outcome.meant
