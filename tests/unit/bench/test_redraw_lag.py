"""How soon a process came to new boundaries is what it says itself, held against its answers."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.redraw.announced import first_since
from bench.redraw.in_force import InForce, read_instants
from bench.redraw.publishing import Published
from bench.redraw.watching import Commit, Seen, Verdict, Watch, judge
from bench.redraw_lag import _figures
from bench.results import with_ratios
from bench.targets import TARGETS
from bench.targets import judge as hold_against

COMMIT = 100.0
OWNERS = [("demo-1", np.array(["a", "b"], dtype=object)), ("demo-2", np.array(["a", "c"]))]


def seen(asked_ms: float, came_ms: float, revision: str, *grids: str) -> Seen:
    return Seen(COMMIT + asked_ms / 1e3, COMMIT + came_ms / 1e3, revision, grids)


def judged(*answers: Seen, in_force_ms: float | None = 6) -> Verdict:
    """Judge answers; the commit was written 4 ms before it was announced."""
    commit = Commit(written=1e9 - 0.004, announced=COMMIT)
    later = None if in_force_ms is None else in_force_ms / 1e3
    in_force = None if later is None else InForce(1e9 + later, COMMIT + later)
    return judge(Watch(1, list(answers)), commit, OWNERS, in_force)


def test_what_a_process_says_is_held_beside_what_was_seen_of_it() -> None:
    found = judged(
        seen(-9, -7, "demo-1", "a", "b"),
        seen(3, 5, "demo-1", "a", "b"),
        seen(9, 14, "demo-2", "a", "c"),
        seen(18, 20, "demo-2", "a", "c"),
    )
    times = [found.in_force_ms, found.written_ms, found.old_ms, found.new_ms]
    assert times == pytest.approx([6, 10, 3, 14], abs=1e-3)
    assert (found.answers, found.wrong) == (4, ())


def test_a_process_that_notes_late_what_it_answers_already_was_not_late() -> None:
    found = judged(seen(1, 5, "demo-2", "a", "c"), in_force_ms=30)
    assert [found.in_force_ms, found.written_ms] == pytest.approx([5, 9], abs=1e-3)
    assert found.wrong == ()


def test_a_process_that_nobody_asked_in_between_counts_by_what_it_says() -> None:
    found = judged(seen(-2, 28, "demo-1", "a", "b"), seen(31, 33, "demo-2", "a", "c"))
    times = [found.in_force_ms, found.old_ms, found.new_ms]
    assert times == pytest.approx([6, 0, 33])


def test_a_mix_and_an_older_answer_after_a_newer_are_wrong() -> None:
    assert judged(seen(1, 2, "demo-2", "a", "b")).wrong != ()
    back = (seen(1, 2, "demo-2", "a", "c"), seen(3, 4, "demo-1", "a", "b"))
    assert judged(*back).wrong == ("the old revision after the new one",)
    assert judged(seen(1, 2, "demo-1", "a", "b")).wrong == ("never came to the new revision",)


def test_an_old_answer_to_a_question_asked_after_the_process_said_it_is_in_force_is_wrong() -> None:
    late = (seen(7, 9, "demo-1", "a", "b"), seen(12, 14, "demo-2", "a", "c"))
    (words,) = judged(*late, in_force_ms=6).wrong
    assert "was said to be in force" in words
    assert judged(*late, in_force_ms=8).wrong == ()


def test_a_process_that_never_says_it_misses_what_is_promised() -> None:
    found = judged(seen(1, 2, "demo-2", "a", "c"), in_force_ms=None)
    assert found.wrong == ("never came to the new revision",)
    assert found.in_force_ms == math.inf


@pytest.mark.parametrize("late", ["in_force_ms", "written_ms", "new_ms"])
def test_what_is_promised_is_held_against_the_worst_time_of_the_worst_process(late: str) -> None:
    units = {"in_force_ms": "", "written_ms": "since written ", "new_ms": "first new "}
    quick = Verdict(17.0, 18.0, 0.0, 19.0, 5, ())
    slow = replace(quick, **{late: 21.0})
    (target,) = (
        one for one in TARGETS if one.job == "redraw-lag*" and one.unit == f"{units[late]}worst ms"
    )
    assert target.at_most == 20
    for second, met in ((quick, True), (slow, False)):
        done = [Published(1.0, 1.0, [quick, quick]), Published(1.0, 1.0, [quick, second])]
        (found,) = hold_against(with_ratios(_figures("redraw-lag-scheduled", done)), [target])
        assert (found["value"], found["met"]) == (getattr(second, late), met)


def test_the_file_of_a_process_is_read_with_the_first_time_of_each_revision(tmp_path: Path) -> None:
    lines = "10.5 1.5 demo-2\n11.5 2.5 demo-2\n12.5 3.5 整 图 3\n"
    (tmp_path / "77").write_text(lines, "utf-8")
    assert read_instants(tmp_path, 77) == {
        "demo-2": InForce(10.5, 1.5),
        "整 图 3": InForce(12.5, 3.5),
    }


def test_the_announcement_is_the_first_after_the_request(tmp_path: Path) -> None:
    path = tmp_path / "announced"
    path.write_text("1.5\n2.5\n3.5\n", "utf-8")
    assert [first_since(path, at) for at in (2.0, 9.0)] == [2.5, None]
