"""Say until when a report is to be settled, in a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from api.calendar.working_days import county_time
from api.life.template import Template

_WEEKDAYS = "一二三四五六日"
GUESS = "（暂定，待国务院放假通知公布后重新计算）"


class _HasDue(Protocol):
    """Hold what the sentence is made from: a row of reports."""

    @property
    def due_at(self) -> datetime: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def response(self) -> str | None: ...
    @property
    def due_provisional(self) -> bool: ...


def due_sentence(row: _HasDue, template: Template) -> str:
    """Return until when as a card says it: ``时限：即时办结，11月25日（星期三）18:00前。``."""
    label = f"{template.response(row.response).label}，" if row.response else ""
    return f"时限：{label}{due_words(row.due_at, row.created_at)}前{_guess(row)}。"


def _guess(row: _HasDue) -> str:
    return GUESS if row.due_provisional else ""


@lru_cache(maxsize=256)
def due_words(due_at: datetime, said_at: datetime) -> str:
    """Return an instant as people say it: ``11月25日（星期三）18:00``; a strange year is said."""
    until = county_time(due_at)
    day, clock = until, f"{until:%H:%M}"
    if (until.hour, until.minute) == (0, 0):
        # A day that ends at midnight is the day before.
        day, clock = until - timedelta(minutes=1), "24:00"
    year = f"{day.year}年" if day.year != county_time(said_at).year else ""
    return f"{year}{day.month}月{day.day}日（星期{_WEEKDAYS[day.weekday()]}）{clock}"
