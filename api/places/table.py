"""Read a table of places as it comes from an office: CSV in UTF-8 or GB 18030."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from geo.errors import GeoError

REQUIRED = ("id", "name", "kind", "lon", "lat", "area_code")
OPTIONAL = ("crs", "radius_m", "aliases")
MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class TableRow:
    """Hold one row: the line on which it ends, its cells without blanks around them.

    ``cells`` is None when the row has more or fewer cells than the table has columns. A column
    that the table does not have is not among the cells.
    """

    line: int
    cells: dict[str, str] | None


def read_table(path: Path) -> list[TableRow]:
    """Return the rows of a CSV file with a header; rows without any content are left out.

    Raises GeoError for a file that is no such table: size, encoding, columns, quoting.
    """
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise _bad(f"文件超过{MAX_BYTES // 1024 // 1024}MB，请分开导入。")
    reader = csv.reader(io.StringIO(_decoded(raw), newline=""), strict=True)
    rows: list[TableRow] = []
    try:
        columns = _columns(next(reader, []))
        for values in reader:
            cells = [value.strip() for value in values]
            if any(cells):
                whole = len(cells) == len(columns)
                pairs = dict(zip(columns, cells, strict=True)) if whole else None
                rows.append(TableRow(reader.line_num, pairs))
            if len(rows) > MAX_ROWS:
                raise _bad(f"最多{MAX_ROWS}行，请分开导入。")
    except csv.Error:
        raise _bad(f"第{reader.line_num}行不是有效的CSV（引号或字符有误）。") from None
    return rows


def _bad(message: str) -> GeoError:
    return GeoError("bad_places_file", message, field="places")


def _decoded(raw: bytes) -> str:
    # Spreadsheets in Chinese offices still save CSV in GB 18030; it is read second, because
    # UTF-8 seldom passes for something else by chance.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _bad("文件编码无法识别，请另存为UTF-8的CSV。")


def _columns(header: list[str]) -> list[str]:
    columns = [name.strip().lower() for name in header]
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise _bad(f"地名表缺少列：{'、'.join(missing)}。")
    # A misspelt column must not be lost silently.
    unknown = [name for name in columns if name not in (*REQUIRED, *OPTIONAL)]
    if unknown or len(set(columns)) < len(columns):
        known = "、".join((*REQUIRED, *OPTIONAL))
        raise _bad(f"地名表有不认识或重复的列；可用的列：{known}。")
    return columns
