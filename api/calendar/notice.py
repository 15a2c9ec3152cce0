"""Read the State Council's holiday notice of a year from a table; give each bad row its reason.

Pure. One row a day: the days off of each holiday, weekends within them too, and the make-up days.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from api.sheet_files import RowFault, SheetRow, TableKind, read_sheet
from geo.errors import GeoError

HOLIDAY, MAKEUP = "holiday", "makeup"
FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_ROWS = 400
LONGEST_NAME = 20
# What every notice arranges; each has to be in the name of some days off.
FESTIVALS = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")
# The columns, as programs write them and as offices do.
_NOTICE = TableKind(
    required=("date", "kind", "name"), also={"日期": "date", "类型": "kind", "节日": "name"}
)
_KINDS: Mapping[str, str] = {
    **dict.fromkeys((HOLIDAY, "放假", "休", "休息"), HOLIDAY),
    **dict.fromkeys((MAKEUP, "补班", "上班", "班", "调休上班"), MAKEUP),
}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """Hold a day that is not what its weekday says, and the holiday to which it belongs."""

    day: date
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Hold the days of a year's notice in order, or what is wrong with the table."""

    year: int
    days: tuple[NoticeDay, ...]
    errors: tuple[RowFault, ...]

    @property
    def sha256(self) -> str:
        """Return the hash of what it says, whatever file said it."""
        text = "\n".join(f"{d.day} {d.kind} {d.name}" for d in self.days)
        return hashlib.sha256(f"{self.year}\n{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Wrong(Exception):
    column: str
    reason: str
    message: str


def read_notice(raw: bytes, *, year: int | None = None) -> Notice:
    """Return the notice that a table holds; ``year`` is that of most of its rows when not given.

    Raises GeoError for a file that is no such table; every other fault is an error of its row.
    """
    sheet = read_sheet(raw, _NOTICE)
    if len(sheet.rows) + len(sheet.faults) > MOST_ROWS:
        raise GeoError("too_many_rows", f"一年的放假安排最多{MOST_ROWS}行。", field="file")
    errors = list(sheet.faults)
    found: list[tuple[int, NoticeDay]] = []
    for row in sheet.rows:
        try:
            found.append((row.line, _day(row)))
        except _Wrong as wrong:
            errors.append(RowFault(row.line, wrong.column, wrong.reason, wrong.message))
    if year is None:
        years = Counter(day.day.year for _, day in found)
        year = years.most_common(1)[0][0] if years else 0
    errors += _of_other_years(found, year)
    errors += _twice(found)
    if not errors:
        errors += _gaps(found)
        errors += _missing(found)
    days = tuple(sorted((day for _, day in found), key=lambda day: day.day))
    return Notice(year, days, tuple(sorted(errors, key=lambda error: error.line)))


def _day(row: SheetRow) -> NoticeDay:
    day = _date(row.cells["date"])
    kind = _KINDS.get(row.cells["kind"].lower())
    if kind is None:
        raise _Wrong("kind", "unknown_kind", "类型应为 holiday（放假）或 makeup（补班）。")
    if kind == MAKEUP and day.weekday() < _SATURDAY:
        raise _Wrong("date", "not_a_weekend", f"{day}是工作日，不需要补班。")
    name = row.cells["name"]
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise _Wrong("name", "bad_name", f"节日名称应有1至{LONGEST_NAME}个字。")
    return NoticeDay(day, kind, name)


def _date(text: str) -> date:
    match = _DATE.fullmatch(text)
    try:
        day = date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise _Wrong("date", "bad_date", "日期应写作2026-01-01。")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _Wrong("date", "wrong_year", f"年份应在{FIRST_YEAR}至{LAST_YEAR}之间。")
    return day


def _of_other_years(found: Iterable[tuple[int, NoticeDay]], year: int) -> list[RowFault]:
    def belongs(day: NoticeDay) -> bool:
        # New Year's holiday begins in the old year now and then.
        early = day.day.year == year - 1 and day.day.month == 12 and "元旦" in day.name
        return day.day.year == year or early

    return [
        RowFault(line, "date", "wrong_year", f"{day.day}不属于{year}年的放假安排。")
        for line, day in found
        if not belongs(day)
    ]


def _twice(found: Iterable[tuple[int, NoticeDay]]) -> list[RowFault]:
    first: dict[date, int] = {}
    errors = []
    for line, day in found:
        if day.day in first:
            words = f"{day.day}与第{first[day.day]}行重复。"
            errors.append(RowFault(line, "date", "duplicate_day", words))
        else:
            first[day.day] = line
    return errors


def _gaps(found: Iterable[tuple[int, NoticeDay]]) -> list[RowFault]:
    """Return an error where the days off of one holiday are not one after the other."""
    last: dict[str, date] = {}
    errors = []
    off = (pair for pair in found if pair[1].kind == HOLIDAY)
    for line, day in sorted(off, key=lambda pair: pair[1].day):
        before = last.get(day.name)
        if before is not None and day.day - before > _DAY:
            words = f"同一节日的放假在{before}与{day.day}之间缺{(day.day - before).days - 1}天。"
            errors.append(RowFault(line, "date", "gap", words))
        last[day.name] = day.day
    return errors


def _missing(found: Iterable[tuple[int, NoticeDay]]) -> list[RowFault]:
    """Return an error for each holiday of the law that has no day off."""
    names = "、".join({day.name for _, day in found if day.kind == HOLIDAY})
    return [
        RowFault(1, "name", "gap", f"缺少{festival}的放假日期。")
        for festival in FESTIVALS
        if festival not in names
    ]
