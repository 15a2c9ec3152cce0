"""Publish a plan: one transaction, the whole coverage proven, lineage written, nothing mixed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import shapely
from shapely.geometry.base import BaseGeometry

from api.accounts.roles import Caller
from api.db import plan_store, publication_store
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
from api.plans.operation_log import from_log
from api.problems import Problem, invalid
from geo.coverage import check_coverage
from geo.redraw.apply import apply
from geo.redraw.limits import Limits
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet, same_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Hold what the approving person says."""

    effective_at: datetime
    document_no: str | None
    document_date: date | None
    note: str | None
    allow_vacant: bool


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


def approve(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    plan: Any,
    approval: Approval,
    *,
    limits: Limits,
    now: datetime,
) -> UUID:
    """Publish a submitted plan; raise Problem 409 or 422 and change nothing otherwise."""
    if plan.state != "submitted":
        raise Problem("plan-state", "只有已送审的方案可以批准。", {"state": plan.state})
    if plan.author_id == caller.account_id:
        raise Problem("same-person", "起草人不能批准自己的方案，请由另一人批准。")
    if approval.effective_at < now:
        raise invalid("生效时间不能早于现在。", field="effective_at", reason="in_the_past")
    publication_store.lock_for_publication(connection)
    latest = Sheet(dict(zip(*publication_store.latest_shapes(connection), strict=True)))
    drafted = _on_latest(connection, plan, latest, limits)
    last_name, last_at = publication_store.latest_revision(connection)
    if approval.effective_at <= last_at:
        raise Problem(
            "plan-overtaken",
            f"已有方案（{last_name}）定于{last_at:%Y-%m-%d %H:%M}生效，本方案不能早于它。",
            {"reason": "scheduled_before", "effective_at": last_at.isoformat()},
        )
    created = [code for code in drafted if code not in latest]
    vacant = [code for code in created if not _has_holder(known, code, approval.effective_at)]
    if vacant and not approval.allow_vacant:
        raise Problem(
            "no-holder",
            "有新网格在生效之日没有网格员，请先配备，或注明允许空岗。",
            {"reason": "no_holder", "grids": vacant},
        )
    changeset = publish(
        connection,
        known,
        latest,
        drafted,
        Publication(
            name=plan.name,
            area_code=plan.area_code,
            author=plan.author,
            decider=caller.username,
            effective_at=approval.effective_at,
            document_no=approval.document_no,
            document_date=approval.document_date,
            note=approval.note,
            plan_id=plan.id,
        ),
        now=now,
    )
    plan_store.set_state(
        connection,
        plan.id,
        "effective" if approval.effective_at <= now else "scheduled",
        {
            "decider_id": caller.account_id,
            "decider": caller.username,
            "decided_at": now,
            "effective_at": approval.effective_at,
            "document_no": approval.document_no,
            "document_date": approval.document_date,
            "note": approval.note,
        },
    )
    return changeset


def _has_holder(known: Knowledge, code: str, at: datetime) -> bool:
    return any(held for _, held in known.roster.posts_of_area(code, at))


def _on_latest(connection: Connection, plan: Any, latest: Sheet, limits: Limits) -> Shapes:
    """Return what the plan draws on today's boundaries; replay it when they moved beneath it."""
    drafted = plan_store.read_drafted(connection, plan.id)
    if not drafted:
        raise Problem("plan-state", "方案没有任何改动。", {"state": plan.state})
    before = plan_store.read_first_shapes(connection, plan.id)
    if all(same_bytes(latest.shapes.get(code), shape) for code, shape in before.items()):
        return drafted
    sheet = latest
    changed: dict[str, BaseGeometry | None] = {}
    for row in plan_store.read_operations(connection, plan.id, state="done"):
        try:
            outcome, _ = apply(sheet, from_log(row.logged), limits)
        except RedrawError as refusal:
            raise Problem(
                "plan-overtaken",
                f"底图已变，第{row.number}步（{row.kind}）不能重放：{refusal.message}",
                {"reason": refusal.reason, "operation": row.number, "grids": list(refusal.codes)},
            ) from refusal
        sheet = outcome.redo(sheet)
        changed.update(outcome.after)
    return changed


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
    publication_store.close_and_open(
        connection,
        "grid_boundaries",
        drafted,
        revision_id=revision_id,
        at=publication.effective_at,
    )
    derive_levels(connection, sheet, drafted, revision_id, publication.effective_at)
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
            "summary": {"grids": len(grids)},
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


def roll_back(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    changeset: Any,
    *,
    now: datetime,
) -> UUID:
    """Restore the boundaries before a changeset, byte for byte, by a new changeset.

    Raises Problem 409 where a later changeset touched the place.
    """
    publication_store.lock_for_publication(connection)
    latest = Sheet(dict(zip(*publication_store.latest_shapes(connection), strict=True)))
    grids = publication_store.changeset_shapes(connection, changeset.id)
    touched = [code for code, _, after in grids if not same_bytes(latest.shapes.get(code), after)]
    if touched:
        raise Problem(
            "plan-overtaken",
            "这些网格后来又有调整，不能直接恢复；请先恢复较晚的批次。",
            {"reason": "touched_later", "grids": touched},
        )
    last_name, last_at = publication_store.latest_revision(connection)
    return publish(
        connection,
        known,
        latest,
        {code: before for code, before, _ in grids},
        Publication(
            name=f"恢复原界：{changeset.name}",
            area_code=changeset.area_code,
            author=caller.username,
            decider=caller.username,
            # Each revision has an instant of its own: maps are read by it.
            effective_at=max(now, last_at + timedelta(microseconds=1)),
            rolls_back=changeset.id,
            note=last_name,
        ),
        now=now,
    )
