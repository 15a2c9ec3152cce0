"""Hold the reading of a holiday notice to what an office may send, good and bad."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.calendar.notice import HOLIDAY, MAKEUP, Notice, read_notice
from geo.errors import GeoError
from tests.notice_of_2026 import SEED

TEXT = SEED.read_text("utf-8")


def notice(text: str, **how: int) -> Notice:
    return read_notice(text.encode(), **how)


def faults(text: str, **how: int) -> list[tuple[int, str | None, str]]:
    return [(e.line, e.column, e.reason) for e in notice(text, **how).errors]


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_notice_for_2026_is_read_whole() -> None:
    read = notice(TEXT)
    assert (read.year, read.errors) == (2026, ())
    assert sum(day.kind == HOLIDAY for day in read.days) == 33
    assert [day.day for day in read.days if day.kind == MAKEUP][:2] == [
        date(2026, 1, 4),
        date(2026, 2, 14),
    ]


def test_excel_in_chinese_says_the_same_as_the_csv() -> None:
    words = {"holiday": "放假", "makeup": "补班"}
    lines = [line.split(",") for line in TEXT.splitlines()[1:]]
    rows = [[date.fromisoformat(day), words[kind], name] for day, kind, name in lines]
    book = workbook([["日期", "类型", "节日"], *rows])
    read = read_notice(book)
    assert read.errors == ()
    assert read.sha256 == notice(TEXT).sha256
    gb18030 = TEXT.replace("holiday", "放假").replace("-", "/").encode("gb18030")
    assert read_notice(gb18030).sha256 == notice(TEXT).sha256


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("2026-10-04,holiday,国庆节\n", "", ("date", "gap")),
        ("2026-10-05,holiday,国庆节\n2026-10-06,holiday,国庆节\n", "", ("date", "gap")),
        ("2026-05-01,holiday", "2026-05-01,party", ("kind", "unknown_kind")),
        ("2026-05-01,holiday", "2026-05-01,", ("kind", "unknown_kind")),
        ("2026-05-02,holiday", "2026-05-01,holiday", ("date", "duplicate_day")),
        ("2026-05-05,holiday", "2025-05-05,holiday", ("date", "wrong_year")),
        ("2026-05-05,holiday", "2126-05-05,holiday", ("date", "wrong_year")),
        ("2026-05-05,holiday", "2026-02-30,holiday", ("date", "bad_date")),
        ("2026-05-05,holiday", "五月五日,holiday", ("date", "bad_date")),
        ("2026-05-09,makeup", "2026-05-08,makeup", ("date", "not_a_weekend")),
        ("2026-05-05,holiday,劳动节", "2026-05-05,holiday,", ("name", "bad_name")),
    ],
)
def test_each_fault_is_an_error_of_its_row(old: str, new: str, fault: tuple[str, str]) -> None:
    found = faults(TEXT.replace(old, new, 1))
    assert [(column, reason) for _, column, reason in found] == [fault]
    place = TEXT[: TEXT.index(old)].count("\n") + 1
    assert found[0][0] == place


def test_a_notice_without_one_of_the_seven_holidays_has_a_gap() -> None:
    text = "\n".join(line for line in TEXT.splitlines() if "端午" not in line)
    assert faults(text) == [(1, "name", "gap")]
    assert "端午" in notice(text).errors[0].message


def test_two_holidays_may_be_one_and_new_year_may_begin_in_the_old_year() -> None:
    joined = TEXT.replace("国庆节", "国庆节、中秋节")
    assert faults("\n".join(x for x in joined.splitlines() if ",中秋节" not in x)) == []
    assert faults(TEXT + "2025-12-31,holiday,元旦\n") == []
    assert faults(TEXT + "2025-12-31,holiday,春节\n") == [(41, "date", "wrong_year")]


def test_every_row_is_of_another_year_when_the_year_was_meant_otherwise() -> None:
    assert {fault[2] for fault in faults(TEXT, year=2027)} == {"wrong_year"}


def test_a_formula_is_refused_and_not_computed() -> None:
    rows: list[list[object]] = [line.split(",") for line in TEXT.splitlines()]
    rows[3][0] = "=DATE(2026,1,3)"
    errors = read_notice(workbook(rows)).errors
    assert [(e.line, e.column, e.reason) for e in errors] == [(4, "date", "formula")]


def test_a_title_may_stand_above_the_header_and_a_million_empty_rows_end_quickly() -> None:
    assert faults("2026年部分节假日安排\n\n" + TEXT) == []
    book = openpyxl.Workbook()
    for line in TEXT.splitlines():
        book.active.append(line.split(","))
    book.active.cell(1_048_576, 1).value = " "
    file = io.BytesIO()
    book.save(file)
    begun = time.process_time()
    with pytest.raises(GeoError) as refusal:
        read_notice(file.getvalue())
    assert refusal.value.reason == "too_many_empty_rows"
    assert time.process_time() - begun < 2


def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no_header"),
        (b"\xff\xfe\x00\x01", "bad_encoding"),
        (b'date,kind,name\n"2026', "bad_csv"),
        (b"PK\x03\x04 no zip at all", "bad_workbook"),
        (packed({"a.txt": b"no workbook"}), "bad_workbook"),
        (b"date,kind\n2026-01-01,holiday\n", "missing_columns"),
        ("日期,类型\n2026-01-01,放假\n".encode(), "missing_columns"),
        (b"date,kind,name,note\n2026-01-01,holiday,x,y\n", "unknown_columns"),
        (b"date,kind,name\n" + b"x,y,z\n" * 401, "too_many_rows"),
    ],
)
def test_what_is_no_table_of_days_is_refused_with_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(GeoError) as refusal:
        read_notice(raw)
    assert refusal.value.reason == reason


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda b: b"PK\x03\x04" + b)))
def test_any_bytes_are_a_table_or_refused(raw: bytes) -> None:
    try:
        assert read_notice(raw).errors
    except GeoError as refusal:
        assert refusal.field == "file"
