"""Serve the roster as a file: import with a dry run, export, the template to fill in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.accounts.roles import scope_of
from api.deps import KnowledgeDep, NowDep
from api.duty.roster_import import Actor, Outcome, import_roster
from api.duty.routes import CodeQuery, DeskDep, EditorDep
from api.duty.service import Desk
from api.input_types import local_time
from api.problems import Problem
from api.sheet_files import MAX_FILE_BYTES
from api.strict_json import StrictRoute
from api.uploads import file_of, form_docs, form_of
from geo.codes import parse_code

router = APIRouter(prefix="/v1/roster", tags=["duty"], route_class=StrictRoute)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_FAULTS = 200
_BODY_DOCS = form_docs()


@router.post("/import", openapi_extra=_BODY_DOCS)
async def upload(request: Request, desk: DeskDep, dry_run: bool = False) -> dict[str, Any]:
    """Import a roster (XLSX or CSV) whole or not at all; a dry run stores nothing."""
    async with form_of(request) as form:
        return await run_in_threadpool(_take, desk, form, dry_run)


def _take(desk: Desk, form: FormData, dry_run: bool) -> dict[str, Any]:
    file = file_of(form, most_bytes=MAX_FILE_BYTES)
    actor = Actor(
        username=desk.caller.username,
        area=desk.caller.area_code,
        scope=scope_of(desk.caller),
        account_id=desk.caller.account_id,
        ip=desk.ip,
    )
    outcome = import_roster(
        desk.parts.database,
        desk.parts.keeper,
        file.file.read(),
        actor=actor,
        now=desk.now,
        dry_run=dry_run,
    )
    answer = outcome_json(outcome, dry_run=dry_run)
    if outcome.faults and not dry_run:
        words = f"没有导入：{len(outcome.faults)}处有误，请改正后重试。"
        raise Problem("invalid-input", words, {**answer, "reason": "row_errors"})
    return answer


def outcome_json(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    """Return what an import did or would do; of very many faults the first."""
    plan = outcome.plan
    names = {person.id: person.name for person in (*plan.people_added, *plan.people_changed)}
    return {
        **outcome.counts(),
        "errors": [
            {
                "line": fault.line,
                "column": fault.column,
                "reason": fault.reason,
                "message": fault.message,
            }
            for fault in outcome.faults[:MOST_FAULTS]
        ],
        "errors_total": len(outcome.faults),
        "ending": [
            {
                "post": str(term.post_id),
                "person": names.get(term.person_id),
                "to": local_time(term.end),
            }
            for term in plan.terms_ended[:MOST_FAULTS]
        ],
        "dry_run": dry_run,
        "imported": outcome.stored,
    }


@router.get("/template.xlsx", response_class=Response)
def template(_caller: EditorDep) -> Response:
    """Return the workbook to fill in, with notes."""
    # openpyxl is read for the first workbook: a service that starts does not wait for it.
    from api.duty.roster_export import template_workbook

    return _file(template_workbook(), "roster-template.xlsx")


# Not below /roster: the name of the file is the contract's.
export = APIRouter(prefix="/v1", tags=["duty"], route_class=StrictRoute)


@export.get("/roster.xlsx", response_class=Response)
def whole(caller: EditorDep, known: KnowledgeDep, now: NowDep, area: CodeQuery = None) -> Response:
    """Return the roster of the caller's area, or of one within it, as a workbook."""
    from api.duty.roster_export import roster_workbook

    code = parse_code(area) if area else caller.area_code
    if code not in known.areas:
        raise Problem("not-found", "没有这个编码的区域。")
    if not code.startswith(caller.area_code):
        raise Problem("forbidden", "只能导出本辖区的花名册。")
    content, _rows = roster_workbook(known, caller, area=code, at=now)
    return _file(content, f"roster-{code}.xlsx")


def _file(content: bytes, name: str) -> Response:
    return Response(
        content,
        media_type=XLSX,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
