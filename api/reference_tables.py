"""Read the reference tables that come with the project: categories and how fast they must be."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from api.calendar.response_levels import response_key

CONFIDENTIAL_MARK = "默认保密"


def read_categories(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a categories table with ``confidential``.

    Raises ValueError for a category whose response words name no level: it would have no due date.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    for row in rows:
        if response_key(row["response"]) is None:
            raise ValueError("a category has no known response level")
        row["confidential"] = CONFIDENTIAL_MARK in row["name"]
    return rows


def read_initials(path: Path) -> dict[str, str]:
    """Return the pinyin initials by which an operator finds a category, by its code.

    Several ways to call it stand with a space between them, the fullest first.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["initials"] for row in csv.DictReader(file)}
