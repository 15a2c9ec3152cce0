"""Hold the counting of working days to the golden cases and to what an office relies on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.calendar.working_days import WEEKENDS_ONLY, nth_working_day
from api.input_types import SHANGHAI
from tests.notice_of_2026 import CALENDAR, days_of

instants = st.datetimes(
    min_value=datetime.fromisoformat("2025-11-01"),
    max_value=datetime.fromisoformat("2027-03-01"),
    timezones=st.just(SHANGHAI),
)
numbers = st.integers(min_value=0, max_value=40)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_the_seed_is_the_notice_for_2026() -> None:
    assert len(days_of("holiday")) == 3 + 9 + 3 + 5 + 3 + 3 + 7
    makeup = days_of("makeup")
    assert sorted(f"{day:%m-%d}" for day in makeup) == [
        "01-04", "02-14", "02-28", "05-09", "09-20", "10-10",
    ]  # fmt: skip
    # What makes up for a holiday is a Saturday or Sunday, or nothing would be made up for.
    assert all(day.weekday() >= 5 for day in makeup)


@pytest.mark.parametrize(
    ("start", "n", "expected", "provisional"),
    [
        ("2026-02-13T10:20", 3, "2026-02-25T10:20", False),
        ("2026-09-30T10:20", 3, "2026-10-10T10:20", False),
        ("2026-12-30T10:20", 3, "2027-01-04T10:20", True),
        ("2026-11-20T16:05", 3, "2026-11-25T16:05", False),
        ("2026-02-14T09:00", 0, "2026-02-14T09:00", False),
    ],
)
def test_the_golden_cases_have_the_same_clock_time_on_the_nth_working_day(
    start: str, n: int, expected: str, provisional: bool
) -> None:
    due = nth_working_day(CALENDAR, at(start), n)
    assert (due.at, due.provisional, due.calendar_version) == (at(expected), provisional, "2026-1")


@pytest.mark.parametrize(
    ("start", "first"),
    [("2026-11-21T10:00", "2026-11-23"), ("2026-10-01T00:00", "2026-10-08")],
)
def test_a_start_on_a_day_off_counts_from_midnight_of_the_next_working_day(
    start: str, first: str
) -> None:
    assert nth_working_day(CALENDAR, at(start), 0).at == at(f"{first}T00:00")
    for n in (1, 5):
        assert nth_working_day(CALENDAR, at(start), n) == nth_working_day(
            CALENDAR, at(f"{first}T00:00"), n
        )


def test_a_makeup_sunday_is_a_working_day_and_a_holiday_monday_is_not() -> None:
    assert nth_working_day(CALENDAR, at("2026-01-04T11:00"), 1).at == at("2026-01-05T11:00")
    assert nth_working_day(CALENDAR, at("2026-02-22T11:00"), 0).at == at("2026-02-24T00:00")


def test_the_day_is_the_county_s_whatever_offset_the_instant_comes_in() -> None:
    # 17:00 UTC of Thursday is Friday there.
    due = nth_working_day(CALENDAR, datetime(2026, 11, 19, 17, 0, tzinfo=UTC), 1)
    assert due.at.isoformat() == "2026-11-23T01:00:00+08:00"


def test_before_the_first_notice_every_answer_is_a_guess_too() -> None:
    assert nth_working_day(CALENDAR, at("2025-12-31T10:00"), 1).provisional
    assert nth_working_day(WEEKENDS_ONLY, at("2026-11-20T10:00"), 0).provisional


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        nth_working_day(CALENDAR, datetime.fromisoformat("2026-11-20T10:00"), 1)
    with pytest.raises(ValueError, match="forwards"):
        nth_working_day(CALENDAR, at("2026-11-20T10:00"), -1)


@given(instants, numbers)
def test_nothing_is_ever_due_on_a_day_off(start: datetime, n: int) -> None:
    assert CALENDAR.is_working_day(nth_working_day(CALENDAR, start, n).at.date())


@given(instants, numbers, numbers)
def test_more_days_are_never_due_earlier(start: datetime, n: int, more: int) -> None:
    near, far = nth_working_day(CALENDAR, start, n), nth_working_day(CALENDAR, start, n + more)
    assert near.at <= far.at
    assert (near.at == far.at) == (more == 0)
    assert far.provisional or not near.provisional


@given(instants, instants, numbers)
def test_what_comes_later_is_never_due_earlier(one: datetime, other: datetime, n: int) -> None:
    first, second = sorted((one, other))
    assert nth_working_day(CALENDAR, first, n).at <= nth_working_day(CALENDAR, second, n).at


@given(instants, numbers)
def test_between_start_and_due_lie_exactly_n_working_days(start: datetime, n: int) -> None:
    due = nth_working_day(CALENDAR, start, n)
    day, passed = start.date(), 0
    while day < due.at.date():
        passed += CALENDAR.is_working_day(day)
        day += timedelta(days=1)
    assert passed == n
    on_working_day = CALENDAR.is_working_day(start.date())
    assert due.at.time() == (start.time() if on_working_day else time())


@given(instants, numbers)
def test_an_answer_is_firm_exactly_when_every_day_on_the_way_is_in_a_notice(
    start: datetime, n: int
) -> None:
    due = nth_working_day(CALENDAR, start, n)
    published = start.date() >= date(2026, 1, 1) and due.at.date() <= date(2026, 12, 31)
    assert due.provisional is not published
