"""Publish a plan: one transaction, the whole coverage proven, lineage written, nothing mixed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import shapely

from api.db import coming_store, publication_store
from api.db.area_store import raise_revision
from api.db.engine import Connection
from api.knowledge import Knowledge
from api.plans.consequences import (
    Shapes,
    count_households,
    derive_levels,
    lineage_rows,
    put_new_grids,
)
from api.plans.provisional import name_by_division
from api.problems import Problem
from geo.coverage import check_coverage
from geo.redraw.proof import outer_nodes_between
from geo.redraw.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Hold shapes to publish and under whose name."""

    name: str
    area_code: str
    author: str
    decider: str
    effective_at: datetime
    document_no: str | None = None
    document_date: date | None = None
    note: str | None = None
    plan_id: UUID | None = None
    rolls_back: UUID | None = None


def is_at_once(effective_at: datetime, now: datetime) -> bool:
    """Say whether what comes into force at that instant does so with its commit."""
    # Who waited for another gets an instant just after that one's, and ``now`` is that one's.
    return effective_at <= max(now, datetime.now(UTC))


def publish(
    connection: Connection,
    known: Knowledge,
    latest: Sheet,
    drafted: Shapes,
    publication: Publication,
    *,
    now: datetime,
) -> UUID:
    """Store shapes as the next revision; the caller holds the publication lock."""
    if is_at_once(publication.effective_at, now):
        # All the rest takes longer than it takes every process to reckon with it.
        coming_store.announce(connection, drafted)
    sheet = latest.changed(drafted)
    _prove(sheet, known)
    codes = sorted(sheet)
    digest = hashlib.sha256()
    for code in codes:
        digest.update(code.encode() + shapely.to_wkb(sheet[code]))
    revision_id, revision = publication_store.new_revision(
        connection,
        effective_at=publication.effective_at,
        content_sha256=digest.hexdigest(),
        note=publication.name,
    )
    households = count_households(connection, drafted)
    put_new_grids(connection, known, latest, drafted, households)
    name_by_division(connection, known, sheet, drafted)
    publication_store.close_and_open(
        connection,
        "grid_boundaries",
        drafted,
        revision_id=revision_id,
        at=publication.effective_at,
    )
    derive_levels(connection, sheet, drafted, revision_id, publication.effective_at)
    if publication.effective_at <= now:
        publication_store.set_households(connection, households)
    changeset = uuid4()
    grids = [(code, latest.shapes.get(code), drafted[code]) for code in sorted(drafted)]
    rows = lineage_rows(connection, changeset, latest, drafted)
    publication_store.insert_changeset(
        connection,
        {
            "id": changeset,
            "plan_id": publication.plan_id,
            "rolls_back": publication.rolls_back,
            "revision_name": revision,
            "name": publication.name,
            "area_code": publication.area_code,
            "author": publication.author,
            "decider": publication.decider,
            "document_no": publication.document_no,
            "document_date": publication.document_date,
            "note": publication.note,
            "effective_at": publication.effective_at,
            "published_at": now,
            "summary": {
                "grids": len(grids),
                # A replay on ground that moved may set other nodes than the draft did.
                "outer_nodes": outer_nodes_between(
                    [before for _, before, _ in grids], [after for _, _, after in grids]
                ),
            },
        },
        grids,
    )
    publication_store.insert_lineage(connection, rows)
    raise_revision(connection, "boundaries")
    return changeset


def _prove(sheet: Sheet, known: Knowledge) -> None:
    exclaves = {code for code, row in known.areas.items() if row.exclave}
    exclaves |= {code for code in sheet if sheet[code].geom_type == "MultiPolygon"}
    report = check_coverage(list(sheet), list(sheet.shapes.values()), multipart_codes=exclaves)
    if not report.is_valid:
        first = report.issues[0]
        raise Problem(
            "redraw-refused",
            "方案会使网格之间出现空白或重叠，未发布。",
            {"reason": first.fault.value, "grids": list(first.codes)},
        )
