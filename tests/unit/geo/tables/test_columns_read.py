"""Check that columns of any type are read as the numbers and datums they say, and no others."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.locate.columns import REASON_WORDS, Assigned, RowReason
from geo.position import Datum
from geo.tables.answers import AnswerColumns
from geo.tables.datum_column import datums_of
from geo.tables.numbers import number_in, numbers_of
from geo.tables.positions import positions_of
from geo.tables.refusal import TableRefused


def read(column: pa.Array) -> list[float | None]:
    values, unreadable = numbers_of(column)
    bad = np.zeros(len(column), dtype=bool) if unreadable is None else unreadable
    return [None if none else value for value, none in zip(values.tolist(), bad, strict=True)]


@pytest.mark.parametrize(
    ("column", "numbers"),
    [
        (pa.array([110.5, None, 40.25]), [110.5, None, 40.25]),
        (pa.array([110.5, 40.1], pa.float32()), [110.5, float(np.float32(40.1))]),
        (pa.array([110, None], pa.int8()), [110.0, None]),
        (pa.array([110], pa.uint64()), [110.0]),
        (pa.array([Decimal("110.51234567"), None]), [110.51234567, None]),
        (pa.array([Decimal("0.1")], pa.decimal256(50, 30)), [0.1]),
        (pa.array(["110.5", " 40.5 ", "x", "", None, "1e2", "1_0", "１１０"]),
         [110.5, 40.5, None, None, None, 100.0, None, None]),
        (pa.array(["110.5"], pa.large_string()), [110.5]),
        (pa.array(["110.5", None], pa.string_view()), [110.5, None]),
        (pa.array(["110.5", "x", None, "110.5"]).dictionary_encode(), [110.5, None, None, 110.5]),
        (pa.array([1.5, None, 1.5]).dictionary_encode(), [1.5, None, 1.5]),
        (pa.nulls(2), [None, None]),
        (pa.array([None, None], pa.string()), [None, None]),
        (pa.array(["9", "110.5", "2"]).slice(1, 1), [110.5]),
        (pa.array([], pa.string()), []),
    ],
)  # fmt: skip
def test_a_column_of_any_type_is_read_as_doubles(
    column: pa.Array, numbers: list[float | None]
) -> None:
    assert read(column) == numbers


@pytest.mark.parametrize(
    "column", [pa.array([True]), pa.array([[1.0]]), pa.array([b"1"]), pa.array([1], pa.date32())]
)
def test_a_column_of_another_type_is_refused(column: pa.Array) -> None:
    with pytest.raises(TableRefused):
        numbers_of(column)


@settings(max_examples=300, deadline=None)
@given(st.floats(-360, 360) | st.floats())
def test_a_number_written_as_text_is_the_same_double(value: float) -> None:
    (found,) = read(pa.array([repr(value)]))
    assert found == value or (math.isnan(value) and found is not None and math.isnan(found))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789.-+e _x", max_size=40))
def test_a_cell_is_the_number_that_python_reads_or_none(text: str) -> None:
    assert read(pa.array([text])) == [number_in(text)]


@pytest.mark.parametrize(
    ("column", "fallback", "codes"),
    [
        (pa.array(["wgs84", "gcj02"]), None, [1, 2]),
        (pa.array([" bd09 ", "", None, "mars"]), None, [3, 5, 5, 4]),
        (pa.array(["", None, "WGS84"]), Datum.GCJ02, [2, 2, 4]),
        (pa.array(["wgs84", None, "gcj02"]).dictionary_encode(), Datum.BD09, [1, 3, 2]),
        (pa.nulls(1), None, [5]),
        (pa.array([], pa.string()), None, []),
    ],
)
def test_a_column_of_names_says_the_datum_of_each_row(
    column: pa.Array, fallback: Datum | None, codes: list[int]
) -> None:
    found = datums_of(column, fallback=fallback)
    assert not isinstance(found, Datum)
    assert found.tolist() == codes


def test_one_name_for_all_is_one_datum() -> None:
    assert datums_of(pa.array(["gcj02"] * 3), fallback=None) is Datum.GCJ02
    assert datums_of(pa.nulls(2), fallback=Datum.BD09) is Datum.BD09


@pytest.mark.parametrize("column", [pa.array([4490]), pa.array([4490]).dictionary_encode()])
def test_a_column_of_numbers_names_no_datum(column: pa.Array) -> None:
    with pytest.raises(TableRefused):
        datums_of(column, fallback=None)


def test_a_row_is_unreadable_when_either_number_is() -> None:
    some = positions_of(
        pa.array([110.5, None, 110.5]),
        pa.array(["40.5", "40.5", "x"]),
        None,
        fallback=Datum.WGS84,
    )
    assert some.unreadable is not None
    assert some.unreadable.tolist() == [False, True, True]
    assert some.datums is Datum.WGS84


def test_answers_are_three_columns_of_few_values() -> None:
    answers = AnswerColumns(["150221104200001", "150221104200002"])
    assigned = Assigned(
        np.array([1, -1, 0]),
        np.array([RowReason.NONE, RowReason.OUTSIDE, RowReason.NONE], dtype=np.uint8),
    )
    batch = pa.record_batch(answers.of(assigned), schema=pa.schema(answers.fields))
    batch.validate(full=True)
    rows: list[dict[str, Any]] = batch.to_pylist()
    assert [row["grid"] for row in rows] == ["150221104200002", None, "150221104200001"]
    assert [row["decision"] for row in rows] == ["auto", "desk", "auto"]
    assert [bool(row["reason"]) for row in rows] == [False, True, False]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 64, 1001])
def test_answers_point_at_their_values_wherever_a_block_ends(count: int) -> None:
    source = np.random.default_rng(count)
    codes = [str(150221104200001 + number) for number in range(300)]
    numbers = source.integers(-1, 300, count)
    told = np.where(numbers < 0, source.integers(1, len(RowReason), count), 0).astype(np.uint8)
    columns = AnswerColumns(codes).of(Assigned(numbers, told))
    batch = pa.record_batch(columns, names=["grid", "decision", "reason"])
    batch.validate(full=True)
    assert batch.num_rows == count
    assert [row["grid"] for row in batch.to_pylist()] == [
        None if number < 0 else codes[number] for number in numbers.tolist()
    ]
    assert [row["reason"] for row in batch.to_pylist()] == [
        REASON_WORDS[RowReason(number)] for number in told.tolist()
    ]
    assert batch["decision"].to_pylist() == ["desk" if n < 0 else "auto" for n in numbers.tolist()]
