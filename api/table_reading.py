"""Read tables as offices send them: CSV in UTF-8 or GB 18030, and the first sheet of an XLSX.

Every cell is read as text and nothing is computed. What a spreadsheet pads a table with, a million
empty rows for one, ends the reading instead of filling the memory.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from geo.errors import GeoError

MIB = 1024 * 1024
MAX_BYTES = 64 * MIB
MAX_ROWS = 200_000
MAX_COLUMNS = 60
MAX_CELL = 2_000
# A table that goes on after so many empty rows is two tables.
EMPTY_ROWS_END = 1_000
MAX_UNPACKED = 256 * MIB
_MAX_PARTS = 500
_ZIP = b"PK\x03\x04"
# What openpyxl meets in files that are no workbooks, or broken ones; it reads XML by defusedxml,
# whose refusals are ValueErrors.
_BROKEN = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True)
class TableRow:
    """Hold a row: its number as the office counts it, its cells as text without blanks around.

    ``formulas`` are the places, from 0, of cells that would have to be computed; they are empty.
    """

    line: int
    cells: tuple[str, ...]
    formulas: tuple[int, ...] = ()


def read_table(raw: bytes, *, most_rows: int = MAX_ROWS) -> list[TableRow]:
    """Return the rows that hold anything, the header among them; CSV or XLSX by its first bytes.

    Raises GeoError for what is no such table: size, encoding, quoting, a broken or packed workbook.
    """
    if len(raw) > MAX_BYTES:
        raise _bad("too_large", f"文件超过{MAX_BYTES // MIB} MiB，请分开导入。")
    lines = _xlsx_rows(raw) if raw.startswith(_ZIP) else _csv_rows(raw)
    rows: list[TableRow] = []
    empty = 0
    for row in lines:
        if not (row.cells or row.formulas):
            empty += 1
            if empty >= EMPTY_ROWS_END:
                break
            continue
        empty = 0
        rows.append(row)
        if len(rows) > most_rows:
            raise _bad("too_many_rows", f"表格最多{most_rows}行，请分开导入。")
    if not rows:
        raise _bad("empty", "表格是空的。")
    return rows


def _bad(reason: str, message: str) -> GeoError:
    return GeoError(reason, message, field="file")


def _csv_rows(raw: bytes) -> Iterator[TableRow]:
    reader = csv.reader(io.StringIO(_decoded(raw), newline=""), strict=True)
    try:
        for values in reader:
            yield TableRow(reader.line_num, _checked(values, reader.line_num))
    except csv.Error:
        raise _bad("bad_csv", f"第{reader.line_num}行不是有效的CSV（引号或字符有误）。") from None


def _decoded(raw: bytes) -> str:
    # Spreadsheets in Chinese offices still save CSV in GB 18030; it is read second, because
    # UTF-8 seldom passes for something else by chance.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _bad("bad_encoding", "应为UTF-8或国标编码的CSV，或XLSX工作簿。")


def _checked(values: Iterable[str], line: int) -> tuple[str, ...]:
    cells = [value.strip() for value in values]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        raise _bad("too_many_columns", f"第{line}行超过{MAX_COLUMNS}列。")
    if any(len(cell) > MAX_CELL for cell in cells):
        raise _bad("cell_too_long", f"第{line}行有单元格超过{MAX_CELL}字。")
    return tuple(cells)


def _xlsx_rows(raw: bytes) -> Iterator[TableRow]:
    try:
        _refuse_bombs(raw)
        # Links to other files are not followed, and macros are not read.
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
        try:
            yield from _sheet_rows(book.worksheets[0])
        finally:
            book.close()
    except GeoError:
        raise
    except _BROKEN:
        raise _bad("bad_workbook", "无法读取这个工作簿，请另存为XLSX或CSV后重试。") from None


def _refuse_bombs(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        parts = packed.infolist()
        if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise _bad("too_large", "工作簿解压后过大，请另存为CSV或分开导入。")


def _sheet_rows(sheet: Any) -> Iterator[TableRow]:
    # The size that a sheet says it has is often wrong, and can be a million rows.
    sheet.reset_dimensions()
    # One column more than allowed, so that a wider table is refused and not cut.
    for line, fields in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1), start=1):
        texts = ["" if field.data_type == "f" else _text(field.value) for field in fields]
        formulas = tuple(place for place, field in enumerate(fields) if field.data_type == "f")
        yield TableRow(line, _checked(texts, line), formulas)


def _text(value: object) -> str:
    """Return a cell's value as a person sees it: whole numbers without .0, dates as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)
