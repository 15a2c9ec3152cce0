"""Hold limits to their units, to the hour a day ends and to the cut-off."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.calendar.limits import ClockSettings, Limit, Unit, due, settings_at
from api.calendar.working_days import WEEKENDS_ONLY, Calendar, nth_working_day
from api.input_types import SHANGHAI

CALENDAR = Calendar(
    version="2026-1",
    known_from=date(2026, 1, 1),
    known_through=date(2026, 12, 31),
    off_days=frozenset(date(2026, 10, day) for day in range(1, 8)),
    makeup_days=frozenset({date(2026, 10, 10)}),
)
OFFICE = ClockSettings(day_starts_minute=540, day_ends_minute=1080, cut_off_minute=1020)
THREE_DAYS = Limit(3, Unit.WORKING_DAY)
instants = st.datetimes(
    min_value=datetime.fromisoformat("2026-08-01"),
    max_value=datetime.fromisoformat("2026-12-01"),
    timezones=st.just(SHANGHAI),
)
limits = st.one_of(
    st.builds(Limit, st.integers(1, 15), st.sampled_from([Unit.DAY, Unit.WORKING_DAY])),
    st.builds(Limit, st.integers(1, 60), st.just(Unit.HOUR), st.booleans()),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("limit", "start", "expected"),
    [
        # The card of an event of Friday 20 November: 即时办结，11月25日（星期三）18:00前.
        (THREE_DAYS, "2026-11-20T14:05", "2026-11-25T18:00"),
        (THREE_DAYS, "2026-09-30T10:00", "2026-10-10T18:00"),
        (Limit(3, Unit.DAY), "2026-11-20T14:05", "2026-11-23T18:00"),
        (Limit(24, Unit.HOUR, round_the_clock=True), "2026-11-20T22:30", "2026-11-21T22:30"),
        (Limit(1, Unit.DAY, round_the_clock=True), "2026-11-20T22:30", "2026-11-21T22:30"),
        # Four working hours of a return asked for on Friday at 16:00.
        (Limit(4, Unit.HOUR), "2026-11-20T16:00", "2026-11-23T11:00"),
        (Limit(4, Unit.HOUR), "2026-11-20T07:00", "2026-11-20T13:00"),
        (Limit(4, Unit.HOUR), "2026-11-21T16:00", "2026-11-23T13:00"),
        # What fills the day exactly is due when it ends, not when the next one starts.
        (Limit(2, Unit.HOUR), "2026-11-20T16:00", "2026-11-20T18:00"),
        (Limit(0.5, Unit.HOUR), "2026-11-20T16:00", "2026-11-20T16:30"),
        (Limit(18, Unit.HOUR), "2026-11-20T20:00", "2026-11-24T18:00"),
    ],
)
def test_each_unit_counts_in_its_own_way(limit: Limit, start: str, expected: str) -> None:
    assert due(limit, at(start), CALENDAR, OFFICE).at == at(expected)


def test_what_comes_after_the_cut_off_counts_from_the_next_working_day() -> None:
    just_in_time = due(THREE_DAYS, at("2026-11-20T17:00"), CALENDAR, OFFICE)
    too_late = due(THREE_DAYS, at("2026-11-20T17:00:00.000001"), CALENDAR, OFFICE)
    next_day = due(THREE_DAYS, at("2026-11-23T00:00"), CALENDAR, OFFICE)
    assert just_in_time.at == at("2026-11-25T18:00")
    assert too_late == next_day
    assert too_late.at == at("2026-11-26T18:00")


def test_an_urgent_limit_needs_no_calendar_and_is_never_provisional() -> None:
    limit = Limit(2, Unit.HOUR, round_the_clock=True)
    assert not due(limit, at("2026-11-20T23:30"), WEEKENDS_ONLY, OFFICE).provisional
    assert due(THREE_DAYS, at("2026-11-20T23:30"), WEEKENDS_ONLY, OFFICE).provisional


def test_settings_hold_from_their_day_on_and_history_is_not_rewritten() -> None:
    history = [ClockSettings(since=date(2026, 11, 1), day_ends_minute=17 * 60), OFFICE]
    assert settings_at(history, at("2026-10-31T23:59")) == OFFICE
    assert settings_at(history, at("2026-11-01T00:00")).day_ends_minute == 17 * 60
    assert settings_at([], at("2026-11-01T00:00")) == ClockSettings()


def test_a_day_may_end_at_midnight() -> None:
    around = ClockSettings(day_starts_minute=0, day_ends_minute=1440, cut_off_minute=1440)
    assert due(THREE_DAYS, at("2026-11-20T23:59"), CALENDAR, around).at == at("2026-11-26T00:00")


@pytest.mark.parametrize(
    ("amount", "unit", "round_the_clock"),
    [
        (0, Unit.DAY, False),
        (-1, Unit.HOUR, False),
        (float("nan"), Unit.HOUR, False),
        (float("inf"), Unit.HOUR, True),
        (4000, Unit.DAY, False),
        (1.5, Unit.WORKING_DAY, False),
        (3, Unit.WORKING_DAY, True),
    ],
)
def test_what_is_no_limit_is_refused(amount: float, unit: Unit, round_the_clock: bool) -> None:
    with pytest.raises(ValueError, match=r"limit|working days"):
        Limit(amount, unit, round_the_clock)


@pytest.mark.parametrize(
    "minutes",
    [
        {"day_starts_minute": 1080, "day_ends_minute": 540},
        {"day_ends_minute": 1441},
        {"day_starts_minute": -1},
        {"cut_off_minute": 1441},
    ],
)
def test_a_day_that_ends_before_it_starts_is_refused(minutes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="day"):
        ClockSettings(**minutes)


@given(limits)
def test_a_limit_is_stored_and_read_back_as_it_was(limit: Limit) -> None:
    assert Limit.of_json(limit.as_json()) == limit


@given(limits, instants)
def test_a_limit_never_ends_before_it_begins_nor_outside_the_hours_of_work(
    limit: Limit, start: datetime
) -> None:
    ends = due(limit, start, CALENDAR, OFFICE).at
    assert ends > start
    if limit.unit is not Unit.DAY and not limit.round_the_clock:
        assert CALENDAR.is_working_day(ends.date())
        assert timedelta(hours=9) < ends - ends.replace(hour=0, minute=0) <= timedelta(hours=18)


@given(limits, instants, instants)
def test_what_begins_later_is_never_due_earlier(
    limit: Limit, one: datetime, other: datetime
) -> None:
    ends = [due(limit, start, CALENDAR, OFFICE).at for start in sorted((one, other))]
    assert ends == sorted(ends)


@given(st.integers(1, 20), instants)
def test_working_days_end_on_the_day_that_the_calendar_answers(n: int, start: datetime) -> None:
    in_time = start.replace(hour=start.hour % 17)
    day = nth_working_day(CALENDAR, in_time, n).at.date()
    assert due(Limit(n, Unit.WORKING_DAY), in_time, CALENDAR, OFFICE).at.date() == day


@given(instants)
def test_working_hours_add_up(start: datetime) -> None:
    for first, second in itertools.product((1, 4, 9), repeat=2):
        at_once = due(Limit(first + second, Unit.HOUR), start, CALENDAR, OFFICE).at
        halfway = due(Limit(first, Unit.HOUR), start, CALENDAR, OFFICE).at
        assert due(Limit(second, Unit.HOUR), halfway, CALENDAR, OFFICE).at == at_once
