"""Name the response level of a category: what its words begin with, as templates key it."""

from __future__ import annotations

from collections.abc import Mapping

# Bayan Obo's "135": 即时办结, 限时处置, 联席会商; urgent matters run night and day.
_KEY_OF_WORD: Mapping[str, str] = {
    "当场": "on_the_spot",
    "紧急": "urgent",
    "即时": "instant",
    "限时": "limited",
    "会商": "joint",
}


def response_key(words: str | None) -> str | None:
    """Return the level that a category's response words begin with; None without any."""
    return _KEY_OF_WORD.get((words or "")[:2])
