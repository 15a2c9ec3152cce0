"""Redraw the demo county at random, take it back, publish under watch and roll back.

Every state is held against what a coverage must be, and every answer meanwhile against the
revision that it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bench.redraw.draft import begin
from bench.redraw.office import open_office
from bench.redraw.publishing import PLAN_WEIGHTS, draft_plan, publish, roll_back
from bench.redraw.strokes import Strokes
from bench.redraw.walk import undo_all, walk
from bench.soak.campaign import Tally, Trial
from bench.workplace import Workplace

OPERATIONS = 150
PUBLISHED = 20


@contextmanager
def redraw(workplace: Workplace) -> Iterator[Trial]:
    """Give each trial a plan of the county that is taken back, and one that is published."""
    with open_office(workplace) as office:
        county = office.township[:6]

        def trial(seed: int, tally: Tally) -> None:
            strokes = Strokes(seed, buildings=office.buildings(county))
            draft = begin(office.decider[0], office.connection, county, f"soak-{seed}")
            walked = walk(draft, strokes, office.decider, OPERATIONS)
            undo_all(draft, office.decider, OPERATIONS)
            tally.checked += len(walked.all_seconds)
            tally.worst("longest_operation_s", max(walked.all_seconds))
            before = office.sheet()
            small = Strokes(seed, buildings=office.buildings(office.township), weights=PLAN_WEIGHTS)
            plan = draft_plan(office, small, office.township, PUBLISHED)
            published, changeset = publish(office, plan, before)
            rolled = roll_back(office, changeset, office.sheet(), before)
            for done in (published, rolled):
                tally.worst("longest_publication_s", done.seconds)
                for verdict in done.verdicts:
                    tally.checked += verdict.answers
                    tally.worst("longest_until_in_force_ms", verdict.in_force_ms)
                    tally.worst("longest_from_before_ms", verdict.old_ms)
                    tally.worst("longest_until_after_ms", verdict.new_ms)
            wrong = [*draft.wrong, *plan.wrong, *published.wrong, *rolled.wrong]
            tally.failures += [f"seed {seed}: {words}" for words in wrong]

        yield trial
