"""Tables for offices: what Excel opens, and what it must never compute."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from api.plans.papers import percent
from api.table_files import TableFile, harmless, write_csv, write_xlsx

CODE = "150221104001003"
DANGEROUS = ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"]


def table(*rows: tuple[str | int | float | None, ...]) -> TableFile:
    return TableFile(
        title="前后对照表",
        columns=("编码", "名称", "户数"),
        rows=rows,
        widths=(18, 24, 9),
        above=("方案甲", "文号：=1+1"),
        below=("说明。",),
    )


def read(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_that_a_spreadsheet_would_compute_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert read(write_csv(table((CODE, text, 1))))[1][1] == f"'{text}"
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(table((CODE, text, 1))))).active
    assert sheet is not None
    cell = sheet.cell(4, 2)
    assert cell.data_type == "s"
    assert str(cell.value).strip() == text.strip()


def test_numbers_and_plain_words_stay_what_they_are() -> None:
    assert [harmless(value) for value in (-3, 1.5, None, "村（社区）", "")] == [
        -3, 1.5, None, "村（社区）", "",
    ]  # fmt: skip
    rows = read(write_csv(table((CODE, '甲,"乙"\n丙', None), (CODE, "丁", -3))))
    assert rows == [["编码", "名称", "户数"], [CODE, '甲,"乙"\n丙', ""], [CODE, "丁", "-3"]]


def test_a_csv_begins_with_the_mark_by_which_excel_knows_utf8() -> None:
    assert write_csv(table()).startswith(b"\xef\xbb\xbf" + "编码".encode())


def test_a_workbook_keeps_fifteen_digits_and_says_what_it_is_above_and_below() -> None:
    raw = write_xlsx(table((CODE, "甲\x00", 7)))
    sheet = openpyxl.load_workbook(io.BytesIO(raw)).active
    assert sheet is not None
    values = [[field.value for field in line] for line in sheet.iter_rows()]
    assert values == [
        ["方案甲", None, None],
        ["文号：=1+1", None, None],
        ["编码", "名称", "户数"],
        [CODE, "甲", 7],
        ["说明。", None, None],
    ]
    assert sheet.freeze_panes == "A4"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.column_dimensions["B"].width == 24


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (1, "100%"),
        (0.9996, "100%"),
        (0.9994, "99.9%"),
        (0.5, "50%"),
        (0.004, "0.4%"),
        (0.0549, "5.5%"),
    ],
)
def test_a_share_is_the_whole_only_when_nothing_is_left_out(share: float, said: str) -> None:
    assert percent(share) == said
