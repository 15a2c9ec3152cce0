"""Read Parquet from a request: the whole file first, then a confined process as an Arrow stream."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from api.locating.batch.inlet import MIB, too_large
from api.locating.batch.parking import Share, no_room
from geo.tables.parquet_process import unpacked_parquet
from geo.tables.source import Source

MOST_BYTES: Final = 1024 * MIB


@contextmanager
def parquet_as_arrow(source: Source, folder: Path, share: Share) -> Iterator[Source]:
    """Give the rows of a Parquet file as an Arrow stream; raise Problem 413 and 507 for no room.

    Its table of contents stands at the end, so it lies on the disk until it is read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file, ExitStack() as parked:
        size = 0
        while piece := source.read(MIB):
            size += len(piece)
            if size > MOST_BYTES:
                raise too_large(MOST_BYTES, "请分批提交，或改用 Arrow")
            if not share.has_room(folder):
                raise no_room()
            share.take(len(piece))
            parked.callback(share.give_back, len(piece))
            file.write(piece)
        file.flush()
        file.seek(0)
        with unpacked_parquet(file) as stream:
            yield stream
