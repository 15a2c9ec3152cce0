"""Columns of names hold each name once: pyarrow writes what lies in memory for a repeated one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo.assign.answers import Answers
from geo.locate.columns import Assigned, RowReason

CODES = ("150221100201001", "150221100201002", "150221100202001")
NAMES = {"county_name": ["右旗"] * 3, "community_name": ["甲", "甲", None]}


def found(*numbers: int) -> Assigned:
    reasons = [RowReason.NONE if number >= 0 else RowReason.OUTSIDE for number in numbers]
    return Assigned(np.array(numbers), np.array(reasons, dtype=np.uint8))


@pytest.mark.parametrize("way", ["of", "compact"])
def test_names_repeat_in_the_rows_and_not_in_the_dictionary(way: str) -> None:
    answers = Answers(CODES, NAMES)
    county, community = getattr(answers, way)(found(2, -1, 0, 1, 2))[-2:]
    assert county.to_pylist() == ["右旗", None, "右旗", "右旗", "右旗"]
    assert community.to_pylist() == [None, None, "甲", "甲", None]
    assert county.dictionary.to_pylist() == ["右旗"]
    assert community.dictionary.to_pylist() == ["甲"]


def test_a_file_holds_nothing_but_its_names() -> None:
    many = 2000
    codes = tuple(f"150221100201{number:03d}" for number in range(999))
    answers = Answers(codes, {"county_name": ["右旗"] * len(codes)})
    column = answers.of(found(*(number % 999 for number in range(many))))[-1]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"county_name": column}), sink, compression="none")
    page = pq.ParquetFile(pa.BufferReader(sink.getvalue())).metadata.row_group(0).column(0)
    # One name of six bytes and the run lengths of one number; repeated names would be thousands.
    assert page.total_uncompressed_size < 200
