"""The document is filled from results: tables where a mark stands, nothing else touched."""

from __future__ import annotations

import json
from pathlib import Path

from bench.report import DOCUMENT, filled, read_results
from bench.results import measure, with_ratios, write_results

TEXT = """# Title
<!-- figures: batch-* -->
old
<!-- end of figures -->
between
<!-- figures: growth-* -->
kept
<!-- end of figures -->
"""
ABOUT = {"seed": 1}


def rows(value: float) -> list[dict[str, object]]:
    return with_ratios(
        [
            measure("batch-uniform", "wangge", "Mpoint/s", [value], differences=0),
            measure("batch-uniform", "shapely", "Mpoint/s", [2.0], differences=1),
            measure("batch-uniform", "cell", "Mpoint/cpu-s", [70.0]),
        ]
    )


def test_a_mark_gets_the_table_of_its_jobs_and_one_without_figures_keeps_its_text() -> None:
    text = filled(TEXT, rows(40.0), [])
    assert text.splitlines() == [
        "# Title",
        "<!-- figures: batch-* -->",
        "| job | engine | Mpoint/s | Mpoint/cpu-s | differences |",
        "| --- | --- | --- | --- | --- |",
        "| batch-uniform | wangge | 40 |  | 0 |",
        "| batch-uniform | shapely | 2 (0.05) |  | 1 |",
        "| batch-uniform | cell |  | 70 | – |",
        "<!-- end of figures -->",
        "between",
        "<!-- figures: growth-* -->",
        "kept",
        "<!-- end of figures -->",
    ]
    assert filled(text, rows(40.0), []) == text


def test_the_targets_stand_with_what_was_measured_met_or_missed() -> None:
    mark = "<!-- figures: targets -->\n<!-- end of figures -->\n"
    met = "| two threads, one thread | `batch-uniform wangge-2-threads` | ≥ 1.7 × | 1.8 | met |"
    two = measure("batch-uniform", "wangge-2-threads", "Mpoint/s", [72.0])
    one = measure("batch-uniform", "wangge", "Mpoint/s", [40.0])
    assert met in filled(mark, with_ratios([one, two]), [])


def test_the_large_form_of_a_job_takes_the_place_of_the_small_one(tmp_path: Path) -> None:
    write_results(tmp_path, rows(40.0), ABOUT)
    write_results(tmp_path, rows(50.0), ABOUT, name="full")
    found, runs = read_results(tmp_path)
    assert [row["value"] for row in found] == [50.0, 2.0, 70.0]
    assert len(runs) == 2
    assert json.loads((tmp_path / "full-run.json").read_text("utf-8")) == ABOUT


def test_every_mark_of_the_document_is_closed() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text.count("<!-- figures: ") == text.count("<!-- end of figures -->") > 3
