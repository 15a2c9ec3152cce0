"""A category's response words name a level, and the county's template says how long it may take."""

from __future__ import annotations

from api.calendar.limits import Limit, Unit
from api.calendar.response_levels import response_key
from api.life.county import standard_templates


def test_each_level_has_the_label_and_the_limit_of_the_county() -> None:
    responses = standard_templates().current.responses
    said = {key: (part.label, part.settle.limit) for key, part in responses.items()}
    assert said == {
        "on_the_spot": ("当场答复", Limit(1, Unit.WORKING_DAY)),
        "urgent": ("紧急", Limit(24, Unit.HOUR, round_the_clock=True)),
        "instant": ("即时办结", Limit(3, Unit.WORKING_DAY)),
        "limited": ("限时处置", Limit(7, Unit.WORKING_DAY)),
        "joint": ("联席会商", Limit(7, Unit.WORKING_DAY)),
    }


def test_the_first_word_of_a_category_names_its_level() -> None:
    words = ("当场", "紧急", "即时", "限时", "会商")
    assert {response_key(word) for word in words} == set(standard_templates().current.responses)
    assert response_key("即时；停水为紧急") == "instant"
    assert response_key("紧急（采暖期）") == "urgent"
    assert response_key(None) is None
    assert response_key("随便") is None
