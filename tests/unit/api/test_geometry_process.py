"""A process of its own comes to the very bytes, refuses in the same words, and is shut away."""

from __future__ import annotations

import dataclasses

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from api.plans.geometry_child import do
from api.plans.geometry_cost import is_heavy, looked_at
from api.plans.geometry_process import ChildFailedError, GeometryProcesses
from api.plans.geometry_steps import Step
from api.plans.geometry_wire import Job
from api.plans.operation_log import to_log
from geo.redraw.dwellings import Building, Dwellings
from geo.redraw.operations import (
    AssignPlaces,
    Merge,
    MoveNode,
    Operation,
    Partition,
    Replan,
    Reshape,
    Split,
    Transfer,
)
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

COMMUNITY = "150221104001"
SIDE = 0.004
ACROSS = 3


def code(number: int) -> str:
    return f"{COMMUNITY}{number:03d}"


def at(i: float, j: float) -> tuple[float, float]:
    """Return the place ``i`` squares east and ``j`` north of the corner, on the lattice."""
    return round(110.5 + i * SIDE, 8), round(40.25 + j * SIDE, 8)


def ring(*places: tuple[float, float]) -> shapely.Polygon:
    return shapely.Polygon([at(i, j) for i, j in places])


def square(i: float, j: float, wide: float = 1, high: float = 1) -> shapely.Polygon:
    return ring((i, j), (i + wide, j), (i + wide, j + high), (i, j + high))


def sheet_of_squares() -> Sheet:
    places = [(i, j) for j in range(ACROSS) for i in range(ACROSS)]
    return Sheet({code(n + 1): square(*place) for n, place in enumerate(places)})


def buildings() -> Dwellings:
    places = [at(0.1 + i * 0.2, 0.1 + j * 0.2) for j in range(15) for i in range(15)]
    return Dwellings(
        Building(id=f"b{n:03d}", lon=lon, lat=lat, households=2 + n % 3)
        for n, (lon, lat) in enumerate(places)
    )


# One after the other on what the last one left; two of them are refused with their place.
OPERATIONS: tuple[Operation, ...] = (
    Transfer(to=code(1), area=ring((0.5, 0.2), (1.3, 0.33), (1.31, 0.71), (0.5, 0.8))),
    Transfer(to=code(9), area=ring((1.2, -0.1), (1.4, -0.1), (1.4, 1.1), (1.2, 1.1))),
    Split(grid=code(5), line=shapely.LineString([at(0.9, 1.4), at(1.47, 1.61), at(2.1, 1.5)])),
    Merge(grids=(code(2), code(3)), keep=code(2)),
    Merge(grids=(code(1), code(9)), keep=code(1)),
    Reshape(
        between=(code(7), code(8)),
        line=shapely.LineString([at(1, 2), at(1.13, 2.37), at(1, 3)]),
    ),
    MoveNode(start=at(2, 2), end=at(2.01, 2.02)),
    AssignPlaces(to=code(7), places=("b137",)),
    Partition(area=COMMUNITY, households=100, seed=3),
    Replan(area=COMMUNITY, grids=((None, square(-0.1, 0, 1.7, 3)), (None, square(1.5, 0, 1.7, 3)))),
)


def job(**changed: object) -> Job:
    whole = Job(
        sheet=sheet_of_squares(),
        operations=OPERATIONS,
        area=COMMUNITY,
        exclaves=(),
        used=[code(n + 1) for n in range(9)],
        dwellings=buildings(),
        halt=False,
    )
    return dataclasses.replace(whole, **changed)  # type: ignore[arg-type]


def process() -> GeometryProcesses:
    return GeometryProcesses(seconds=60, at_once=1)


def told(step: Step) -> object:
    """Return all of an answer in a form that can be compared, shapes as bytes."""
    if isinstance(step, RedrawError):
        return step.reason, step.message, step.codes, _bytes(step.where)
    assert not isinstance(step, Exception)
    outcome, logged = step
    shapes = [
        (name, _bytes(outcome.before[name]), _bytes(outcome.after[name])) for name in outcome.before
    ]
    return shapes, outcome.meant, outcome.outer_nodes, outcome.warnings, to_log(logged)


def _bytes(shape: BaseGeometry | None) -> bytes | None:
    return None if shape is None else shapely.to_wkb(shape)


def test_a_process_comes_to_the_bytes_words_and_log_of_the_calculation_here() -> None:
    here, there = do(job()), process().run(job())
    refusals = [step.reason for step in here if isinstance(step, RedrawError)]
    assert refusals == ["would_fall_apart", "not_neighbours"]
    assert [told(step) for step in there] == [told(step) for step in here]


def test_a_job_that_halts_ends_with_its_first_refusal() -> None:
    steps = process().run(job(halt=True))
    assert len(steps) == 2
    assert isinstance(steps[-1], RedrawError)


def test_a_split_is_never_settled_by_households_that_nobody_counted() -> None:
    with pytest.raises(ChildFailedError, match="needs the buildings"):
        process().run(job(operations=(OPERATIONS[2],), dwellings=None))


def test_a_job_is_stopped_after_its_time() -> None:
    with pytest.raises(RedrawError, match="方案没有改变") as refusal:
        GeometryProcesses(seconds=0.01, at_once=1).run(job())
    assert refusal.value.reason == "took_too_long"


def test_a_stroke_of_a_hand_is_done_here_and_what_nothing_bounds_is_not() -> None:
    sheet = sheet_of_squares()
    by_hand = [step for step in OPERATIONS if not isinstance(step, Replan)]
    assert [step for step in by_hand if is_heavy(sheet, step, buildings=225)] == []
    assert is_heavy(sheet, OPERATIONS[-1])
    assert is_heavy(sheet, OPERATIONS[-2], buildings=1_000)
    fine = shapely.segmentize(square(0.5, 0.5), SIDE / 1_000)
    assert is_heavy(sheet, Transfer(to=code(1), area=fine))


def test_an_outcome_rests_on_the_grids_in_reach_and_on_the_whole_area_of_a_plan() -> None:
    sheet = sheet_of_squares()
    assert looked_at(sheet, Merge(grids=(code(1), code(2)), keep=code(1)), [code(1), code(2)]) == {
        code(n) for n in (1, 2, 3, 4, 5, 6)
    }
    assert looked_at(sheet, OPERATIONS[-1], [code(1)]) == set(sheet)
