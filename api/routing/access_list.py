"""Hold the access list (准入清单): what a grid worker may be given, when, and why not otherwise.

Pure. Days are those of the county (UTC+8); a season comes back every year and may run over New
Year; a period is half-open between two instants. What no item names is not on the list.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from api.input_types import SHANGHAI
from api.remembered import Remembered


class ItemKind(StrEnum):
    """Name what an item lets the grid do, or forbids."""

    PRIMARY = "primary"
    ASSIST = "assist"
    TEMPORARY = "temporary"
    FORBIDDEN = "forbidden"


KIND_LABELS: Mapping[ItemKind, str] = {
    ItemKind.PRIMARY: "主责",
    ItemKind.ASSIST: "协助",
    ItemKind.TEMPORARY: "临时",
    ItemKind.FORBIDDEN: "不得安排",
}
# The best of several items that name one matter comes first.
_BEST = (ItemKind.PRIMARY, ItemKind.ASSIST, ItemKind.TEMPORARY)
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})~(\d{2})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Season:
    """Hold the days of every year from ``first`` to ``last``, both (month, day) and both within.

    It runs over New Year when ``last`` comes before ``first``.
    """

    first: tuple[int, int]
    last: tuple[int, int]

    def includes(self, day: date) -> bool:
        """Say whether a day lies in the season."""
        point = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= point <= self.last
        return point >= self.first or point <= self.last

    def begins_after(self, day: date) -> date:
        """Return the next first day after ``day``."""
        begin = _on(day.year, self.first)
        return begin if begin > day else _on(day.year + 1, self.first)

    def written(self) -> str:
        """Return the season as ``11-01~03-31``."""
        return "{:02d}-{:02d}~{:02d}-{:02d}".format(*self.first, *self.last)

    def spoken(self) -> str:
        """Return the season as people say it: 11月1日至次年3月31日."""
        over = "次年" if self.last < self.first else ""
        return f"{self.first[0]}月{self.first[1]}日至{over}{self.last[0]}月{self.last[1]}日"


def _on(year: int, month_day: tuple[int, int]) -> date:
    month, day = month_day
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def parse_season(text: str) -> Season:
    """Return the season of ``11-01~03-31``; raise ValueError for anything else."""
    found = _MONTH_DAY.fullmatch(text)
    if found is None:
        raise ValueError("a season is written 11-01~03-31")
    first, last = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    for month, day in (first, last):
        # 2000 was a leap year: a season may end on the last day of any February.
        date(2000, month, day)
    return Season(first, last)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Say why the grid does not get a matter: by which item and from or until which day.

    ``reason`` is ``not_on_list``, ``forbidden``, ``out_of_season``, ``not_yet`` or ``ended``.
    ``day`` is the last day of what has ended and the first day of what is to come.
    """

    reason: str
    words: str
    no: str | None = None
    item: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class AccessItem:
    """Hold one item: the matters (category codes) that it names, its seasons and its period.

    Without seasons it stands all year; ``start`` and ``end`` are instants, None for open.
    """

    no: str
    item: str
    kind: ItemKind
    applied_for_by: str = ""
    frequency: str = ""
    categories: tuple[str, ...] = ()
    seasons: tuple[Season, ...] = ()
    start: datetime | None = None
    end: datetime | None = None

    @property
    def last_day(self) -> date | None:
        """Return the last day on which it stands."""
        if self.end is None:
            return None
        return (self.end - timedelta(microseconds=1)).astimezone(SHANGHAI).date()

    def refusal(self, at: datetime) -> Refusal | None:
        """Return why it lets nobody do anything at ``at``; None while it does."""
        day = at.astimezone(SHANGHAI).date()
        name = f"{self.no}“{self.item}”"
        if self.kind is ItemKind.FORBIDDEN:
            return self._refuse("forbidden", f"清单{name}不得安排给网格员", None)
        if self.end is not None and at >= self.end:
            last = self.last_day
            assert last is not None
            words = f"临时事项{name}已于{_spoken(last)}到期退出，不再派网格员"
            if self.kind is not ItemKind.TEMPORARY:
                words = f"清单{name}已于{_spoken(last)}退出，不再派网格员"
            return self._refuse("ended", words, last)
        if self.start is not None and at < self.start:
            first = self.start.astimezone(SHANGHAI).date()
            words = f"清单{name}自{_spoken(first)}起准入，现在不派网格员"
            return self._refuse("not_yet", words, first)
        if self.seasons and not any(season.includes(day) for season in self.seasons):
            first = min(season.begins_after(day) for season in self.seasons)
            spans = "、".join(season.spoken() for season in self.seasons)
            words = f"清单{name}只在{spans}准入，{_spoken(first)}起才派网格员"
            return self._refuse("out_of_season", words, first)
        return None

    def _refuse(self, reason: str, words: str, day: date | None) -> Refusal:
        return Refusal(reason, words, self.no, self.item, day)


def _spoken(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


NOT_ON_LIST = Refusal("not_on_list", "该事项不在网格准入清单内，不派网格员")


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold how a matter stands by the list at an instant: by which item, or why not."""

    item: AccessItem | None
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class AccessList:
    """Hold one version of the list, in force from ``since`` until the next one."""

    version: int
    since: datetime
    items: tuple[AccessItem, ...]
    _naming: Mapping[str, tuple[AccessItem, ...]] = field(init=False, repr=False, compare=False)
    _stood: Remembered[Standing] = field(
        default_factory=Remembered, init=False, repr=False, compare=False
    )
    # What others find by it alone: the lanes of matters at an instant.
    lanes: Remembered[Any] = field(
        default_factory=Remembered, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Index the items by the matters they name."""
        naming: dict[str, list[AccessItem]] = {}
        for item in self.items:
            for code in item.categories:
                naming.setdefault(code, []).append(item)
        object.__setattr__(self, "_naming", {code: tuple(rows) for code, rows in naming.items()})

    def standing(self, category: str, at: datetime) -> Standing:
        """Return how a matter stands at ``at``.

        An item that forbids it outweighs all others; else one item in force is enough. Where none
        is, the one that ended last, or else the one that begins next, says why.
        """
        return self._stood.of((category, at), lambda: self._standing(category, at))

    def _standing(self, category: str, at: datetime) -> Standing:
        items = self._naming.get(category, ())
        forbidding = [item for item in items if item.kind is ItemKind.FORBIDDEN]
        if forbidding:
            return Standing(None, forbidding[0].refusal(at))
        refused = [(item, item.refusal(at)) for item in items]
        standing = [item for item, refusal in refused if refusal is None]
        if standing:
            return Standing(min(standing, key=lambda item: _BEST.index(item.kind)), None)
        refusals = [refusal for _, refusal in refused if refusal is not None]
        ended = [refusal for refusal in refusals if refusal.reason == "ended"]
        if len(ended) == len(refusals):
            return Standing(None, max(ended, key=_day_of) if ended else NOT_ON_LIST)
        coming = [refusal for refusal in refusals if refusal.reason != "ended"]
        return Standing(None, min(coming, key=_day_of))

    def item(self, no: str) -> AccessItem | None:
        """Return an item by its number."""
        return next((item for item in self.items if item.no == no), None)


def _day_of(refusal: Refusal) -> date:
    assert refusal.day is not None
    return refusal.day


def list_at(versions: Sequence[AccessList], at: datetime) -> AccessList | None:
    """Return the version in force at ``at``, the first one before it began; None without any."""
    begun = [version for version in versions if version.since <= at]
    if begun:
        return begun[-1]
    return versions[0] if versions else None
