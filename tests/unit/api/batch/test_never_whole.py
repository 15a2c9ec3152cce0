"""Check that no failure, however odd, lets a part of a batch pass for the whole of it."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.locating.batch import answering, json_format, outlet
from api.locating.batch.answering import BatchAnswer, Work
from api.locating.batch.formats import ARROW, JSON, PARQUET
from api.locating.batch.inlet import Gone, Inlet, read_all
from api.locating.batch.outlet import Outlet
from api.locating.batch.turns import Turns
from api.problems import Problem
from geo.tables import parquet_process
from geo.tables.arrow_messages import END_OF_STREAM
from tests.unit.api.batch.arrow_files import stream
from tests.unit.api.batch.exchange import Exchange

Send = Callable[[dict[str, Any]], Any]


async def nothing_comes() -> dict[str, Any]:
    await asyncio.Event().wait()
    return {"type": "http.disconnect"}


async def answered(
    convert: Callable[[Inlet, Outlet], None],
    send: Send,
    folder: Path,
    receive: Callable[[], Any] = nothing_comes,
) -> None:
    """Answer with what ``convert`` writes; raise what it raised."""
    answer = BatchAnswer(
        Work(convert, lambda _sentence: b""),
        content_type="text/plain",
        place=nullcontext(),
        turns=Turns(),
        folder=folder,
    )
    sending: Any = send
    await answer({}, receive, sending)


@pytest.mark.parametrize("held_back", [1, 1000])
def test_what_a_mistake_leaves_is_not_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_back: int
) -> None:
    monkeypatch.setattr(outlet, "HELD_BACK", held_back)
    sent: list[dict[str, Any]] = []

    def convert(_inlet: Inlet, out: Outlet) -> None:
        out.write(b"some rows")
        raise KeyError("a mistake")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with pytest.raises(ExceptionGroup):
        asyncio.run(answered(convert, send, tmp_path))
    assert all(message.get("more_body", True) for message in sent)
    assert not any(b"content-length" in dict(message.get("headers", ())) for message in sent)


def test_a_client_that_takes_too_little_is_not_told_that_it_was_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("HELD_BACK", 1), ("_MOST_IN_MEMORY", 50), ("_MOST_IN_FILE", 100)):
        monkeypatch.setattr(outlet, name, value)
    monkeypatch.setattr(outlet, "STALLED_S", 0.05)
    sent: list[dict[str, Any]] = []
    fates: list[str] = []

    async def ask() -> None:
        given_up, loop = asyncio.Event(), asyncio.get_running_loop()

        def convert(_inlet: Inlet, out: Outlet) -> None:
            try:
                for _ in range(100):
                    out.write(b"x" * 90)
            except Gone:
                fates.append("given up")
                raise
            finally:
                loop.call_soon_threadsafe(given_up.set)

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            await given_up.wait()

        await answered(convert, send, tmp_path)

    asyncio.run(ask())
    assert fates == ["given up"]
    assert all(message.get("more_body", True) for message in sent)


@pytest.mark.parametrize("reads", [True, False])
def test_the_time_of_a_reader_runs_from_when_it_has_sent_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, reads: bool
) -> None:
    clock = count(step=400.0)
    monkeypatch.setattr("anyio.current_time", lambda: next(clock))
    monkeypatch.setattr(outlet, "HELD_BACK", 1)
    for name, value in (("STALLED_S", 0.01), ("PACE_BYTES", 0), ("LONG_PACE_BYTES", 0)):
        monkeypatch.setattr(answering, name, value)
    sent: list[dict[str, Any]] = []

    def convert(inlet: Inlet, out: Outlet) -> None:
        out.write(b"answered ")
        out.write(b"while ")
        read_all(inlet, 100, advice="")
        out.write(b"it came")

    async def ask() -> None:
        has_waited = asyncio.Event()
        body = [b"some", b""]

        async def receive() -> dict[str, Any]:
            if len(body) == 1:
                await has_waited.wait()
            if not body:
                return await nothing_comes()
            piece = body.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(body)}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body" and not has_waited.is_set():
                # Longer than any reader may take who has nothing else to do.
                await asyncio.sleep(0.1)
                has_waited.set()
                if not reads:
                    await asyncio.Event().wait()
            sent.append(message)

        await answered(convert, send, tmp_path, receive)

    asyncio.run(ask())
    told = b"".join(message.get("body", b"") for message in sent)
    assert told == (b"answered while it came" if reads else b"")
    assert sent[-1].get("more_body", True) is not reads


def test_names_that_are_no_texts_are_refused(exchange: Exchange) -> None:
    body = stream(lon=[110.25], lat=[40.5], foo=[1]).replace(b"foo", b"f\xffo")
    with pytest.raises(Problem) as refusal:
        exchange.ask([body], ARROW)
    assert refusal.value.slug == "malformed-body"


def test_positions_that_are_not_plainly_to_be_seen_are_read_in_small_bodies_alone(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'{"crs":"cgcs2000","positi\\u006fns":[[110.25,40.5]]}'
    assert exchange.ask([body], JSON).is_whole
    monkeypatch.setattr(json_format, "_MOST_PARSED", 20)
    with pytest.raises(Problem) as refusal:
        exchange.ask([body], JSON)
    assert refusal.value.slug == "malformed-body"


def damaged_parquet() -> bytes:
    """Return a file of two row groups, of which the second cannot be unpacked."""
    out = io.BytesIO()
    table = pa.table({"lon": [110.25] * 140_000, "lat": [40.5] * 140_000})
    pq.write_table(table, out, row_group_size=70_000, use_dictionary=False)
    content = bytearray(out.getvalue())
    at = pq.ParquetFile(out).metadata.row_group(1).column(0).data_page_offset
    content[at : at + 20] = b"\xff" * 20
    return bytes(content)


def test_the_rows_before_a_damaged_part_of_parquet_are_not_ended(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(damaged_parquet())))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=written))
    with pytest.raises((pa.ArrowException, OSError)):
        parquet_process._give_rows()
    assert written.getvalue()
    assert not written.getvalue().endswith(END_OF_STREAM)
    monkeypatch.undo()
    with pytest.raises(Problem) as refusal:
        exchange.ask([damaged_parquet()], PARQUET)
    assert refusal.value.slug == "malformed-body"
