"""Decide on a submitted plan: who may, from when, and what becomes of plans scheduled later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from api.accounts.roles import Caller
from api.db import plan_store, publication_store, schedule_store
from api.db.engine import Connection
from api.knowledge import Knowledge
from api.plans.consequences import Shapes
from api.plans.publication import Publication
from api.plans.schedule import ReplayError, insert_at, replay, settle
from api.plans.views import OPERATION_LABELS
from api.problems import Problem, invalid
from geo.redraw.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Hold what the approving person says."""

    effective_at: datetime
    document_no: str | None
    document_date: date | None
    note: str | None
    allow_vacant: bool
    overtake: bool


def approve(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    plan: Any,
    approval: Approval,
    *,
    now: datetime,
) -> UUID:
    """Publish a submitted plan; raise Problem 409 or 422 and change nothing otherwise."""
    if plan.state != "submitted":
        raise Problem("plan-state", "只有已送审的方案可以批准。", {"state": plan.state})
    if caller.account_id in plan_store.drawn_by(connection, plan):
        raise Problem("same-person", "起草或改动过方案的人不能批准它，请由另一人批准。")
    if approval.effective_at < now:
        raise invalid("生效时间不能早于现在。", field="effective_at", reason="in_the_past")
    publication_store.lock_for_publication(connection)
    # What came into force while this waited is history: nothing is put in before it.
    now = schedule_store.instant_after_waiting(connection, now)
    effective_at = max(approval.effective_at, now)

    def draw(sheet: Sheet) -> Shapes:
        drafted = _on_this_ground(connection, known, plan, sheet)
        if not approval.allow_vacant:
            _refuse_vacant(known, sheet, drafted, effective_at)
        return drafted

    def make(_: Sheet, at: datetime) -> Publication:
        return Publication(
            name=plan.name,
            area_code=plan.area_code,
            author=plan.author,
            decider=caller.username,
            effective_at=at,
            document_no=approval.document_no,
            document_date=approval.document_date,
            note=approval.note,
            plan_id=plan.id,
        )

    changeset, overtaken = insert_at(connection, known, effective_at, make, draw, now=now)
    settle(connection, overtaken, by=plan.name, agreed=approval.overtake, now=now)
    plan_store.set_state(
        connection,
        plan.id,
        "effective" if effective_at <= now else "scheduled",
        {
            "decider_id": caller.account_id,
            "decider": caller.username,
            "decided_at": now,
            "effective_at": effective_at,
            "document_no": approval.document_no,
            "document_date": approval.document_date,
            "note": approval.note,
        },
    )
    return changeset


def _on_this_ground(connection: Connection, known: Knowledge, plan: Any, sheet: Sheet) -> Shapes:
    try:
        drafted = replay(connection, known, plan.id, plan.area_code, sheet)
    except ReplayError as failed:
        refusal = failed.refusal
        label = OPERATION_LABELS.get(failed.kind, failed.kind)
        raise Problem(
            "plan-overtaken",
            f"底图已变，第{failed.step}步（{label}）不能重放：{refusal.message}"
            "可将方案复制到现行界线上，再作修改。",
            {"reason": refusal.reason, "operation": failed.step, "grids": list(refusal.codes)},
        ) from failed
    if not drafted:
        raise Problem("plan-state", "方案没有任何改动。", {"state": plan.state})
    return drafted


def _refuse_vacant(known: Knowledge, sheet: Sheet, drafted: Shapes, at: datetime) -> None:
    created = [code for code in drafted if code not in sheet]
    vacant = [
        code
        for code in created
        if not any(held for _, held in known.roster.posts_of_area(code, at))
    ]
    if vacant:
        raise Problem(
            "no-holder",
            "有新网格在生效之日没有网格员，请先配备，或注明允许空岗。",
            {"reason": "no_holder", "grids": vacant},
        )
