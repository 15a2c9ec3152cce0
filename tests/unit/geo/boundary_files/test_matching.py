"""Areas without codes find the grids they stand for by where they lie."""

from __future__ import annotations

from shapely.geometry import box

from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.matching import match_by_place
from geo.redraw.sheet import Sheet

COMMUNITY = "150221104001"
SHEET = Sheet({f"{COMMUNITY}00{n + 1}": box(110 + n, 40, 111 + n, 41) for n in range(3)})


def matched(*shapes: object, used: tuple[str, ...] = ()) -> list[str]:
    features = [
        BoundaryFeature(number=n, code="7", name="", geometry=shape)  # type: ignore[arg-type]
        for n, shape in enumerate(shapes, 1)
    ]
    return [feature.code for feature in match_by_place(features, SHEET, used)]


def test_an_area_is_the_grid_of_which_it_has_most_whatever_code_it_carries() -> None:
    assert matched(box(112.1, 40, 113, 41), box(110, 40, 111.2, 41)) == [
        f"{COMMUNITY}003", f"{COMMUNITY}001",
    ]  # fmt: skip


def test_halves_of_a_grid_are_new_grids_numbered_after_all_that_was_ever_used() -> None:
    halves = box(110.5, 40, 111, 41), box(110, 40, 110.5, 41)
    assert matched(*halves, used=(f"{COMMUNITY}007",)) == [f"{COMMUNITY}009", f"{COMMUNITY}008"]


def test_an_area_elsewhere_and_one_without_a_shape_stay_without_a_code() -> None:
    assert matched(box(120, 40, 121, 41), None) == ["", ""]
