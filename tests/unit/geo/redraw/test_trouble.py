"""The place of a refusal is small, a valid shape, and where the trouble is."""

from __future__ import annotations

import random
import time

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.redraw.apply import apply
from geo.redraw.operations import Merge, Operation, Replan, Split, Transfer
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet
from geo.redraw.trouble import MOST_SHOWN, first_crossing
from tests.unit.geo.random_coverage import random_coverage
from tests.unit.geo.redraw.random_edits import limits_for


def refused(sheet: Sheet, operation: Operation) -> RedrawError:
    with pytest.raises(RedrawError) as caught:
        apply(sheet, operation, limits_for(sheet))
    return caught.value


def a_sheet() -> Sheet:
    codes, shapes = random_coverage(3, across=4, codes=6)
    return Sheet(dict(zip(codes, shapes, strict=True)))


@pytest.mark.parametrize(
    ("line", "crossing"),
    [
        ("LINESTRING (0 0, 1 1, 1 0, 0 1)", (0.5, 0.5)),
        ("LINESTRING (0 0, 2 0, 2 1, 1 0)", (1, 0)),
        ("LINESTRING (0 0, 1 0, 0.5 0)", (0.5, 0)),
        ("LINESTRING (0 0, 1 0, 1 1, 0 0, -1 -1)", (0, 0)),
        ("LINESTRING (0 0, 1 0, 1 1, 0 1, 0 0)", None),
        ("LINESTRING (0 0, 2 0, 2 0, 3 0)", None),
    ],
)
def test_a_line_is_told_where_it_meets_itself(
    line: str, crossing: tuple[float, float] | None
) -> None:
    assert first_crossing(shapely.from_wkt(line)) == crossing


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=12))
def test_a_crossing_is_found_exactly_where_a_line_is_not_simple(
    track: list[tuple[int, int]],
) -> None:
    line = shapely.LineString(track)
    at = first_crossing(line)
    assert (at is None) == line.is_simple
    assert at is None or line.distance(shapely.Point(at)) < 1e-9


def test_a_scribble_of_thousands_of_strokes_is_told_at_once() -> None:
    rng = random.Random(1)
    scribble = shapely.LineString([(rng.random(), rng.random()) for _ in range(5_000)])
    start = time.process_time()
    assert first_crossing(scribble) is not None
    # Millions of crossings take many seconds; the first one a few hundredths.
    assert time.process_time() - start < 2


def test_a_drawing_that_crosses_itself_is_shown_by_its_crossing() -> None:
    sheet = a_sheet()
    code = next(iter(sheet))
    bow = shapely.Polygon([(110.5, 40.25), (110.51, 40.26), (110.51, 40.25), (110.5, 40.26)])
    for operation in (
        Transfer(to=code, area=bow),
        Split(grid=code, line=shapely.LineString(shapely.get_coordinates(bow))),
        Replan(area=code[:12], grids=((code, bow),)),
    ):
        trouble = refused(sheet, operation)
        assert trouble.reason == "self_crossing"
        assert shapely.distance(trouble.where, shapely.Point(110.505, 40.255)) < 1e-9


def test_a_refusal_that_names_grids_shows_them() -> None:
    sheet = a_sheet()
    code = next(iter(sheet))
    trouble = refused(sheet, Merge(grids=(code, code), keep=code))
    assert trouble.where is None
    unknown = refused(sheet, Merge(grids=(code, "150221104001777"), keep=code))
    assert unknown.where is None
    twice = refused(sheet, Replan(area=code[:12], grids=((code, sheet[code]),) * 2))
    assert (twice.reason, twice.codes) == ("duplicate_code", (code,))
    assert twice.where is not None
    assert shapely.intersects(twice.where, sheet[code])


def test_what_is_shown_of_a_vast_drawing_is_small() -> None:
    sheet = a_sheet()
    code = next(iter(sheet))
    far = shapely.Point(100.0, 30.0).buffer(1.0, quad_segs=1_200)
    trouble = refused(sheet, Transfer(to=code, area=far))
    assert trouble.reason == "outside_area"
    assert trouble.where is not None
    assert shapely.get_num_coordinates(trouble.where) <= MOST_SHOWN
    assert trouble.where.is_valid
    assert shapely.area(shapely.symmetric_difference(trouble.where, far)) < 0.01 * far.area


def test_a_file_that_names_grids_of_another_place_is_refused_before_they_get_new_codes() -> None:
    sheet = a_sheet()
    code = next(iter(sheet))
    strange = ("150221104002001", sheet[code])
    trouble = refused(sheet, Replan(area=code[:12], grids=(strange,)))
    assert (trouble.reason, trouble.codes) == ("outside_area", ("150221104002001",))
    unknown = ("150221104001777", sheet[code])
    twice = refused(sheet, Replan(area=code[:12], grids=(unknown, unknown)))
    assert twice.reason == "duplicate_code"
