"""How soon a process came to new boundaries is known between two instants, and judged by the later.

Questions come every few milliseconds: a process that nobody asked in between was not quick.
"""

from __future__ import annotations

import numpy as np
import pytest

from bench.redraw.publishing import Published
from bench.redraw.watching import Seen, Verdict, Watch, judge
from bench.redraw_lag import _figures
from bench.results import with_ratios
from bench.targets import TARGETS
from bench.targets import judge as hold_against

COMMIT = 100.0
OWNERS = [("demo-1", np.array(["a", "b"], dtype=object)), ("demo-2", np.array(["a", "c"]))]


def seen(asked_ms: float, came_ms: float, revision: str, *grids: str) -> Seen:
    return Seen(COMMIT + asked_ms / 1e3, COMMIT + came_ms / 1e3, revision, grids)


def judged(*answers: Seen) -> Verdict:
    return judge(Watch(1, list(answers)), COMMIT, OWNERS)


def test_the_lag_lies_between_the_last_old_question_and_the_first_new_answer() -> None:
    found = judged(
        seen(-9, -7, "demo-1", "a", "b"),
        seen(3, 5, "demo-1", "a", "b"),
        seen(9, 14, "demo-2", "a", "c"),
        seen(18, 20, "demo-2", "a", "c"),
    )
    assert [found.old_ms, found.new_ms] == pytest.approx([3, 14])
    assert (found.answers, found.wrong) == (4, ())


def test_a_process_that_nobody_asked_in_between_counts_as_late_as_its_first_new_answer() -> None:
    found = judged(seen(-2, 28, "demo-1", "a", "b"), seen(31, 33, "demo-2", "a", "c"))
    assert [found.old_ms, found.new_ms] == pytest.approx([0, 33])


def test_a_mix_and_an_older_answer_after_a_newer_are_wrong() -> None:
    assert judged(seen(1, 2, "demo-2", "a", "b")).wrong != ()
    back = (seen(1, 2, "demo-2", "a", "c"), seen(3, 4, "demo-1", "a", "b"))
    assert judged(*back).wrong == ("the old revision after the new one",)
    assert judged(seen(1, 2, "demo-1", "a", "b")).wrong == ("never answered from the new revision",)


def test_what_is_promised_is_held_against_the_later_of_the_two_and_the_worst_process() -> None:
    quick, slow = Verdict(0.0, 19.0, 5, ()), Verdict(0.0, 21.0, 5, ())
    (target,) = (one for one in TARGETS if one.job == "redraw-lag*" and one.at_most == 20)
    for second, met in ((quick, True), (slow, False)):
        done = [Published(1.0, 1.0, [quick, quick]), Published(1.0, 1.0, [quick, second])]
        (found,) = hold_against(with_ratios(_figures("redraw-lag-scheduled", done)), [target])
        assert (found["value"], found["met"]) == (second.new_ms, met)
