"""Convert a batch: open a reader, assign block by block, write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.deps import Service
from api.knowledge import Knowledge
from api.locating.batch.answering import Work
from api.locating.batch.arrow_format import ArrowBatch, ArrowWriter, ParquetWriter
from api.locating.batch.blocks import Reader, Writer
from api.locating.batch.csv_format import CsvBatch, CsvWriter, csv_last_words
from api.locating.batch.formats import ARROW, CSV, JSON, PARQUET
from api.locating.batch.inlet import Inlet, Unpacked
from api.locating.batch.json_format import JsonBatch, JsonWriter
from api.locating.batch.outlet import Outlet
from api.locating.batch.parking import Share
from api.locating.batch.parquet_reading import parquet_as_arrow
from geo.locate.county_map import CountyMap
from geo.position import Datum
from geo.tables.arrow_messages import CUT_OFF
from geo.tables.source import Source


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a request says of its batch; ``datum`` and ``at`` are those of its address."""

    given: str
    wanted: str
    is_packed: bool
    datum: Datum | None
    at: datetime | None
    now: datetime


def work_for(asked: Asked, parts: Service, known: Knowledge, folder: Path, share: Share) -> Work:
    """Return what is to be done for a request; what it parks in ``folder`` counts in ``share``."""

    def convert(inlet: Inlet, outlet: Outlet) -> None:
        source: Source = Unpacked(inlet) if asked.is_packed else inlet
        with _reader(asked, source, folder, share) as reader:
            moment = reader.at or asked.at or asked.now
            county = parts.keeper.map_at(known, moment)
            writer = _writer(asked.wanted, reader, county, moment)
            outlet.write(writer.begin())
            for block in reader.blocks():
                outlet.write(*writer.rows(block, block.positions.assign(county.index)))
                parts.batches.turns.pass_on()
            outlet.write(writer.end())

    def last_words(sentence: str) -> bytes:
        if asked.wanted == CSV:
            return csv_last_words(sentence)
        return CUT_OFF if asked.wanted == ARROW else b""

    return Work(convert, last_words)


@contextmanager
def _reader(asked: Asked, source: Source, folder: Path, share: Share) -> Iterator[Reader]:
    if asked.given == JSON:
        yield JsonBatch(source, asked.datum, asked.at)
    elif asked.given == CSV:
        yield CsvBatch(source, asked.datum)
    elif asked.given == ARROW:
        yield ArrowBatch(source, asked.datum)
    else:
        with parquet_as_arrow(source, folder, share) as stream:
            yield ArrowBatch(stream, asked.datum)


def _writer(wanted: str, reader: Reader, county: CountyMap, at: datetime) -> Writer:
    codes = county.index.codes
    if wanted == JSON:
        return JsonWriter(codes, county.revision, at)
    if wanted == CSV:
        return CsvWriter(reader.schema, codes)
    kind = ParquetWriter if wanted == PARQUET else ArrowWriter
    return kind(reader.schema, codes, county.revision, at)
