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
from api.locating.batch.blocks import Block, Pieces, place_of
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
# Larger batches, and parts below this, are copied to be sent: what waits for a client must not hold
# on to many times its own size.
_MOST_WAITING: Final = 8 * 1024 * 1024
_LARGE: Final = 256 * 1024
# A slice of these is written with all the bytes of the whole; JSON does not say what it lies in.
_VIEWS: Final = ("string_view", "binary_view", "list_view", "large_list_view", "arrow.json")
_DICTIONARIES: Final = ("dictionary",)


@dataclass(frozen=True, slots=True)
class ArrowBlock:
    """Hold rows that came as columns."""

    positions: Positions
    batch: pa.RecordBatch
    lines: CsvRows | None = None
    # Whether its columns may wait for the client where they lie: they hold on to little else.
    may_wait: bool = False

    def columns(self, _assigned: Assigned) -> pa.RecordBatch:
        """Return the columns as they came."""
        return self.batch


def _has_any(schema: pa.Schema, kinds: Sequence[str]) -> bool:
    return any(kind in str(field.type) for field in schema for kind in kinds)


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
        self._stream = CheckedStream(source)
        with _told_as_broken():
            self._reader = pa.ipc.open_stream(
                pa.PythonFile(self._stream, mode="r"), options=options
            )
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
        self._is_sliced = not _has_any(self.schema, _VIEWS)
        self._is_steady = not _has_any(self.schema, _DICTIONARIES)

    def blocks(self) -> Iterator[Block]:
        """Yield the rows of each record batch in slices."""
        for batch in self._batches():
            # What a column says of its own places is not believed: it would be read beyond its end.
            batch.validate(full=True)
            step = BLOCK_ROWS if self._is_sliced else max(1, batch.num_rows)
            may_wait = batch.num_rows <= step and self._is_little_else(batch)
            for start in range(0, batch.num_rows, step):
                yield self._block(batch.slice(start, step), may_wait=may_wait)

    def _is_little_else(self, batch: pa.RecordBatch) -> bool:
        """Say whether what a batch keeps in memory is hardly more than the bytes of its columns.

        What counts is the larger of the message as it came and its buffers unpacked: either may be
        kept. Dictionaries are counted among the columns, and are sent once.
        """
        size = max(self._stream.body_bytes, batch.get_total_buffer_size())
        return self._is_steady and size <= _MOST_WAITING and size * 7 <= batch.nbytes * 8

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with _told_as_broken():
            yield from self._reader

    def _block(self, batch: pa.RecordBatch, *, may_wait: bool) -> ArrowBlock:
        positions = positions_of(
            batch.column(self._lon),
            batch.column(self._lat),
            None if self._crs is None else batch.column(self._crs),
            fallback=self._fallback,
        )
        return ArrowBlock(positions, batch, may_wait=may_wait)


class _Written:
    """Collect what Arrow writes: large parts where they lie, small ones put together."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes | memoryview] = []
        self._small: list[bytes | memoryview] = []

    def write(self, piece: Any) -> int:
        part = memoryview(piece).cast("B")
        if len(part) < _LARGE:
            # Arrow may write to the same place again.
            self._small.append(bytes(part))
        else:
            self._put_together()
            self._pieces.append(part if isinstance(piece, pa.Buffer) else bytes(part))
        return len(part)

    def _put_together(self) -> None:
        if self._small:
            self._pieces.append(b"".join(self._small))
            self._small = []

    def flush(self) -> None:
        return

    def pieces(self) -> Pieces:
        """Return what was written since the last time, as it lies."""
        self._put_together()
        taken, self._pieces = self._pieces, []
        return taken

    def taken(self) -> bytes:
        """Return the same as one piece of its own."""
        return b"".join(self.pieces())


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
        self._is_steady = not _has_any(schema, _DICTIONARIES)

    def begin(self) -> bytes:
        """Return the schema."""
        return self._written.taken()

    def rows(self, block: Block, assigned: Assigned) -> Pieces:
        """Return a record batch; the first with the dictionaries of the answers before it."""
        batch = self._columns.of(block, assigned)
        may_wait = isinstance(block, ArrowBlock) and block.may_wait
        if not may_wait and self._has_begun and self._is_steady:
            return (memoryview(batch.serialize()),)
        self._has_begun = True
        self._stream.write_batch(batch)
        return self._written.pieces() if may_wait else (self._written.taken(),)

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

    def rows(self, block: Block, assigned: Assigned) -> Pieces:
        """Return what is ready of the row groups so far."""
        batch = self._columns.of(block, assigned)
        self._file.write_batch(batch, row_group_size=_GROUP_ROWS)
        return (self._written.taken(),)

    def end(self) -> bytes:
        """Return the rest and the footer."""
        self._file.close()
        return self._written.taken()
