"""Check that CSV in blocks says what Python's csv says of the whole, however the bytes are cut."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.locate.columns import Assigned, RowReason
from geo.tables import csv_reading
from geo.tables.csv_reading import MOST_ROW_BYTES, CsvReader, CsvRows
from geo.tables.csv_writing import CsvAnswers
from geo.tables.refusal import TableBroken

NAMES = ("id", "lon", "lat", "crs")


class Trickle:
    """Give bytes in pieces of any size."""

    def __init__(self, content: bytes, block: int) -> None:
        self._file = io.BytesIO(content)
        self._block = block

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._block))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let a block be as small as a test likes."""
    return monkeypatch


def blocks_of(content: bytes, block: int) -> tuple[tuple[str, ...], list[CsvRows]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reading, "BLOCK_BYTES", block)
        reader = CsvReader(io.BytesIO(content))
        return reader.header, list(reader.blocks(range(len(reader.header))))


def cells_of(content: bytes, block: int) -> list[list[str]]:
    _, blocks = blocks_of(content, block)
    rows: list[list[str]] = []
    for part in blocks:
        columns = [part.texts(number).to_pylist() for number in range(part.cells.shape[0])]
        rows += [list(row) for row in zip(*columns, strict=True)]
    return rows


def expected(content: bytes) -> list[list[str]]:
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [[*row, *[""] * len(header)][: len(header)] for row in rows if row]


def written(content: bytes, block: int) -> bytes:
    _, blocks = blocks_of(content, block)
    answers = CsvAnswers(["150221104200001"])
    none = RowReason.NONE
    return b"".join(
        answers.behind_rows(
            part, Assigned(np.zeros(len(part), np.int64), np.full(len(part), none, np.uint8))
        )
        for part in blocks
    )


CELLS = st.text(alphabet='甲a1.-=+@ ",\n\r\t', max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=12)


def as_csv(rows: Sequence[Sequence[str]], ending: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=ending).writerows([NAMES, *rows])
    return out.getvalue().encode()


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, ending=st.sampled_from(["\n", "\r\n", "\r"]), block=st.integers(1, 80))
def test_the_cells_are_those_of_python_s_csv_wherever_the_bytes_are_cut(
    rows: list[list[str]], ending: str, block: int
) -> None:
    content = as_csv(rows, ending)
    # A block holds the header at least, as it does in earnest.
    assert cells_of(content, block + 17) == expected(content)
    assert written(content, block + 17) == written(content, 1 << 20)


RAW = st.text(alphabet='a1,"\n\r\t =', max_size=40)


@settings(max_examples=300, deadline=None)
@given(body=RAW, block=st.integers(17, 60))
def test_text_of_any_shape_is_read_as_python_s_csv_reads_it_or_refused_as_unclosed(
    body: str, block: int
) -> None:
    content = ("id,lon,lat,crs\n" + body).encode()
    try:
        seen = cells_of(content, block)
    except TableBroken as refusal:
        assert refusal.reason == "unclosed_quote"
        with pytest.raises(csv.Error):
            list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
        return
    assert seen == expected(content)


def test_what_is_written_reads_back_as_it_came_with_three_columns_more() -> None:
    rows = [["甲", "110.5", "40.5", "wgs84"], ['b,"2"', "1", "2", ""], ["多\n行", "", "", "x"]]
    content = as_csv(rows, "\n")
    read = list(csv.reader(io.StringIO(written(content, 1 << 20).decode(), newline="")))
    assert read == [[*row, "150221104200001", "auto", ""] for row in rows]


def test_a_formula_in_any_cell_comes_back_as_a_text_and_a_number_as_a_number() -> None:
    rows = [["=1+1", "110.5", "40.5", "@x"], ["-7", "-110.5", "+40.5", "-"], ["-1+1", "", "", ""]]
    read = written(as_csv(rows, "\n"), 1 << 20).decode().splitlines()
    assert [line.split(",")[0] for line in read] == ["'=1+1", "-7", "'-1+1"]
    assert [line.split(",")[3] for line in read] == ["'@x", "'-", ""]
    assert read[1].split(",")[1:3] == ["-110.5", "+40.5"]


def test_surplus_cells_are_told_and_empty_ones_are_not() -> None:
    content = b"id,lon,lat,crs\n1,2,3,wgs84,,\n1,2,3,wgs84,x\n1,2\n"
    _, (part,) = blocks_of(content, 1 << 20)
    assert part.refused is not None
    assert part.refused.tolist() == [RowReason.NONE, RowReason.CELLS, RowReason.NONE]
    assert cells_of(content, 1 << 20) == expected(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a" * (MOST_ROW_BYTES + 2), "row_too_long"),
        (b"lon,lat\n1," + b"2" * (MOST_ROW_BYTES + 2), "row_too_long"),
        (b"lon,lat\n1," + b"2" * (MOST_ROW_BYTES + 2) + b"\n1,2\n", "row_too_long"),
        (b'lon,lat\n1,"2\n3,4\n', "unclosed_quote"),
        (b'lon,"lat', "unclosed_quote"),
        (b"lon,lat\n1,\xff\n", "not_utf8"),
        (b"lon\xff,lat\n1,2\n", "not_utf8"),
        (b"lon,lat\n1,\x00\n", "control_character"),
    ],
)
@pytest.mark.parametrize("block", [64, 1 << 20])
def test_bytes_that_are_no_csv_are_refused(content: bytes, reason: str, block: int) -> None:
    with pytest.raises(TableBroken) as refusal:
        blocks_of(content, max(block, 1 << 20 if len(content) > 64 else 64))
    assert refusal.value.reason == reason


def test_an_empty_file_has_no_header() -> None:
    assert blocks_of(b"", 64) == ((), [])
    assert blocks_of(b"\nlon,lat\n", 64)[0] == ()


def test_a_header_alone_is_a_table_without_rows() -> None:
    assert blocks_of("\ufefflon,lat".encode(), 64) == (("lon", "lat"), [])
    assert cells_of(b"lon,lat\r\n\r\n", 64) == []
