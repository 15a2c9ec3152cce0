"""Name the response levels of a category, and how long each may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.calendar.limits import Limit, Unit


@dataclass(frozen=True, slots=True)
class ResponseLevel:
    """Hold a response level: its key, what it is called, how long settling may take."""

    key: str
    label: str
    limit: Limit


# Bayan Obo's "135": 即时办结 ≤ 3, 限时处置 ≤ 7, 联席会商 ≤ 7; urgent matters run night and day.
RESPONSE_LEVELS: Mapping[str, ResponseLevel] = {
    level.key: level
    for level in (
        ResponseLevel("on_the_spot", "当场答复", Limit(1, Unit.WORKING_DAY)),
        ResponseLevel("urgent", "紧急", Limit(24, Unit.HOUR, round_the_clock=True)),
        ResponseLevel("instant", "即时办结", Limit(3, Unit.WORKING_DAY)),
        ResponseLevel("limited", "限时处置", Limit(7, Unit.WORKING_DAY)),
        ResponseLevel("joint", "联席会商", Limit(7, Unit.WORKING_DAY)),
    )
}
DEFAULT_LEVEL = "instant"
_KEY_OF_WORD: Mapping[str, str] = {
    "当场": "on_the_spot",
    "紧急": "urgent",
    "即时": "instant",
    "限时": "limited",
    "会商": "joint",
}


def response_level(words: str | None) -> ResponseLevel:
    """Return the level that a category's response words begin with; 即时办结 without any."""
    key = _KEY_OF_WORD.get((words or "")[:2], DEFAULT_LEVEL)
    return RESPONSE_LEVELS[key]
