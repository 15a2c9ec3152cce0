"""Read and write a batch as CSV: ``id?,lon,lat,crs?`` in, the same and three columns more out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from api.locating.batch.blocks import Block, Pieces, place_of
from api.problems import invalid
from geo.locate.columns import Assigned
from geo.position import Datum
from geo.tables.csv_cells import quoted
from geo.tables.csv_reading import CsvReader, CsvRows
from geo.tables.csv_writing import ROW_END, CsvAnswers
from geo.tables.positions import Positions, positions_of
from geo.tables.source import Source

ALLOWED = frozenset({"id", "lon", "lat", "crs"})


@dataclass(frozen=True, slots=True)
class CsvBlock:
    """Hold rows that came as CSV."""

    positions: Positions
    lines: CsvRows
    schema: pa.Schema

    def columns(self, _assigned: Assigned) -> pa.RecordBatch:
        """Return the cells as columns: texts, but for lon and lat; null where these are none."""
        numbers = {"lon": self.positions.lons, "lat": self.positions.lats}
        columns = [
            pa.array(numbers[name], mask=self.positions.unreadable)
            if name in numbers
            else self.lines.texts(number)
            for number, name in enumerate(self.schema.names)
        ]
        return pa.record_batch(columns, schema=self.schema)


class CsvBatch:
    """Read a batch from CSV; raise Problem for a header that is none."""

    at: datetime | None = None

    def __init__(self, source: Source, fallback: Datum | None) -> None:
        """Read the header."""
        self._reader = CsvReader(source)
        self._fallback = fallback
        names = tuple(name.strip().lower() for name in self._reader.header)
        if not {"lon", "lat"} <= set(names) or not set(names) <= ALLOWED:
            raise invalid(
                "CSV 首行应为 id,lon,lat,crs（id 和 crs 可省）。", field="", reason="header"
            )
        if len(set(names)) != len(names):
            raise invalid("CSV 首行有重复的列。", field="", reason="header")
        if "crs" not in names and fallback is None:
            raise invalid(
                "CSV 没有 crs 列时，须在网址中注明 ?crs=。", field="crs", reason="missing"
            )
        self.schema: pa.Schema = pa.schema(
            [
                pa.field(name, pa.float64() if name in ("lon", "lat") else pa.string())
                for name in names
            ]
        )

    def blocks(self) -> Iterator[Block]:
        """Yield the rows, each with all of its cells."""
        names = self.schema.names
        crs = place_of(names, "crs")
        for lines in self._reader.blocks(range(len(names))):
            yield CsvBlock(
                positions_of(
                    lines.texts(names.index("lon")),
                    lines.texts(names.index("lat")),
                    None if crs is None else lines.texts(crs),
                    fallback=self._fallback,
                    refused=lines.refused,
                ),
                lines,
                self.schema,
            )


class CsvWriter:
    """Write the answer as CSV."""

    def __init__(self, schema: pa.Schema, codes: Sequence[str]) -> None:
        """Take the columns that are handed through, and the codes of the index."""
        self._answers = CsvAnswers(codes)
        self._names = schema.names

    def begin(self) -> bytes:
        """Return the header."""
        return self._answers.header(self._names)

    def rows(self, block: Block, assigned: Assigned) -> Pieces:
        """Return rows as they came, or columns as rows, with the answers behind them."""
        if block.lines is not None:
            return (self._answers.behind_rows(block.lines, assigned),)
        return (self._answers.behind_columns(block.columns(assigned), assigned),)

    def end(self) -> bytes:
        """Return nothing: the last row is the end."""
        return b""


def csv_last_words(sentence: str) -> bytes:
    """Return the line that says that the rows before it are not all."""
    return (quoted(f"# 答复不完整：{sentence}") + ROW_END).encode()
