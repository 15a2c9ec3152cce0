"""Say when a report is due, in a sentence too, and count again what was a guess."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from api.calendar.limits import Limit, due, settings_at
from api.calendar.response_levels import RESPONSE_LEVELS, response_level
from api.calendar.working_days import Due, county_time
from api.input_types import parse_time
from api.knowledge import Category, Knowledge

_WEEKDAYS = "一二三四五六日"
GUESS = "（暂定，待国务院放假通知公布后重新计算）"


class _HasDue(Protocol):
    """Hold what the sentence is made from: a row of reports."""

    @property
    def due_at(self) -> datetime: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def due_limit(self) -> Mapping[str, Any] | None: ...
    @property
    def due_provisional(self) -> bool: ...


def due_values(known: Knowledge, category: Category | None, at: datetime) -> dict[str, Any]:
    """Return the columns that say until when a report taken in at ``at`` is to be settled."""
    level = response_level(category.response if category else None)
    until = _until(known, level.limit, at)
    return {
        "due_at": until.at,
        "due_provisional": until.provisional,
        "calendar_version": until.calendar_version,
        "due_limit": {"level": level.key, **level.limit.as_json(), "from": at.isoformat()},
    }


def recounted(known: Knowledge, stored: Mapping[str, Any]) -> Due:
    """Return the due date that a stored limit has by the calendar known now."""
    return _until(known, Limit.of_json(stored), parse_time(stored["from"]))


def _until(known: Knowledge, limit: Limit, start: datetime) -> Due:
    return due(limit, start, known.calendar, settings_at(known.clock_settings, start))


def due_sentence(row: _HasDue) -> str:
    """Return until when as a card says it: ``时限：即时办结，11月25日（星期三）18:00前。``."""
    level = RESPONSE_LEVELS.get((row.due_limit or {}).get("level", ""))
    label = f"{level.label}，" if level else ""
    return f"时限：{label}{_moment(row)}前{GUESS if row.due_provisional else ''}。"


def _moment(row: _HasDue) -> str:
    until = county_time(row.due_at)
    day, clock = until, f"{until:%H:%M}"
    if (until.hour, until.minute) == (0, 0):
        # A day that ends at midnight is the day before.
        day, clock = until - timedelta(minutes=1), "24:00"
    year = f"{day.year}年" if day.year != county_time(row.created_at).year else ""
    return f"{year}{day.month}月{day.day}日（星期{_WEEKDAYS[day.weekday()]}）{clock}"
