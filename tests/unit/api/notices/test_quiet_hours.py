"""Quiet hours hold back what is not urgent, over midnight too, by the county's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.input_types import SHANGHAI
from api.notices.quiet_hours import parse_quiet_hours

NIGHT = parse_quiet_hours("22:00-07:00")


def at(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        (at(21, 59), False),
        (at(22), True),
        (at(23, 59), True),
        (at(0), True),
        (at(6, 59), True),
        (at(7), False),
        (at(12), False),
    ],
)
def test_the_night_begins_and_ends_on_the_minute(moment: datetime, quiet: bool) -> None:
    assert NIGHT.cover(moment) is quiet


def test_hours_by_day_do_not_go_over_midnight() -> None:
    noon = parse_quiet_hours("12:00-14:00")
    assert [noon.cover(at(hour)) for hour in (11, 12, 13, 14, 23)] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_they_are_the_countys_hours_wherever_the_instant_comes_from() -> None:
    assert NIGHT.cover(datetime(2026, 11, 20, 15, 30, tzinfo=UTC))  # 23:30 in the county
    assert not NIGHT.cover(datetime(2026, 11, 20, 23, 30, tzinfo=UTC))


def test_what_waits_may_go_when_they_end() -> None:
    assert NIGHT.over(at(23, 15)) == at(7, day=21)
    assert NIGHT.over(at(0, 15)) == at(7)
    assert NIGHT.over(at(9, 15)) == at(9, 15)


@pytest.mark.parametrize("words", ["", "07:00-07:00"])
def test_there_may_be_none(words: str) -> None:
    assert not any(parse_quiet_hours(words).cover(at(hour)) for hour in range(24))


@pytest.mark.parametrize("words", ["22-7", "24:00-07:00", "22:00", "22:00–07:00", "22:00-07:00\n"])
def test_what_names_no_hours_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        parse_quiet_hours(words)


@given(
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
    minutes=st.integers(0, 365 * 1440),
)
def test_when_they_are_over_is_the_first_loud_minute(start: int, end: int, minutes: int) -> None:
    hours = parse_quiet_hours(f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}")
    local = at(0) + timedelta(minutes=minutes, seconds=1)
    over = hours.over(local)
    assert not hours.cover(over)
    assert over == local or hours.cover(over - timedelta(seconds=1))
    assert timedelta(0) <= over - local <= timedelta(days=1)
