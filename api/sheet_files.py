"""Read tables as offices send them, XLSX or CSV: every cell as text, no formula, bounded.

A workbook is foreign XML in a foreign zip: its directory is looked over before anything is
unpacked, entities are refused (defusedxml, which openpyxl uses when it is there), and only the
first sheet is read, row by row.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml import DEFUSEDXML

from geo.errors import GeoError

MIB = 1024 * 1024
MAX_FILE_BYTES: Final = 16 * MIB
MAX_ROWS: Final = 50_000
# What a sheet of so many rows may have unpacked; a bomb has more.
_MAX_UNPACKED: Final = 192 * MIB
_MAX_MEMBERS: Final = 500
# A gap this long is no gap in a table: the sheet was formatted down to its end.
_MOST_EMPTY: Final = 10_000
_MOST_COLUMNS: Final = 40
_LONGEST_CELL: Final = 1_000
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class RowFault:
    """Hold what is wrong in one row: its line, the column's name, a slug and words for people."""

    line: int
    column: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """Hold one row with content: its line in the file and its cells by the column's name."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold the rows that can be read, and what is wrong in those that cannot."""

    rows: tuple[SheetRow, ...]
    faults: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    fault: str | None = None


def read_sheet(raw: bytes, *, required: Sequence[str], optional: Sequence[str] = ()) -> Sheet:
    """Return the rows below the header of the first sheet, or of a CSV file.

    The header may stand below a title. Raises GeoError for a file that is no such table.
    """
    if len(raw) > MAX_FILE_BYTES:
        raise _bad("file_too_large", f"文件超过{MAX_FILE_BYTES // MIB} MiB，请分开导入。")
    if raw.startswith(_OLD_OFFICE):
        raise _bad("old_format", "这是旧版 xls 或加密的文件，请另存为不加密的 xlsx。")
    lines = _workbook(raw) if raw.startswith(b"PK") else _csv(raw)
    columns: list[str] | None = None
    rows: list[SheetRow] = []
    faults: list[RowFault] = []
    for line, cells in lines:
        if columns is None:
            columns = _header(line, cells, required, optional)
            continue
        row, found = _row(line, cells, columns)
        faults += found
        if row is not None:
            rows.append(row)
        if len(rows) > MAX_ROWS:
            raise _bad("too_many_rows", f"最多{MAX_ROWS}行，请分开导入。")
    if columns is None:
        raise _bad("no_header", f"没有找到表头；需要的列：{'、'.join(required)}。")
    return Sheet(tuple(rows), tuple(faults))


def _bad(reason: str, message: str) -> GeoError:
    return GeoError(reason, message, field="file")


# A title and an empty line may stand above the header; what is no header by then is no table.
_HEADER_WITHIN: Final = 10


def _header(
    line: int, cells: Sequence[_Cell], required: Sequence[str], optional: Sequence[str]
) -> list[str] | None:
    names = [cell.text.rstrip("*＊ ").strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not set(names) & set(required):
        if line > _HEADER_WITHIN:
            raise _bad("no_header", f"没有找到表头；需要的列：{'、'.join(required)}。")
        return None
    missing = [name for name in required if name not in names]
    if missing:
        raise _bad("missing_columns", f"缺少列：{'、'.join(missing)}。请使用下载的模板。")
    known = (*required, *optional)
    # A misspelt column must not be lost silently.
    if len(set(names)) < len(names) or any(name not in known for name in names):
        raise _bad("unknown_columns", f"有不认识或重复的列；可用的列：{'、'.join(known)}。")
    return names


def _row(
    line: int, cells: Sequence[_Cell], columns: Sequence[str]
) -> tuple[SheetRow | None, list[RowFault]]:
    faults: list[RowFault] = []
    values = dict.fromkeys(columns, "")
    for place, cell in enumerate(cells):
        if not cell.text and cell.fault is None:
            continue
        name = columns[place] if place < len(columns) else f"第{place + 1}列"
        if cell.fault is not None:
            faults.append(RowFault(line, name, "formula", cell.fault))
        elif place >= len(columns):
            faults.append(RowFault(line, name, "no_such_column", "表头以外的列有内容。"))
        elif len(cell.text) > _LONGEST_CELL or not _printable(cell.text):
            faults.append(RowFault(line, name, "bad_text", "文字过长，或含有控制字符。"))
        else:
            values[name] = cell.text
    if faults:
        return None, faults
    return (SheetRow(line, values) if any(values.values()) else None), []


def _printable(text: str) -> bool:
    return all(char.isprintable() or char in "\n\t\u3000" for char in text)


def _workbook(raw: bytes) -> Iterator[tuple[int, list[_Cell]]]:
    assert DEFUSEDXML, "openpyxl must refuse entities"
    broken = "不是有效的 xlsx 文件，或文件已损坏，请用 Excel 另存为 xlsx。"
    try:
        _look_over(raw)
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
        try:
            if not book.worksheets:
                raise _bad("no_sheet", "文件里没有工作表。")
            sheet = book.worksheets[0]
            # The size that a sheet states of itself may be a lie; it is read until its end.
            sheet.reset_dimensions()
            yield from _sheet_lines(sheet.iter_rows(max_col=_MOST_COLUMNS))
        finally:
            book.close()
    except (
        zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError,
        IndexError, AttributeError, NotImplementedError, RuntimeError, EOFError, OSError,
    ) as error:  # fmt: skip
        # What a broken workbook breaks in its reader has no one name; an entity is a ValueError.
        if isinstance(error, GeoError):
            raise
        raise _bad("bad_workbook", broken) from None


def _look_over(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entries = archive.infolist()
    if len(entries) > _MAX_MEMBERS or sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
        raise _bad(
            "zip_bomb", f"文件解开后超过{_MAX_UNPACKED // MIB} MiB，未读取。请删除空行空列。"
        )


def _sheet_lines(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, list[_Cell]]]:
    empty = 0
    for line, row in enumerate(rows, start=1):
        if any(cell.value is not None for cell in row):
            cells = [_cell(cell) for cell in row]
            if any(cell.text or cell.fault for cell in cells):
                empty = 0
                yield line, cells
                continue
        empty += 1
        if empty > _MOST_EMPTY:
            words = f"第{line - _MOST_EMPTY}行之后有上万个空行，请删除这些空行后重试。"
            raise _bad("too_many_empty_rows", words)


def _cell(cell: Any) -> _Cell:
    value = cell.value
    if value is None:
        return _Cell("")
    kind = getattr(cell, "data_type", "n")
    if kind == "f" or not isinstance(value, str | int | float | bool | date):
        return _Cell("", "单元格是公式，请改为文字（复制后“选择性粘贴—数值”）。")
    if kind == "e":
        return _Cell("", "单元格是错误值。")
    if isinstance(value, datetime):
        return _Cell(value.date().isoformat() if value.time() == value.min.time() else str(value))
    if isinstance(value, float) and value.is_integer():
        return _Cell(str(int(value)))
    return _Cell(str(value).strip())


def _csv(raw: bytes) -> Iterator[tuple[int, list[_Cell]]]:
    reader = csv.reader(io.StringIO(_decoded(raw), newline=""), strict=True)
    try:
        for cells in reader:
            if len(cells) > _MOST_COLUMNS:
                raise _bad("too_many_columns", f"第{reader.line_num}行的列过多。")
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [_csv_cell(cell.strip()) for cell in cells]
    except csv.Error:
        raise _bad("bad_csv", f"第{reader.line_num}行不是有效的 CSV（引号或字符有误）。") from None


def _csv_cell(text: str) -> _Cell:
    # An export of ours puts an apostrophe before what a spreadsheet would compute.
    if text.startswith("'") and text[1:2] in tuple("=+-@"):
        return _Cell(text[1:])
    if text.startswith(("=", "@")):
        return _Cell("", "单元格是公式，请改为文字。")
    return _Cell(text)


def _decoded(raw: bytes) -> str:
    # Spreadsheets in Chinese offices still save CSV in GB 18030; it is read second, because UTF-8
    # seldom passes for something else by chance.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _bad("bad_encoding", "文件不是 xlsx，也不是 UTF-8 的 CSV。")
