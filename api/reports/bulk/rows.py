"""Make of a row of a file what intake takes, or say why it cannot be taken.

A position that is none never costs a report: the row goes to the desk with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from pydantic import ValidationError

from api.accounts.roles import Caller, Role
from api.input_types import SHANGHAI, PositionIn
from api.knowledge import Knowledge
from api.problems import Problem
from api.reports.intake import Request, check_draft
from api.reports.receiving import draft_of, hashes_of, source_key
from api.reports.schemas import ReportIn
from api.validation_words import explain_errors
from geo.errors import PositionError

COLUMNS: Final = (
    "channel",
    "text",
    "category",
    "lon",
    "lat",
    "crs",
    "accuracy_m",
    "address",
    "occurred_at",
    "reporter_name",
    "reporter_phone",
    "reporter_confidential",
    "source_no",
    "round",
    "about",
)
HEADS: Final[Mapping[str, str]] = {
    "渠道": "channel",
    "诉求内容": "text",
    "内容": "text",
    "事项类别": "category",
    "类别": "category",
    "经度": "lon",
    "纬度": "lat",
    "坐标系": "crs",
    "误差": "accuracy_m",
    "地址": "address",
    "诉求地点": "address",
    "发生时间": "occurred_at",
    "来电人": "reporter_name",
    "来电人姓名": "reporter_name",
    "联系电话": "reporter_phone",
    "是否保密": "reporter_confidential",
    "工单编号": "source_no",
    "来源单号": "source_no",
    "轮次": "round",
    "投诉对象": "about",
}
# A row that could not be read stands in this column of the table of refused ones, as it came.
AS_IT_CAME: Final = "refused_row"
COMMAND_LINE: Final = "command-line"
_TEXTS: Final = ("channel", "text", "category", "address", "source_no", "about")
_LOCAL_TIME: Final = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII
)
_YES: Final = frozenset({"1", "true", "yes", "是"})
_NO: Final = frozenset({"", "0", "false", "no", "否"})
_MOST_DIGITS: Final = 40


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one row: its line in the file, and its cells by column or the body that it is.

    ``fault`` says what is wrong with a row that could not be read.
    """

    line: int
    cells: Mapping[str, Any]
    is_body: bool = False
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Hold what holds for all rows: who sends them, by which key, what a row need not repeat.

    ``key`` stands for the file: a row without a number of its own is known by it and its line.
    """

    key: tuple[str, str]
    caller: Caller | None = None
    channel: str | None = None
    crs: str | None = None


class RowRefused(Exception):
    """Refuse a row: the column, a slug and a sentence for people; the others go on."""

    def __init__(self, column: str, reason: str, message: str) -> None:
        """Keep what is wrong, and where."""
        super().__init__(message)
        self.column, self.reason, self.message = column, reason, message


def request_of(row: Row, sender: Sender, known: Knowledge, now: datetime) -> Request:
    """Return what intake takes for a row; raise RowRefused for one that it cannot take."""
    if row.fault is not None:
        raise RowRefused("", "unreadable_row", row.fault)
    if not row.is_body and _text(row.cells.get(AS_IT_CAME)):
        # Its cells may be cut or shifted: nobody takes them for whole before they were mended.
        words = "此格是该行原来的内容：请据此改好各列，再清空此格。"
        raise RowRefused(AS_IT_CAME, "not_mended", words)
    given = dict(row.cells) if row.is_body else _body_of(row.cells)
    if sender.channel is not None:
        given.setdefault("channel", sender.channel)
    place = given.pop("position", None)
    position, misplaced = _place_of(place, sender.crs)
    try:
        body = ReportIn.model_validate(given)
    except ValidationError as error:
        first = explain_errors(error.errors())[0]
        # The column is named beside it.
        words = first["message"].removeprefix(f"{first['field']}：")
        raise RowRefused(first["field"], first["reason"], words) from None
    body.position = position
    _check_channel(body.channel, sender)
    draft = draft_of(body, now, misplaced=misplaced)
    try:
        check_draft(draft, known, now)
    except Problem as problem:
        fault = problem.extras["errors"][0]
        raise RowRefused(fault["field"], fault["reason"], problem.detail) from None
    newest, *older = hashes_of(body, known, misplaced=misplaced)
    number = source_key(body)
    scope, key = sender.key
    return Request(
        draft=draft,
        caller=sender.caller,
        keys=[number] if number else [(scope, f"{key}:{row.line}")],
        body_sha256=newest,
        older_hashes=older,
        now=now,
        unnamed=COMMAND_LINE,
    )


def _check_channel(channel: str, sender: Sender) -> None:
    caller = sender.caller
    if caller is not None and caller.role is Role.INTEGRATION and channel != caller.channel:
        raise RowRefused("channel", "foreign_channel", "接口账号只能以自己的渠道提交。")


def _place_of(given: Any, crs: str | None) -> tuple[PositionIn | None, str | None]:
    """Return the position of a row, or why it is none, in words."""
    if given is None:
        return None, None
    if isinstance(given, Mapping) and crs is not None and given.get("crs") is None:
        given = {**given, "crs": crs}
    try:
        position = PositionIn.model_validate(given)
        position.to_position()
    except ValidationError as error:
        why = explain_errors(error.errors())[0]["message"]
    except PositionError as error:
        why = error.message
    else:
        return position, None
    return None, f"所给位置有误：{why}"


def _body_of(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that a row of a table stands for; an empty cell says nothing."""
    body: dict[str, Any] = {}
    for name in _TEXTS:
        text = _text(cells.get(name))
        if text:
            body[name] = text
    place = {name: _number(cells.get(name)) for name in ("lon", "lat", "accuracy_m")}
    if place["lon"] is not None or place["lat"] is not None:
        crs = _text(cells.get("crs"))
        body["position"] = {**place, **({"crs": crs.lower()} if crs else {})}
    occurred = _instant(cells.get("occurred_at"))
    if occurred:
        body["occurred_at"] = occurred
    round_no = _number(cells.get("round"))
    if round_no is not None:
        body["round"] = int(round_no) if _is_whole(round_no) else round_no
    reporter = {
        name: text for name in ("name", "phone") if (text := _text(cells.get(f"reporter_{name}")))
    }
    confidential = _flag(cells.get("reporter_confidential"))
    if reporter or confidential:
        body["reporter"] = {**reporter, "confidential": confidential}
    return body


def _text(value: Any) -> str:
    """Return a cell as text; a whole number as its digits: sheets keep numbers of orders so."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def _number(value: Any) -> Any:
    """Return a cell as a number where it is one, as it stands where it is not; None for nothing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return float(value)
    text = str(value).strip()
    # float() reads more than people write: underscores, and figures of other scripts.
    if len(text) > _MOST_DIGITS or not text.isascii() or "_" in text:
        return text
    try:
        return float(text)
    except ValueError:
        return text


def _is_whole(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()


def _instant(value: Any) -> Any:
    """Return a cell as RFC 3339; a time without an offset, as sheets write it, is the county's."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}T00:00:00+08:00"
    text = str(value).strip()
    found = _LOCAL_TIME.fullmatch(text)
    if found is None:
        return text
    year, month, day, hour, minute, second = (part or "0" for part in found.groups())
    return f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:0>2}+08:00"


def instant_text(value: datetime) -> str:
    """Return a time of a cell as RFC 3339; without an offset it is the county's."""
    local = value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    return local.isoformat(timespec="seconds" if not local.microsecond else "microseconds")


def _flag(value: Any) -> Any:
    """Return a cell as yes or no; as it stands where it is neither, for the door to refuse."""
    if isinstance(value, bool):
        return value
    text = _text(value).lower()
    if text in _YES:
        return True
    return False if text in _NO else text
