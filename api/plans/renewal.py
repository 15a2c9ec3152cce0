"""Carry an overtaken plan over to the boundaries of today: a new draft with the steps that hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.roles import Caller
from api.db import plan_store, schedule_store
from api.db.engine import Connection
from api.knowledge import Knowledge
from api.plans import service
from api.plans.drafting import limits_of, record
from api.plans.geometry_replay import do_again
from api.plans.sheets import Sheets
from api.plans.views import plan_out
from api.problems import Problem
from geo.codes import is_within
from geo.redraw.refusal import RedrawError

_RENEWABLE = ("draft", "submitted", "overtaken")


def renew(
    connection: Connection,
    sheets: Sheets,
    known: Knowledge,
    caller: Caller,
    plan_id: UUID,
    *,
    now: datetime,
) -> dict[str, Any]:
    """Start a draft on today's boundaries with every step of a plan that still can be done.

    The old plan is closed as overtaken, so that the codes it gave are used once. The answer lists
    under ``left_out`` the steps that were refused. Raises Problem 403, 404 or 409.
    """
    old = service.find(connection, caller, plan_id, lock=True)
    if not is_within(old.area_code, caller.area_code):
        raise Problem("forbidden", "只能续作本辖区的方案。")
    if old.state not in _RENEWABLE:
        raise Problem("plan-state", "方案已批准，不能续作。", {"state": old.state})
    if schedule_store.codes_are_taken(connection, old.id):
        raise Problem("plan-state", "已有由它续作的方案。", {"state": old.state})
    plan_store.set_state(
        connection, old.id, "overtaken", {"reason": "已在现行界线上续作。", "changed_at": now}
    )
    fresh = service.create(connection, known, caller, name=old.name, area=old.area_code, now=now)
    left_out = _do_again(connection, sheets, known, caller, old, UUID(fresh["id"]), now=now)
    return {
        **plan_out(service.find(connection, caller, UUID(fresh["id"]))),
        "renews": str(old.id),
        "left_out": left_out,
    }


def _do_again(
    connection: Connection,
    sheets: Sheets,
    known: Knowledge,
    caller: Caller,
    old: Any,
    plan_id: UUID,
    *,
    now: datetime,
) -> list[dict[str, Any]]:
    left_out = []
    plan = service.find(connection, caller, plan_id, lock=True)
    sheet = sheets.base(connection, plan.base)
    limits = limits_of(connection, known, plan.area_code, sheet)
    rows = plan_store.read_operations(connection, old.id, state="done")
    for row, step in do_again(sheet, rows, limits, halt=False):
        if isinstance(step, RedrawError):
            left_out.append(
                {
                    "operation": row.number,
                    "op": row.kind,
                    "reason": step.reason,
                    "message": step.message,
                    "grids": list(step.codes),
                }
            )
            continue
        outcome, logged = step
        record(
            connection,
            plan,
            caller,
            logged,
            outcome,
            kind=row.kind,
            revision=plan.revision + 1,
            now=now,
        )
        plan = service.find(connection, caller, plan_id, lock=True)
    return left_out
