"""Shape what is asked of the calendar and what it answers."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError

from api.calendar.limits import ClockSettings
from api.calendar.notice import FIRST_YEAR, LAST_YEAR
from api.input_types import Body, CleanText, VisibleText, refuse
from api.problems import Problem, invalid

MOST_WORKING_DAYS = 1000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK = re.compile(r"(\d{2}):(\d{2})", re.ASCII)


def _day(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.min
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    raise refuse("bad_date", f"日期应写作2026-12-01，年份在{FIRST_YEAR}至{LAST_YEAR}之间。")


def _minute(value: object) -> int:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    hours, minutes = (int(part) for part in match.groups()) if match else (99, 0)
    if minutes > 59 or hours * 60 + minutes > 24 * 60:
        raise refuse("bad_clock", "时刻应写作08:30，最晚24:00。")
    return hours * 60 + minutes


Day = Annotated[date, BeforeValidator(_day), Field(strict=False)]
Minute = Annotated[int, BeforeValidator(_minute), Field(json_schema_extra={"type": "string"})]
DocumentNo = Annotated[VisibleText, StringConstraints(max_length=60)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


class HoursIn(Body):
    """Take when offices work from a day on: clock times as 08:30, at the latest 24:00."""

    since: Day
    day_starts: Minute
    day_ends: Minute
    cut_off: Minute

    def to_settings(self) -> ClockSettings:
        """Return the settings; raise Problem 422 for a day that ends before it starts."""
        if self.day_starts >= self.day_ends:
            raise invalid("下班应晚于上班。", field="day_ends", reason="ends_before_start")
        return ClockSettings(
            since=self.since,
            day_starts_minute=self.day_starts,
            day_ends_minute=self.day_ends,
            cut_off_minute=self.cut_off,
        )


class ImportForm(BaseModel):
    """Take what is said beside the file: its year and its document number, or only a check."""

    year: Year | None = None
    document_no: Annotated[CleanText, StringConstraints(max_length=60)] | None = None
    dry_run: bool = False


def import_form(texts: dict[str, str]) -> ImportForm:
    """Return the fields of an upload; raise Problem 422 for one that cannot be meant."""
    given = {name: text.strip() for name, text in texts.items() if text.strip()}
    unknown = given.keys() - ImportForm.model_fields.keys()
    if unknown:
        raise invalid("表单中有不认识的项。", field="form", reason="unknown_field")
    try:
        return ImportForm.model_validate(given)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise invalid(
            "表单项填写有误：年份、文号或 dry_run。", field=field, reason="bad_field"
        ) from None


class DueOut(BaseModel):
    """Say when the n-th working day is, and by which calendar."""

    due_at: str
    provisional: bool
    calendar_version: str


class DayOut(BaseModel):
    """Say what a day is that is not what its weekday says."""

    date: str
    kind: str
    name: str


class HoursOut(BaseModel):
    """Say when offices work from a day on; null is from the beginning."""

    since: str | None
    day_starts: str
    day_ends: str
    cut_off: str


class VersionOut(BaseModel):
    """Say which notice was loaded, when and by whom."""

    name: str
    year: int
    document_no: str | None
    imported_at: str
    imported_by: str
    in_force: bool


class CalendarOut(BaseModel):
    """Show the calendar in force."""

    version: str
    known_from: str | None
    known_through: str | None
    days: list[DayOut]
    hours: list[HoursOut]
    versions: list[VersionOut]


class ImportOut(BaseModel):
    """Say what an import did, or would do."""

    year: int
    days: int
    version: str | None
    unchanged: bool
    dry_run: bool
    recomputed: int


def refused_rows(errors: list[dict[str, Any]]) -> Problem:
    """Return the problem of a table with faulty rows: each with its line, column and reason."""
    words = f"没有导入：{len(errors)}处有误，请按行改正后重试。"
    return Problem("rows-refused", words, {"reason": "bad_rows", "errors": errors})
