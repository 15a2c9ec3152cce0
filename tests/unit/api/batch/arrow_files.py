"""Make Arrow streams and Parquet files for tests, and read them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet


def stream_of(batches: Sequence[pa.RecordBatch], compression: str | None = None) -> bytes:
    """Return record batches as an Arrow stream."""
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(out, batches[0].schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return out.getvalue()


def stream(**columns: Any) -> bytes:
    """Return one record batch as an Arrow stream."""
    return stream_of([pa.record_batch(columns)])


def parquet(**columns: Any) -> bytes:
    """Return a Parquet file."""
    out = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), out)
    return out.getvalue()


def table_of(body: bytes) -> pa.Table:
    """Return what an Arrow stream or a Parquet file holds."""
    if body[:4] == b"PAR1":
        return pa.parquet.read_table(pa.BufferReader(body))
    return pa.ipc.open_stream(body).read_all()


def rows_of(body: bytes) -> list[dict[str, Any]]:
    """Return the rows of an Arrow stream or a Parquet file."""
    rows: list[dict[str, Any]] = table_of(body).to_pylist()
    return rows
