"""Guard the edge: text without control characters, times with an offset, positions with a datum."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr
from pydantic_core import PydanticCustomError

from geo.position import Position, parse_datum

SHANGHAI = ZoneInfo("Asia/Shanghai")
_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
# Control characters but line ends and tabs, lone surrogates, and bidirectional overrides, which can
# make a shown text lie about its order.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)


class Body(BaseModel):
    """Refuse unknown members: a misspelt field must not be lost silently."""

    model_config = ConfigDict(extra="forbid", strict=True)


def refuse(reason: str, message: str) -> PydanticCustomError:
    """Return an error that pydantic carries to the problem with our own words."""
    return PydanticCustomError(f"wangge.{reason}", "{message}", {"message": message})


def _clean(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise refuse("control_character", "文字中含有控制字符，请删除后重试。")
    return text


CleanText = Annotated[StrictStr, AfterValidator(_clean)]


def _visible(text: str) -> str:
    stripped = text.strip()
    # Spaces, joiners and other characters without a shape are no content.
    if all(unicodedata.category(char)[0] in "ZC" for char in stripped):
        raise refuse("empty", "不能为空，也不能只有空白。")
    return stripped


VisibleText = Annotated[StrictStr, AfterValidator(_clean), AfterValidator(_visible)]


def parse_time(value: object) -> datetime:
    """Return the instant that an RFC 3339 text with offset names, in county time."""
    # In a query string an unescaped + arrives as a space.
    text = value.replace(" ", "+") if isinstance(value, str) else ""
    # fromisoformat reads more than RFC 3339 writes: week dates, any separator, even NUL.
    if not _RFC_3339.fullmatch(text):
        raise refuse("bad_time", "时间应写作 2026-11-20T14:05:00+08:00，须带时区。")
    try:
        moment = datetime.fromisoformat(text).astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        raise refuse("bad_time", "时间应写作 2026-11-20T14:05:00+08:00，须带时区。") from None
    if not 1970 <= moment.year <= 2200:
        raise refuse("bad_time", "时间超出可处理的范围。")
    return moment


def now() -> datetime:
    """Return the present instant in county time."""
    return datetime.now(SHANGHAI)


def local_time(at: datetime | None) -> str | None:
    """Return an instant in county time as answers write it: RFC 3339."""
    return None if at is None else _written_here(at, at.fold)


@lru_cache(maxsize=1024)
def _written_here(at: datetime, _fold: int) -> str:
    """Return the same: one instant stands in many places of an answer, and in those of a block."""
    return at.astimezone(SHANGHAI).isoformat()


Instant = Annotated[datetime, BeforeValidator(parse_time), Field(strict=False)]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse("not_a_number", "经纬度和误差应为数值，不能写成文字。")
    try:
        return float(value)
    except OverflowError:
        raise refuse("out_of_range", "数值超出范围。") from None


Number = Annotated[float, BeforeValidator(_number)]


class PositionIn(Body):
    """Take a position as the contract writes it; ``crs`` is required."""

    lon: Number
    lat: Number
    crs: StrictStr
    accuracy_m: Number | None = None

    def to_position(self) -> Position:
        """Return the checked position; raise PositionError when it is none."""
        return Position(
            lon=self.lon,
            lat=self.lat,
            datum=parse_datum(self.crs),
            accuracy_m=self.accuracy_m or 0.0,
        )
