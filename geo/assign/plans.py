"""Say how a file is worked through: what is read, what becomes of a piece, how it ends."""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from geo.assign import parquet_footer
from geo.assign.answers import Answers, count_reasons, no_answers
from geo.assign.arrow_reading import BROKEN, damaged
from geo.assign.coverages import Coverages
from geo.assign.journal import Line, write_at
from geo.assign.rows import Columns, read_rows
from geo.assign.sources import Block, Source
from geo.assign.writers import Writer, group_text, groups_of, parquet_part
from geo.errors import GeoError
from geo.locate.columns import Assigned

_COPY_BYTES: Final = 16 * 1024 * 1024
# A row group has at most so many rows in what we write; larger ones are decoded.
MOST_GROUP_ROWS: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Done:
    """Hold a piece of work: the bytes to write, and what there is to count."""

    data: Any
    crc: int
    mark: int
    rows: int
    assigned: int
    reasons: dict[str, int]
    extra: str

    def line(self, start: int) -> Line:
        """Return the line of the journal for a piece that is written at ``start``."""
        end = start + memoryview(self.data).nbytes
        return Line(
            start, end, self.crc, self.mark, self.rows, self.assigned, self.reasons, self.extra
        )


def done(data: Any, found: Assigned, mark: int, extra: str = "") -> Done:
    """Return the piece that answers and bytes make."""
    rows = len(found.numbers)
    assigned = int(np.count_nonzero(found.numbers >= 0))
    return Done(data, zlib.crc32(data), mark, rows, assigned, count_reasons(found), extra)


class Plan(Protocol):
    """Work through one file."""

    @property
    def row_count(self) -> int | None:
        """Return how many rows there are, None where only reading the file would tell."""
        ...

    def first(self) -> tuple[int, bytes]:
        """Return where the blocks begin to be written, and what stands there before them."""
        ...

    def items(self, mark: int) -> Iterator[Any]:
        """Yield what is to be worked on, from ``mark`` on."""
        ...

    def work(self, item: Any) -> Done:
        """Do one piece; called from many threads."""
        ...

    def beside(self, descriptor: int, stop: threading.Event) -> None:
        """Do what can be done beside the pieces."""
        ...

    def last(self, lines: Sequence[Line]) -> bytes:
        """Return what stands behind all blocks."""
        ...

    def share_read(self) -> float:
        """Return how much of the file has been read, 0 to 1, where the rows are not known."""
        ...

    def warnings(self) -> list[str]:
        """Return what is doubtful about an input that was read to its end."""
        ...


@dataclass(slots=True)
class BlockPlan:
    """Read blocks, write blocks: for any two formats."""

    source: Source
    writer: Writer
    columns: Columns
    coverages: Coverages

    @property
    def row_count(self) -> int | None:
        """Return how many rows there are, None where only reading would tell."""
        return self.source.row_count

    def first(self) -> tuple[int, bytes]:
        """Return what stands before the first block."""
        return 0, self.writer.first()

    def items(self, mark: int) -> Iterator[Block]:
        """Yield the blocks."""
        return self.source.blocks(mark)

    def work(self, item: Block) -> Done:
        """Answer a block and write it."""
        rows = read_rows(item.rows, self.columns, refused=item.refused)
        found = self.coverages.assign(rows)
        data, extra = self.writer.body(item, found)
        return done(data, found, item.mark, extra)

    def beside(self, descriptor: int, stop: threading.Event) -> None:
        """Do nothing."""

    def last(self, lines: Sequence[Line]) -> bytes:
        """Return what stands behind the last block."""
        return self.writer.last(lines)

    def share_read(self) -> float:
        """Return how much of the file has been read."""
        return self.source.share_read()

    def warnings(self) -> list[str]:
        """Return what the source says."""
        return self.source.warnings()


@dataclass(frozen=True, slots=True)
class Group:
    """Name one row group of a Parquet file, and how it is answered; small enough to be sent."""

    path: str
    number: int
    rows: int
    columns: Columns
    block_rows: int


def answer_group(group: Group, coverages: Coverages, answers: Answers) -> Done:
    """Return the chunks of the answers to one row group; raise AssignRefused for a damaged one."""
    numbers = np.empty(group.rows, dtype=np.int64)
    reasons = np.empty(group.rows, dtype=np.uint8)
    at = 0
    try:
        with pq.ParquetFile(group.path) as file:
            for block in file.iter_batches(
                batch_size=group.block_rows,
                row_groups=[group.number],
                columns=group.columns.read,
                use_threads=False,
            ):
                found = coverages.assign(read_rows(block, group.columns))
                numbers[at : at + block.num_rows] = found.numbers
                reasons[at : at + block.num_rows] = found.reasons
                at += block.num_rows
    except GeoError:
        raise
    except BROKEN:
        raise damaged(f"第{group.number + 1}个行组不可读：Parquet") from None
    if at != group.rows:
        raise damaged(f"第{group.number + 1}个行组不完整：Parquet")
    found = Assigned(numbers, reasons)
    part = parquet_footer.take_apart(answers_part(found, answers))
    return done(part.chunks, found, group.number + 1, group_text(part))


def answers_part(found: Assigned, answers: Answers) -> bytes:
    """Return the answers as a Parquet file of their own columns."""
    schema = pa.schema([(title, pa.string()) for title in answers.titles])
    return parquet_part(answers.compact(found), schema, {"store_schema": False})


@dataclass(slots=True)
class GroupPlan:
    """Add columns to a Parquet file: what is handed through is copied, byte for byte.

    Only the columns that are read are decoded. The chunks of the answers come behind all that the
    file had, row group by row group, and a new footer names both.
    """

    path: Path
    columns: Columns
    coverages: Coverages
    answers: Answers
    footer: parquet_footer.Footer
    schema: pa.Schema
    block_rows: int
    _copied: int = field(default=0)

    @property
    def row_count(self) -> int | None:
        """Return how many rows the file has."""
        return sum(self.footer.group_rows)

    def first(self) -> tuple[int, bytes]:
        """Return where the file's own chunks end."""
        return self.footer.data_end, b""

    def items(self, mark: int) -> Iterator[Group]:
        """Yield the row groups; whoever reads them may have been started in another folder."""
        path = str(self.path.absolute())
        for number, rows in enumerate(self.footer.group_rows):
            if number >= mark:
                yield Group(path, number, rows, self.columns, self.block_rows)

    def work(self, item: Group) -> Done:
        """Answer a row group."""
        return answer_group(item, self.coverages, self.answers)

    def beside(self, descriptor: int, stop: threading.Event) -> None:
        """Copy the file's own chunks, at their own places."""
        copy = _copier()
        with self.path.open("rb") as file:
            at = 0
            while at < self.footer.data_end and not stop.is_set():
                size = min(_COPY_BYTES, self.footer.data_end - at)
                copied, copy = _copied(copy, file.fileno(), descriptor, size, at)
                at += copied
                self._copied = at

    def last(self, lines: Sequence[Line]) -> bytes:
        """Return the new footer."""
        empty = parquet_footer.take_apart(answers_part(no_answers(), self.answers))
        fields = [pa.field(title, pa.string()) for title in self.answers.titles]
        schema = pa.schema([*self.schema, *fields], metadata=self.schema.metadata)
        tree = parquet_footer.with_columns(self.footer.tree, empty.tree, groups_of(lines), schema)
        return parquet_footer.footer_bytes(tree)

    def share_read(self) -> float:
        """Return how much of the file has been copied."""
        return self._copied / max(1, self.footer.data_end)

    def warnings(self) -> list[str]:
        """Return nothing: a footer says that the file is whole."""
        return []


_Copy = Callable[[int, int, int, int], int]


def _copier() -> _Copy:
    return _copy_in_kernel if hasattr(os, "copy_file_range") else _copy_through


def _copied(copy: _Copy, source: int, target: int, size: int, at: int) -> tuple[int, _Copy]:
    """Copy a piece; where the kernel cannot do it between these files, by reading and writing."""
    try:
        count = copy(source, target, size, at)
    except OSError:
        if copy is _copy_through:
            raise
        copy, count = _copy_through, _copy_through(source, target, size, at)
    if count == 0:
        raise damaged("Parquet")
    return count, copy


def _copy_in_kernel(source: int, target: int, size: int, at: int) -> int:
    return os.copy_file_range(source, target, size, at, at)


def _copy_through(source: int, target: int, size: int, at: int) -> int:
    piece = os.pread(source, size, at)
    write_at(target, piece, at)
    return len(piece)
