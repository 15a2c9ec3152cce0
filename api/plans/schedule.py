"""Keep what is to come into force later true: set it aside, and replay it on what came before it.

A change that comes into force before an approved plan moves the ground under that plan. The plan is
done again on the new ground, with the same codes; one that cannot be is overtaken, and its
reason is kept. What was to come is no history yet: it is withdrawn and stored anew, never altered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from api.db import plan_store, publication_store, schedule_store
from api.db.area_store import read_boundary_revisions
from api.db.coming_store import may_be_told
from api.db.engine import Connection
from api.input_types import SHANGHAI
from api.knowledge import Knowledge
from api.knowledge_told import tell_with_commit
from api.plans.consequences import Shapes
from api.plans.drafting import limits_of
from api.plans.geometry_replay import do_again
from api.plans.publication import Publication, is_at_once, publish
from api.problems import Problem
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet, same_bytes


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Hold a scheduled plan that cannot be replayed: which, when, at which step, and why."""

    plan_id: UUID
    name: str
    author: str
    effective_at: datetime
    step: int
    refusal: RedrawError

    def told(self) -> dict[str, Any]:
        """Return it in the shape of an answer."""
        return {
            "plan": str(self.plan_id),
            "name": self.name,
            "author": self.author,
            "effective_at": self.effective_at.astimezone(SHANGHAI).isoformat(),
            "operation": self.step,
            "reason": self.refusal.reason,
            "grids": list(self.refusal.codes),
        }


class ReplayError(Exception):
    """Say at which step of a plan its replay was refused."""

    def __init__(self, step: int, kind: str, refusal: RedrawError) -> None:
        """Hold the number and kind of the step beside the refusal."""
        super().__init__(refusal.message)
        self.step = step
        self.kind = kind
        self.refusal = refusal


def latest_sheet(connection: Connection) -> Sheet:
    """Return the grids as they will stand when everything approved is in force."""
    return Sheet(dict(zip(*publication_store.latest_shapes(connection), strict=True)))


def replay(
    connection: Connection, known: Knowledge, plan_id: UUID, area: str, sheet: Sheet
) -> Shapes:
    """Return what a plan draws on ``sheet``: as drafted where nothing moved beneath it.

    Raises ReplayError for a step that is refused on the new ground.
    """
    drafted = plan_store.read_drafted(connection, plan_id)
    before = plan_store.read_first_shapes(connection, plan_id)
    if all(same_bytes(sheet.shapes.get(code), shape) for code, shape in before.items()):
        return drafted
    changed: dict[str, BaseGeometry | None] = {}
    limits = limits_of(connection, known, area, sheet)
    rows = plan_store.read_operations(connection, plan_id, state="done")
    for row, step in do_again(sheet, rows, limits, halt=True):
        if isinstance(step, RedrawError):
            raise ReplayError(row.number, row.kind, step) from step
        changed.update(step[0].after)
    # A grid that was made and given up again inside the plan leaves nothing.
    return {c: shape for c, shape in changed.items() if shape is not None or c in sheet}


def insert_at(
    connection: Connection,
    known: Knowledge,
    at: datetime,
    make: Callable[[Sheet, datetime], Publication],
    draw: Callable[[Sheet], Shapes],
    *,
    now: datetime,
) -> tuple[UUID, list[Overtaken]]:
    """Publish a change that comes into force at ``at``, before whatever is scheduled for later.

    ``draw`` gives the new shapes on the boundaries of that instant. Each revision has an instant
    of its own: of two that ask for the same, the later approved follows by a microsecond.
    Returns the changeset and the plans that were overtaken. The caller holds the lock.
    """
    at = schedule_store.free_instant(connection, at)
    before = read_boundary_revisions(connection)
    aside = set_aside(connection, at)
    sheet = latest_sheet(connection)
    drafted = draw(sheet)
    changeset = publish(connection, known, sheet, drafted, make(sheet, at), now=now)
    overtaken = bring_back(connection, known, aside, sheet.changed(drafted))
    if is_at_once(at, now) and may_be_told(drafted):
        tell_with_commit(connection, known.vault, before, at)
    return changeset, overtaken


def set_aside(connection: Connection, after: datetime) -> list[Any]:
    """Withdraw every changeset that is to come into force after ``after``; return them in order."""
    scheduled = schedule_store.scheduled_changesets(connection, after)
    for row in reversed(scheduled):
        schedule_store.withdraw(connection, row)
    return scheduled


def bring_back(
    connection: Connection, known: Knowledge, aside: Sequence[Any], sheet: Sheet
) -> list[Overtaken]:
    """Store each withdrawn changeset anew on the ground as it is then; return those that fail."""
    overtaken = []
    for row in aside:
        assert row.plan_id is not None, "only plans are scheduled"
        try:
            drafted = replay(connection, known, row.plan_id, row.area_code, sheet)
        except ReplayError as failed:
            lost = Overtaken(
                row.plan_id, row.name, row.author, row.effective_at, failed.step, failed.refusal
            )
            overtaken.append(lost)
            continue
        fresh = publish(connection, known, sheet, drafted, _again(row), now=row.published_at)
        schedule_store.point_to_successor(connection, row.id, fresh)
        sheet = sheet.changed(drafted)
    return overtaken


def _again(row: Any) -> Publication:
    return Publication(
        name=row.name,
        area_code=row.area_code,
        author=row.author,
        decider=row.decider,
        effective_at=row.effective_at,
        document_no=row.document_no,
        document_date=row.document_date,
        note=row.note,
        plan_id=row.plan_id,
        rolls_back=row.rolls_back,
    )


def settle(
    connection: Connection, overtaken: Sequence[Overtaken], *, by: str, agreed: bool, now: datetime
) -> None:
    """Mark plans overtaken with their reason; raise Problem 409 when nobody agreed to it."""
    if overtaken and not agreed:
        names = "、".join(f"“{lost.name}”" for lost in overtaken)
        raise Problem(
            "plan-overtaken",
            f"待生效的方案{names}在新界线上不能重放。如仍要批准，请确认这些方案作废，由起草人重做。",
            {"reason": "overtakes", "plans": [lost.told() for lost in overtaken]},
        )
    for lost in overtaken:
        reason = f"被“{by}”取代：第{lost.step}步不能重放，{lost.refusal.message}"
        plan_store.set_state(
            connection, lost.plan_id, "overtaken", {"reason": reason, "changed_at": now}
        )
