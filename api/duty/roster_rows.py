"""Read the rows of a roster file: one person on one post a row, persons keyed by number."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic_core import PydanticCustomError

from api.duty.records import ROLE_LABELS
from api.duty.schemas import MOST_SEATS, check_number, check_phone
from api.input_types import SHANGHAI
from api.sheet_files import RowFault, SheetRow, TableKind
from geo.codes import parse_code
from geo.errors import GeoError

NUMBER, NAME, PHONE, AREA = "工号", "姓名", "电话", "所在区域编码"
POST_AREA, ROLE, SEAT = "岗位所在编码", "岗位", "席位"
SINCE, UNTIL, B_ROLE = "任职开始", "任职结束", "B角工号"
REQUIRED: Final = (NUMBER, NAME, AREA)
OPTIONAL: Final = (PHONE, POST_AREA, ROLE, SEAT, SINCE, UNTIL, B_ROLE, "区域名称", "岗位所在")
ROSTER: Final = TableKind(required=REQUIRED, optional=OPTIONAL)
_LONGEST_NAME: Final = 100
_ROLE_OF = {label: role for role, label in ROLE_LABELS.items()}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RosterRow:
    """Hold one row: a person, and where the row names one, the post that the person holds."""

    line: int
    number: str
    name: str
    phone: str | None
    area: str
    post_area: str | None = None
    role: str | None = None
    seat: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    b_role: str | None = None


def read_rows(
    rows: Iterable[SheetRow], *, areas: Collection[str]
) -> tuple[list[RosterRow], list[RowFault]]:
    """Return the rows that hold by themselves, and what is wrong in the others.

    ``areas`` are the codes that exist. A person on several rows has one name, phone and area.
    """
    good: list[RosterRow] = []
    faults: list[RowFault] = []
    first: dict[str, RosterRow] = {}
    for row in rows:
        read, found = _Reader(row, areas).read()
        faults += found
        if read is None:
            continue
        known = first.setdefault(read.number, read)
        if (known.name, known.phone, known.area) != (read.name, read.phone, read.area):
            words = f"与第{known.line}行的同一工号不一致（姓名、电话、所在区域须相同）。"
            faults.append(RowFault(row.line, NUMBER, "contradicts", words))
            continue
        good.append(read)
    return good, faults


class _Reader:
    """Read one row; every fault is kept, not the first alone."""

    def __init__(self, row: SheetRow, areas: Collection[str]) -> None:
        self._row = row
        self._areas = areas
        self._faults: list[RowFault] = []

    def read(self) -> tuple[RosterRow | None, list[RowFault]]:
        number = self._checked(NUMBER, check_number)
        name = self._needed(NAME, _LONGEST_NAME)
        phone = self._checked(PHONE, check_phone) if self._text(PHONE) else None
        area = self._area(AREA)
        post: dict[str, Any] = {}
        if any(self._text(c) for c in (POST_AREA, ROLE, SEAT, SINCE, UNTIL, B_ROLE)):
            post = self._post()
        if self._faults or number is None or name is None or area is None:
            return None, self._faults
        return RosterRow(self._row.line, number, name, phone, area, **post), []

    def _post(self) -> dict[str, Any]:
        start, end = self._day(SINCE), self._day(UNTIL)
        if start is not None and end is not None and end <= start:
            self._fault(UNTIL, "end_before_start", "任职结束应晚于任职开始。")
        b_role = self._checked(B_ROLE, check_number) if self._text(B_ROLE) else None
        if b_role is not None and b_role == self._text(NUMBER):
            self._fault(B_ROLE, "own_b_role", "不能做自己的B角。")
        return {
            "post_area": self._area(POST_AREA),
            "role": self._role(),
            "seat": self._seat(),
            "start": start,
            "end": end,
            "b_role": b_role,
        }

    def _text(self, column: str) -> str:
        return self._row.cells.get(column, "")

    def _fault(self, column: str, reason: str, message: str) -> None:
        self._faults.append(RowFault(self._row.line, column, reason, message))

    def _needed(self, column: str, longest: int) -> str | None:
        text = self._text(column)
        if not text or len(text) > longest or "\n" in text:
            self._fault(column, "missing" if not text else "too_long", f"{column}不能为空或过长。")
            return None
        return text

    def _checked(self, column: str, check: Callable[[str], str]) -> str | None:
        text = self._needed(column, 30)
        if text is None:
            return None
        try:
            return check(text)
        except PydanticCustomError as error:
            self._fault(column, error.type.removeprefix("wangge."), error.message())
            return None

    def _area(self, column: str) -> str | None:
        text = self._needed(column, 20)
        if text is None:
            return None
        try:
            code = parse_code(text)
        except GeoError as error:
            self._fault(column, error.reason, error.message)
            return None
        if code not in self._areas:
            self._fault(column, "unknown_area", "没有这个编码的区域。")
            return None
        return code

    def _role(self) -> str | None:
        text = self._needed(ROLE, 30)
        if text is None:
            return None
        role = _ROLE_OF.get(text) or (text if text in ROLE_LABELS else None)
        if role is None:
            words = f"岗位应为：{'、'.join(_ROLE_OF)}。"
            self._fault(ROLE, "unknown_role", words)
        return role

    def _seat(self) -> int | None:
        text = self._text(SEAT)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MOST_SEATS):
            self._fault(SEAT, "seat_out_of_range", f"席位应为1至{MOST_SEATS}的整数。")
            return None
        return int(text)

    def _day(self, column: str) -> datetime | None:
        text = self._text(column)
        if not text:
            return None
        found = _DAY.fullmatch(text.split(" ")[0])
        try:
            year, month, day = (int(part) for part in found.groups()) if found else (0, 0, 0)
            moment = datetime(year, month, day, tzinfo=SHANGHAI)
        except ValueError:
            moment = None
        if moment is None or not 1970 <= moment.year <= 2200:
            self._fault(column, "bad_date", "日期应写作 2026-11-20。")
            return None
        return moment
