"""Read a table as it comes from an office: CSV in UTF-8 or GB 18030, or the first sheet of XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as defaulting
from pathlib import Path
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from geo.errors import GeoError

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED_BYTES = 4 * MAX_BYTES
MAX_ROWS = 200_000
_MAX_COLUMNS = 64
_ZIP_HEAD = b"PK\x03\x04"
_UNREADABLE = (
    zipfile.BadZipFile, InvalidFileException, ParseError, zlib.error,
    KeyError, ValueError, TypeError, EOFError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableRow:
    """Hold one row: the line on which it ends, its cells without blanks around them.

    ``cells`` is None when the row has more or fewer cells than the table has columns. A column
    that the table does not have is not among the cells.
    """

    line: int
    cells: dict[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKind:
    """Say which columns a table has, what else they are called, and how it is refused."""

    title: str
    reason: str
    field: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    also: Mapping[str, str] = defaulting(default_factory=dict)

    def refusal(self, message: str) -> GeoError:
        """Return the refusal of a file that is no such table."""
        return GeoError(self.reason, message, field=self.field)

    def columns(self, header: Iterable[str]) -> list[str]:
        """Return the columns by their own names; raise GeoError for missing or unknown ones."""
        given = [name.strip().lower() for name in header]
        columns = [self.also.get(name, name) for name in given]
        missing = [name for name in self.required if name not in columns]
        if missing:
            raise self.refusal(f"{self.title}缺少列：{'、'.join(missing)}。")
        # A misspelt column must not be lost silently.
        unknown = [name for name in columns if name not in (*self.required, *self.optional)]
        if unknown or len(set(columns)) < len(columns):
            known = "、".join((*self.required, *self.optional))
            raise self.refusal(f"{self.title}有不认识或重复的列；可用的列：{known}。")
        return columns


def read_csv(path: Path, kind: TableKind) -> list[TableRow]:
    """Return the rows of a CSV file with a header; rows without any content are left out.

    Raises GeoError for a file that is no such table: size, encoding, columns, quoting.
    """
    return _rows_of_csv(_bytes(path, kind), kind)


def read_table_file(path: Path, kind: TableKind) -> list[TableRow]:
    """Return the rows of a CSV or XLSX file, told by its first bytes; as ``read_csv`` otherwise.

    Of a workbook the first sheet is read, every cell as text, formulas as what they last gave.
    """
    raw = _bytes(path, kind)
    return _rows_of_xlsx(raw, kind) if raw.startswith(_ZIP_HEAD) else _rows_of_csv(raw, kind)


def _bytes(path: Path, kind: TableKind) -> bytes:
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise kind.refusal(f"文件超过{MAX_BYTES // 1024 // 1024}MB，请分开导入。")
    return raw


def _rows_of_csv(raw: bytes, kind: TableKind) -> list[TableRow]:
    reader = csv.reader(io.StringIO(_decoded(raw, kind), newline=""), strict=True)
    try:
        columns = kind.columns(next(reader, []))
        return _collect(((reader.line_num, values) for values in reader), columns, kind)
    except csv.Error:
        message = f"第{reader.line_num}行不是有效的CSV（引号或字符有误）。"
        raise kind.refusal(message) from None


def _decoded(raw: bytes, kind: TableKind) -> str:
    # Spreadsheets in Chinese offices still save CSV in GB 18030; it is read second, because
    # UTF-8 seldom passes for something else by chance.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise kind.refusal("文件编码无法识别，请另存为UTF-8的CSV。")


def _rows_of_xlsx(raw: bytes, kind: TableKind) -> list[TableRow]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            size = sum(member.file_size for member in packed.infolist())
        if size <= MAX_UNPACKED_BYTES:
            lines = _lines_of_xlsx(raw)
            _, header = next(lines, (1, []))
            columns = kind.columns(header)
            # A sheet has no last column of its own: blanks behind the header mean nothing.
            level = ((line, _levelled(values, len(columns))) for line, values in lines)
            return _collect(level, columns, kind)
    except GeoError:
        raise
    except _UNREADABLE:
        raise kind.refusal("不是有效的XLSX工作簿，请重新另存。") from None
    raise kind.refusal("XLSX解压后过大，请分开导入。")


def _lines_of_xlsx(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    sheet = book.worksheets[0]
    for line, values in enumerate(sheet.iter_rows(max_col=_MAX_COLUMNS, values_only=True), start=1):
        cells = [_text(value) for value in values]
        yield line, cells if line > 1 else _levelled(cells, 0)


def _levelled(cells: list[str], width: int) -> list[str]:
    """Return ``cells`` with blanks at the end added or dropped down to ``width``."""
    last = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    return [*cells[: max(last, width)], *[""] * (width - len(cells))]


def _text(value: object) -> str:
    """Return a cell as it was meant: an id that a sheet keeps as a number has no decimals."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _collect(
    lines: Iterable[tuple[int, list[str]]], columns: list[str], kind: TableKind
) -> list[TableRow]:
    rows: list[TableRow] = []
    for line, values in lines:
        cells = [value.strip() for value in values]
        if any(cells):
            whole = len(cells) == len(columns)
            pairs = dict(zip(columns, cells, strict=True)) if whole else None
            rows.append(TableRow(line, pairs))
        if len(rows) > MAX_ROWS:
            raise kind.refusal(f"最多{MAX_ROWS}行，请分开导入。")
    return rows
