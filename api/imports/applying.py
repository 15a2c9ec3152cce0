"""Make a plan of an examined file: all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from api.accounts.roles import PLAN_AUTHORS, Caller
from api.db.account_store import insert_audit
from api.deps import Service
from api.imports import service
from api.imports.schemas import ApplyIn
from api.imports.service import refused_state
from api.imports.spool import Record
from api.imports.views import brief, read_json, without_flags
from api.input_types import now
from api.knowledge import Knowledge
from api.plans.service import scope
from api.plans.whole_updates import WorkedOut, start_with
from api.problems import Problem
from geo.boundary_files import examination
from geo.boundary_files.packing import load, unpack
from geo.redraw.operations import Regroup


def apply(
    parts: Service, known: Knowledge, caller: Caller, import_id: UUID, order: ApplyIn
) -> dict[str, Any]:
    """Make a plan of a file, all of it or nothing; raise Problem 403 or 409."""
    service.find(parts, caller, import_id)
    if caller.role not in PLAN_AUTHORS:
        raise Problem("forbidden", "由旗级或苏木乡镇管理员起草方案。")
    spool = service.spool_of(parts)
    with spool.hold(import_id) as ours:
        if not ours:
            raise refused_state("busy", "正在检查，请稍候。")
        record = service.find(parts, caller, import_id)
        folder = spool.folder(import_id)
        outcome = read_json(folder / examination.OUTCOME)
        update = _possible(record, outcome, order)
        at = now()
        with parts.database.transaction(scope(caller)) as connection:
            plan = start_with(
                connection,
                known,
                caller,
                name=order.name or f"{Path(record.name).stem[:60]} 导入",
                area=record.area,
                base=record.base,
                steps=_worked_out(folder, update),
                now=at,
            )
            insert_audit(
                connection,
                {
                    "actor_id": caller.account_id,
                    "actor": caller.username,
                    "action": "import_boundaries",
                    "object": plan["id"],
                    "area_code": record.area,
                    "detail": {"file": record.name, "steps": len(update["steps"])},
                    "ip": None,
                },
            )
        # From here on the plan is the thing; the file has done its service.
        (folder / examination.UPLOAD).unlink(missing_ok=True)
        record = spool.change(record, at, state="applied", plan=plan["id"])
    return {**brief(record), "plan_name": plan["name"], "revision": plan["revision"]}


def _possible(record: Record, outcome: dict[str, Any] | None, order: ApplyIn) -> dict[str, Any]:
    """Return the update that a file stands for; raise Problem 409 when it is not to be had."""
    if record.state == "applied":
        raise refused_state("applied", "已由此文件生成方案。", plan=record.plan)
    if record.state != "examined" or outcome is None:
        raise refused_state("not_examined", "文件还没有检查完，或未能读取。")
    if not outcome["usable"]:
        raise refused_state("not_usable", without_flags(outcome["report"]["conclusion"]))
    if not outcome["report"]["importable"] and not order.repair:
        raise refused_state("needs_repair", "文件须先采用修复方案（repair: true）才能导入。")
    update: dict[str, Any] | None = outcome["update"]
    if update is None:
        raise refused_state("not_grids", "只有网格的界线可以生成方案。")
    if update["refused"]:
        raise refused_state(
            "refused", update["refused"][0]["message"], refused=update["refused"][:20]
        )
    if not update["steps"]:
        raise refused_state("nothing_changes", "文件与现有网格界线相同，不需要调整。")
    return update


def _worked_out(folder: Path, update: dict[str, Any]) -> list[WorkedOut]:
    shapes = np.array(unpack(load(folder / examination.STEPS)), dtype=object)
    at = 0
    steps: list[WorkedOut] = []
    for step in update["steps"]:
        pieces = shapes[at : at + len(step["pieces"])]
        at += len(pieces)
        after = shapes[at : at + len(step["after"])]
        at += len(after)
        steps.append(
            WorkedOut(
                logged=Regroup(
                    area=step["area"],
                    pieces=tuple(zip(step["pieces"], pieces, strict=True)),
                    communities=tuple(step["communities"]),
                    cross_parent=step["cross_parent"],
                ),
                after={
                    **dict(zip(step["after"], after, strict=True)),
                    **dict.fromkeys(step["retired"]),
                },
            )
        )
    return steps
