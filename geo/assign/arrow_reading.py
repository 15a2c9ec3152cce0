"""Read Parquet and Arrow files block by block."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from geo.assign.refusal import AssignRefused
from geo.assign.sources import Block

_END_OF_STREAM: Final = b"\xff\xff\xff\xff\x00\x00\x00\x00"
# What pyarrow raises for bytes that are not what they should be.
BROKEN: Final = (pa.ArrowException, OSError, ValueError, EOFError)


def damaged(kind: str) -> AssignRefused:
    """Return the refusal of a file that cannot be read."""
    return AssignRefused("unreadable", f"{kind} 文件损坏或不完整，无法读取。")


class ParquetSource:
    """Read a Parquet file."""

    def __init__(self, path: Path, block_rows: int) -> None:
        """Read the footer; raise AssignRefused for a damaged file."""
        self._block_rows = block_rows
        self._read = 0
        try:
            self._file = pq.ParquetFile(path)
            self.schema: pa.Schema = self._file.schema_arrow
        except BROKEN:
            raise damaged("Parquet") from None
        self.row_count: int | None = self._file.metadata.num_rows

    def share_read(self) -> float:
        """Return how much of the file has been read, 0 to 1."""
        return self._read / (self.row_count or 1)

    def warnings(self) -> list[str]:
        """Return nothing: a footer says that the file is whole."""
        return []

    def blocks(self, mark: int) -> Iterator[Block]:
        """Yield the blocks after ``mark`` rows."""
        before = 0
        for number in range(self._file.metadata.num_row_groups):
            rows = self._file.metadata.row_group(number).num_rows
            if before + rows > mark:
                # Group by group, so that blocks end at the same rows wherever reading begins.
                for block in from_mark(self._batches(number), before, mark):
                    self._read = block.mark
                    yield block
            before += rows

    def _batches(self, group: int) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._file.iter_batches(batch_size=self._block_rows, row_groups=[group])
        except BROKEN:
            raise damaged(f"第{group + 1}个行组不可读：Parquet") from None


class ArrowSource:
    """Read an Arrow stream or file."""

    def __init__(self, path: Path, block_rows: int, *, stream: bool) -> None:
        """Read the schema; raise AssignRefused for a damaged file, or a stream without its end."""
        self._path, self._block_rows, self._stream = path, block_rows, stream
        self._size, self._at = path.stat().st_size, 0
        self.row_count: int | None = None
        with path.open("rb") as file:
            file.seek(max(0, self._size - len(_END_OF_STREAM)))
            ended = file.read() == _END_OF_STREAM
        if stream and not ended:
            raise AssignRefused("cut_off", "Arrow 流没有结束标记，多半没有传完，未读取。")
        try:
            with self._opened() as reader:
                self.schema: pa.Schema = reader.schema
        except BROKEN:
            raise damaged("Arrow") from None

    def share_read(self) -> float:
        """Return how much of the file has been read, 0 to 1."""
        return self._at / max(1, self._size)

    def warnings(self) -> list[str]:
        """Return nothing: an end mark or a footer says that the file is whole."""
        return []

    def _opened(self) -> Any:
        file = pa.OSFile(str(self._path))
        return pa.ipc.open_stream(file) if self._stream else pa.ipc.open_file(file)

    def _batches(self, reader: Any) -> Iterator[pa.RecordBatch]:
        count = 0 if self._stream else reader.num_record_batches
        batches = reader if self._stream else (reader.get_batch(n) for n in range(count))
        for number, batch in enumerate(batches):
            # A foreign file may say that its texts lie where nothing is.
            batch.validate(full=True)
            for start in range(0, batch.num_rows, self._block_rows):
                yield batch.slice(start, self._block_rows)
            if count:
                self._at = self._size * (number + 1) // count

    def blocks(self, mark: int) -> Iterator[Block]:
        """Yield the blocks after ``mark`` rows."""
        try:
            with self._opened() as reader:
                yield from from_mark(self._batches(reader), 0, mark)
        except BROKEN:
            raise damaged("Arrow") from None


def from_mark(batches: Iterator[pa.RecordBatch], before: int, mark: int) -> Iterator[Block]:
    """Yield the batches as blocks, the rows before ``mark`` left out."""
    for batch in batches:
        after = before + batch.num_rows
        if after > mark:
            yield Block(batch.slice(max(0, mark - before)), after)
        before = after
