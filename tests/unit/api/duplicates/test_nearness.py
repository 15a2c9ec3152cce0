"""Hold the reach of suggestions: the category's own radius and days, and what comes first."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from api.duplicates.nearness import Hint, box_around, metres_between, parse_hint, rank

CATEGORIES = Path(__file__).resolve().parents[4] / "data" / "reference" / "categories.csv"
LAMP = (110.52, 40.55)


def metres_east(metres: float) -> tuple[float, float]:
    # 84.7 km to a degree of longitude at this latitude.
    return LAMP[0] + metres / 84_700, LAMP[1]


def test_every_category_says_metres_and_days_or_that_it_is_not_suggested() -> None:
    with CATEGORIES.open(encoding="utf-8", newline="") as file:
        written = {row["code"]: row["duplicate_hint_m_d"] for row in csv.DictReader(file)}
    assert parse_hint(written["cg01"]) == Hint(100.0, 7)
    assert {code for code, text in written.items() if parse_hint(text) is None} == {
        code for code, text in written.items() if text == "不提示"
    }
    # Quarrels between people are never held against each other.
    assert all(parse_hint(text) is None for code, text in written.items() if code[:2] == "jf")


@pytest.mark.parametrize("written", [None, "", "不提示", "100", "100/", "-1/7", "一百/7", "1/7/1"])
def test_what_is_no_hint_suggests_nothing(written: str | None) -> None:
    assert parse_hint(written) is None


def test_the_box_holds_the_circle_and_little_more() -> None:
    west, south, east, north = box_around(LAMP, 100.0)
    assert metres_between((west, LAMP[1]), LAMP) == pytest.approx(100.0, rel=1e-4)
    assert metres_between((LAMP[0], north), LAMP) == pytest.approx(100.0, rel=1e-4)
    assert west < LAMP[0] < east
    assert south < LAMP[1] < north


def test_metres_are_known_only_between_two_points() -> None:
    assert metres_between(LAMP, metres_east(300)) == pytest.approx(300, rel=1e-3)
    assert metres_between(LAMP, None) is None
    assert metres_between(None, LAMP) is None


def test_near_and_alike_comes_before_either_alone() -> None:
    both = rank(apart_m=5, radius_m=100, likeness=0.9)
    near = rank(apart_m=5, radius_m=100, likeness=0.0)
    alike = rank(apart_m=95, radius_m=100, likeness=0.9)
    same_words = rank(apart_m=None, radius_m=100, likeness=0.9)
    assert both > same_words > alike
    assert both > near
    assert all(0 <= value <= 1 for value in (both, near, alike, same_words))
