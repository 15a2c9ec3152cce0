"""Write blocks as a format: each block on its own, so that workers may do it in any order."""

from __future__ import annotations

import base64
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from geo.assign import parquet_footer
from geo.assign.answers import Answers, no_answers
from geo.assign.journal import Line
from geo.assign.points import wkt_of
from geo.assign.refusal import AssignRefused
from geo.assign.sources import Block
from geo.assign.thrift import Struct, decode, encode
from geo.locate.columns import REASON_WORDS, Assigned, RowReason
from geo.tables.answers import AUTO, DESK
from geo.tables.csv_cells import inert, quoted
from geo.tables.csv_kernels import Places
from geo.tables.csv_reading import CsvRows
from geo.tables.csv_writing import ROW_END, Tails, lines_of, tail_numbers

_END_OF_STREAM: Final = b"\xff\xff\xff\xff\x00\x00\x00\x00"
# A dictionary larger than this is written text by text: a province's codes are 2 MB.
_DICTIONARY_BYTES: Final = 64 * 1024 * 1024
_PACKING: Final = 6
_ROW_END: Final = ROW_END.encode()
# Cells are objects while they become texts: so many rows of them at a time.
_ROWS_AS_TEXTS: Final = 16_384


class Writer(Protocol):
    """Write one format."""

    def first(self) -> bytes:
        """Return what stands before the first block."""
        ...

    def body(self, block: Block, found: Assigned) -> tuple[Any, str]:
        """Return the bytes of a block, and what ``last`` needs to know of it."""
        ...

    def last(self, lines: Sequence[Line], /) -> bytes:
        """Return what stands behind the last block."""
        ...


class CsvLines:
    """Write CSV: the lines as they came, the answers behind them."""

    def __init__(
        self,
        header: Sequence[str],
        answers: Answers,
        *,
        packed: bool,
        geometry: str | None = None,
    ) -> None:
        """Write down what may stand behind a line: one text for each grid, one for each reason."""
        self._geometry = None if geometry is None else list(header).index(geometry)
        cells = [quoted(inert(name)) for name in (*header, *answers.titles)]
        self._header = (",".join(cells) + ROW_END).encode()
        self._packed = packed
        self._grids = len(answers.codes)
        names = list(zip(*answers.names.values(), strict=True)) or [()] * self._grids
        told = [
            (code, AUTO, "", *(name or "" for name in path))
            for code, path in zip(answers.codes, names, strict=True)
        ]
        nothing = [""] * len(answers.names)
        told += [("", DESK, REASON_WORDS[reason] or "", *nothing) for reason in RowReason]
        self._tails = Tails([f",{','.join(quoted(c) for c in row)}{ROW_END}" for row in told])

    def _as_written(self, content: bytes) -> bytes:
        # The time is left out, so that the same rows give the same bytes.
        return gzip.compress(content, _PACKING, mtime=0) if self._packed else content

    def _texts(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        if self._geometry is None:
            return rows
        texts = wkt_of(rows.column(self._geometry))
        return rows.set_column(self._geometry, rows.schema.names[self._geometry], texts)

    def first(self) -> bytes:
        """Return the header."""
        return self._as_written(self._header)

    def body(self, block: Block, found: Assigned) -> tuple[Any, str]:
        """Return the lines of a block."""
        numbers = tail_numbers(found, self._grids)
        if block.lines is not None:
            return self._as_written(self._lines(block.lines, numbers)), ""
        pieces = []
        for start in range(0, block.rows.num_rows, _ROWS_AS_TEXTS):
            data, rows = lines_of(self._texts(block.rows.slice(start, _ROWS_AS_TEXTS)))
            pieces.append(self._tails.behind(data, rows, numbers[start : start + _ROWS_AS_TEXTS]))
        return self._as_written(b"".join(pieces)), ""

    def _lines(self, lines: CsvRows, numbers: Places) -> bytes:
        """Return lines with the answers behind them, and behind those what no column is named for.

        So the answers stand below their names, and a line that was too long stays too long.
        """
        pieces, start = [], 0
        for number, surplus in sorted((lines.surplus or {}).items()):
            upto = slice(start, number + 1)
            behind = self._tails.behind(lines.data, lines.rows[:, upto], numbers[upto])
            pieces += [behind.removesuffix(_ROW_END), b",", surplus, _ROW_END]
            start = number + 1
        rest = slice(start, None)
        pieces.append(self._tails.behind(lines.data, lines.rows[:, rest], numbers[rest]))
        return b"".join(pieces)

    def last(self, _lines: Sequence[Line]) -> bytes:
        """Return nothing."""
        return b""


def plain_field(field: pa.Field) -> pa.Field:
    """Return a field whose cells are values themselves, not numbers of values."""
    kind = field.type
    return field.with_type(kind.value_type) if pa.types.is_dictionary(kind) else field


def plain_rows(rows: pa.RecordBatch) -> list[Any]:
    """Return columns without dictionaries: those of a file may change from block to block."""
    return [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for column in rows.columns
    ]


class ArrowStream:
    """Write an Arrow stream; the answers are dictionaries, the same from start to end."""

    def __init__(self, schema: pa.Schema, answers: Answers) -> None:
        """Take the columns of the input; raise AssignRefused for one whose type does not allow it.

        Dictionaries within lists and structures would change from block to block.
        """
        plain = [plain_field(field) for field in schema]
        if any("dictionary<values=" in str(field.type) for field in plain):
            raise AssignRefused(
                "no_stream",
                "有一列的类型（列表或结构中的字典）写不成这种输出格式，请改用 Parquet。",
            )
        self._answers = answers
        nobody = answers.of(no_answers())
        added = [
            pa.field(title, column.type)
            for title, column in zip(answers.titles, nobody, strict=True)
        ]
        self.schema = pa.schema([*plain, *added], metadata=schema.metadata)

    def _rows(self, columns: Sequence[Any], found: Assigned) -> pa.RecordBatch:
        return pa.RecordBatch.from_arrays([*columns, *self._answers.of(found)], schema=self.schema)

    def first(self) -> bytes:
        """Return the schema and the dictionaries, as a batch without rows brings them along."""
        none = [pa.nulls(0, field.type) for field in self.schema][: -len(self._answers.titles)]
        out = io.BytesIO()
        with pa.ipc.new_stream(out, self.schema) as writer:
            writer.write_batch(self._rows(none, no_answers()))
        return out.getvalue().removesuffix(_END_OF_STREAM)

    def body(self, block: Block, found: Assigned) -> tuple[Any, str]:
        """Return the message of a block."""
        return self._rows(plain_rows(block.rows), found).serialize(), ""

    def last(self, _lines: Sequence[Line]) -> bytes:
        """Return the mark of the end."""
        return _END_OF_STREAM


class ArrowFile(ArrowStream):
    """Write an Arrow file (Feather 2): a stream first, which can be gone on with."""

    def convert(self, part: Path, whole: Path) -> None:
        """Write the stream in ``part`` as a file; raise OSError when the disk is full."""
        with (
            pa.OSFile(str(part)) as file,
            pa.ipc.open_stream(file) as reader,
            pa.OSFile(str(whole), "wb") as out,
            pa.ipc.new_file(out, reader.schema) as writer,
        ):
            for batch in reader:
                writer.write_batch(batch)


def parquet_part(columns: Sequence[Any], schema: pa.Schema, options: dict[str, Any]) -> bytes:
    """Return a whole small Parquet file of one row group."""
    table = pa.Table.from_arrays(list(columns), names=schema.names)
    out = io.BytesIO()
    pq.write_table(
        table,
        out,
        row_group_size=max(1, table.num_rows),
        dictionary_pagesize_limit=_DICTIONARY_BYTES,
        **options,
    )
    return out.getvalue()


def groups_of(lines: Sequence[Line]) -> list[Struct]:
    """Return the row groups that lines tell of, at the places where they were written."""
    groups = []
    for line in lines:
        if line.extra:
            group = decode(base64.b64decode(line.extra))
            parquet_footer.place(group, line.start)
            groups.append(group)
    return groups


def group_text(part: parquet_footer.Part) -> str:
    """Return the one row group of a part as a text for the journal."""
    (group,) = part.groups
    return base64.b64encode(encode(group)).decode()


class ParquetGroups:
    """Write Parquet: each block is a row group."""

    def __init__(self, schema: pa.Schema, answers: Answers) -> None:
        """Take the columns of the input."""
        fields = [*(plain_field(field) for field in schema)]
        added = [pa.field(title, pa.string()) for title in answers.titles]
        self._schema = pa.schema([*fields, *added], metadata=schema.metadata)
        self._answers = answers
        try:
            self._empty = parquet_footer.take_apart(
                parquet_part([pa.nulls(0, f.type) for f in self._schema], self._schema, {})
            )
        except (pa.ArrowException, ValueError):
            raise AssignRefused("no_parquet", "有一列的类型写不成 Parquet。") from None

    def first(self) -> bytes:
        """Return the magic word."""
        return parquet_footer.MAGIC

    def body(self, block: Block, found: Assigned) -> tuple[Any, str]:
        """Return the chunks of a block."""
        columns = [*plain_rows(block.rows), *self._answers.compact(found)]
        part = parquet_footer.take_apart(
            parquet_part(columns, self._schema, {"store_schema": False})
        )
        return part.chunks, group_text(part)

    def last(self, lines: Sequence[Line]) -> bytes:
        """Return the footer."""
        tree = parquet_footer.with_rows(self._empty.tree, groups_of(lines))
        return parquet_footer.footer_bytes(parquet_footer.with_metadata(tree, self._schema))
