"""Hold the response levels of categories to the county's template and to the categories."""

from __future__ import annotations

import csv
from pathlib import Path

from api.calendar.response_levels import RESPONSE_LEVELS, response_level
from api.life.template_files import load_template

REFERENCE = Path(__file__).resolve().parents[3] / "data" / "reference"


def test_the_levels_are_those_of_the_template() -> None:
    template = load_template(REFERENCE / "life" / "tumed_right.toml")
    said = {key: (part.label, part.settle.limit) for key, part in template.responses.items()}
    assert said == {key: (level.label, level.limit) for key, level in RESPONSE_LEVELS.items()}


def test_every_category_has_the_level_that_its_first_word_names() -> None:
    with (REFERENCE / "categories.csv").open(encoding="utf-8", newline="") as file:
        words = {row["response"] for row in csv.DictReader(file)}
    assert {response_level(word).key for word in words} == RESPONSE_LEVELS.keys()
    assert response_level("即时；停水为紧急").key == "instant"
    assert response_level("紧急（采暖期）").key == "urgent"
    assert response_level(None).key == "instant"
