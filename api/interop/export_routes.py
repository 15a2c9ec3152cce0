"""Serve the coverage of any date as a file for other programs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, BinaryIO, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from api.accounts.roles import PLAN_AUTHORS, Caller
from api.db.engine import NOBODY
from api.deps import KnowledgeDep, NowDep, ServiceDep, allow
from api.input_types import SHANGHAI, Instant
from api.interop.county_export import read_coverage, write_coverage
from api.knowledge import revision_at
from api.problems import Problem
from api.strict_json import StrictRoute
from geo.codes import Level

router = APIRouter(prefix="/v1", tags=["areas"], route_class=StrictRoute)
CallerDep = Annotated[Caller, Depends(allow(PLAN_AUTHORS))]
CHUNK_BYTES = 256 * 1024
# A file takes a core for a second or two; lookups must not wait behind a row of them.
AT_ONCE = 2
PATIENCE_S = 20
_turn = threading.BoundedSemaphore(AT_ONCE)
_FILES = {
    "geojson": (".geojson", "application/geo+json"),
    "gpkg": (".gpkg", "application/geopackage+sqlite3"),
    "shp": (".zip", "application/zip"),
}


@router.get("/exports/boundaries", response_class=StreamingResponse)
def export_boundaries(
    _caller: CallerDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    format_name: Annotated[Literal["geojson", "gpkg", "shp"], Query(alias="format")] = "geojson",
    level: Level = Level.GRID,
    at: Instant | None = None,
    encoding: Literal["utf-8", "gb18030"] = "utf-8",
) -> StreamingResponse:
    """Give out the areas of a level at an instant, with lineage and the notice; CGCS2000 degrees.

    ``shp`` is a zip with lineage.csv and README.txt; ``encoding`` is that of its texts.
    """
    moment = at or now
    revision_at(known, moment)
    suffix, media_type = _FILES[format_name]
    day = f"{moment.astimezone(SHANGHAI):%Y%m%d-%H%M}"
    name = f"{level.value}-{known.county.code}-{day}{suffix}"
    if not _turn.acquire(timeout=PATIENCE_S):
        raise Problem("unavailable", "正在导出的文件较多，请稍后再试。")
    try:
        with parts.database.transaction(NOBODY) as connection:
            coverage = read_coverage(connection, level=level, at=moment)
        with TemporaryDirectory(prefix="wangge-export-") as folder:
            path = Path(folder) / name
            write_coverage(path, coverage, format_name=format_name, encoding=encoding)
            size = path.stat().st_size
            # Opened before its folder goes: nothing stays on the disk, whoever hangs up.
            file = path.open("rb")
    finally:
        _turn.release()
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(size),
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(_chunks(file), media_type=media_type, headers=headers)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
