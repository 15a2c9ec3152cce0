"""What a benchmark writes down is what it measured: ratios against ours, differences counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.results import (
    Measurement,
    count_differences,
    measure,
    other_rows,
    with_ratios,
    write_results,
)


def row(engine: str, value: float, *, job: str = "lookup", unit: str = "Mpoint/s") -> Measurement:
    return measure(job, engine, unit, [value])


def test_a_ratio_is_the_peers_value_divided_by_ours_of_the_same_job_and_unit() -> None:
    rows = with_ratios(
        [
            row("shapely", 3.0),
            row("wangge", 6.0),
            row("wangge", 500.0, unit="ms"),
            row("shapely", 250.0, unit="ms"),
            row("wangge", 1.0, job="other"),
        ]
    )
    assert [r["ratio_to_ours"] for r in rows] == [0.5, 1.0, 1.0, 0.5, 1.0]


def test_without_a_figure_of_ours_there_is_no_ratio_rather_than_a_wrong_one() -> None:
    rows = with_ratios(
        [row("duckdb", 3.0), row("wangge", 0.0, unit="ms"), row("duckdb", 1, unit="ms")]
    )
    assert [r["ratio_to_ours"] for r in rows] == [None, None, None]


def test_the_median_stands_for_a_job_and_one_slow_round_does_not_move_it() -> None:
    found = measure("start", "wangge", "s", [2.0, 1.0, 90.0, 1.5, 1.2], differences=0)
    assert (found.value, found.low, found.high, found.rounds) == (1.5, 1.0, 90.0, 5)
    with pytest.raises(ValueError, match="no values"):
        measure("start", "wangge", "s", [])


def test_differences_count_points_whose_owner_differs_no_owner_included() -> None:
    ours = np.array([4, -1, 7, 7, 0])
    assert count_differences(ours, ours.copy()) == 0
    assert count_differences(ours, np.array([4, 3, -1, 7, 1])) == 3


def test_answers_to_other_questions_are_refused_not_compared() -> None:
    with pytest.raises(ValueError, match="answers against"):
        count_differences(np.array([1, 2, 3]), np.array([1, 2]))


def test_the_written_file_is_a_list_with_the_promised_members(tmp_path: Path) -> None:
    rows = with_ratios([measure("lookup", "wangge", "µs", [2.0], differences=0), row("empty", 1.0)])
    latest = write_results(tmp_path / "results", rows, {"seed": 7})
    written = json.loads(latest.read_text("utf-8"))
    assert latest.name == "latest.json"
    promised = {"job", "engine", "unit", "value", "ratio_to_ours", "differences"}
    assert all(promised <= set(one) for one in written)
    assert [one["differences"] for one in written] == [0, None]
    assert json.loads((tmp_path / "results" / "run.json").read_text("utf-8")) == {"seed": 7}


def test_figures_of_jobs_that_are_not_run_again_can_be_kept(tmp_path: Path) -> None:
    assert other_rows(tmp_path, []) == []
    old = with_ratios([row("wangge", 1.0), row("wangge", 2.0, job="start")])
    write_results(tmp_path, old, {})
    again = with_ratios([row("wangge", 3.0)])
    kept = other_rows(tmp_path, again)
    assert [(one["job"], one["value"]) for one in kept] == [("start", 2.0)]
