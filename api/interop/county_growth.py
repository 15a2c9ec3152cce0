"""Bring more communities into a county that has grids: one provisional grid each, beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.db import account_store, area_store, import_store, publication_store, schedule_store
from api.db.engine import Connection
from api.interop.county_import import grid_row
from api.interop.units_table import UnitRow
from api.knowledge import Knowledge
from api.plans.publication import Publication, publish
from geo.boundary_files.features import BoundaryFeature
from geo.errors import GeoError
from geo.redraw.growth import grow
from geo.redraw.sheet import Sheet

ACTOR = "wangge import"


def add_communities(
    connection: Connection,
    known: Knowledge,
    grids: Sequence[BoundaryFeature],
    *,
    units: Sequence[UnitRow],
    now: datetime,
    source: str,
) -> tuple[str, int]:
    """Publish the provisional ``grids`` of communities that have none yet; return revision, count.

    Communities with grids are left as they are: their grids are changed by plans. Raises GeoError,
    with nothing stored, when there is nothing to add, when a community is not in the list, or when
    an outline lies on what others have.
    """
    publication_store.lock_for_publication(connection)
    now = schedule_store.instant_after_waiting(connection, now)
    import_store.put_units(connection, [unit.values() for unit in units])
    latest = Sheet(dict(zip(*publication_store.latest_shapes(connection), strict=True)))
    fresh = _only_new(connection, grids, latest)
    if schedule_store.scheduled_changesets(connection, now):
        raise GeoError(
            "scheduled_before", "有已批准、尚未生效的调整，请待其生效后再补充。", field="file"
        )
    outlines = {grid.code: grid.geometry for grid in fresh if grid.geometry is not None}
    area_store.insert_areas(connection, [grid_row(grid) for grid in fresh])
    import_store.mark_provisional(connection, list(outlines))
    publication = Publication(
        name=f"补充上图：{source}",
        area_code=known.county.code,
        author=ACTOR,
        decider=ACTOR,
        effective_at=schedule_store.free_instant(connection, now),
    )
    publish(connection, known, latest, grow(latest, outlines), publication, now=now)
    # What is new in the list is not among what a publication changes: everything is read again.
    area_store.raise_revision(connection, "boundaries")
    account_store.insert_audit(connection, _audit(known, len(outlines), source))
    return area_store.read_boundary_revisions(connection)[-1].name, len(outlines)


def _only_new(
    connection: Connection, grids: Sequence[BoundaryFeature], latest: Sheet
) -> list[BoundaryFeature]:
    listed = {row.code for row in area_store.read_areas(connection)}
    divided = {code[:12] for code in latest}
    fresh = [grid for grid in grids if grid.code[:12] not in divided]
    unknown = [grid.code[:12] for grid in fresh if grid.code[:12] not in listed]
    if unknown:
        raise GeoError("unknown_unit", f"名录中没有 {unknown[0]}，请先补入名录。", field="file")
    if not fresh or any(grid.code in listed for grid in fresh):
        raise GeoError(
            "nothing_to_add", "文件中的社区嘎查都已有网格；已上图的请在方案中调整。", field="file"
        )
    return fresh


def _audit(known: Knowledge, count: int, source: str) -> dict[str, Any]:
    return {
        "actor_id": None,
        "actor": ACTOR,
        "action": "import_boundaries",
        "object": source,
        "area_code": known.county.code,
        "detail": {"grids": count, "source": source},
        "ip": None,
    }
