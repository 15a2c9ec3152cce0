"""Ask who owns a report: by what was given now, or once more by what its receipt keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from api.knowledge import Keeper, Knowledge
from api.ownership import Matched, OwnerAnswer, Question, answer
from api.routing.access_list import AccessList, list_at
from api.routing.owner import with_lane
from api.routing.withheld import level_for, withhold
from geo.codes import Level
from geo.position import Position, parse_datum


def ask(
    keeper: Keeper,
    known: Knowledge,
    question: Question,
    *,
    category: str | None,
    about: str | None = None,
    kept: Level | None = None,
    versions: Sequence[AccessList] | None = None,
    matched: Matched | None = None,
) -> OwnerAnswer:
    """Return the owner of a report of this category, about one of the grid's own people or not.

    ``kept`` is the lowest level that may know of it, whatever its category is now. The access list
    is that of the question's instant, unless ``versions`` holds another one. ``matched`` as in
    ``answer``.
    """
    found = answer(keeper, known, question, category=category, about=about, matched=matched)
    return for_category(found, known, category, about=about, kept=kept, versions=versions)


def for_category(
    found: OwnerAnswer,
    known: Knowledge,
    category: str | None,
    *,
    about: str | None = None,
    kept: Level | None = None,
    versions: Sequence[AccessList] | None = None,
) -> OwnerAnswer:
    """Return the owner by the category's lane; complaints go past the level they are about."""
    if (found.category, found.about) != (category, about):
        found = replace(found, category=category, about=about)
    level = kept or level_for(known, category, about)
    if level is not None:
        return withhold(found, known, level)
    lists = known.access_lists if versions is None else versions
    access_list = list_at(lists, found.question.at)
    return with_lane(found, known, known.matters.get(category or ""), access_list)


def kept_level(row: Any, known: Knowledge) -> Level | None:
    """Return the lowest level that may know of a stored report; None when nobody is passed over.

    What was a complaint once is kept from those below for good: its text is still about them.
    """
    kept = (row.life or {}).get("kept_at")
    return Level(kept) if kept else level_for(known, row.category, row.about)


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
    return Question(position, asked["address"], at, asked.get("text"), asked.get("misplaced"))
