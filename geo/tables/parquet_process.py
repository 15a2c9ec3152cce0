"""Unpack a foreign Parquet file in a process of its own, which gives its rows as an Arrow stream.

A page of a few bytes may unpack to gigabytes, and a damaged one may end its reader. So the reader
is a process with little memory and no files, network or programs (``confine``), thrown away
afterwards; what it gives is looked at again like any other Arrow stream.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import geo
from geo.tables.refusal import TableBroken, TableTooLarge
from geo.tables.source import Source

BATCH_ROWS: Final = 65_536
MOST_ROWS: Final = 200_000_000
# Isolated mode ignores the environment and the current folder: our own package is named here.
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from geo.tables.parquet_process import main; main()"
)
_TOO_MANY_ROWS: Final = 3


class _Stream:
    """Read what the process gives; at its end, ask how it ended."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._process, self._pipe = process, process.stdout

    def read(self, size: int, /) -> bytes:
        piece = self._pipe.read(size)
        if len(piece) < size:
            code = self._process.wait()
            if code == _TOO_MANY_ROWS:
                words = f"Parquet 文件超过{MOST_ROWS // 100_000_000}亿行，请分开提交。"
                raise TableTooLarge("too_many_rows", words)
            if code != 0:
                words = "无法按 Parquet 读取（内容损坏，或所需内存、时间超限）。"
                raise TableBroken("not_parquet", words)
        return piece


@contextmanager
def unpacked_parquet(file: IO[bytes]) -> Iterator[Source]:
    """Give the rows of an open file as an Arrow stream of at most ``BATCH_ROWS`` a batch.

    Reading raises TableBroken for a file that is no Parquet or takes too much to read.
    """
    root = Path(geo.__file__).resolve().parent.parent
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-I", "-X", "utf8", "-c", _START, str(root)],
        env={},
        cwd="/",
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _Stream(process)
    finally:
        process.kill()
        if process.stdout is not None:
            process.stdout.close()
        process.wait()


def main() -> None:
    """Be the process: read standard input as Parquet, write standard output as an Arrow stream."""
    import pyarrow as pa
    import pyarrow.ipc
    import pyarrow.parquet

    from geo.boundary_files.confinement import confine, limit_resources

    limit_resources()
    packages = Path(geo.__file__).resolve().parent
    mine = (Path(sys.prefix), Path(sys.base_prefix), Path(sysconfig.get_path("purelib")))
    confine(readable=(packages, *mine, Path("/usr"), Path("/lib"), Path("/lib64")))
    pa.set_cpu_count(1)
    try:
        code = _give_rows()
        sys.stdout.buffer.flush()
    except (pa.ArrowException, OSError, MemoryError):
        code = 1
    # At once: threads of Arrow that end while the process does may abort it, whatever was written.
    os._exit(code)


def _give_rows() -> int:
    """Write the rows; return the exit code.

    The end of the stream is written behind the last row alone: without it nobody takes the rows
    before for all. (A writer that is closed by ``with`` writes it whatever went wrong.)
    """
    import pyarrow as pa

    parquet = pa.parquet.ParquetFile(sys.stdin.buffer)
    if parquet.metadata.num_rows > MOST_ROWS:
        return _TOO_MANY_ROWS
    rows = 0
    stream = pa.ipc.new_stream(sys.stdout.buffer, parquet.schema_arrow)
    for batch in parquet.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
        rows += batch.num_rows
        if rows > MOST_ROWS:
            return _TOO_MANY_ROWS
        stream.write_batch(batch)
    stream.close()
    return 0
