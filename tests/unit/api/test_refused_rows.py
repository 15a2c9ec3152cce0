"""Rows that are not taken in keep their cells, and are read again as what they were."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from api.reports.bulk.files import Heads, open_source
from api.reports.bulk.refused_rows import HEADER, table_cells
from api.reports.bulk.rows import Row, _body_of
from api.table_files import harmless
from geo.errors import GeoError


def rows_of(path: Path, heads: Heads | None = None) -> list[Row]:
    return list(open_source(path, heads or Heads()).rows)


def written(path: Path, row: Row) -> Path:
    """Write a row as the command does."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerow([row.line, "why", *map(harmless, table_cells(row).values())])
    return path


@pytest.mark.parametrize(
    "cells",
    [
        {"text": "灯", "occurred_at": datetime(2026, 11, 3, 9, 0, 0, 250, tzinfo=UTC)},
        {"text": "灯", "occurred_at": date(2026, 11, 3)},
        {"text": "灯", "reporter_phone": 13800000000.0, "source_no": 77.0, "round": 2.0},
        {"text": "\t=1+1", "lon": -110.25, "lat": 40, "reporter_confidential": True},
        {"text": "+86", "address": "@", "about": None, "reporter_name": "=A1"},
    ],
)
def test_a_refused_row_is_read_again_as_the_same(tmp_path: Path, cells: dict[str, Any]) -> None:
    (again,) = rows_of(written(tmp_path / "refused.csv", Row(9, cells)))
    assert _body_of(again.cells) == _body_of(cells)


def test_what_is_too_long_for_a_cell_of_a_spreadsheet_is_cut(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"text,address\n{'灯' * 40_000}\n", "utf-8")
    (row,) = rows_of(file)
    assert len(table_cells(row)["refused_row"]) == 32_001


def test_a_column_of_those_names_can_still_be_named(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("line,reason\n7,路灯不亮\n", "utf-8")
    (row,) = rows_of(file, Heads(named={"reason": "text"}))
    assert row.cells == {"text": "路灯不亮"}


def test_any_other_column_is_refused_as_before(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("line,reason,text,note\n7,x,路灯不亮,y\n", "utf-8")
    with pytest.raises(GeoError) as refusal:
        rows_of(file)
    assert refusal.value.reason == "unknown_columns"
    assert "note" in refusal.value.message
    assert "line" not in refusal.value.message


def test_a_refused_file_that_was_saved_as_a_workbook_is_read(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["line", "reason", "text", "lon", "refused_row"])
    sheet.append([7, "why", "路灯不亮", "'-110.5", None])
    book.save(tmp_path / "a.xlsx")
    (row,) = rows_of(tmp_path / "a.xlsx")
    assert row.cells == {"text": "路灯不亮", "lon": "-110.5", "refused_row": ""}


def test_a_row_of_a_workbook_with_a_formula_keeps_its_other_cells(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["text", "lon", "address"])
    sheet.append(["路灯不亮", "=1+1", "村委会"])
    book.save(tmp_path / "a.xlsx")
    (row,) = rows_of(tmp_path / "a.xlsx")
    assert row.fault is not None
    cells = table_cells(row)
    assert (cells["text"], cells["lon"], cells["address"]) == ("路灯不亮", "", "村委会")
    assert cells["refused_row"] == "路灯不亮,,村委会"
