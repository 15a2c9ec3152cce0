"""Read tables as offices send them, XLSX or CSV: every cell as text, no formula, bounded.

A workbook is foreign XML in a foreign zip: its directory is looked over before anything is
unpacked, entities are refused (defusedxml, which openpyxl uses when it is there), and only the
first sheet is read, row by row.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from geo.errors import GeoError

MIB = 1024 * 1024
MAX_FILE_BYTES: Final = 64 * MIB
_MAX_MEMBERS: Final = 500
# A gap this long is no gap in a table: the sheet was formatted down to its end.
_MOST_EMPTY: Final = 10_000
_MOST_COLUMNS: Final = 40
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Hold how much of a table is read: bytes of the file, rows, bytes unpacked, signs a cell.

    ``unpacked_bytes`` is what a sheet of so many rows may have; a bomb has more.
    """

    file_bytes: int
    rows: int
    unpacked_bytes: int
    signs: int


# Tables that are kept by hand, and those that programs write of a whole county.
BY_HAND: Final = Bounds(MAX_FILE_BYTES, rows=50_000, unpacked_bytes=192 * MIB, signs=1_000)
OF_A_COUNTY: Final = Bounds(MAX_FILE_BYTES, rows=200_000, unpacked_bytes=256 * MIB, signs=4_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKind:
    """Say which columns a table has, what else they are called, and how much of it is read.

    With ``whole_rows`` a row of a CSV file with fewer cells than columns is a bad one: who cut
    it off meant something else than blanks.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    bounds: Bounds = BY_HAND
    whole_rows: bool = False


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
    """Hold the rows that can be read, and what is wrong in those that cannot.

    ``damaged`` are the latter with the cells that could be read, the others empty.
    """

    rows: tuple[SheetRow, ...]
    faults: tuple[RowFault, ...]
    damaged: tuple[SheetRow, ...] = ()

    @property
    def row_count(self) -> int:
        """Return how many rows have content, those with faults too."""
        return len(self.rows) + len({fault.line for fault in self.faults})


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    fault: str | None = None


def read_sheet_file(path: Path, kind: TableKind) -> Sheet:
    """Return what ``read_sheet`` does, of a file of which no more is read than it may have."""
    with path.open("rb") as file:
        raw = file.read(kind.bounds.file_bytes + 1)
    return read_sheet(raw, kind)


def read_sheet(raw: bytes, kind: TableKind) -> Sheet:
    """Return the rows below the header of the first sheet, or of a CSV file.

    The header may stand below a title. Raises GeoError for a file that is no such table.
    """
    bounds = kind.bounds
    if len(raw) > bounds.file_bytes:
        raise _bad("file_too_large", f"文件超过{bounds.file_bytes // MIB} MiB，请分开导入。")
    if raw.startswith(_OLD_OFFICE):
        raise _bad("old_format", "这是旧版 xls 或加密的文件，请另存为不加密的 xlsx。")
    lines = _workbook(raw, bounds) if raw.startswith(b"PK") else _csv(raw)
    columns: list[str] | None = None
    rows: list[SheetRow] = []
    damaged: list[SheetRow] = []
    faults: list[RowFault] = []
    below = 0
    for line, cells in lines:
        if columns is None:
            columns = _header(line, cells, kind)
            continue
        row, found = _row(line, cells, columns, kind)
        faults += found
        if row is not None:
            (damaged if found else rows).append(row)
        below += 1
        if below > bounds.rows:
            raise _bad("too_many_rows", f"最多{bounds.rows}行，请分开导入。")
    if columns is None:
        raise _no_header(kind)
    return Sheet(tuple(rows), tuple(faults), tuple(damaged))


def _bad(reason: str, message: str) -> GeoError:
    return GeoError(reason, message, field="file")


# A title and an empty line may stand above the header; what is no header by then is no table.
_HEADER_WITHIN: Final = 10


def _no_header(kind: TableKind) -> GeoError:
    return _bad("no_header", f"没有找到表头，缺少列：{'、'.join(kind.required)}。")


def _header(line: int, cells: Sequence[_Cell], kind: TableKind) -> list[str] | None:
    own = {name.lower(): name for name in (*kind.required, *kind.optional)} | {**kind.also}
    given = [cell.text.rstrip("*＊ ").strip().lower() for cell in cells]
    names = [own.get(name, name) for name in given]
    while names and not names[-1]:
        names.pop()
    if not set(names) & set(kind.required):
        if line > _HEADER_WITHIN:
            raise _no_header(kind)
        return None
    missing = [name for name in kind.required if name not in names]
    if missing:
        raise _bad("missing_columns", f"缺少列：{'、'.join(missing)}。请使用下载的模板。")
    known = (*kind.required, *kind.optional)
    # A misspelt column must not be lost silently.
    if len(set(names)) < len(names) or any(name not in known for name in names):
        raise _bad("unknown_columns", f"有不认识或重复的列；可用的列：{'、'.join(known)}。")
    return names


def _row(
    line: int, cells: Sequence[_Cell], columns: Sequence[str], kind: TableKind
) -> tuple[SheetRow | None, list[RowFault]]:
    faults: list[RowFault] = []
    values = dict.fromkeys(columns, "")
    # A sheet has no last column of its own, so that only a row of CSV can be short.
    if kind.whole_rows and len(cells) < len(columns):
        faults.append(RowFault(line, "", "too_few_cells", "列数与表头不符。"))
    for place, cell in enumerate(cells):
        if not cell.text and cell.fault is None:
            continue
        name = columns[place] if place < len(columns) else f"第{place + 1}列"
        if cell.fault is not None:
            faults.append(RowFault(line, name, "formula", cell.fault))
        elif place >= len(columns):
            faults.append(RowFault(line, name, "no_such_column", "表头以外的列有内容。"))
        elif len(cell.text) > kind.bounds.signs or not _printable(cell.text):
            faults.append(RowFault(line, name, "bad_text", "文字过长，或含有控制字符。"))
        else:
            values[name] = cell.text
    told = bool(faults) or any(values.values())
    return (SheetRow(line, values) if told else None), faults


def _printable(text: str) -> bool:
    return all(char.isprintable() or char in "\n\t\u3000" for char in text)


def _workbook(raw: bytes, bounds: Bounds) -> Iterator[tuple[int, list[_Cell]]]:
    # A tenth of a second, which only those pay who read a workbook.
    from openpyxl.utils.exceptions import InvalidFileException
    from openpyxl.xml import DEFUSEDXML

    from api.first_sheet import first_sheet

    assert DEFUSEDXML, "openpyxl must refuse entities"
    broken = "不是有效的 XLSX 文件，或文件已损坏，请用 Excel 另存为 xlsx。"
    try:
        _look_over(raw, bounds.unpacked_bytes)
        with first_sheet(raw, columns=_MOST_COLUMNS) as rows:
            if rows is None:
                raise _bad("no_sheet", "文件里没有工作表。")
            yield from _sheet_lines(rows)
    except (
        zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, KeyError, ValueError,
        TypeError, IndexError, AttributeError, NotImplementedError, RuntimeError, EOFError, OSError,
    ) as error:  # fmt: skip
        # What a broken workbook breaks in its reader has no one name; an entity is a ValueError.
        if isinstance(error, GeoError):
            raise
        raise _bad("bad_workbook", broken) from None


def _look_over(raw: bytes, most_bytes: int) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entries = archive.infolist()
    if len(entries) > _MAX_MEMBERS or sum(entry.file_size for entry in entries) > most_bytes:
        raise _bad("zip_bomb", f"文件解开后超过{most_bytes // MIB} MiB，未读取。请删除空行空列。")


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
    raise _bad("bad_encoding", "文件编码无法识别，请另存为 XLSX 或 UTF-8 的 CSV。")
