"""Columns are written as PostgreSQL reads arrays, and one value as it would be alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from struct import pack
from typing import Any
from uuid import UUID

import orjson
import pytest

from api.db.binary_arrays import array_of, kind_sent
from api.input_types import SHANGHAI, parse_time

BEGIN = datetime(2026, 11, 21, 9, tzinfo=SHANGHAI)
ID = UUID("0190f5de-0000-4000-8000-00000000002a")


def cells(kind: str, values: list[Any]) -> list[bytes | None]:
    """Return the cells of an array that is written; check its head and that nothing follows."""
    written = array_of(kind, values).written
    assert written[:8] + written[12:20] == pack(">iiii", 1, 1, len(values), 1)
    found: list[bytes | None] = []
    at = 20
    while at < len(written):
        length = int.from_bytes(written[at : at + 4], "big", signed=True)
        at += 4
        found.append(None if length < 0 else written[at : at + length])
        at += max(length, 0)
    return found


@pytest.mark.parametrize(
    ("kind", "number", "value", "cell"),
    [
        ("boolean", 16, True, b"\1"),
        ("boolean", 16, False, b"\0"),
        ("bytea", 17, b"\0\xff", b"\0\xff"),
        ("float8", 701, -0.0, pack(">d", -0.0)),
        ("float8", 701, 0.0, pack(">d", 0.0)),
        ("integer", 23, 99, pack(">i", 99)),
        ("json", 114, {"a": "路\t\\"}, '{"a":"路\\t\\\\"}'.encode()),
        ("json", 114, {1: None}, b'{"1":null}'),
        ("jsonb", 3802, orjson.Fragment(b'{"a": 1}'), b'\1{"a": 1}'),
        ("jsonb", 3802, '[{"a":1}]', b'\1[{"a":1}]'),
        ("jsonb", 3802, [], b"\1[]"),
        ("smallint", 21, 3, pack(">h", 3)),
        ("text", 25, "路灯\t\\N", "路灯\t\\N".encode()),
        ("text", 25, "", b""),
        ("text[]", 25, [], b"{}"),
        ("text[]", 25, ['a"b', "路,\\"], '{"a\\"b","路,\\\\"}'.encode()),
        ("timestamptz", 1184, datetime(2000, 1, 1, tzinfo=UTC), pack(">q", 0)),
        ("timestamptz", 1184, datetime(1999, 12, 31, 23, 59, 59, 999999, UTC), pack(">q", -1)),
        ("timestamptz", 1184, datetime(2000, 1, 2, 8, 0, 1, 5, SHANGHAI), pack(">q", 86401000005)),
        ("uuid", 2950, ID, ID.bytes),
    ],
)
def test_a_value_is_written_in_the_form_of_its_type(
    kind: str, number: int, value: Any, cell: bytes
) -> None:
    assert array_of(kind, [value]).written[8:12] == pack(">i", number)
    for _ in range(2):
        assert cells(kind, [value, None, value]) == [cell, None, cell]
    assert array_of(kind, []).written == pack(">iii", 0, 0, number)
    assert kind_sent(kind) == ("text" if kind == "text[]" else kind)


def test_many_values_of_a_column_are_let_go_and_still_right() -> None:
    texts = [f"c{number}" for number in (*range(5000), *range(5000))]
    assert cells("text", texts) == [text.encode() for text in texts]
    long = ["长" * 50, "长" * 51] * 2
    assert cells("text", long) == [text.encode() for text in long]


def test_equal_instants_are_one_whatever_their_offset() -> None:
    local, same = BEGIN, BEGIN.astimezone(UTC)
    later = same + timedelta(microseconds=1)
    first, second, third = cells("timestamptz", [local, same, later])
    assert first == second
    assert first is not None and third is not None
    assert int.from_bytes(third, "big") - int.from_bytes(first, "big") == 1


def test_the_hour_that_came_twice_is_told_apart_in_a_block_of_reports_too() -> None:
    first, second = (parse_time(f"1990-09-16T01:30:00{offset}") for offset in ("+09:00", "+08:00"))
    assert first == second
    for _ in range(2):
        for values in ([first, second], [second, first]):
            hours = [
                int.from_bytes(c, "big", signed=True) for c in cells("timestamptz", values) if c
            ]
            turn = 1 if values[0] is first else -1
            assert hours[1] - hours[0] == turn * 3_600_000_000
