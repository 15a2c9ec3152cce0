"""A target is met or missed by the worst figure of its jobs, and says nothing without one."""

from __future__ import annotations

from bench.results import Measurement, measure, with_ratios
from bench.targets import DIFFERENCES, TARGETS, Target, judge


def row(
    job: str, engine: str, value: float, unit: str = "Mpoint/s", differences: int | None = None
) -> Measurement:
    return measure(job, engine, unit, [value], differences=differences)


ROWS = with_ratios(
    [
        row("batch-a", "wangge", 30.0, differences=0),
        row("batch-a", "shapely", 2.0, differences=0),
        row("batch-b", "wangge", 20.0, differences=0),
        row("batch-b", "shapely", 2.0, differences=3),
        row("start", "wangge", 4.0, "s"),
        row("reading", "pyarrow", 2.5, "s"),
    ]
)


def judged(target: Target) -> dict[str, object]:
    (found,) = judge(ROWS, [target])
    return found


def test_the_worst_of_the_jobs_counts() -> None:
    found = judged(Target("shapely", "batch-*", "Mpoint/s", "wangge", over="shapely", at_least=12))
    assert (found["value"], found["where"], found["met"]) == (10.0, "batch-b wangge", False)
    assert judged(Target("", "batch-*", "Mpoint/s", over="shapely", at_least=10))["met"] is True


def test_a_limit_from_above_takes_the_largest_and_may_be_held_against_another_job() -> None:
    target = Target("", "start", "s", over="pyarrow", over_job="reading", at_most=2)
    assert (judged(target)["value"], judged(target)["met"]) == (1.6, True)
    assert judged(Target("", "start", "s", at_most=3))["met"] is False


def test_answers_that_differ_are_a_figure_of_every_engine() -> None:
    found = judged(Target("", "batch-*", DIFFERENCES, engine="*", at_most=0))
    assert (found["value"], found["where"], found["met"]) == (3.0, "batch-b shapely", False)


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert judged(Target("", "growth-*", "build s", at_most=60))["met"] is None
    assert judged(Target("", "batch-a", "Mpoint/s", over="duckdb", at_least=40))["met"] is None


def test_every_target_has_one_limit() -> None:
    assert all((one.at_least is None) != (one.at_most is None) for one in TARGETS)
