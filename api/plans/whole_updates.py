"""Start a plan from a survey's file: its steps were worked out before, here they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from api.accounts.roles import Caller
from api.db import plan_store
from api.db.area_store import read_grid_shapes, read_revision_start
from api.db.code_store import lock_numbering
from api.db.engine import Connection
from api.knowledge import Knowledge
from api.plans import drafting, service
from api.plans.views import plan_out
from api.problems import Problem
from geo.redraw.operations import Regroup
from geo.redraw.outcome import outcome_between


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedOut:
    """Hold one step: how it is logged, and the shapes it leaves (None: retired)."""

    logged: Regroup
    after: dict[str, BaseGeometry | None]


def start_with(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    *,
    name: str,
    area: str,
    base: str,
    steps: Sequence[WorkedOut],
    now: datetime,
) -> dict[str, Any]:
    """Start a draft for ``area`` that holds ``steps`` already, in the caller's transaction.

    The steps were worked out on the boundaries ``base``; raises Problem 409 when others are in
    force by now or another draft holds one of their new codes, 403 and 422 as for any plan.
    """
    created = service.create(connection, known, caller, name=name, area=area, now=now)
    plan = service.find(connection, caller, UUID(created["id"]), lock=True)
    if plan.base != base:
        raise Problem(
            "import-state",
            "文件检查之后网格界线已有变化，请重新检查。",
            {"reason": "overtaken", "revision": plan.base},
        )
    start = read_revision_start(connection, base)
    shapes: dict[str, BaseGeometry | None] = dict(
        zip(*read_grid_shapes(connection, start), strict=True)
    )
    _refuse_taken(connection, area, steps, shapes)
    for number, step in enumerate(steps, 1):
        outcome = outcome_between({code: shapes.get(code) for code in step.after}, step.after)
        drafting.record(
            connection, plan, caller, step.logged, outcome, kind="replan", revision=number, now=now
        )
        shapes.update(step.after)
    return plan_out(service.find(connection, caller, plan.id))


def _refuse_taken(
    connection: Connection,
    area: str,
    steps: Sequence[WorkedOut],
    present: Mapping[str, BaseGeometry | None],
) -> None:
    """Raise Problem 409 when a code for a new grid was given to another since the examination."""
    lock_numbering(connection)
    fresh = {code for step in steps for code in step.after if code not in present}
    taken = sorted(fresh & set(plan_store.codes_ever_used(connection, area)))
    if taken:
        raise Problem(
            "import-state",
            "文件检查之后，其他方案已使用了文件中的新网格编码，请重新检查。",
            {"reason": "codes_taken", "grids": taken},
        )
