"""Check that bad bytes are refused in words, bad rows told apart, and no answer half given."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import shutil
import struct
import threading
from contextlib import ExitStack
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pytest

from api.locating.batch import answering, outlet, parking
from api.locating.batch.formats import ARROW, CSV, JSON, PARQUET
from api.locating.batch.outlet import Outlet
from api.locating.batch.parking import Parking
from api.locating.batch.turns import MOST_OF_ONE_CALLER, MOST_OPEN
from api.problems import Problem
from geo.errors import GeoError
from geo.position import Datum
from geo.tables.arrow_messages import END_OF_STREAM
from tests.unit.api.batch.arrow_files import parquet, rows_of, stream, stream_of, table_of
from tests.unit.api.batch.exchange import EAST, WEST, Exchange

LON, LAT = [110.25, 110.75], [40.5, 40.5]
GOOD = stream(lon=LON, lat=LAT)


def test_a_stream_without_its_end_mark_is_refused_as_cut(exchange: Exchange) -> None:
    cut = GOOD.removesuffix(END_OF_STREAM)
    assert len(cut) == len(GOOD) - len(END_OF_STREAM)
    with pytest.raises(Problem) as refusal:
        exchange.ask([cut], ARROW)
    assert (refusal.value.slug, refusal.value.extras["reason"]) == ("malformed-body", "arrow_cut")
    assert exchange.ask([GOOD], ARROW).is_whole


def feather() -> bytes:
    out = io.BytesIO()
    pyarrow.feather.write_feather(pa.table({"lon": LON, "lat": LAT}), out)
    return out.getvalue()


def promising(size: int) -> bytes:
    """Return a stream whose one packed part says that it unpacks to ``size`` bytes."""
    body = stream_of([pa.record_batch({"lon": [110.25] * 2000, "lat": [40.5] * 2000})], "zstd")
    packed = struct.pack("<q", 16_000)
    assert packed in body
    return body.replace(packed, struct.pack("<q", size))


def same_part_many_times() -> pa.RecordBatch:
    column = pa.array([0.5] * 500_000)
    return pa.record_batch({f"c{n}": column for n in range(20)} | {"lon": column, "lat": column})


BROKEN = {
    "nothing": (ARROW, b""),
    "garbage": (ARROW, b"garbage, nothing but garbage"),
    "csv": (ARROW, b"lon,lat\n110.25,40.5\n"),
    "arrow file": (ARROW, feather()),
    "cut in the schema": (ARROW, GOOD[:40]),
    "cut in the rows": (ARROW, GOOD[:-30]),
    "a promise of 64 GiB": (ARROW, promising(64 << 30)),
    "a negative size": (ARROW, promising(-9)),
    "a huge header": (ARROW, b"\xff\xff\xff\xff" + struct.pack("<i", 1 << 30) + b"x" * 99),
    "parquet of garbage": (PARQUET, b"PAR1" + b"x" * 500 + b"PAR1"),
    "parquet cut": (PARQUET, parquet(lon=LON, lat=LAT)[:-9]),
    "parquet of nothing": (PARQUET, b""),
    "latin": (CSV, b"lon,lat\n110.25,40.5\xff\n"),
    "an open quote": (CSV, b'lon,lat\n"110.25,40.5\n110.75,40.5\n'),
    "one line without end": (CSV, b"lon,lat\n" + b"1" * 300_000),
    "json cut": (JSON, b'{"crs":"wgs84","positions":[[110.25,40.5],[110'),
    "json without commas": (JSON, b'{"crs":"wgs84","positions":[[110.25,40.5][110,4]]}'),
    "json with NaN": (JSON, b'{"crs":"wgs84","positions":[[NaN,40.5]]}'),
    "json behind json": (JSON, b'{"crs":"wgs84","positions":[[110.25,40.5]]}]'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_bytes_that_are_no_table_are_refused_in_words(exchange: Exchange, name: str) -> None:
    given, body = BROKEN[name]
    with pytest.raises(Problem) as refusal:
        exchange.ask([body], given)
    assert refusal.value.slug in ("malformed-body", "body-too-large")
    assert len(refusal.value.detail) > 5


REFUSED = {
    "no lat": stream(lon=LON),
    "no columns": stream(x=[1]),
    "lon twice": stream_of([pa.record_batch([pa.array(LON)] * 3, names=["lon", "lat", "LON"])]),
    "grid is there": stream(lon=LON, lat=LAT, grid=["a", "b"]),
    "lon of truths": stream(lon=[True, False], lat=LAT),
    "lists": stream(lon=[[1.0]], lat=[[2.0]]),
    "crs of numbers": stream(lon=LON, lat=LAT, crs=[4490, 4490]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_columns_that_are_missing_or_of_another_kind_are_refused(
    exchange: Exchange, name: str
) -> None:
    with pytest.raises((Problem, GeoError)) as refusal:
        exchange.ask([REFUSED[name]], ARROW)
    if isinstance(refusal.value, Problem):
        assert refusal.value.slug == "invalid-input"


@pytest.mark.parametrize("given", [ARROW, CSV, PARQUET])
def test_a_batch_that_names_no_datum_is_refused(exchange: Exchange, given: str) -> None:
    body = {ARROW: GOOD, CSV: b"lon,lat\n1,2\n", PARQUET: parquet(lon=LON, lat=LAT)}[given]
    with pytest.raises(Problem) as refusal:
        exchange.ask([body], given, datum=None)
    assert "crs" in refusal.value.detail


COLUMNS: dict[str, tuple[Any, Any]] = {
    "float32": (pa.array(LON, pa.float32()), pa.array(LAT, pa.float32())),
    "integers": (pa.array([110, 111], pa.int16()), pa.array([40, 41], pa.int64())),
    "decimals": (pa.array([Decimal("110.25"), Decimal("110.75")]), pa.array(LAT)),
    "texts": (pa.array(["110.25", " 110.75"]), pa.array(["40.5", "40.5"], pa.large_string())),
    "dictionaries": (pa.array(LON).dictionary_encode(), pa.array(LAT)),
}


@pytest.mark.parametrize("given", [ARROW, PARQUET])
@pytest.mark.parametrize("name", COLUMNS)
def test_numbers_of_any_type_are_read(exchange: Exchange, name: str, given: str) -> None:
    lon, lat = COLUMNS[name]
    body = parquet(lon=lon, lat=lat) if given == PARQUET else stream(lon=lon, lat=lat)
    told = exchange.ask([body], given)
    assert [row["grid"] for row in rows_of(told.body)] == [WEST, EAST]
    # A dictionary of numbers is numbers again when a Parquet file is read.
    kinds = (lon.type, getattr(lon.type, "value_type", None))
    assert table_of(told.body).schema.field("lon").type in kinds


def test_each_bad_row_of_columns_has_its_reason_and_stops_nothing(exchange: Exchange) -> None:
    body = stream(
        no=list(range(9)),
        lon=pa.array([110.25, None, float("nan"), float("inf"), 40.5, 200, 0, 120, 110.75]),
        lat=pa.array([40.5, 40.5, 40.5, 40.5, 110.5, 40.5, 0, 40.5, 40.5]),
        crs=pa.array(["cgcs2000"] * 7 + [None, "mars"]).dictionary_encode(),
    )
    rows = rows_of(exchange.ask([body], ARROW).body)
    assert [row["grid"] for row in rows] == [WEST, *[None] * 8]
    assert [row["decision"] for row in rows] == ["auto", *["desk"] * 8]
    words = [row["reason"] or "" for row in rows]
    for word, told in zip(
        ["", "数值", "有限", "有限", "填反", "经度", "(0,0)", "范围", "坐标系"], words, strict=True
    ):
        assert word in told
    assert [row["no"] for row in rows] == list(range(9))


def test_datums_of_rows_are_told_apart_in_columns_as_in_csv(exchange: Exchange) -> None:
    names = ["cgcs2000", "gcj02", "bd09", "wgs84", ""]
    lons, lats = [110.5001, 110.5045, 110.511, 110.5001, 110.5001], [40.5] * 5
    told = exchange.ask([stream(lon=lons, lat=lats, crs=names)], ARROW, datum=Datum.GCJ02)
    text = "lon,lat,crs\n" + "".join(
        f"{lon},40.5,{crs}\n" for lon, crs in zip(lons, names, strict=True)
    )
    as_csv = exchange.ask([text.encode()], CSV, datum=Datum.GCJ02)
    grids = [row["grid"] for row in rows_of(told.body)]
    assert grids == [line.split(",")[3] for line in as_csv.body.decode().splitlines()[1:]]
    assert len(set(grids)) == 2


@pytest.mark.parametrize("wanted", [JSON, CSV, ARROW, PARQUET])
@pytest.mark.parametrize("given", [JSON, CSV, ARROW, PARQUET])
def test_every_format_is_answered_in_every_other(
    exchange: Exchange, given: str, wanted: str
) -> None:
    bodies = {
        JSON: json.dumps({"crs": "cgcs2000", "positions": [[110.25, 40.5], [0, 0]]}).encode(),
        CSV: b"id,lon,lat\n1,110.25,40.5\n2,0,0\n",
        ARROW: stream(id=["1", "=2"], lon=[110.25, 0], lat=[40.5, 0]),
        PARQUET: parquet(id=["1", "=2"], lon=[110.25, 0], lat=[40.5, 0]),
    }
    told = exchange.ask([bodies[given]], given, wanted=wanted)
    assert told.is_whole
    assert told.headers[b"content-length"] == str(len(told.body)).encode()
    if wanted == JSON:
        first, second = json.loads(told.body)["rows"]
    elif wanted == CSV:
        header, *lines = told.body.decode().splitlines()
        assert header.endswith("grid,decision,reason")
        first, second = (
            dict(zip(("grid", "decision", "reason"), line.split(",", 9)[-3:], strict=True))
            for line in (lines[0], lines[1].replace(',"坐标恰为(0,0)', ",坐标恰为"))
        )
    else:
        first, second = rows_of(told.body)
        assert table_of(told.body).schema.metadata[b"wangge.revision"] == b"test-1"
    assert (first["grid"], first["decision"]) == (WEST, "auto")
    assert (second["grid"] or None, second["decision"]) == (None, "desk")
    assert second["reason"]


@pytest.mark.parametrize("given", [JSON, CSV, ARROW, PARQUET])
def test_a_table_without_rows_is_answered_with_none(exchange: Exchange, given: str) -> None:
    empty = pa.array([], pa.float64())
    body = {
        JSON: b'{"crs":"wgs84","positions":[]}',
        CSV: b"lon,lat",
        ARROW: stream(lon=empty, lat=empty),
        PARQUET: parquet(lon=empty, lat=empty),
    }[given]
    told = exchange.ask([body], given)
    assert told.is_whole
    if given == JSON:
        assert json.loads(told.body)["rows"] == []
    elif given == CSV:
        assert told.body == b"lon,lat,grid,decision,reason\r\n"
    else:
        assert table_of(told.body).num_rows == 0


def test_gzip_is_unpacked_member_by_member_and_garbage_is_refused(exchange: Exchange) -> None:
    parts = [gzip.compress(b"lon,lat\n110.25,40.5\n"), gzip.compress(b"110.75,40.5\n")]
    told = exchange.ask([b"".join(parts)], CSV, is_packed=True)
    assert [line.split(",")[2] for line in told.body.decode().splitlines()[1:]] == [WEST, EAST]
    for bad in (b"lon,lat\n110.25,40.5\n", parts[0][:-5], parts[0] + b"more", b"\x1f\x8b" * 20):
        with pytest.raises(Problem) as refusal:
            exchange.ask([bad], CSV, is_packed=True)
        assert refusal.value.extras["reason"] == "bad_gzip"


def test_a_packed_json_counts_as_large_as_it_is(exchange: Exchange) -> None:
    body = gzip.compress(b'{"crs":"wgs84","positions":[' + b" " * (65 << 20) + b"]}", 1)
    assert len(body) < 1 << 20
    with pytest.raises(Problem) as refusal:
        exchange.ask([body], JSON, is_packed=True)
    assert refusal.value.slug == "body-too-large"


def test_a_batch_that_would_take_too_much_memory_is_refused(exchange: Exchange) -> None:
    with pytest.raises(Problem) as refusal:
        exchange.ask([stream_of([same_part_many_times()])], ARROW)
    assert refusal.value.slug == "body-too-large"


def test_more_rows_than_bytes_are_refused(exchange: Exchange) -> None:
    nothing = pa.nulls(5_000_000)
    with pytest.raises(Problem) as refusal:
        exchange.ask([stream(lon=nothing, lat=nothing)], ARROW)
    assert refusal.value.slug == "body-too-large"


BEGUN = b"110.25,40.5\n" * 3000


@pytest.mark.parametrize("wanted", [CSV, ARROW, JSON, PARQUET])
def test_an_answer_that_breaks_off_never_looks_whole(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setattr(outlet, "HELD_BACK", 1)
    write = Outlet.write

    def written_and_seen(out: Outlet, *pieces: bytes | memoryview, is_last: bool = False) -> None:
        write(out, *pieces, is_last=is_last)
        while out.size > outlet.HELD_BACK and not out.begun:
            threading.Event().wait(0.001)

    monkeypatch.setattr(Outlet, "write", written_and_seen)
    told = asyncio.run(_break_off(exchange, wanted))
    assert not told.is_whole
    assert b"content-length" not in told.headers
    if wanted == CSV:
        assert told.body.decode().splitlines()[-1].startswith("# 答复不完整：")
    elif wanted == JSON:
        with pytest.raises(json.JSONDecodeError):
            json.loads(told.body)
    else:
        with pytest.raises((pa.ArrowInvalid, OSError)):
            table_of(told.body)


async def _break_off(exchange: Exchange, wanted: str) -> Any:
    """Ask with a bad byte far behind the first block, which is answered by then."""
    pieces = [b"lon,lat\n", *[BEGUN] * 60, b"1,\xff\n"]
    return await exchange.asking(pieces, CSV, wanted=wanted)


def test_when_the_client_has_gone_nothing_more_is_done(exchange: Exchange) -> None:
    told = exchange.ask([b"lon,lat\n", BEGUN, BEGUN], CSV, hang_up_after=2)
    assert not told.headers
    assert exchange.ask([b"lon,lat\n", BEGUN], CSV).is_whole


def test_an_answer_larger_than_memory_may_hold_waits_in_a_file(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "_MOST_IN_MEMORY", 1000)
    whole = exchange.ask([b"lon,lat\n", *[BEGUN] * 200], CSV)
    monkeypatch.setattr(outlet, "HELD_BACK", 1)
    begun_early = exchange.ask([b"lon,lat\n", *[BEGUN] * 200], CSV)
    assert whole.is_whole
    assert begun_early.is_whole
    assert begun_early.body == whole.body
    assert whole.body.count(b"auto") == 600_000


def test_a_disk_that_takes_nothing_refuses_what_memory_does_not_hold(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    exchange.folder = tmp_path / "file"
    assert exchange.ask([b"lon,lat\n", BEGUN], CSV).is_whole
    monkeypatch.setattr(outlet, "_MOST_IN_MEMORY", 1000)
    for given, body in ((CSV, b"lon,lat\n" + BEGUN * 60), (PARQUET, parquet(lon=LON, lat=LAT))):
        with pytest.raises(Problem) as refusal:
            exchange.ask([body], given)
        assert refusal.value.slug == "unavailable"


def test_a_client_that_takes_nothing_is_given_up(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "STALLED_S", 0.05)
    exchange.takes_nothing = True
    told = exchange.ask([b"lon,lat\n", BEGUN], CSV)
    assert told.headers
    assert not told.is_whole
    exchange.takes_nothing = False
    assert exchange.ask([b"lon,lat\n", BEGUN], CSV).is_whole


def test_a_client_that_sends_nothing_is_given_up(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "SILENT_S", 0.05)
    with pytest.raises(Problem) as refusal:
        exchange.ask([b"lon,lat\n", BEGUN], CSV, falls_silent=True)
    assert refusal.value.extras["reason"] == "stalled"


def test_a_client_that_sends_a_little_now_and_then_is_told_and_gives_its_place(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "PACE_S", 0.0)
    with pytest.raises(Problem) as refusal:
        exchange.ask([b"lon,lat\n", *[b"110.25,40.5\n"] * 50], CSV)
    assert refusal.value.extras["reason"] == "stalled"
    assert "KiB" in refusal.value.detail
    # Whoever sends enough is not slow, however long it takes; the end may be short.
    assert exchange.ask([b"lon,lat\n" + BEGUN * 4, BEGUN * 4, b"110.25,40.5\n"], CSV).is_whole


def test_whoever_is_just_quick_enough_for_each_minute_does_not_keep_a_place_for_ever(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = count(step=30.0)
    monkeypatch.setattr("anyio.current_time", lambda: next(clock))
    # Half a minute of waiting for each piece: two and more of them are above 64 KiB in a minute.
    with pytest.raises(Problem) as refusal:
        exchange.ask([b"lon,lat\n", *[BEGUN] * 50], CSV)
    assert refusal.value.extras["reason"] == "stalled"
    assert "300秒收到不足20 MiB" in refusal.value.detail
    # A small body that comes as slowly is there before; who sends enough may take its time.
    assert exchange.ask([b"lon,lat\n", *[BEGUN] * 8], CSV).is_whole
    monkeypatch.setattr(answering, "LONG_PACE_BYTES", 5 * len(BEGUN))
    assert exchange.ask([b"lon,lat\n", *[BEGUN] * 100], CSV).is_whole


def test_a_disk_without_room_ends_an_answer_that_nobody_reads_in_words(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("HELD_BACK", 1), ("_MOST_IN_MEMORY", 0), ("ROOM_S", 0.05)):
        monkeypatch.setattr(outlet, name, value)
    exchange.gate.parking = Parking(1)
    exchange.takes_only_when_over = True
    told = exchange.ask([b"lon,lat\n", *[BEGUN] * 200], CSV)
    assert not told.is_whole
    assert "磁盘" in told.body.decode().splitlines()[-1]
    # What was read or given up lies there no more.
    assert exchange.gate.parking.has_room("somebody")


@pytest.mark.parametrize("in_memory", [0, 1])
def test_a_client_that_reads_is_waited_for_however_little_room_the_disk_has(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    whole = exchange.ask([b"lon,lat\n", *[BEGUN] * 60], CSV)
    # Each block that is written is taken in far more pieces than there are looks in ROOM_S.
    values = {"HELD_BACK": 1, "_MOST_IN_MEMORY": in_memory, "MIB": 20_000, "_SMALL": 20_000}
    for name, value in values.items():
        monkeypatch.setattr(outlet, name, value)
    exchange.gate.parking = Parking(1)
    told = exchange.ask([b"lon,lat\n", *[BEGUN] * 60], CSV)
    assert told.is_whole
    assert told.body == whole.body


def test_a_client_that_takes_too_little_off_the_disk_is_given_up(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("HELD_BACK", 1), ("_MOST_IN_MEMORY", 0)):
        monkeypatch.setattr(outlet, name, value)
    monkeypatch.setattr(answering, "READ_PACE_S", 0.0)
    body = [b"lon,lat\n", *[BEGUN] * 200]
    exchange.takes_only_when_over = True
    assert not exchange.ask(body, CSV).is_whole
    assert exchange.gate.parking.has_room("somebody")
    # Nobody is hurried who takes enough.
    monkeypatch.setattr(answering, "READ_PACE_BYTES", 1)
    assert exchange.ask(body, CSV).is_whole


def test_a_slow_reader_does_not_keep_a_place_by_many_small_pieces(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = count(step=40.0)
    monkeypatch.setattr("anyio.current_time", lambda: next(clock))
    batch = pa.record_batch({"lon": LON, "lat": LAT})
    told = exchange.ask([stream_of([batch] * 40)], ARROW)
    assert told.headers
    assert not told.is_whole
    # A small answer is there before; who takes enough may take its time.
    assert exchange.ask([stream_of([batch] * 3)], ARROW).is_whole
    monkeypatch.setattr(answering, "READ_PACE_BYTES", 500)
    assert exchange.ask([stream_of([batch] * 40)], ARROW).is_whole


def test_one_account_takes_half_of_the_disk_and_leaves_the_others_theirs(
    tmp_path: Path,
) -> None:
    all_of_it = Parking(100)
    greedy, other, third = (all_of_it.share(name) for name in ("greedy", "other", "third"))
    greedy.take(30)
    assert all_of_it.share("greedy").has_room(tmp_path)
    all_of_it.share("greedy").take(20)
    assert not greedy.has_room(tmp_path)
    assert other.has_room(tmp_path)
    other.take(50)
    assert not third.has_room(tmp_path)
    greedy.give_back(50)
    assert third.has_room(tmp_path)
    assert not other.has_room(tmp_path)


def test_a_file_for_which_the_disk_has_no_room_is_refused_before_the_answer(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = parquet(lon=LON, lat=LAT)
    assert exchange.ask([body], PARQUET).is_whole
    full = shutil.disk_usage(exchange.folder)._replace(free=parking.KEPT_FREE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: full)
    with pytest.raises(Problem) as refusal:
        exchange.ask([body], PARQUET)
    assert refusal.value.slug == "insufficient-storage"
    assert refusal.value.status == 507


def test_more_batches_than_there_are_places_are_sent_away(exchange: Exchange) -> None:
    gate = exchange.gate
    with ExitStack() as open_batches:
        for number in range(MOST_OPEN):
            open_batches.enter_context(gate.entered(f"caller {number // MOST_OF_ONE_CALLER}"))
        for caller, slug in (("caller 0", "too-many-requests"), ("another", "unavailable")):
            with pytest.raises(Problem) as refusal, gate.entered(caller):
                pass
            assert refusal.value.slug == slug
            assert refusal.value.headers["Retry-After"]
    with gate.entered("caller 0"):
        assert exchange.ask([b"lon,lat"], CSV).is_whole
