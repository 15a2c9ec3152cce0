"""Serve areas: lists, one area with its posts, shapes as GeoJSON."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.accounts.roles import ANYONE, REPORT_READERS, Caller
from api.areas import service
from api.areas.progress import progress, undivided_communities
from api.areas.schemas import AreaDetail, AreaList, ProgressOut
from api.areas.shapes import ShapeBuffers
from api.db import area_store
from api.db.engine import NOBODY
from api.deps import KnowledgeDep, NowDep, ServiceDep, TransactionDep, allow
from api.input_types import Instant
from api.knowledge import revision_at
from api.paging import next_after, read_cursor
from api.strict_json import StrictRoute
from geo.codes import Level, parse_code

router = APIRouter(prefix="/v1", tags=["areas"], route_class=StrictRoute)
CallerDep = Annotated[Caller, Depends(allow(ANYONE))]
_buffers = ShapeBuffers()


@router.get("/areas")
def list_areas(
    caller: CallerDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    connection: TransactionDep,
    now: NowDep,
    level: Level | None = None,
    parent: str | None = None,
    at: Instant | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> AreaList:
    """List areas by code, with households, open reports and where they lie."""
    after = str(read_cursor(cursor, 1)[0]) if cursor else ""
    boxes = parts.keeper.boxes_at(known, at or now)
    rows = service.select_areas(
        known, boxes, level=level, parent=parse_code(parent) if parent else None, after=after
    )
    page = rows[:limit]
    counts = service.open_counts(connection, caller, page, now)
    undivided = undivided_communities(known.areas, boxes)
    items = [
        service.area_out(row, boxes[row.code], counts.get(row.code, 0), undivided=undivided)
        for row in page
    ]
    return AreaList(items=items, next=next_after(rows, limit, lambda row: (row.code,)))


@router.get("/areas.geojson", response_class=Response)
def area_shapes(
    request: Request,
    _caller: CallerDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    level: Level = Level.GRID,
    within: str | None = None,
    at: Instant | None = None,
    since: Instant | None = None,
) -> Response:
    """Serve shapes in CGCS2000 with 8 decimals: the boundary itself, byte for byte.

    With ``since``, only the areas whose shape is another than at that instant, and as ``gone`` the
    codes that had one then and have none now.
    """
    code = parse_code(within) if within else known.county.code
    moment = at or now
    revision = revision_at(known, moment)
    base = revision_at(known, since).name if since else None

    def make() -> str:
        with parts.database.transaction(NOBODY) as connection:
            return area_store.read_geojson(
                connection, level=level.value, within=code, at=moment, since=since
            )

    key = (id(parts), known.revisions["boundaries"], revision.name, base, level, code)
    buffer = _buffers.get(key, make)
    headers = {"ETag": buffer.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if _has_already(request.headers.get("if-none-match", ""), buffer.etag):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(buffer.compressed, media_type="application/geo+json", headers=headers)
    return Response(buffer.plain, media_type="application/geo+json", headers=headers)


def _has_already(if_none_match: str, etag: str) -> bool:
    # A proxy that compresses on its own makes the tag a weak one.
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags


@router.get("/areas/progress", response_model=ProgressOut)
def read_progress(
    _caller: CallerDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
    at: Instant | None = None,
) -> dict[str, Any]:
    """Say how many grids are on the map of those expected, and what is missing by township."""
    moment = at or now
    boxes = parts.keeper.boxes_at(known, moment)
    return {"revision": revision_at(known, moment).name, **progress(known.areas, boxes)}


@router.get("/areas/{code}")
def read_area(
    code: str,
    caller: CallerDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    connection: TransactionDep,
    now: NowDep,
    at: Instant | None = None,
) -> AreaDetail:
    """Return one area with its path, posts and open reports."""
    moment = at or now
    boxes = parts.keeper.boxes_at(known, moment)
    counted = caller.role in REPORT_READERS
    return service.area_detail(
        known,
        boxes,
        parse_code(code),
        caller=caller,
        at=moment,
        connection=connection,
        counted=counted,
    )
