"""A survey's file against the grids there are: what becomes a step, what stays, what is refused."""

from __future__ import annotations

import pytest
import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.lattice import doubled_area, snap
from geo.redraw.apply import apply
from geo.redraw.county_update import CountyUpdate, update_county
from geo.redraw.limits import Limits
from geo.redraw.sheet import Sheet, same_bytes

A, B = "150221104001", "150221104002"
WEST, EAST = f"{A}001", f"{A}002"
FAR, FARTHEST = f"{B}001", f"{B}002"
# Four squares in a row, two of each community.
X, Y, SIDE = 110.5, 40.5, 0.01
PRESENT = {
    code: snap(box(X + n * SIDE, Y, X + (n + 1) * SIDE, Y + SIDE))
    for n, code in enumerate((WEST, EAST, FAR, FARTHEST))
}
METRE = 1 / 84_800


def cut(*edges: float) -> dict[str, BaseGeometry]:
    """Return the four grids with the borders between them moved by so many metres to the east."""
    xs = [X, *(X + (n + 1) * SIDE + by * METRE for n, by in enumerate(edges)), X + 4 * SIDE]
    return {code: snap(box(xs[n], Y, xs[n + 1], Y + SIDE)) for n, code in enumerate(PRESENT)}


def limits(area: str = "150221") -> Limits:
    return Limits(area=area, next_codes=lambda _community, _count: ())


def update(pieces: dict[str, BaseGeometry], **more: object) -> CountyUpdate:
    return update_county(Sheet(PRESENT), pieces, limits=limits(), **more)  # type: ignore[arg-type]


def assert_sound(found: CountyUpdate) -> None:
    shapes = list(found.sheet.shapes.values())
    assert shapely.coverage_is_valid(shapes)
    assert sum(map(doubled_area, shapes)) == sum(map(doubled_area, PRESENT.values()))


def test_a_border_inside_a_community_is_one_step_that_touches_nobody_else() -> None:
    found = update(cut(20, 0, 0))
    (step,) = found.steps
    assert (step.communities, step.outcome.meant) == ((A,), (WEST, EAST))
    assert step.logged.cross_parent is False
    assert all(same_bytes(found.sheet[code], PRESENT[code]) for code in (FAR, FARTHEST))
    assert_sound(found)


def test_a_border_between_communities_joins_them_in_one_step_when_it_may_move() -> None:
    found = update(cut(0, 20, 0))
    (step,) = found.steps
    assert step.communities == (A, B)
    assert step.logged.cross_parent is True
    assert found.moved_borders == ((A, B),)
    assert found.sheet[EAST].bounds[2] == pytest.approx(X + 2 * SIDE + 20 * METRE, abs=2e-8)
    assert_sound(found)


def test_a_border_between_communities_stays_when_it_may_not_move() -> None:
    found = update(cut(15, 20, 0), cross_parent=False)
    assert [step.communities for step in found.steps] == [(A,)]
    assert found.moved_borders == ()
    assert found.sheet[EAST].bounds[2] == PRESENT[EAST].bounds[2]
    assert_sound(found)


def test_less_than_the_snapping_is_no_change() -> None:
    found = update(cut(0.6, -0.7, 0.4))
    assert (found.steps, found.refused) == ((), ())


def test_a_community_that_the_file_leaves_out_stays_and_a_missing_grid_is_retired() -> None:
    whole = snap(shapely.union_all([PRESENT[WEST], PRESENT[EAST]]).envelope)
    found = update({WEST: whole})
    (step,) = found.steps
    assert step.outcome.retired == (EAST,)
    assert {FAR, FARTHEST} <= set(found.sheet)
    assert_sound(found)


def test_a_code_that_is_new_to_its_community_makes_a_grid_and_a_retired_one_is_refused() -> None:
    north = snap(box(X, Y + SIDE / 2, X + SIDE, Y + SIDE))
    south = snap(box(X, Y, X + SIDE, Y + SIDE / 2))
    pieces = {**PRESENT, WEST: south, f"{A}003": north}
    fresh = update(pieces)
    assert fresh.steps[0].outcome.created == (f"{A}003",)
    assert_sound(fresh)
    again = update(pieces, retired={f"{A}003"})
    assert [(r.reason, r.codes) for r in again.refused] == [("code_retired", (f"{A}003",))]
    assert again.steps == ()


def test_everything_that_does_not_fit_is_told_at_once_and_what_fits_is_worked_out() -> None:
    pieces = cut(20, 0, 0) | {
        FAR: snap(box(X + 1, Y, X + 1 + SIDE, Y + SIDE)),
        "150221999001001": PRESENT[FAR],
        "150221999001002": PRESENT[FAR],
        "150222104001001": PRESENT[FAR],
    }
    found = update(pieces)
    assert {r.reason for r in found.refused} == {
        "unknown_community", "outside_area", "piece_outside",
    }  # fmt: skip
    unknown = next(r for r in found.refused if r.reason == "unknown_community")
    assert unknown.codes == ("150221999001001", "150221999001002")
    assert all(r.where is not None for r in found.refused)
    assert [step.communities for step in found.steps] == [(A,)]


def test_the_outer_border_stays_whatever_the_file_says() -> None:
    wider = cut(20, 0, 0)
    wider[FARTHEST] = snap(box(*wider[FARTHEST].bounds[:2], X + 4 * SIDE + 30 * METRE, Y + SIDE))
    found = update(wider)
    assert shapely.union_all(list(found.sheet.shapes.values())).bounds[2] == X + 4 * SIDE
    assert_sound(found)


def test_a_step_done_again_from_the_log_gives_the_same_bytes() -> None:
    slanted = cut(0, 0, 0)
    middle = X + 2 * SIDE
    slanted[EAST] = snap(
        Polygon([(X + SIDE, Y), (middle - 30 * METRE, Y), (middle + 40 * METRE, Y + SIDE),
                 (X + SIDE, Y + SIDE)])
    )  # fmt: skip
    slanted[FAR] = snap(
        Polygon([(middle - 30 * METRE, Y), (X + 3 * SIDE, Y), (X + 3 * SIDE, Y + SIDE),
                 (middle + 40 * METRE, Y + SIDE)])
    )  # fmt: skip
    (step,) = update(slanted).steps
    outcome, _ = apply(Sheet(PRESENT), step.logged, limits())
    assert outcome.after.keys() == step.outcome.after.keys()
    assert all(same_bytes(outcome.after[c], step.outcome.after[c]) for c in outcome.after)
