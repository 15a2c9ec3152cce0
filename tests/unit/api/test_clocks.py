"""Hold the deadline light to its instants, and a suspension to what it may move."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.calendar.clocks import Clock, Light, Pause, light_of, resumed, suspended
from api.calendar.limits import ClockSettings, Limit, Unit, due
from api.calendar.working_days import Calendar
from api.input_types import SHANGHAI

START = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)
TICK = timedelta(microseconds=1)
CALENDAR = Calendar(version="2026-1", known_from=date(2026, 1, 1), known_through=date(2026, 12, 31))
OFFICE = ClockSettings(day_starts_minute=540, day_ends_minute=1080, cut_off_minute=1080)
NIGHT_AND_DAY = Limit(48, Unit.HOUR, round_the_clock=True)
THREE_DAYS = Limit(3, Unit.WORKING_DAY)
# Lengths in microseconds of which half and four fifths are whole ones too.
lengths = st.integers(min_value=1, max_value=10**11).map(lambda n: timedelta(microseconds=10 * n))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def november(text: str) -> datetime:
    """Return 2026-11-20T14:05 for 20T14:05; the 32nd is the second of December."""
    day, clock = text.split("T")
    return at(f"2026-11-01T{clock}") + timedelta(days=int(day) - 1)


@given(lengths)
def test_the_light_flips_exactly_at_a_half_at_four_fifths_and_when_due(allowed: timedelta) -> None:
    clock = Clock(START, START + allowed)
    for share, before, after in (
        (5, Light.BLUE, Light.YELLOW),
        (8, Light.YELLOW, Light.ORANGE),
        (10, Light.ORANGE, Light.RED),
    ):
        flips = START + allowed * share / 10
        assert light_of(clock, flips - TICK) is before
        assert light_of(clock, flips) is after
    assert light_of(clock, START) is Light.BLUE
    assert light_of(clock, START + 100 * allowed) is Light.RED


def test_a_clock_without_any_time_is_red_from_the_start() -> None:
    assert light_of(Clock(START, START), START) is Light.RED
    assert light_of(Clock(START, START - TICK), START - timedelta(days=1)) is Light.RED


@given(st.integers(min_value=0, max_value=47 * 3600), lengths)
def test_a_pause_moves_every_flip_that_is_to_come_by_its_length(
    second: int, length: timedelta
) -> None:
    clock = Clock(START, due(NIGHT_AND_DAY, START, CALENDAR, OFFICE).at)
    since = START + timedelta(seconds=second)
    after, answer = resumed(
        suspended(clock, since), since + length, NIGHT_AND_DAY, CALENDAR, OFFICE
    )
    assert after.due_at == clock.due_at + length == answer.at
    for hour in range(1, 49):
        moment = START + timedelta(hours=hour)
        if moment < since:
            assert light_of(after, moment) is light_of(clock, moment)
        else:
            for near in (moment, moment - TICK if moment > since else moment):
                assert light_of(after, near + length) is light_of(clock, near)


def test_a_clock_that_stands_is_grey_even_past_its_due_time_and_remembers_when_it_stood() -> None:
    clock = suspended(Clock(START, START + timedelta(hours=10)), START + timedelta(hours=6))
    assert light_of(clock, START + timedelta(hours=5)) is Light.YELLOW
    assert light_of(clock, START + timedelta(hours=6)) is Light.PAUSED
    assert light_of(clock, START + timedelta(hours=60)) is Light.PAUSED
    again, _ = resumed(
        clock, START + timedelta(hours=60), Limit(10, Unit.HOUR, True), CALENDAR, OFFICE
    )
    assert light_of(again, START + timedelta(hours=59)) is Light.PAUSED
    assert light_of(again, START + timedelta(hours=60)) is Light.YELLOW


def test_what_is_overdue_when_it_is_suspended_stays_overdue() -> None:
    clock = suspended(Clock(START, START + timedelta(hours=2)), START + timedelta(hours=3))
    again, answer = resumed(
        clock, START + timedelta(days=9), Limit(2, Unit.HOUR, True), CALENDAR, OFFICE
    )
    assert answer.at == again.due_at == START + timedelta(hours=2)
    assert light_of(again, START + timedelta(days=9)) is Light.RED


@pytest.mark.parametrize(
    ("limit", "started", "since", "until", "expected"),
    [
        # Due on Wednesday 25 November, 18:00; two working days are left on Monday.
        (THREE_DAYS, "20T14:05", "23T10:00", "26T15:00", "30T18:00"),
        # Back on a Saturday: it counts from Monday.
        (THREE_DAYS, "20T14:05", "23T10:00", "28T15:00", "32T18:00"),
        # Suspended and resumed within a day: the day is the same.
        (THREE_DAYS, "20T14:05", "23T10:00", "23T15:00", "25T18:00"),
        # Suspended on a Saturday or after hours, when three days are left, for a moment: the same.
        (THREE_DAYS, "21T14:05", "21T15:00", "21T15:01", "26T18:00"),
        (THREE_DAYS, "20T19:00", "20T20:00", "23T09:00", "26T18:00"),
        # Suspended on its last day: what is left is the rest of a day.
        (THREE_DAYS, "20T14:05", "25T10:00", "27T09:00", "27T18:00"),
        (THREE_DAYS, "20T14:05", "25T10:00", "27T19:00", "30T18:00"),
        # Two of four working hours are left on Friday at 18:00.
        (Limit(4, Unit.HOUR), "20T15:00", "20T17:00", "24T16:30", "25T09:30"),
        (Limit(3, Unit.DAY), "20T14:05", "21T10:00", "28T20:00", "30T18:00"),
        (Limit(3, Unit.DAY), "20T14:05", "23T10:00", "28T20:00", "29T18:00"),
    ],
)  # fmt: skip
def test_what_is_left_at_a_suspension_is_left_afterwards_in_the_limit_s_own_unit(
    limit: Limit, started: str, since: str, until: str, expected: str
) -> None:
    clock = Clock(november(started), due(limit, november(started), CALENDAR, OFFICE).at)
    pause = Pause(november(since), november(until))
    after, answer = resumed(suspended(clock, pause.since), november(until), limit, CALENDAR, OFFICE)
    assert after.due_at == answer.at == november(expected)
    assert after.pauses == (pause,)


def test_a_due_time_moved_past_the_notice_is_provisional() -> None:
    clock = suspended(Clock(at("2026-12-24T10:00"), at("2026-12-29T18:00")), at("2026-12-25T10:00"))
    _, answer = resumed(clock, at("2026-12-30T10:00"), THREE_DAYS, CALENDAR, OFFICE)
    assert answer.provisional


def test_a_clock_neither_stands_twice_nor_runs_backwards() -> None:
    clock = Clock(START, START + timedelta(hours=10))
    standing = suspended(clock, START + timedelta(hours=2))
    with pytest.raises(ValueError, match="stands"):
        suspended(standing, START + timedelta(hours=3))
    with pytest.raises(ValueError, match="backwards"):
        resumed(standing, START + timedelta(hours=1), NIGHT_AND_DAY, CALENDAR, OFFICE)
    with pytest.raises(ValueError, match="runs"):
        resumed(clock, START + timedelta(hours=1), NIGHT_AND_DAY, CALENDAR, OFFICE)
    again, _ = resumed(standing, START + timedelta(hours=5), NIGHT_AND_DAY, CALENDAR, OFFICE)
    with pytest.raises(ValueError, match="backwards"):
        suspended(again, START + timedelta(hours=4))
