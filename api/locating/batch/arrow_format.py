"""Read and write a batch as an Arrow stream or as Parquet; every column is handed through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from api.input_types import SHANGHAI
from api.locating.batch.blocks import Block, place_of
from api.problems import invalid
from geo.locate.columns import Assigned
from geo.position import Datum
from geo.tables.answers import ANSWER_NAMES, AnswerColumns
from geo.tables.arrow_messages import CheckedStream
from geo.tables.csv_reading import CsvRows
from geo.tables.positions import Positions, positions_of
from geo.tables.refusal import TableBroken
from geo.tables.source import Source

BLOCK_ROWS: Final = 131_072
_GROUP_ROWS: Final = 1_048_576
# A slice of these is written with all the bytes of the whole.
_VIEWS: Final = ("string_view", "binary_view", "list_view", "large_list_view")


@dataclass(frozen=True, slots=True)
class ArrowBlock:
    """Hold rows that came as columns."""

    positions: Positions
    batch: pa.RecordBatch
    lines: CsvRows | None = None

    def columns(self, _assigned: Assigned) -> pa.RecordBatch:
        """Return the columns as they came."""
        return self.batch


@contextmanager
def _told_as_broken() -> Iterator[None]:
    """Tell damage as such: Arrow raises an OSError for it, as a full disk would, but unnumbered."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise TableBroken("not_arrow", "Arrow 内容损坏，无法读取。") from None


class ArrowBatch:
    """Read a batch from an Arrow stream; raise Problem for a schema that is none."""

    at: datetime | None = None

    def __init__(self, source: Source, fallback: Datum | None) -> None:
        """Read the schema."""
        options = pa.ipc.IpcReadOptions(use_threads=False)
        stream = pa.PythonFile(CheckedStream(source), mode="r")
        with _told_as_broken():
            self._reader = pa.ipc.open_stream(stream, options=options)
        self._fallback = fallback
        self.schema: pa.Schema = self._reader.schema
        names = [name.strip().lower() for name in self.schema.names]
        for wanted in ("lon", "lat", "crs"):
            if names.count(wanted) > 1:
                raise invalid(f"有重复的列 {wanted}。", field=wanted, reason="header")
        lon, lat = place_of(names, "lon"), place_of(names, "lat")
        if lon is None or lat is None:
            raise invalid("缺少名为 lon 和 lat 的列。", field="", reason="header")
        self._lon, self._lat, self._crs = lon, lat, place_of(names, "crs")
        if self._crs is None and fallback is None:
            raise invalid("没有 crs 列时，须在网址中注明 ?crs=。", field="crs", reason="missing")
        if set(names) & set(ANSWER_NAMES):
            words = "已有名为 grid、decision 或 reason 的列，请改名后再提交。"
            raise invalid(words, field="", reason="header")
        self._is_sliced = not any(
            view in str(field.type) for field in self.schema for view in _VIEWS
        )

    def blocks(self) -> Iterator[Block]:
        """Yield the rows of each record batch in slices."""
        for batch in self._batches():
            # What a column says of its own places is not believed: it would be read beyond its end.
            batch.validate(full=True)
            step = BLOCK_ROWS if self._is_sliced else max(1, batch.num_rows)
            for start in range(0, batch.num_rows, step):
                yield self._block(batch.slice(start, step))

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with _told_as_broken():
            yield from self._reader

    def _block(self, batch: pa.RecordBatch) -> ArrowBlock:
        positions = positions_of(
            batch.column(self._lon),
            batch.column(self._lat),
            None if self._crs is None else batch.column(self._crs),
            fallback=self._fallback,
        )
        return ArrowBlock(positions, batch)


class _Written:
    """Collect what Arrow writes."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        return

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class _Columns:
    """Put the answers behind the columns that are handed through."""

    def __init__(
        self, schema: pa.Schema, codes: Sequence[str], revision: str, at: datetime
    ) -> None:
        self._answers = AnswerColumns(codes)
        told = {
            b"wangge.revision": revision.encode(),
            b"wangge.at": at.astimezone(SHANGHAI).isoformat().encode(),
        }
        self.schema: pa.Schema = pa.schema(
            [*schema, *self._answers.fields], metadata={**(schema.metadata or {}), **told}
        )

    def of(self, block: Block, assigned: Assigned) -> pa.RecordBatch:
        columns = [*block.columns(assigned).columns, *self._answers.of(assigned)]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


class ArrowWriter:
    """Write the answer as an Arrow stream."""

    def __init__(
        self, schema: pa.Schema, codes: Sequence[str], revision: str, at: datetime
    ) -> None:
        """Take the columns that are handed through, and what the answers are made of."""
        self._columns = _Columns(schema, codes, revision, at)
        self._written = _Written()
        self._stream = pa.ipc.new_stream(
            pa.PythonFile(self._written, mode="w"), self._columns.schema
        )
        self._has_begun = False
        # Dictionaries of columns that are handed through may change from batch to batch.
        self._is_steady = not any("dictionary" in str(field.type) for field in schema)

    def begin(self) -> bytes:
        """Return the schema."""
        return self._written.taken()

    def rows(self, block: Block, assigned: Assigned) -> bytes | memoryview:
        """Return a record batch; the first with the dictionaries of the answers before it."""
        batch = self._columns.of(block, assigned)
        if self._has_begun and self._is_steady:
            return memoryview(batch.serialize())
        self._has_begun = True
        self._stream.write_batch(batch)
        return self._written.taken()

    def end(self) -> bytes:
        """Return the end of the stream."""
        self._stream.close()
        return self._written.taken()


class ParquetWriter:
    """Write the answer as Parquet: row groups, and the footer that makes them a file."""

    def __init__(
        self, schema: pa.Schema, codes: Sequence[str], revision: str, at: datetime
    ) -> None:
        """Take the columns that are handed through, and what the answers are made of."""
        self._columns = _Columns(schema, codes, revision, at)
        self._written = _Written()
        self._file = pa.parquet.ParquetWriter(
            pa.PythonFile(self._written, mode="w"), self._columns.schema
        )

    def begin(self) -> bytes:
        """Return the first bytes."""
        return self._written.taken()

    def rows(self, block: Block, assigned: Assigned) -> bytes:
        """Return what is ready of the row groups so far."""
        batch = self._columns.of(block, assigned)
        self._file.write_batch(batch, row_group_size=_GROUP_ROWS)
        return self._written.taken()

    def end(self) -> bytes:
        """Return the rest and the footer."""
        self._file.close()
        return self._written.taken()
