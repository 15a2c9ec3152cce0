"""Ask who owns a report: by what was given now, or once more by what its receipt keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.knowledge import Keeper, Knowledge
from api.ownership import OwnerAnswer, Question, answer, withhold_from_grid
from geo.position import Position, parse_datum


def ask(
    keeper: Keeper, known: Knowledge, question: Question, *, category: str | None
) -> OwnerAnswer:
    """Return the owner of a report of this category."""
    return for_category(answer(keeper, known, question), known, category)


def for_category(found: OwnerAnswer, known: Knowledge, category: str | None) -> OwnerAnswer:
    """Return the owner, past the grid for complaints about the grid's own people."""
    matter = known.categories.get(category or "")
    if matter is not None and matter.withheld_from_grid:
        return withhold_from_grid(found, known)
    return found


def stored_question(receipt: Mapping[str, Any], at: datetime) -> Question:
    """Return the question that a receipt keeps, asked for the instant ``at``."""
    asked = receipt["question"]
    given = asked["position"]
    position = None
    if given is not None:
        position = Position(
            lon=given["lon"],
            lat=given["lat"],
            datum=parse_datum(given["crs"]),
            accuracy_m=given["accuracy_m"],
        )
    return Question(position, asked["address"], at)
