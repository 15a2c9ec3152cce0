"""Read CSV, packed or not, block by block; cells stay the texts that they are."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from geo.assign.refusal import AssignRefused
from geo.assign.sources import Block
from geo.tables.csv_reading import CsvReader, CsvRows

ENCODINGS: Final = ("utf-8", "gb18030")


class _Bytes:
    """Give the bytes of a file as UTF-8, whatever it is packed and written in; as many as asked."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile, encoding: str) -> None:
        self._file = file
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self._rest = b""
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """Return the next ``size`` bytes, fewer at the end alone."""
        while len(self._rest) < size and not self._ended:
            piece = self._piece(size)
            self._ended = not piece
            self._rest += self._as_utf8(piece)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def _piece(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise AssignRefused("bad_gzip", "gzip 压缩内容损坏或不完整，无法读取。") from None

    def _as_utf8(self, piece: bytes) -> bytes:
        if self._decoder is None:
            return piece
        try:
            return self._decoder.decode(piece, not piece).encode()
        except UnicodeError:
            raise AssignRefused("wrong_encoding", "CSV 的文字编码与 --encoding 不符。") from None


class CsvSource:
    """Read a CSV file with a header.

    ``wanted`` are the columns that are read when the lines themselves are handed through; None
    reads all columns and hands through none.
    """

    def __init__(
        self, path: Path, block_rows: int, *, packed: bool, encoding: str = "utf-8"
    ) -> None:
        """Read the header; raise GeoError for a damaged file or one without a header."""
        self._path, self._packed, self._encoding = path, packed, encoding
        self._block_rows = block_rows
        self._size = max(1, path.stat().st_size)
        self.wanted: Sequence[str] | None = None
        self.row_count: int | None = None
        with self._path.open("rb") as raw:
            self.header = [name.strip() for name in self._reader(raw).header]
        if not any(self.header):
            raise AssignRefused("no_header", "CSV 没有首行（列名）。")
        self.schema: pa.Schema = pa.schema([(name, pa.string()) for name in self.header])
        self._at = 0

    def _reader(self, raw: IO[bytes]) -> CsvReader:
        # GzipFile gives up to what one call of zlib makes; the wrapper asks until it has enough.
        file = gzip.GzipFile(fileobj=raw) if self._packed else raw
        return CsvReader(_Bytes(file, self._encoding))

    def share_read(self) -> float:
        """Return how much of the file has been read, 0 to 1."""
        return self._at / self._size

    def blocks(self, mark: int) -> Iterator[Block]:
        """Yield the blocks after ``mark`` rows."""
        names = self.header if self.wanted is None else list(self.wanted)
        chosen = [self.header.index(name) for name in names]
        if self.wanted is None:
            chosen = list(range(len(self.header)))
        fields = [self.schema.field(number) for number in chosen]
        before = 0
        with self._path.open("rb") as raw:
            for rows in self._reader(raw).blocks(chosen):
                self._at = raw.tell()
                for start in range(0, len(rows), self._block_rows):
                    end = min(start + self._block_rows, len(rows))
                    if before + end > mark:
                        first = max(start, mark - before)
                        yield self._block(_some(rows, first, end), fields, before + end)
                before += len(rows)

    def _block(self, rows: CsvRows, fields: Sequence[pa.Field], mark: int) -> Block:
        texts = [rows.texts(number) for number in range(len(fields))]
        batch = pa.RecordBatch.from_arrays(texts, schema=pa.schema(fields))
        return Block(batch, mark, None if self.wanted is None else rows, rows.refused)


def _some(rows: CsvRows, start: int, end: int) -> CsvRows:
    refused = None if rows.refused is None else rows.refused[start:end]
    surplus = {n - start: cells for n, cells in (rows.surplus or {}).items() if start <= n < end}
    places, cells = rows.rows[:, start:end], rows.cells[:, :, start:end]
    return CsvRows(rows.data, places, cells, refused, surplus or None)
