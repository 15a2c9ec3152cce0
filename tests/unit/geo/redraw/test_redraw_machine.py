"""Any chain of edits, undone and redone at will, leaves a coverage and forgets nothing."""

from __future__ import annotations

import random

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from geo.redraw.apply import apply
from geo.redraw.operations import Logged
from geo.redraw.outcome import Outcome
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet
from tests.unit.geo.random_coverage import random_coverage
from tests.unit.geo.redraw.random_edits import (
    KINDS,
    assert_bent_once,
    assert_still_whole,
    limits_for,
    random_edit,
    wkb,
)

REASONS = {
    "would_fall_apart",
    "would_vanish",
    "too_small",
    "outside_area",
    "not_neighbours",
    "line_does_not_cut",
    "self_crossing",
    "nothing_changes",
    "no_such_node",
    "outer_border",
    "not_a_coverage",
}


def test_each_edit_bends_the_outer_border_once_also_where_it_is_bent() -> None:
    codes, shapes = random_coverage(20_137, across=4, codes=6)
    start = sheet = Sheet(dict(zip(codes, shapes, strict=True)))
    nodes: set[tuple[float, float]] = set()
    for kind, seed in (("reshape", 596_053), ("reshape", 859_608), ("transfer", 969_311)):
        operation = random_edit(sheet, kind, random.Random(seed))
        assert operation is not None
        outcome, _ = apply(sheet, operation, limits_for(sheet))
        after = outcome.redo(sheet)
        assert_bent_once(sheet, after)
        nodes |= set(outcome.outer_nodes)
        sheet = after
    assert_still_whole(start, sheet, nodes, bends=3)
    with pytest.raises(AssertionError):
        # Together they have gone a little farther than one of them may.
        assert_bent_once(start, sheet)


class Redrawing(RuleBasedStateMachine):
    """Edit a small coverage of odd shapes: holes, grids in parts, land that is nobody's."""

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        codes, shapes = random_coverage(seed, across=4, codes=6)
        self.start = self.sheet = Sheet(dict(zip(codes, shapes, strict=True)))
        self.limits = limits_for(self.sheet)
        self.done: list[tuple[Outcome, Logged]] = []
        self.undone: list[tuple[Outcome, Logged]] = []

    @rule(kind=st.sampled_from(KINDS), seed=st.integers(0, 1_000_000))
    def edit(self, kind: str, seed: int) -> None:
        operation = random_edit(self.sheet, kind, random.Random(seed))
        if operation is None:
            return
        before = wkb(self.sheet)
        try:
            outcome, logged = apply(self.sheet, operation, self.limits)
        except RedrawError as refused:
            assert refused.reason in REASONS
            return
        finally:
            assert wkb(self.sheet) == before
        after = outcome.redo(self.sheet)
        again, _ = apply(self.sheet, logged, self.limits)
        assert wkb(again.redo(self.sheet)) == wkb(after)
        assert_bent_once(self.sheet, after)
        for code, old in outcome.before.items():
            new = outcome.after[code]
            if code not in outcome.meant and old is not None and new is not None:
                moved = shapely.symmetric_difference(old, new).area
                assert moved <= old.length * 1e-8
        self.sheet = after
        self.done.append((outcome, logged))
        self.undone.clear()

    @precondition(lambda self: self.done)
    @rule()
    def undo(self) -> None:
        outcome, logged = self.done.pop()
        self.sheet = outcome.undo(self.sheet)
        self.undone.append((outcome, logged))

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        outcome, logged = self.undone.pop()
        self.sheet = outcome.redo(self.sheet)
        self.done.append((outcome, logged))

    @invariant()
    def is_a_coverage_of_the_same_land(self) -> None:
        nodes = {node for outcome, _ in self.done for node in outcome.outer_nodes}
        bends = sum(bool(outcome.outer_nodes) for outcome, _ in self.done)
        assert_still_whole(self.start, self.sheet, nodes, bends=bends)

    @invariant()
    def every_grid_is_found_where_it_lies(self) -> None:
        for code in self.sheet:
            inner = shapely.point_on_surface(self.sheet[code])
            lon, lat = shapely.get_coordinates(inner)[0].tolist()
            assert self.sheet.owner(lon=lon, lat=lat) == code

    def teardown(self) -> None:
        """Undo everything: the first bytes come back; then do the log anew: the last do."""
        end = self.sheet
        for outcome, _ in reversed(self.done):
            end = outcome.undo(end)
        assert wkb(end) == wkb(self.start)
        for _, logged in self.done:
            outcome, _ = apply(end, logged, self.limits)
            end = outcome.redo(end)
        assert wkb(end) == wkb(self.sheet)
        assert np.all([code in end for code in self.sheet])


TestRedrawing = Redrawing.TestCase
TestRedrawing.settings = settings(
    max_examples=25,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
