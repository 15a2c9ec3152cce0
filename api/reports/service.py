"""See reports through: lists, one report, its steps, a moved pin, the receipt and its replay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.roles import PHONE_READERS, Caller, Role
from api.db import report_store
from api.db.account_store import insert_audit
from api.db.engine import Connection
from api.db.report_store import ReportFilter, columns
from api.deps import now as clock
from api.input_types import parse_time
from api.knowledge import Keeper, Knowledge, is_newer
from api.ownership import (
    Question,
    answer,
    answer_json,
    receipt_json,
)
from api.problems import Problem, invalid
from api.reports.asking import ask, for_category, stored_question
from api.reports.intake import owner_values
from api.reports.views import STEPS_BY_STATUS, full, local, steps_allowed, stream_payload, summary
from geo.codes import is_within
from geo.position import Position

_AFTER_STEP = {"accept": ("accepted", "handling"), "close": ("closed", "reply")}


def find(connection: Connection, report_id: UUID, *, lock: bool = False) -> Any:
    """Return a report row; raise Problem 404 when the caller may not see it or it is none."""
    row = report_store.read_report(connection, report_id, lock=lock)
    if row is None:
        raise Problem("not-found", "没有这个诉求，或您没有查看权限。")
    return row


def read_one(
    connection: Connection, known: Knowledge, caller: Caller, report_id: UUID, now: datetime
) -> dict[str, Any]:
    """Return one report as the caller may see it."""
    row = find(connection, report_id)
    if caller.role is Role.WALL and row.confidential:
        raise Problem("not-found", "没有这个诉求，或您没有查看权限。")
    return full(row, known, caller, now, assignment=row.answer, decided_at=row.decided_at)


def list_page(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    wanted: ReportFilter,
    now: datetime,
) -> tuple[list[dict[str, Any]], tuple[str, str] | None]:
    """Return a page of reports, newest first, and where the next one begins."""
    rows = report_store.list_reports(connection, wanted)
    page = rows[: wanted.limit]
    items = [summary(row, known, caller, now) for row in page]
    more = len(rows) > wanted.limit
    return items, (local(page[-1].created_at) or "", str(page[-1].id)) if more else None


def events(connection: Connection, caller: Caller, report_id: UUID) -> list[dict[str, Any]]:
    """Return what happened to a report, in order."""
    row = find(connection, report_id)
    if caller.role is Role.WALL:
        raise Problem("forbidden", "大屏账号不显示办理经过。")
    return [
        {
            "id": event.id,
            "at": local(event.at),
            "kind": event.kind,
            "by": event.actor,
            "on_behalf_of": event.on_behalf_of,
            "detail": event.detail,
        }
        for event in report_store.read_events(connection, row.id)
    ]


def take_step(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    report_id: UUID,
    *,
    step: str,
    note: str | None,
    on_behalf_of: str | None,
    now: datetime,
) -> dict[str, Any]:
    """Take a step; raise Problem 409 when the state does not allow it, with who and when."""
    row = find(connection, report_id, lock=True)
    if step not in steps_allowed(row.status, caller):
        possible = step in STEPS_BY_STATUS.get(row.status, ())
        if possible:
            raise Problem("forbidden", "您的角色不能执行此步骤，请先签收。")
        raise _illegal(connection, row, "当前状态不能执行此步骤，请刷新后查看最新状态。")
    if step == "close" and row.status != "accepted" and not (note or "").strip():
        raise invalid("未签收的诉求结案须填写说明。", field="note", reason="missing")
    status, stage = _AFTER_STEP[step]
    closed_at = now if status == "closed" else None
    changed = {**columns(row), "status": status}
    report_store.change_status(
        connection,
        {
            "id": row.id,
            "status": status,
            "stage": stage,
            "at": now,
            "closed_at": closed_at,
            "kind": status,
            "actor_id": caller.account_id,
            "actor": caller.username,
            "on_behalf_of": on_behalf_of,
            "detail": {"before": row.status, "after": status, "note": note},
            "area_code": row.area_code,
            "channel": row.channel,
            "org": None,
            "payload": stream_payload(changed, known, status),
        },
    )
    fresh = find(connection, report_id)
    return full(fresh, known, caller, now, assignment=fresh.answer, decided_at=fresh.decided_at)


def _illegal(connection: Connection, row: Any, words: str) -> Problem:
    """Say what the state is, who made it so and when."""
    last = report_store.read_events(connection, row.id)[-1]
    extras = {
        "report_status": row.status,
        "changed_by": last.actor,
        "changed_at": local(last.at),
        "last_event": last.kind,
    }
    return Problem("illegal-step", words, extras)


def move_pin(
    connection: Connection,
    widen: Callable[[], None],
    keeper: Keeper,
    known: Knowledge,
    caller: Caller,
    report_id: UUID,
    position: Position,
    now: datetime,
) -> dict[str, Any]:
    """Give a report another place: its owner is found again; outside the county is refused.

    The pin is a person's word: it is weighed alone, the address stays as it was written.
    ``widen`` lets the rest of the transaction write where the caller may not look: a report may
    move out of the jurisdiction of the one who moves it.
    """
    # Before the row: a publication holds its lock while it works on reports.
    stored = report_store.keep_revisions(connection)
    row = find(connection, report_id, lock=True)
    if row.status == "closed":
        raise _illegal(connection, row, "诉求已结案，不能再移动位置。")
    if is_newer(known.revisions, stored):
        known = keeper.refresh(stored)
    found = answer(keeper, known, Question(position, None, max(now, clock())))
    if found.decision.grid is None:
        reasons = [reason.detail for reason in found.decision.reasons]
        raise Problem(
            "outside-county",
            "新位置不在本旗任何网格内，原位置保持不变。",
            {"reason": "outside", "reasons": reasons, "report_status": row.status},
        )
    found = for_category(found, known, row.category)
    values = owner_values(found)
    if row.status == "accepted" and row.area_code == found.area_code:
        values["status"], values["stage"] = row.status, row.stage
    merged = {**columns(row), **values}
    payload = stream_payload(merged, known, "moved")
    before = {"area": row.area_code, "lon": row.lon, "lat": row.lat, "status": row.status}
    values["routed"] = {**values["routed"], "before": before}
    widen()
    if not is_within(found.area_code, row.area_code):
        # Those who saw it and see it no longer must be told, or its pin stays on their map.
        gone = {**columns(row), "status": values["status"], "lon": None, "lat": None}
        report_store.announce(
            connection,
            area_code=row.area_code,
            channel=row.channel,
            org=None,
            payload=stream_payload(gone, known, "left"),
        )
    report_store.move_report(
        connection,
        {
            **values,
            "id": row.id,
            "at": now,
            "actor_id": caller.account_id,
            "actor": caller.username,
            "channel": row.channel,
            "org": None,
            "payload": payload,
        },
    )
    fresh = find(connection, report_id)
    return full(fresh, known, caller, now, assignment=fresh.answer, decided_at=fresh.decided_at)


def reveal_reporter(
    connection: Connection, caller: Caller, report_id: UUID, *, now: datetime, ip: str | None
) -> dict[str, str | None]:
    """Return the reporter's name and phone in full, and write down who looked."""
    row = find(connection, report_id)
    if caller.role not in PHONE_READERS:
        raise Problem("forbidden", "您的角色不能查看来电人电话。")
    if caller.role in (Role.GRID_WORKER, Role.DEPARTMENT) and row.status == "closed":
        raise Problem("forbidden", "诉求已结案，不再显示来电人电话。")
    insert_audit(
        connection,
        {
            "actor_id": caller.account_id,
            "actor": caller.username,
            "action": "reporter_revealed",
            "object": row.number,
            "area_code": row.area_code,
            "detail": {"report": str(row.id), "at": now.isoformat()},
            "ip": ip,
        },
    )
    return {"name": row.reporter_name, "phone": row.reporter_phone}


def receipt(connection: Connection, caller: Caller, report_id: UUID) -> dict[str, Any]:
    """Return why the report went where it went: the stored receipt of its assignment."""
    if not caller.sees_texts:
        raise Problem("forbidden", "大屏账号不显示判定依据。")
    row = find(connection, report_id)
    return {
        "report": str(row.id),
        "number": row.number,
        "decided_at": local(row.decided_at),
        "receipt": row.receipt,
    }


def replay(
    connection: Connection, keeper: Keeper, known: Knowledge, caller: Caller, report_id: UUID
) -> dict[str, Any]:
    """Ask the stored question again, at its instant, and compare with what was answered then."""
    stored = receipt(connection, caller, report_id)
    row = find(connection, report_id)
    kept = stored["receipt"]
    question = stored_question(kept, parse_time(kept["question"]["at"]))
    found = ask(keeper, known, question, category=row.category)
    again = receipt_json(found)
    then = row.answer
    now_answer = answer_json(found)
    differences = [
        name
        for name in ("decision", "grid", "path", "decided_by", "candidates", "worker", "revision")
        if then.get(name) != now_answer.get(name)
    ]
    if again["trace"] != stored["receipt"]["trace"]:
        differences.append("trace")
    return {**stored, "replayed": again, "identical": not differences, "differences": differences}
