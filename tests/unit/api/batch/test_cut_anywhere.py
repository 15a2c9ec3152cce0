"""Check that an answer does not depend on how the body was cut, nor on the size of a block."""

from __future__ import annotations

import csv
import gzip
import io
import json
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.locating.batch import arrow_format, json_format
from api.locating.batch.arrow_format import ArrowBatch, ArrowBlock
from api.locating.batch.formats import ARROW, CSV, JSON
from api.problems import Problem
from geo.errors import PositionError
from geo.locate.columns import OUTSIDE_WORDS
from geo.position import Datum, Position
from geo.tables import csv_reading
from geo.tables.numbers import number_in
from tests.unit.api.batch.arrow_files import rows_of, stream, stream_of, table_of
from tests.unit.api.batch.exchange import COUNTY, GRIDS, Exchange

Row = tuple[str | None, str, str | None]
LONS = st.floats(109.9, 111.1) | st.sampled_from([110.5, 110.0, 0.0, 40.5, 200.0])
LATS = st.floats(39.9, 41.1) | st.sampled_from([41.0, 0.0, 110.5, 95.0])
CUTS = st.lists(st.integers(0, 4000), max_size=6)


@contextmanager
def small_blocks(size: int) -> Iterator[Exchange]:
    """Give a county to ask whose blocks are of a size that a test can fill."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(csv_reading, "BLOCK_BYTES", 20 + size)
        patch.setattr(json_format, "BLOCK_ROWS", size)
        patch.setattr(arrow_format, "BLOCK_ROWS", size)
        yield Exchange(Path(folder))


def pieces_of(body: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = sorted(cut % (len(body) + 1) for cut in cuts)
    return [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]


def asked_one_by_one(lon: object, lat: object) -> Row:
    """Return what the rules say of one position, asked by itself."""
    for value in (lon, lat):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None, "desk", "经纬度应为数值。"
    assert isinstance(lon, int | float)
    assert isinstance(lat, int | float)
    try:
        position = Position(lon=lon, lat=lat, datum=Datum.CGCS2000)
    except PositionError as error:
        return None, "desk", error.message
    owner = COUNTY.index.owner(lon=position.lon, lat=position.lat)
    return (owner, "auto", None) if owner else (None, "desk", OUTSIDE_WORDS)


ODD_CELLS = st.sampled_from(["", "甲", "1e2", " 110.25 ", "nan", "=1+1", 'a"b', "1,5", "x\ny", "-"])
CSV_ROWS = st.lists(st.tuples(ODD_CELLS, LONS.map(repr) | ODD_CELLS, LATS.map(repr) | ODD_CELLS))


@settings(max_examples=40, deadline=None)
@given(rows=CSV_ROWS, cuts=CUTS, size=st.integers(1, 300), is_packed=st.booleans())
def test_csv_is_answered_row_by_row_wherever_it_is_cut(
    rows: list[tuple[str, str, str]], cuts: list[int], size: int, is_packed: bool
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("id", "lon", "lat"), *rows])
    body = text.getvalue().encode()
    sent = gzip.compress(body) if is_packed else body
    with small_blocks(size) as exchange:
        told = exchange.ask(pieces_of(sent, cuts), CSV, is_packed=is_packed)
    assert told.is_whole
    answers = list(csv.DictReader(io.StringIO(told.body.decode(), newline="")))
    expected = [asked_one_by_one(number_in(lon), number_in(lat)) for _, lon, lat in rows]
    seen = [(row["grid"] or None, row["decision"], row["reason"] or None) for row in answers]
    assert seen == expected
    assert [row["id"].removeprefix("'") for row in answers] == [row[0] for row in rows]


ODD_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, "110.5", [], {}, [110.5], [1, 2, 3], ["110.5", 40.5], [None, 40.5], {"a": "]}"},
     '],["', [110, 40], [-0.0, 0], [1e22, 1], [1.5e-7, 2]]
)  # fmt: skip
JSON_ROWS = st.lists(st.tuples(LONS, LATS).map(list) | ODD_VALUES, max_size=40)


@settings(max_examples=50, deadline=None)
@given(
    rows=JSON_ROWS, cuts=CUTS, size=st.integers(1, 50), indent=st.sampled_from([None, 0, 1]),
    is_last=st.booleans(),
)  # fmt: skip
def test_json_is_answered_element_by_element_wherever_it_is_cut(
    rows: list[Any], cuts: list[int], size: int, indent: int | None, is_last: bool
) -> None:
    members: dict[str, Any] = {"positions": rows, "crs": "cgcs2000"}
    if is_last:
        members = dict(reversed(members.items()))
    body = json.dumps(members, indent=indent).encode()
    with small_blocks(size) as exchange:
        told = exchange.ask(pieces_of(body, cuts), JSON)
    expected = []
    for row in rows:
        if isinstance(row, list) and len(row) == 2:
            grid, decision, reason = asked_one_by_one(*row)
        else:
            grid, decision, reason = None, "desk", "应为 [经度, 纬度]。"
        told_row = {"grid": grid, "decision": decision, "reason": reason}
        expected.append({key: value for key, value in told_row.items() if key != "reason" or value})
    assert json.loads(told.body)["rows"] == expected


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(LONS, LATS)), cuts=CUTS, size=st.integers(1, 20),
    batch=st.integers(1, 20),
)  # fmt: skip
def test_arrow_is_answered_row_by_row_wherever_it_is_cut(
    rows: list[tuple[float, float]], cuts: list[int], size: int, batch: int
) -> None:
    table = pa.table(
        {
            "name": [f"点{number}" for number in range(len(rows))],
            "lat": pa.array([lat for _, lat in rows], pa.float64()),
            "lon": pa.array([lon for lon, _ in rows], pa.float64()),
        }
    )
    empty = pa.RecordBatch.from_pylist([], schema=table.schema)
    batches = table.to_batches(max_chunksize=batch) or [empty]
    with small_blocks(size) as exchange:
        told = exchange.ask(pieces_of(stream_of(batches), cuts), ARROW)
    seen = rows_of(told.body)
    assert [(row["grid"], row["decision"], row["reason"]) for row in seen] == [
        asked_one_by_one(lon, lat) for lon, lat in rows
    ]
    assert [(row["lon"], row["lat"]) for row in seen] == rows
    assert [row["name"] for row in seen] == table["name"].to_pylist()


@settings(max_examples=50, deadline=None)
@given(cut=st.integers(0, 10_000), cuts=CUTS)
def test_a_stream_cut_short_is_refused_or_answered_up_to_a_whole_batch(
    cut: int, cuts: list[int]
) -> None:
    batch = pa.record_batch({"lon": [110.25, 110.75], "lat": [40.5, 40.5]})
    body = stream_of([batch, batch])
    short = body[: cut % len(body)]
    with small_blocks(5) as exchange:
        try:
            told = exchange.ask(pieces_of(short, cuts), ARROW)
        except Problem as refusal:
            assert refusal.slug == "malformed-body"
            return
    # A stream may end without saying so, between two batches: the length of the body says the rest.
    assert told.is_whole
    assert len(rows_of(told.body)) in (0, 2, 4)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=40))
@settings(max_examples=150, deadline=None)
def test_an_arrow_stream_that_is_damaged_anywhere_is_answered_or_refused_as_such(
    at: int, noise: bytes
) -> None:
    columns = {"lon": [110.25] * 40, "lat": [40.5] * 40, "text": ["甲"] * 40}
    whole = stream_of([pa.record_batch(columns)])
    at %= len(whole)
    with small_blocks(7) as exchange:
        try:
            exchange.ask([whole[:at] + noise + whole[at + len(noise) :]], ARROW)
        except Problem as problem:
            assert problem.slug in ("malformed-body", "body-too-large", "invalid-input")


@pytest.mark.parametrize(("rows", "may_wait"), [(1000, True), (600_000, False)])
def test_only_columns_that_hold_on_to_little_else_wait_for_the_client_where_they_lie(
    rows: int, may_wait: bool
) -> None:
    body = stream(lon=[110.25] * rows, lat=[40.5] * rows)
    blocks = ArrowBatch(io.BytesIO(body), Datum.CGCS2000).blocks()
    assert {cast(ArrowBlock, block).may_wait for block in blocks} == {may_wait}


@pytest.mark.parametrize("compression", [None, "zstd", "lz4"])
def test_columns_that_are_a_small_part_of_what_was_unpacked_do_not_wait_where_they_lie(
    compression: str | None,
) -> None:
    rows, said = 400_000, 32_768
    long = pa.record_batch({"lon": np.full(rows, 110.25), "lat": np.full(rows, 40.5)})
    body = stream_of([long], compression)
    # A message may say that it has fewer rows than its buffers have room for.
    fewer = body.replace(struct.pack("<q", rows), struct.pack("<q", said))
    (block,) = ArrowBatch(io.BytesIO(fewer), Datum.CGCS2000).blocks()
    assert cast(ArrowBlock, block).batch.num_rows == said
    assert not cast(ArrowBlock, block).may_wait


def test_what_lies_in_a_dictionary_does_not_stand_for_the_columns() -> None:
    rows, said = 60_000, 32_768
    codes = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(rows, dtype=np.int8)), pa.array(["长" * 2_000_000, "短"])
    )
    long = pa.record_batch(
        {"lon": np.full(rows, 110.25), "lat": np.full(rows, 40.5), "text": codes}
    )
    fewer = stream_of([long]).replace(struct.pack("<q", rows), struct.pack("<q", said))
    (block,) = ArrowBatch(io.BytesIO(fewer), Datum.CGCS2000).blocks()
    assert cast(ArrowBlock, block).batch.num_rows == said
    assert not cast(ArrowBlock, block).may_wait


def test_json_that_lies_in_views_is_answered_once_and_not_once_for_each_slice() -> None:
    texts = pa.array(["甲" * 1000] * 40, pa.string_view())
    column = pa.ExtensionArray.from_storage(pa.json_(pa.string_view()), texts)
    body = stream(lon=[110.25] * 40, lat=[40.5] * 40, text=column)
    with small_blocks(7) as exchange:
        told = exchange.ask([body], ARROW)
    assert len(rows_of(told.body)) == 40
    assert len(told.body) < len(body) + 10_000


def test_batches_of_any_size_come_back_in_their_order(exchange: Exchange) -> None:
    lons = [pa.array(np.linspace(109.9, 111.1, rows)) for rows in (1, 1000, 140_000, 60_000, 3)]
    batches = [
        pa.record_batch({"lon": lon, "lat": pa.array(np.full(len(lon), 40.5))}) for lon in lons
    ]
    body = exchange.ask([stream_of(batches)], ARROW).body
    answered = table_of(body)
    answered.validate(full=True)
    east = pa.concat_arrays(lons).to_numpy()
    assert answered["lon"].to_numpy().tolist() == east.tolist()
    wanted = [None if not 110.0 <= lon <= 111.0 else GRIDS[lon > 110.5] for lon in east.tolist()]
    assert answered["grid"].to_pylist() == wanted
