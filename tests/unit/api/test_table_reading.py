"""Tables of offices are read alike from CSV and from a workbook, under Chinese headings too."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from api.buildings.checking import read_buildings
from geo.errors import GeoError


def workbook(path: Path, *rows: tuple[str | float, ...]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


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
    assert [(row.line, (row.cells or {})["id"]) for row in read_buildings(sheet)] == [
        (2, "7"), (4, "8"),
    ]  # fmt: skip


def test_a_cell_beside_the_table_makes_its_row_a_bad_one(tmp_path: Path) -> None:
    head = ("id", "lon", "lat", "households")
    (row,) = read_buildings(workbook(tmp_path / "a.xlsx", head, (1, 2, 3, 4, "beside")))
    assert row.cells is None


def test_a_file_that_is_no_table_is_refused_in_words(tmp_path: Path) -> None:
    broken = tmp_path / "a.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(GeoError, match="XLSX"):
        read_buildings(broken)
    with pytest.raises(GeoError, match="households"):
        read_buildings(workbook(tmp_path / "b.xlsx", ("编号", "经度", "纬度")))
