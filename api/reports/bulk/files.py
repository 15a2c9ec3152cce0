"""Read reports from files, row by row: CSV, workbooks, Parquet, Arrow, and bodies line by line.

Columns are named, not guessed: by our names, by the heads of offices, or as the caller maps them.
A row that cannot be read is handed on with what is wrong; it stops nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from api.reports.bulk.refused_rows import NOTES, csv_line, unread_row
from api.reports.bulk.rows import AS_IT_CAME, COLUMNS, HEADS, Row
from api.sheet_files import OF_A_COUNTY, SheetRow, TableKind, read_sheet_file
from api.strict_json import StrictJsonError, parse_strict
from geo.errors import GeoError

FORMATS: Final = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_REQUIRED: Final = "text"
_LOOKED_AT: Final = 1 << 20
_LONGEST_LINE: Final = 1 << 20
_BATCH: Final = 4096
_UNREADABLE: Final = "?"
# What pyarrow raises for bytes that are not what they should be.
_BROKEN: Final = (pa.ArrowException, OSError, ValueError)


@dataclass(slots=True)
class Source:
    """Hold a file that is being read: its rows, and how much of it they are so far (0..1)."""

    rows: Iterator[Row]
    total: int
    # Bytes or rows, as the total.
    read: list[int]

    def part(self) -> float:
        """Return how much of the file was read."""
        return min(self.read[0] / max(self.total, 1), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Say what columns are called beside our names, and whether others may be there."""

    named: Mapping[str, str] = field(default_factory=dict)
    others: bool = False

    def columns(self, heads: Sequence[str]) -> list[str | None]:
        """Return our name of each column, None for one that is passed over; raise GeoError."""
        known = {name: name for name in (*COLUMNS, AS_IT_CAME)} | {**HEADS} | {**self.named}
        plain = [head.strip().lstrip("\ufeff") for head in heads]
        names = [known.get(head) or known.get(head.lower()) for head in plain]
        unnamed = [head for head, name in zip(plain, names, strict=True) if name is None]
        unknown = [head for head in unnamed if head not in NOTES]
        found = [name for name in names if name is not None]
        if _REQUIRED not in found:
            raise _bad("missing_columns", f"缺少列 {_REQUIRED}（诉求内容）。{_there(plain)}")
        if len(set(found)) < len(found):
            raise _bad("doubled_columns", f"有重复的列。{_there(plain)}")
        if unknown and not self.others:
            words = "有不认识的列：可用 --column 说明，或用 --ignore-others 略过。"
            raise _bad("unknown_columns", f"{words}{_there(unknown)}")
        return names


def _there(heads: Sequence[str]) -> str:
    shown = "、".join(head[:40] for head in heads[:30] if head.isprintable())
    return f"文件中的列：{shown}。" if shown else ""


def _bad(reason: str, message: str) -> GeoError:
    return GeoError(reason, message, field="file")


def open_source(path: Path, heads: Heads) -> Source:
    """Return the rows of a file; raise GeoError for one that is no table of reports."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise _bad("unknown_format", f"不支持的文件类型；可用：{'、'.join(sorted(FORMATS))}。")
    if path.stat().st_size == 0:
        raise _bad("empty_file", "文件是空的。")
    return _OPENERS[kind](path, heads)


def _open_csv(path: Path, heads: Heads) -> Source:
    read = [0]
    return Source(_csv_rows(path, heads, read), path.stat().st_size, read)


def _encoding_of(path: Path) -> str:
    # Spreadsheets in Chinese offices still save CSV in GB 18030.
    with path.open("rb") as file:
        beginning = file.read(_LOOKED_AT)
    text = beginning.decode("utf-8", errors="surrogateescape")
    beyond = sum(char > "\x7f" for char in text)
    broken = sum("\udc80" <= char <= "\udcff" for char in text)
    # A byte that was damaged makes no other encoding: of GB 18030 hardly a sign passes as UTF-8.
    return "gb18030" if broken > beyond / 10 + 3 else "utf-8-sig"


def _csv_rows(path: Path, heads: Heads, read: list[int]) -> Iterator[Row]:
    # What is no text in the encoding stays visible as such, and costs its own row alone.
    with (
        path.open("rb") as raw,
        io.TextIOWrapper(raw, _encoding_of(path), errors="surrogateescape", newline="") as text,
    ):
        reader = csv.reader(text, strict=True)
        try:
            names = heads.columns(next(reader, []))
            for cells in reader:
                read[0] = raw.tell()
                if any(cells):
                    yield _csv_row(reader.line_num, names, cells)
        except csv.Error:
            words = f"第{reader.line_num}行不是有效的 CSV（引号或字符有误），读到此处为止。"
            raise _bad("bad_csv", words) from None


def _csv_row(line: int, names: Sequence[str | None], cells: Sequence[str]) -> Row:
    named = {n: _plain(c) for n, c in zip(names, cells, strict=False) if n}
    if len(cells) != len(names):
        return unread_row(line, "列数与表头不符。", csv_line(cells), named)
    return Row(line, named)


def _plain(cell: str) -> str:
    # A table of ours puts an apostrophe before what a spreadsheet would compute.
    return cell[1:] if cell.startswith("'") and cell[1:2] in tuple("=+-@\t\r") else cell


def _open_xlsx(path: Path, heads: Heads) -> Source:
    kind = TableKind(
        required=(_REQUIRED,),
        optional=(*(name for name in COLUMNS if name != _REQUIRED), *NOTES, AS_IT_CAME),
        also={**HEADS, **heads.named},
        bounds=OF_A_COUNTY,
    )
    sheet = read_sheet_file(path, kind)
    faults = {fault.line: fault for fault in reversed(sheet.faults)}
    rows = [Row(row.line, _known(row)) for row in sheet.rows]
    for row in sheet.damaged:
        fault = faults[row.line]
        words = f"{fault.column}列：{fault.message}"
        rows.append(unread_row(row.line, words, csv_line([*row.cells.values()]), _known(row)))
    rows.sort(key=lambda row: row.line)
    read = [0]
    return Source(_counted(rows, read), len(rows), read)


def _known(row: SheetRow) -> dict[str, str]:
    return {name: _plain(cell) for name, cell in row.cells.items() if name not in NOTES}


def _counted(rows: Sequence[Row], read: list[int]) -> Iterator[Row]:
    for read[0], row in enumerate(rows, start=1):
        yield row


def _open_parquet(path: Path, heads: Heads) -> Source:
    try:
        file = pq.ParquetFile(path)
    except _BROKEN:
        raise _bad("bad_parquet", "不是有效的 Parquet 文件，或文件已损坏。") from None
    read = [0]
    columns = _wanted(file.schema_arrow, heads)
    batches = file.iter_batches(batch_size=_BATCH, columns=[head for head, _ in columns])
    return Source(_batch_rows(batches, columns, read), file.metadata.num_rows, read)


def _open_arrow(path: Path, heads: Heads) -> Source:
    raw, read = pa.OSFile(str(path)), [0]
    try:
        reader: Any = pa.ipc.open_file(raw)
        batches = (reader.get_batch(place) for place in range(reader.num_record_batches))
    except _BROKEN:
        raw.seek(0)
        try:
            reader = pa.ipc.open_stream(raw)
        except _BROKEN:
            raise _bad("bad_arrow", "不是有效的 Arrow 文件，或文件已损坏。") from None
        batches = iter(reader)
    columns = _wanted(reader.schema, heads)
    return Source(_batch_rows(batches, columns, read, raw), path.stat().st_size, read)


def _wanted(schema: pa.Schema, heads: Heads) -> list[tuple[str, str]]:
    """Return head and name of the columns that are read."""
    try:
        names = heads.columns(schema.names)
    except UnicodeError:
        raise _bad("bad_heads", "列名不是有效的文字，文件多半已损坏。") from None
    wanted = [(h, name) for h, name in zip(schema.names, names, strict=True) if name is not None]
    for head, name in wanted:
        kind = schema.field(head).type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            raise _bad("bad_type", f"{name} 列的类型应为文字、数值或时间。")
    return wanted


def _batch_rows(
    batches: Iterator[pa.RecordBatch],
    columns: Sequence[tuple[str, str]],
    read: list[int],
    raw: pa.NativeFile | None = None,
) -> Iterator[Row]:
    names = [name for _, name in columns]
    line = 0
    try:
        for batch in batches:
            # What a damaged file says of its own places is not believed.
            batch.validate(full=True)
            values = [_values(batch.column(head)) for head, _ in columns]
            for cells in zip(*values, strict=True):
                line += 1
                yield Row(line, dict(zip(names, cells, strict=True)))
            read[0] = line if raw is None else raw.tell()
    except _BROKEN:
        raise _bad("cut_file", f"文件在第{line}行之后损坏，读到此处为止。") from None


def _values(column: Any) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):
        return [_value(cell) for cell in column]
    return values


def _value(cell: Any) -> Any:
    """Return a cell; one beyond what its type means, as a time of the year 60000, as a word."""
    try:
        return cell.as_py()
    except (ValueError, OverflowError):
        return _UNREADABLE


def _open_jsonl(path: Path, _heads: Heads) -> Source:
    read = [0]
    return Source(_json_rows(path, read), path.stat().st_size, read)


def _json_rows(path: Path, read: list[int]) -> Iterator[Row]:
    with path.open("rb") as raw:
        for line, text in enumerate(iter(lambda: raw.readline(_LONGEST_LINE), b""), start=1):
            if len(text) == _LONGEST_LINE and not text.endswith(b"\n"):
                raise _bad("line_too_long", f"第{line}行超过1 MiB，读到此处为止。")
            read[0] += len(text)
            if text.strip():
                yield json_row(line, text)


def json_row(line: int, text: bytes) -> Row:
    """Return the row that a line of JSON is: the body of a report."""
    try:
        body = parse_strict(text)
    except StrictJsonError as error:
        return unread_row(line, str(error), text.decode(errors="replace").strip())
    if not isinstance(body, dict):
        return unread_row(line, "应为 JSON 对象。", text.decode(errors="replace").strip())
    return Row(line, body, is_body=True)


_OPENERS: Final[Mapping[str, Callable[[Path, Heads], Source]]] = {
    "csv": _open_csv,
    "xlsx": _open_xlsx,
    "parquet": _open_parquet,
    "arrow": _open_arrow,
    "jsonl": _open_jsonl,
}
