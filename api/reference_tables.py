"""Read the reference tables that come with the project: categories and how fast they must be."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

# The first response word of a category → days it may take (即时办结 ≤ 3, 限时处置 ≤ 7,
# 联席会商 ≤ 7: the response levels of Bayan Obo's "135"; urgent ones within a day).
RESPONSE_DAYS = {"紧急": 1, "即时": 3, "限时": 7, "会商": 7, "当场": 1}
CONFIDENTIAL_MARK = "默认保密"


def read_categories(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a categories table with ``response_days`` and ``confidential``."""
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    for row in rows:
        row["response_days"] = _days(row["response"])
        row["confidential"] = CONFIDENTIAL_MARK in row["name"]
    return rows


def _days(response: str) -> int:
    for word, days in RESPONSE_DAYS.items():
        if response.startswith(word):
            return days
    raise ValueError("a category has no known response level")


def read_initials(path: Path) -> dict[str, str]:
    """Return the pinyin initials by which an operator finds a category, by its code.

    Several ways to call it stand with a space between them, the fullest first.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["initials"] for row in csv.DictReader(file)}
