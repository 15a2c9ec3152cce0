"""Measure how soon every process answers from new boundaries after three grids were redrawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from bench.processes import NotMeasured
from bench.redraw.draft import Draft, begin
from bench.redraw.office import Office, open_office
from bench.redraw.publishing import Published, changed_codes, draft_plan, publish, roll_back
from bench.redraw.strokes import Strokes
from bench.redraw.walk import walk
from bench.results import Measurement, measure
from bench.run import Run, say

GRIDS = 3
MOST_STROKES = 12
# Each is two publications; the larger form has sixty.
ROUNDS, FULL_ROUNDS = 10, 30
PART_SCHEDULED = 3
LATER = timedelta(days=30)


def redraw(run: Run) -> Iterator[list[Measurement]]:
    """Publish a redraw of three grids under the eyes of watchers, and roll it back, in turns.

    Of each process, from the announcement of the commit: until it came to the new boundaries, as
    it says itself, which is what is promised (and the same from the writing of the commit, which
    nobody can see yet); to the last question that was answered from before, 0 where none was; and
    to the first answer from after.

    A part of the rounds has a plan approved for a later date, which each publication stores anew.
    """
    rounds = 1 if run.quick else FULL_ROUNDS if run.full else ROUNDS
    with open_office(run.workplace) as office:
        plain = [one for n in range(rounds) for one in _in_turns(office, run.seed + n)]
        yield _figures("redraw-lag", plain)
        later = max(1, rounds // PART_SCHEDULED)
        scheduled = _schedule(office, run.seed)
        seeds = range(run.seed + rounds, run.seed + rounds + later)
        beside = [one for seed in seeds for one in _in_turns(office, seed)]
        state = office.decider[0].need("GET", scheduled.path)["state"]
        if state != "scheduled":
            raise NotMeasured(f"the plan for a later date is {state}")
        yield _figures("redraw-lag-scheduled", beside)


def _in_turns(office: Office, seed: int) -> list[Published]:
    before = office.sheet()
    published, changeset = publish(office, _draft(office, seed), before)
    done = [published, roll_back(office, changeset, office.sheet(), before)]
    for one in done:
        took = (
            f"{v.in_force_ms:.1f} ms (seen: {v.old_ms:.1f} to {v.new_ms:.1f})" for v in one.verdicts
        )
        say(f"new boundaries after {', '.join(took)}")
        for words in one.wrong:
            say(f"WRONG: {words}")
    return done


def _schedule(office: Office, seed: int) -> Draft:
    """Approve the split of one grid for a later date."""
    strokes = Strokes(seed, buildings={}, weights={"split": 1})
    draft = draft_plan(office, strokes, office.township, 1)
    at = datetime.now(UTC) + LATER
    body = {"allow_vacant": True, "effective_at": at.isoformat()}
    office.decider[0].need("POST", f"{draft.path}/approve", body)
    return draft


def _p95(values: list[float]) -> float:
    return float(np.percentile(values, 95))


def _draft(office: Office, seed: int) -> Draft:
    """Draw until three grids or more have changed, and hand the plan in."""
    strokes = Strokes(seed, buildings={}, weights={"transfer": 2, "move_node": 1})
    draft = begin(office.author[0], office.connection, office.township, f"lag-{seed}")
    for _ in range(MOST_STROKES):
        walk(draft, strokes, office.author, 1)
        if len(changed_codes(draft.start, draft.sheet)) >= GRIDS:
            office.author[0].need("POST", f"{draft.path}/submit")
            return draft
    raise NotMeasured(f"{MOST_STROKES} strokes changed fewer than {GRIDS} grids")


def _figures(job: str, done: list[Published]) -> list[Measurement]:
    processes = len(done[0].verdicts)
    wrong = sum(len(one.wrong) for one in done)
    answers = sum(verdict.answers for one in done for verdict in one.verdicts)
    found = [measure(job, "watched", "answers", [float(answers)], differences=wrong)]
    for number in range(processes):
        engine = f"process-{number + 1}"
        verdicts = [one.verdicts[number] for one in done if len(one.verdicts) > number]
        for named, values in (
            ("", [verdict.in_force_ms for verdict in verdicts]),
            ("since written ", [verdict.written_ms for verdict in verdicts]),
            ("last old ", [verdict.old_ms for verdict in verdicts]),
            ("first new ", [verdict.new_ms for verdict in verdicts]),
        ):
            found += [
                measure(job, engine, f"{named}ms", values),
                measure(job, engine, f"{named}worst ms", [max(values)]),
            ]
            if not named:
                found.append(measure(job, engine, "p95 ms", [_p95(values)]))
    return found
