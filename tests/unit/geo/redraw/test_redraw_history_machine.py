"""Two editors, all eight operations, publication and rollback: history stays what it was."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field, replace

import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from shapely.geometry.base import BaseGeometry

from geo.redraw.apply import apply
from geo.redraw.dwellings import Building, Dwellings
from geo.redraw.operations import AssignPlaces, Logged, Operation, Partition, Replan
from geo.redraw.outcome import Outcome, disjoint
from geo.redraw.proof import outer_nodes_between
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet
from tests.unit.geo.random_coverage import random_coverage
from tests.unit.geo.redraw.random_edits import (
    KINDS,
    assert_still_whole,
    limits_for,
    outline,
    random_edit,
    vertices,
    wkb,
)

COMMUNITY = "150221104001"
# A few are for every run; a long campaign asks for more of them.
EXAMPLES = 6 * int(os.environ.get("WANGGE_MACHINE_EXAMPLES", "4"))
ALL_KINDS = (*KINDS, "assign_places", "partition", "replan")
EDITORS = st.integers(0, 1)


@dataclass
class Draft:
    """Hold an editor's log on a published sheet, and what was taken back."""

    base: Sheet
    sheet: Sheet
    done: list[tuple[Outcome, Logged]] = field(default_factory=list)
    undone: list[tuple[Outcome, Logged]] = field(default_factory=list)


def houses(sheet: Sheet, rng: random.Random) -> Dwellings:
    """Return houses anywhere, on nodes and borders too."""
    west, south, east, north = outline(sheet).bounds
    places = [(rng.uniform(west, east), rng.uniform(south, north)) for _ in range(30)]
    places += rng.sample(sorted(vertices(outline(sheet))), 5)
    return Dwellings(
        Building(id=str(n), lon=lon, lat=lat, households=rng.randint(1, 40))
        for n, (lon, lat) in enumerate(places)
    )


def any_edit(sheet: Sheet, kind: str, rng: random.Random) -> Operation | None:
    """Return an edit of one of the eight kinds."""
    if kind == "assign_places":
        chosen = tuple(str(rng.randrange(35)) for _ in range(rng.randint(1, 3)))
        return AssignPlaces(to=rng.choice(sorted(sheet)), places=chosen)
    if kind == "partition":
        return Partition(
            area=COMMUNITY, households=rng.choice((60, 150, 400)), seed=rng.randrange(9)
        )
    if kind == "replan":
        return _file(sheet, rng)
    return random_edit(sheet, kind, rng)


def _file(sheet: Sheet, rng: random.Random) -> Replan:
    """Return a file of stripes over the community, some of them with the code of a grid."""
    land = outline(sheet)
    west, south, east, north = land.bounds
    cuts = sorted(rng.uniform(west, east) for _ in range(rng.randint(1, 3)))
    codes: list[str | None] = [*sorted(sheet)[:2], None, None, None][:4]
    pieces: list[tuple[str | None, BaseGeometry]] = []
    for left, right in zip([west, *cuts], [*cuts, east], strict=True):
        stripe = land & shapely.box(left, south, right, north)
        parts = [part for part in shapely.get_parts(stripe) if part.geom_type == "Polygon"]
        if parts:
            pieces.append((codes[len(pieces) % 4], max(parts, key=lambda part: part.area)))
    return Replan(area=COMMUNITY, grids=tuple(pieces))


class History(RuleBasedStateMachine):
    """Draft on what is published, publish on what was published meanwhile, take back."""

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        rng = random.Random(seed)
        codes, shapes = random_coverage(seed, across=4, codes=6)
        first = Sheet(dict(zip(codes, shapes, strict=True)))
        self.history = [first]
        self.bytes = [wkb(first)]
        self.steps: list[Outcome] = []
        self.limits = replace(limits_for(first), dwellings=houses(first, rng))
        self.ever = set(first)
        self.drafts = [Draft(first, first), Draft(first, first)]
        corners = sorted(vertices(outline(first)))
        self.points = [*rng.sample(corners, 3), *self._anywhere(first, rng)]
        self.owners = [self._owners(first)]

    def _anywhere(self, sheet: Sheet, rng: random.Random) -> list[tuple[float, float]]:
        west, south, east, north = outline(sheet).bounds
        return [(rng.uniform(west, east), rng.uniform(south, north)) for _ in range(5)]

    def _owners(self, sheet: Sheet) -> list[str | None]:
        return [sheet.owner(lon=lon, lat=lat) for lon, lat in self.points]

    @rule(who=EDITORS, kind=st.sampled_from(ALL_KINDS), seed=st.integers(0, 1_000_000))
    def edit(self, who: int, kind: str, seed: int) -> None:
        draft = self.drafts[who]
        operation = any_edit(draft.sheet, kind, random.Random(seed))
        if operation is None:
            return
        before = wkb(draft.sheet)
        try:
            outcome, logged = apply(draft.sheet, operation, self.limits)
        except RedrawError as refused:
            assert refused.reason
            assert refused.where is None or refused.where.is_valid
            return
        finally:
            assert wkb(draft.sheet) == before
        assert not set(outcome.created) & self.ever
        fresh = outcome.redo(draft.sheet)
        again, _ = apply(draft.sheet, logged, self.limits)
        assert wkb(again.redo(draft.sheet)) == wkb(fresh)
        named = outer_nodes_between(outcome.before.values(), outcome.after.values())
        assert set(named) == set(outcome.outer_nodes)
        draft.sheet = fresh
        draft.done.append((outcome, logged))
        draft.undone.clear()

    @rule(kinds=st.tuples(*[st.sampled_from(ALL_KINDS)] * 2), seed=st.integers(0, 1_000_000))
    def edit_at_once(self, kinds: tuple[str, str], seed: int) -> None:
        """Of two strokes on disjoint places either may come first."""
        rng, sheet = random.Random(seed), self.history[-1]
        outcomes = []
        for kind in kinds:
            operation = any_edit(sheet, kind, rng)
            if operation is None:
                return
            try:
                outcomes.append(apply(sheet, operation, self.limits))
            except RedrawError:
                return
        (one, first), (other, second) = outcomes
        if not disjoint(one, other):
            return
        ends = []
        for order in ((one, second), (other, first)):
            middle = order[0].redo(sheet)
            then, _ = apply(middle, order[1], self.limits)
            ends.append(wkb(then.redo(middle)))
        assert ends[0] == ends[1]

    @precondition(lambda self: any(draft.done for draft in self.drafts))
    @rule(who=EDITORS, back=st.booleans())
    def undo_or_redo(self, who: int, back: bool) -> None:
        draft = self.drafts[who]
        source, target = (draft.done, draft.undone) if back else (draft.undone, draft.done)
        if source:
            step = source.pop()
            target.append(step)
            draft.sheet = step[0].undo(draft.sheet) if back else step[0].redo(draft.sheet)

    @precondition(lambda self: any(draft.done for draft in self.drafts))
    @rule(who=EDITORS)
    def publish(self, who: int) -> None:
        """Do an editor's log again on what is published by now, all of it or nothing."""
        draft, latest = self.drafts[who], self.history[-1]
        sheet = latest
        try:
            for _, logged in draft.done:
                outcome, _ = apply(sheet, logged, self.limits)
                sheet = outcome.redo(sheet)
        except RedrawError:
            assert draft.base is not latest, "what was drafted on this ground holds on it"
        else:
            if draft.base is latest:
                assert wkb(sheet) == wkb(draft.sheet)
            self._put(sheet)
        self.drafts[who] = Draft(self.history[-1], self.history[-1])

    @precondition(lambda self: len(self.history) > 1)
    @rule()
    def take_back(self) -> None:
        """Publish what was before the last publication."""
        self._put(self.history[-1].changed(self.steps[-1].before))
        assert self.bytes[-1] == self.bytes[-3]

    def _put(self, sheet: Sheet) -> None:
        old = self.history[-1]
        touched = [
            code
            for code in {*old, *sheet}
            if code not in old or code not in sheet or old[code] is not sheet[code]
        ]
        before = {code: old.shapes.get(code) for code in touched}
        after = {code: sheet.shapes.get(code) for code in touched}
        self.steps.append(Outcome(before=before, after=after, meant=()))
        self.history.append(sheet)
        self.bytes.append(wkb(sheet))
        self.owners.append(self._owners(sheet))
        self.ever |= set(sheet)

    @invariant()
    def every_draft_is_a_coverage_of_the_county(self) -> None:
        for sheet in (self.history[-1], *(draft.sheet for draft in self.drafts)):
            gained = vertices(outline(sheet)) - vertices(outline(self.history[0]))
            assert_still_whole(self.history[0], sheet, gained)

    @invariant()
    def the_past_is_what_it_was(self) -> None:
        for sheet, stored, owners in zip(self.history, self.bytes, self.owners, strict=True):
            assert self._owners(sheet) == owners
            assert wkb(sheet) == stored


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
