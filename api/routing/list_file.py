"""Read an access list from a table; give each bad row its reason.

Pure. One row an item. Columns that say which matters it names, its season and its period may be
missing: then an item of a known number keeps what the list in force says of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from api.calendar.notice import FIRST_YEAR, LAST_YEAR
from api.input_types import SHANGHAI
from api.routing.access_list import KIND_LABELS, AccessItem, AccessList, ItemKind, Season
from api.sheet_files import RowFault, SheetRow, TableKind, read_sheet
from geo.errors import GeoError

_LIST = TableKind(
    required=("no", "item", "kind", "applied_for_by", "frequency_or_term"),
    optional=("categories", "season", "from", "to"),
    also={
        "编号": "no",
        "事项": "item",
        "类型": "kind",
        "申请单位": "applied_for_by",
        "频次或期限": "frequency_or_term",
        "适用类别": "categories",
        "季节": "season",
        "开始日期": "from",
        "截止日期": "to",
    },
)
MOST_ITEMS = 500
LONGEST_NO, LONGEST_ITEM, LONGEST_TEXT = 20, 100, 200
_KINDS: Mapping[str, ItemKind] = {
    **{label: kind for kind, label in KIND_LABELS.items()},
    **{kind.value: kind for kind in ItemKind},
}
_NO = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff-]*")
_TO = r"\s*[~～—–－至-]+\s*(?:次年)?"
_DAYS = re.compile(rf"(\d{{1,2}})-(\d{{1,2}}){_TO}(\d{{1,2}})-(\d{{1,2}})", re.ASCII)
_MONTHS = re.compile(rf"(\d{{1,2}})月?{_TO}(\d{{1,2}})月", re.ASCII)
_WORKING_DAYS = re.compile(r"(\d{1,3})个工作日", re.ASCII)
_OVER = "已退出"
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# The day on which the n-th working day after a day falls.
AfterWorkingDays = Callable[[date, int], date]


@dataclass(frozen=True, slots=True)
class ReadList:
    """Hold the items of a table in their order, or what is wrong with it."""

    items: tuple[AccessItem, ...]
    errors: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold what a row is read against: known categories, the list in force, the day, working days.

    ``present`` may be None, then nothing is kept of another list.
    """

    categories: Collection[str]
    present: AccessList | None
    today: date
    after: AfterWorkingDays


class _Wrong(Exception):
    def __init__(self, column: str, reason: str, message: str) -> None:
        self.column, self.reason, self.message = column, reason, message


def read_list(raw: bytes, reading: Reading) -> ReadList:
    """Return the items that a CSV or XLSX table holds.

    Raises GeoError for a file that is no such table; every other fault is an error of its row.
    """
    sheet = read_sheet(raw, _LIST)
    if len(sheet.rows) + len(sheet.faults) > MOST_ITEMS:
        raise GeoError("too_many_rows", f"准入清单最多{MOST_ITEMS}项。", field="file")
    errors, items, lines = list(sheet.faults), [], dict[str, int]()
    for row in sheet.rows:
        try:
            item = _item(row, reading)
        except _Wrong as wrong:
            errors.append(RowFault(row.line, wrong.column, wrong.reason, wrong.message))
            continue
        if item.no in lines:
            words = f"编号{item.no}与第{lines[item.no]}行重复。"
            errors.append(RowFault(row.line, "no", "duplicate_no", words))
            continue
        lines[item.no] = row.line
        items.append(item)
    if not items and not errors:
        errors.append(RowFault(1, "no", "empty", "清单中没有事项。"))
    return ReadList(tuple(items), tuple(sorted(errors, key=lambda error: error.line)))


def sha256_of(items: Iterable[AccessItem]) -> str:
    """Return the hash of what a list says, whatever file said it."""
    said = "\n".join(repr(item) for item in items)
    return hashlib.sha256(said.encode()).hexdigest()


def _item(row: SheetRow, reading: Reading) -> AccessItem:
    cells = row.cells
    no = _text(cells, "no", LONGEST_NO, "编号")
    if not _NO.fullmatch(no):
        raise _Wrong("no", "bad_no", "编号由字母、数字、汉字和短横组成，如 LS-05。")
    kind = _KINDS.get(cells["kind"])
    if kind is None:
        raise _Wrong("kind", "unknown_kind", f"类型应为{'、'.join(KIND_LABELS.values())}。")
    term = _text(cells, "frequency_or_term", LONGEST_TEXT, "频次或期限", needed=False)
    kept = reading.present.item(no) if reading.present else None
    item = AccessItem(
        no=no,
        item=_text(cells, "item", LONGEST_ITEM, "事项"),
        kind=kind,
        applied_for_by=_text(
            cells, "applied_for_by", LONGEST_TEXT, "申请单位", needed=False
        ),
        frequency=term,
        categories=_categories(cells, reading, kept),
    )  # fmt: skip
    return _timed(item, cells, reading, kept)


def _text(
    cells: Mapping[str, str], column: str, longest: int, label: str, *, needed: bool = True
) -> str:
    text = cells[column]
    if (needed and not text) or len(text) > longest or "\n" in text:
        raise _Wrong(column, "bad_text", f"{label}应有1至{longest}个字。")
    return "" if text in ("–", "—", "-") else text


def _categories(
    cells: Mapping[str, str], reading: Reading, kept: AccessItem | None
) -> tuple[str, ...]:
    if "categories" not in cells:
        return kept.categories if kept else ()
    codes = tuple(dict.fromkeys(re.split(r"[\s、,，;；]+", cells["categories"].strip())))
    codes = tuple(code for code in codes if code)
    unknown = [code for code in codes if code not in reading.categories]
    if unknown:
        raise _Wrong("categories", "unknown_category", f"没有这个事项类别：{unknown[0][:20]}。")
    return codes


def _timed(
    item: AccessItem, cells: Mapping[str, str], reading: Reading, kept: AccessItem | None
) -> AccessItem:
    """Return the item with its seasons and period: as written, as kept, or as its term says."""
    if "season" not in cells and "to" not in cells and kept is not None:
        return replace(item, seasons=kept.seasons, start=kept.start, end=kept.end)
    seasons = _seasons(cells.get("season", ""))
    first, last = _date(cells, "from"), _date(cells, "to")
    if item.kind is ItemKind.TEMPORARY and not seasons and last is None:
        seasons, first, last = _term(item.frequency, reading)
    if first is not None and last is not None and last < first:
        raise _Wrong("to", "end_before_start", "截止日期早于开始日期。")
    end = start_of(last + timedelta(days=1)) if last else None
    return replace(item, seasons=seasons, start=start_of(first) if first else None, end=end)


def start_of(day: date) -> datetime:
    """Return the instant at which a day begins in the county."""
    return datetime.combine(day, time(), SHANGHAI)


def _seasons(text: str) -> tuple[Season, ...]:
    parts = [part for part in re.split(r"[\s、,，;；]+", text) if part]
    return tuple(season_of(part) for part in parts)


def season_of(text: str) -> Season:
    """Return the season written in days (11-01~03-31) or in months (10月—次年4月)."""
    days, months = _DAYS.fullmatch(text), _MONTHS.fullmatch(text)
    if days:
        first, last = (int(days[1]), int(days[2])), (int(days[3]), int(days[4]))
    elif months and 1 <= int(months[2]) <= len(_LONGEST_MONTH):
        end = int(months[2])
        first, last = (int(months[1]), 1), (end, _LONGEST_MONTH[end - 1])
    else:
        raise _bad_season()
    if not (_is_day(first) and _is_day(last)):
        raise _bad_season()
    return Season(first, last)


def _is_day(month_day: tuple[int, int]) -> bool:
    month, day = month_day
    return 1 <= month <= len(_LONGEST_MONTH) and 1 <= day <= _LONGEST_MONTH[month - 1]


def _bad_season() -> _Wrong:
    return _Wrong("season", "bad_season", "季节应写作 11-01~03-31 或 10月~次年4月。")


def _date(cells: Mapping[str, str], column: str) -> date | None:
    text = cells.get(column, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        words = f"日期应写作 2026-11-30，年份在{FIRST_YEAR}至{LAST_YEAR}之间。"
        raise _Wrong(column, "bad_date", words)
    return day


def _term(text: str, reading: Reading) -> tuple[tuple[Season, ...], date | None, date | None]:
    """Return what the term of a temporary item says in words: a season, or a period and its end."""
    today = reading.today
    working, days = _WORKING_DAYS.search(text), _DAYS.search(text)
    if days and _OVER in text:
        season = season_of(days[0])
        # Its last day is the newest one that is over.
        last = today - timedelta(days=1)
        while (last.month, last.day) != season.last:
            last -= timedelta(days=1)
        return (), None, last
    if days:
        return (season_of(days[0]),), None, None
    if working:
        return (), today, reading.after(today, int(working[1]))
    raise _Wrong(
        "frequency_or_term", "no_end", "临时事项须写明截止日期，或每年的起止日（11-01—次年03-31）。"
    )
