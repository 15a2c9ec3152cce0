"""Start plans, find them, and hold who may change them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from api.accounts.roles import Caller, scope_of
from api.db import plan_store
from api.db.engine import Connection, Scope
from api.knowledge import Knowledge, revision_at
from api.plans.views import plan_out
from api.problems import Problem, invalid
from geo.codes import is_within


def create(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    *,
    name: str,
    area: str,
    now: datetime,
) -> dict[str, Any]:
    """Start a draft for an area of the caller's; raise Problem 403 or 422."""
    if area not in known.areas:
        raise invalid("没有这个编码的区域。", field="area", reason="unknown_area")
    if known.areas[area].level == "grid":
        raise invalid("方案的范围应为村（社区）、乡镇或旗。", field="area", reason="wrong_level")
    if not is_within(area, caller.area_code):
        raise Problem("forbidden", "只能为本辖区起草方案。")
    plan_id = uuid4()
    plan_store.insert_plan(
        connection,
        {
            "id": plan_id,
            "name": name,
            "area_code": area,
            "base": revision_at(known, now).name,
            "author_id": caller.account_id,
            "author": caller.username,
            "at": now,
        },
    )
    return plan_out(find(connection, caller, plan_id))


def find(connection: Connection, caller: Caller, plan_id: UUID, *, lock: bool = False) -> Any:
    """Return a plan the caller may see; raise Problem 404 otherwise."""
    plan = plan_store.read_plan(connection, plan_id, lock=lock)
    if plan is None or not (
        is_within(plan.area_code, caller.area_code) or is_within(caller.area_code, plan.area_code)
    ):
        raise Problem("not-found", "没有这个方案，或您没有查看权限。")
    return plan


def find_draft(connection: Connection, caller: Caller, plan_id: UUID, if_match: int | None) -> Any:
    """Return a draft that the caller may change, locked; check the revision it was seen at."""
    if if_match is None:
        raise Problem("revision-required", "请在 If-Match 头中给出所见的方案版本。")
    plan = find(connection, caller, plan_id, lock=True)
    if not is_within(plan.area_code, caller.area_code):
        raise Problem("forbidden", "只能修改本辖区的方案。")
    if plan.state != "draft":
        raise Problem(
            "plan-not-draft",
            "方案已送审或已生效，不能再修改。",
            {"state": plan.state, "revision": plan.revision},
        )
    if if_match > plan.revision:
        raise Problem("unknown-revision", "方案没有这个版本，请刷新。", {"revision": plan.revision})
    return plan


def scope(caller: Caller) -> Scope:
    """Return the scope under which plans are drafted and published."""
    return scope_of(caller)


def submit(
    connection: Connection, caller: Caller, plan_id: UUID, *, now: datetime
) -> dict[str, Any]:
    """Hand a draft in; raise Problem 409 when it is none or holds no change."""
    plan = find(connection, caller, plan_id, lock=True)
    if plan.state != "draft":
        raise Problem("plan-state", "只有草案可以送审。", {"state": plan.state})
    if not is_within(plan.area_code, caller.area_code):
        raise Problem("forbidden", "只能送审本辖区的方案。")
    if not plan_store.read_operations(connection, plan.id, state="done"):
        raise Problem("plan-state", "方案没有任何改动。", {"state": plan.state})
    plan_store.set_state(connection, plan.id, "submitted", {"submitted_at": now, "changed_at": now})
    return plan_out(find(connection, caller, plan_id))


def reject(
    connection: Connection, caller: Caller, plan_id: UUID, *, reason: str, now: datetime
) -> dict[str, Any]:
    """Send a submitted plan back to its author as a draft, with the reason."""
    plan = find(connection, caller, plan_id, lock=True)
    if plan.state != "submitted":
        raise Problem("plan-state", "只有已送审的方案可以退回。", {"state": plan.state})
    if plan.author_id == caller.account_id:
        raise Problem("same-person", "起草人不能审批自己的方案。")
    plan_store.set_state(
        connection,
        plan.id,
        "draft",
        {
            "reason": reason,
            "decider_id": caller.account_id,
            "decider": caller.username,
            "decided_at": now,
            "changed_at": now,
        },
    )
    return plan_out(find(connection, caller, plan_id))
