"""Read CSV, packed or not, block by block; cells stay the texts that they are."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from geo.assign.refusal import AssignRefused
from geo.assign.sources import Block
from geo.tables.csv_reading import CsvReader, CsvRows
from geo.tables.refusal import TableBroken

ENCODINGS: Final = ("utf-8", "gb18030")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# No header of a CSV begins so: an object, and a text as its first name.
_JSON: Final = re.compile(rb"(\xef\xbb\xbf)?\s*\{\s*\"[^\"]*\"\s*:")
_READ_BYTES: Final = 1024 * 1024


class _Bytes:
    """Give the bytes of a file as UTF-8, whatever it is packed and written in; as many as asked."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile, encoding: str) -> None:
        self._file = file
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self._rest = b""
        self._ended = False
        self._begun = False
        # The last byte that was given, to tell a line that has an end.
        self.last = b""

    def read(self, size: int, /) -> bytes:
        """Return the next ``size`` bytes, fewer at the end alone."""
        while len(self._rest) < size and not self._ended:
            piece = self._piece(size)
            self._ended = not piece
            if not self._begun:
                self._begun = True
                _require_csv(piece)
            self._rest += self._as_utf8(piece)
        taken, self._rest = self._rest[:size], self._rest[size:]
        self.last = taken[-1:] or self.last
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


def _require_csv(start: bytes) -> None:
    """Refuse what begins as another format of texts; raise AssignRefused."""
    if start.startswith(_UTF_16):
        raise AssignRefused("utf_16", "文件是 UTF-16 编码，不能读取；请先另存为 UTF-8。")
    if _JSON.match(start):
        raise AssignRefused(
            "is_json",
            "这是 JSON 或 GeoJSON，不能读取；能读的有 CSV、Parquet、GeoPackage、Arrow"
            "（GeoJSON 可先在 GIS 软件中另存为 GeoPackage）。",
        )


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
        self._warnings: list[str] = []
        self._size = max(1, path.stat().st_size)
        self.wanted: Sequence[str] | None = None
        self.row_count: int | None = None
        with self._path.open("rb") as raw, self._naming_the_line():
            self.header = [name.strip() for name in CsvReader(self._bytes(raw)).header]
        if not any(self.header):
            raise AssignRefused("no_header", "CSV 没有首行（列名）。")
        self.schema: pa.Schema = pa.schema([(name, pa.string()) for name in self.header])
        self._at = 0

    def _bytes(self, raw: IO[bytes]) -> _Bytes:
        # GzipFile gives up to what one call of zlib makes; the wrapper asks until it has enough.
        return _Bytes(gzip.GzipFile(fileobj=raw) if self._packed else raw, self._encoding)

    @contextmanager
    def _naming_the_line(self) -> Iterator[None]:
        """Say of a NUL in which line it stands: a second look that only a refusal costs."""
        try:
            yield
        except TableBroken as broken:
            if broken.reason != "control_character":
                raise
            raise AssignRefused(
                broken.reason,
                f"CSV 第{self._line_of_nul():,}行含有控制字符（NUL），"
                "整个文件不予处理；请先删去它。",
            ) from None

    def _line_of_nul(self) -> int:
        line = 1
        with self._path.open("rb") as raw:
            content = self._bytes(raw)
            while piece := content.read(_READ_BYTES):
                before, nul, _ = piece.partition(b"\0")
                line += before.count(b"\n")
                if nul:
                    break
        return line

    def share_read(self) -> float:
        """Return how much of the file has been read, 0 to 1."""
        return self._at / self._size

    def warnings(self) -> list[str]:
        """Return that the last line has no end, which its last number may have lost too."""
        return self._warnings

    def blocks(self, mark: int) -> Iterator[Block]:
        """Yield the blocks after ``mark`` rows."""
        names = self.header if self.wanted is None else list(self.wanted)
        chosen = [self.header.index(name) for name in names]
        if self.wanted is None:
            chosen = list(range(len(self.header)))
        fields = [self.schema.field(number) for number in chosen]
        before = 0
        with self._path.open("rb") as raw, self._naming_the_line():
            content = self._bytes(raw)
            for rows in CsvReader(content).blocks(chosen):
                self._at = raw.tell()
                for start in range(0, len(rows), self._block_rows):
                    end = min(start + self._block_rows, len(rows))
                    if before + end > mark:
                        first = max(start, mark - before)
                        yield self._block(_some(rows, first, end), fields, before + end)
                before += len(rows)
            if content.last not in (b"\n", b"\r"):
                place = f"末行（第{before:,}行数据）" if before else "首行"
                self._warnings = [f"CSV 的末行没有换行符，文件可能不完整，请核对{place}。"]

    def _block(self, rows: CsvRows, fields: Sequence[pa.Field], mark: int) -> Block:
        texts = [rows.texts(number) for number in range(len(fields))]
        batch = pa.RecordBatch.from_arrays(texts, schema=pa.schema(fields))
        return Block(batch, mark, None if self.wanted is None else rows, rows.refused)


def _some(rows: CsvRows, start: int, end: int) -> CsvRows:
    refused = None if rows.refused is None else rows.refused[start:end]
    surplus = {n - start: cells for n, cells in (rows.surplus or {}).items() if start <= n < end}
    places, cells = rows.rows[:, start:end], rows.cells[:, :, start:end]
    return CsvRows(rows.data, places, cells, refused, surplus or None)
