"""Times of rows: an instant, or a reason; nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from geo.assign.times import parse_zone, read_times
from geo.locate.columns import RowReason

NINE = int(datetime(2026, 11, 3, 1, 0, tzinfo=UTC).timestamp()) * 1_000_000
LAST = int(datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * 1_000_000
MISSING, UNREADABLE = RowReason.MISSING_TIME, RowReason.UNREADABLE_TIME
RANGE, DATE = RowReason.TIME_RANGE, RowReason.DATE_ONLY


@pytest.mark.parametrize(
    ("text", "micros", "reason"),
    [
        ("2026-11-03T09:00:00+08:00", NINE, 0),
        ("2026-11-03T01:00:00Z", NINE, 0),
        ("2026-11-03t01:00:00z", NINE, 0),
        (" 2026-11-03 09:00:00.250000+08:00 ", NINE + 250_000, 0),
        ("2026-11-03T09:00+08:00", NINE, 0),
        ("2026-11-03 09:00:00", NINE, 0),
        ("2026-11-03T09:00:00", NINE, 0),
        ("2026-02-30T09:00:00+08:00", None, UNREADABLE),
        (" 2026-11-03 ", None, DATE),
        ("2026-11-03 09:00:00+08", NINE, 0),
        ("2026-11-02 21:30:00.25-03:30", NINE + 250_000, 0),
        ("2026-11-03T09:00:00.123456789+08:00", NINE + 123_456, 0),
        ("2026-11-03T09:00:00.1234567+08", NINE + 123_456, 0),
        ("2026-11-03T09:00:00.1234567890+08", None, UNREADABLE),
        ("2026-11-03 09:00:00+8", None, UNREADABLE),
        ("2026-11-03 09:00:00+0800", None, UNREADABLE),
        ("20261103T090000+0800", None, UNREADABLE),
        ("2026-11-03T09:00:00+99:00", None, UNREADABLE),
        ("1969-12-31T23:59:59Z", None, RANGE),
        ("1969-12-31 23:59:59.999999999Z", None, RANGE),
        ("2200-12-31T23:59:59Z", LAST, 0),
        ("2201-01-01T00:00:00Z", None, RANGE),
        ("9999-12-31T23:59:59-14:00", None, RANGE),
        ("0001-01-01T00:00:00+14:00", None, RANGE),
        ("昨天", None, UNREADABLE),
        ("  ", None, MISSING),
        (None, None, MISSING),
    ],
)
def test_a_text_is_one_instant_or_none_whatever_stands_beside_it(
    text: str | None, micros: int | None, reason: int
) -> None:
    good = "2026-11-03T09:00:00+08:00"
    for cells in ([text], [good, text], [text, None, good, "x"]):
        at = cells.index(text)
        for column in (pa.array(cells, pa.string()), pa.array(cells, pa.large_string())):
            found = read_times(column, zone_minutes=480)
            assert found.reasons[at] == reason
            if micros is not None:
                assert found.micros[at] == micros


def test_a_time_without_an_offset_is_no_instant_until_the_offset_is_named() -> None:
    naive = datetime(2026, 11, 3, 9, 0)  # noqa: DTZ001 - that is the point
    for column in (
        pa.array(["2026-11-03T09:00:00"]),
        pa.array([naive], pa.timestamp("s")),
        pa.array([naive], pa.timestamp("ns")),
    ):
        assert read_times(column, zone_minutes=None).reasons.tolist() == [UNREADABLE]
        assert read_times(column, zone_minutes=480).micros.tolist() == [NINE]


def test_columns_of_times_are_read_in_any_unit_and_zone() -> None:
    for unit in ("s", "ms", "us", "ns"):
        column = pa.array(
            [datetime(2026, 11, 3, 1, 0, tzinfo=UTC), None], pa.timestamp(unit, "UTC")
        )
        found = read_times(column, zone_minutes=None)
        assert found.micros[0] == NINE
        assert found.reasons.tolist() == [0, MISSING]
    assert read_times(pa.array([1.5, None]), zone_minutes=0).reasons.tolist() == [
        UNREADABLE,
        MISSING,
    ]


def test_an_offset_is_written_in_one_way() -> None:
    assert [parse_zone(text) for text in ("+08:00", "-03:30", "Z")] == [480, -210, 0]
    for text in ("8", "+8:00", "+15:00", "Asia/Shanghai", "+08:60", "０８:00"):
        with pytest.raises(ValueError):
            parse_zone(text)


@pytest.mark.parametrize(("unit", "factor"), [("s", 1_000_000), ("ms", 1000)])
def test_a_number_too_large_for_its_unit_is_no_time_of_another_century(
    unit: str, factor: int
) -> None:
    # What runs over 64 bits when it is multiplied, and would come out as a time of today.
    over = (NINE + (1 << 64)) // factor
    raw = pa.array([over, -over, NINE // factor, None, 1 << 62], pa.int64())
    found = read_times(raw.cast(pa.timestamp(unit, "UTC")), zone_minutes=None)
    assert found.reasons.tolist() == [RANGE, RANGE, 0, MISSING, RANGE]
    assert found.micros[2] == NINE


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_a_day_is_no_instant_in_a_column_of_days_either(kind: pa.DataType) -> None:
    column = pa.array([datetime(2026, 11, 3, tzinfo=UTC).date(), None], kind)
    assert read_times(column, zone_minutes=480).reasons.tolist() == [DATE, MISSING]
