"""Tables of offices are read alike from CSV and from a workbook, and none of them does harm."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from openpyxl import Workbook

from api.buildings.checking import BUILDINGS, read_buildings
from api.places.table import read_table
from api.sheet_files import OF_A_COUNTY, Sheet, read_sheet, read_sheet_file
from geo.errors import GeoError

BUILDING = ("id", "lon", "lat", "households")
PLACE = ("id", "name", "kind", "lon", "lat", "area_code")
READERS = [(read_buildings, BUILDING), (read_table, PLACE)]
Reader = Callable[[Path], Sheet]


def workbook(path: Path, *rows: tuple[str | float, ...]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def with_sheet(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Change the XML of the first sheet of a workbook."""
    raw = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if name.endswith("/sheet1.xml") else part)
    path.write_bytes(raw.getvalue())
    return path


def refusal(read: Reader, path: Path) -> str:
    with pytest.raises(GeoError) as refused:
        read(path)
    assert refused.value.field == "file"
    return refused.value.reason


def test_a_workbook_gives_the_same_cells_as_a_csv_whatever_they_are_stored_as(
    tmp_path: Path,
) -> None:
    table = tmp_path / "a.csv"
    table.write_bytes(
        "编号,经度,纬度,户数\r\n7,110.5,40.25,12\r\n\r\n8,1,2,3\r\n".encode("gb18030")
    )
    rows = (("编号", "经度", "纬度", "户数"), (7.0, 110.5, "40.25", 12), (), ("8", 1, 2, "3", " "))
    # The name says nothing: what is inside decides.
    sheet = workbook(tmp_path / "a.dat", *rows)
    assert read_buildings(sheet) == read_buildings(table)
    assert [(row.line, row.cells["id"]) for row in read_buildings(sheet).rows] == [
        (2, "7"), (4, "8"),
    ]  # fmt: skip


def test_a_cell_beside_the_table_makes_its_row_a_bad_one(tmp_path: Path) -> None:
    sheet = read_buildings(workbook(tmp_path / "a.xlsx", BUILDING, (1, 2, 3, 4, "beside")))
    assert sheet.rows == ()
    assert [(fault.line, fault.reason) for fault in sheet.faults] == [(2, "no_such_column")]


def test_a_file_that_is_no_table_is_refused_in_words(tmp_path: Path) -> None:
    broken = tmp_path / "a.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(GeoError, match="XLSX"):
        read_buildings(broken)
    with pytest.raises(GeoError, match="households"):
        read_buildings(workbook(tmp_path / "b.xlsx", ("编号", "经度", "纬度")))


@pytest.mark.parametrize(("read", "head"), READERS)
def test_a_formula_is_a_fault_of_its_row_and_never_computed(
    tmp_path: Path, read: Reader, head: tuple[str, ...]
) -> None:
    good = tuple("1" for _ in head)
    bad = ('=HYPERLINK("http://127.0.0.1/")', *good[1:])
    for path in (
        workbook(tmp_path / "a.xlsx", head, good, bad),
        tmp_path / "a.csv",
    ):
        if path.suffix == ".csv":
            path.write_text("\n".join(",".join(row) for row in (head, good, ("=1+1", *good[1:]))))
        sheet = read(path)
        assert [row.line for row in sheet.rows] == [2]
        assert [(f.line, f.column, f.reason) for f in sheet.faults] == [(3, "id", "formula")]


@pytest.mark.parametrize(("read", "head"), READERS)
def test_a_sheet_formatted_down_to_its_end_is_refused_before_its_end(
    tmp_path: Path, read: Reader, head: tuple[str, ...]
) -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (n, n) for n in range(2, 12_000))
    # What follows the gap is no XML at all: who read on would find the workbook broken.
    # Nor is it read to its end to learn its size, which not every program states.
    for size in (b"no such element", rb"<dimension[^>]*>"):
        remove: Callable[[bytes], bytes] = partial(re.compile(size).sub, b"")
        path = with_sheet(workbook(tmp_path / "a.xlsx", head), remove)
        path = with_sheet(
            path,
            lambda xml: xml.replace(b"</sheetData>", rows + b" " * 1_000_000 + b"<&"),
        )
        assert refusal(read, path) == "too_many_empty_rows"


@pytest.mark.parametrize(("read", "head"), READERS)
def test_entities_are_refused_and_a_bomb_is_never_unpacked(
    tmp_path: Path, read: Reader, head: tuple[str, ...]
) -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    path = with_sheet(
        workbook(tmp_path / "a.xlsx", head),
        lambda xml: laughs + xml[xml.index(b"<worksheet") :].replace(b"</sheetData>", b"&b;"),
    )
    assert refusal(read, path) == "bad_workbook"
    big = b" " * (OF_A_COUNTY.unpacked_bytes // 4)
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
        for number in range(5):
            bomb.writestr(f"{number}.xml", big)
    assert refusal(read, tmp_path / "b.xlsx") == "zip_bomb"


def test_no_more_of_a_file_is_read_than_its_kind_may_have(tmp_path: Path) -> None:
    small = replace(BUILDINGS, bounds=replace(OF_A_COUNTY, file_bytes=100, rows=2))
    path = tmp_path / "a.csv"
    head = ",".join(BUILDING) + "\n"
    path.write_text(head + "1,2,3,4\n" * 2)
    assert len(read_sheet_file(path, small).rows) == 2
    # Bad rows count as well: nobody sends a million of them.
    path.write_text(head + "1,2,3,4\n" * 2 + "1\n")
    assert refusal(lambda file: read_sheet_file(file, small), path) == "too_many_rows"
    path.write_text(head + " " * 100)
    assert refusal(lambda file: read_sheet_file(file, small), path) == "file_too_large"
    with pytest.raises(GeoError, match="超过"):
        read_sheet(path.read_bytes(), small)
