"""Do what ``wangge import plan`` does: examine, compare with the grids there are, draft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from api.accounts.audit_trail import write_audit
from api.accounts.roles import PLAN_AUTHORS, Caller, Role
from api.cli import importing
from api.cli.import_group import running_service
from api.cli.output import Narrator
from api.cli.refusal import Refused
from api.db import account_store, plan_store
from api.db.area_store import read_grid_shapes, read_revision_start
from api.db.engine import SERVICE
from api.deps import Service
from api.input_types import now
from api.knowledge import revision_at
from api.plans.service import scope
from api.plans.whole_updates import WorkedOut, start_with
from api.problems import Problem
from geo.boundary_files.inspection import Inspection, Request, inspect_file
from geo.boundary_files.picture import compare
from geo.redraw.county_update import CountyUpdate, update_county
from geo.redraw.limits import Limits
from geo.redraw.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Hold what is asked for: under what name, in whose, how near a line is the same."""

    name: str
    author: str
    border_snap_m: float
    cross_parent: bool
    as_json: bool


def draft(file: Path, request: Request, order: Order) -> dict[str, Any]:
    """Make a plan of ``file`` and return what it changes; raise Refused, with nothing stored."""
    narrator = Narrator(quiet=order.as_json)
    try:
        with running_service() as parts:
            return _draft(parts, file, request, order, narrator)
    except Problem as problem:
        raise Refused(problem.detail) from None


def _draft(
    parts: Service, file: Path, request: Request, order: Order, narrator: Narrator
) -> dict[str, Any]:
    known = parts.keeper.current()
    at = now()
    base = revision_at(known, at).name
    with parts.database.transaction(SERVICE) as connection:
        author = _author(account_store.read_account_by_name(connection, order.author.lower()))
        start = read_revision_start(connection, base)
        sheet = Sheet(dict(zip(*read_grid_shapes(connection, start), strict=True)))
        used = plan_store.codes_ever_used(connection, known.county.code)
    exclaves = frozenset(c for c in sheet if c in known.areas and known.areas[c].exclave)
    inspection = inspect_file(file, replace(request, known_exclaves=exclaves), tell=narrator.say)
    importing.require_importable(inspection, as_json=order.as_json)
    limits = Limits(
        area=author.area_code,
        exclaves={*exclaves, *(f.code for f in inspection.features if f.exclave)},
        next_codes=lambda _community, _count: (),
    )
    pieces = {f.code: f.geometry for f in inspection.features if f.geometry is not None}
    update = update_county(
        sheet,
        pieces,
        limits=limits,
        retired=frozenset(used) - set(sheet),
        snap_m=order.border_snap_m,
        cross_parent=order.cross_parent,
    )
    _require_possible(update)
    with parts.database.transaction(scope(author)) as connection:
        plan = start_with(
            connection,
            known,
            author,
            name=order.name,
            area=author.area_code,
            base=base,
            steps=[WorkedOut(logged=s.logged, after=dict(s.outcome.after)) for s in update.steps],
            now=at,
        )
        _note(connection, author, plan["id"], inspection, update)
    summary = compare(sheet, pieces, update).summary
    return {"plan": plan["id"], "name": order.name, "steps": len(update.steps), **summary}


def _author(row: Any) -> Caller:
    if row is None:
        raise Refused("没有这个账号；--author 应为起草人的用户名。")
    if Role(row.role) not in PLAN_AUTHORS:
        raise Refused("这个账号不能起草方案；应为旗级、苏木乡镇或嘎查村（社区）管理员。")
    return Caller(
        session_id=UUID(int=0),
        csrf_token="",
        expires_at=now(),
        account_id=row.id,
        username=row.username,
        display_name=row.display_name,
        role=Role(row.role),
        area_code=row.area_code,
        channel=None,
        org=None,
        person_id=None,
        must_change_password=False,
    )


def _require_possible(update: CountyUpdate) -> None:
    if update.refused:
        told = "\n".join(refusal.message for refusal in update.refused[:20])
        raise Refused(f"未生成方案，有{len(update.refused)}处不能照文件划：\n{told}")
    if not update.steps:
        raise Refused("文件与现有网格界线相同，不需要调整。")


def _note(
    connection: Any, author: Caller, plan_id: str, inspection: Inspection, update: CountyUpdate
) -> None:
    detail = {
        "file": inspection.layer.name,
        "steps": len(update.steps),
        "by": "wangge import plan",
    }
    write_audit(connection, author, "import_boundaries", plan_id, detail=detail)
