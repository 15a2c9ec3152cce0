"""Withdraw a photo: its picture goes for good, that there was one and who withdrew it stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.audit_trail import write_audit
from api.accounts.roles import Caller
from api.db import photo_store
from api.db.engine import Connection, Scope
from api.deps import Service
from api.knowledge import Knowledge
from api.photos.service import files_of
from api.photos.telling import tell
from api.photos.views import may_withdraw, photo_json, photo_of, report_of
from api.problems import Problem, invalid


def withdraw(
    service: Service,
    known: Knowledge,
    caller: Caller,
    scope: Scope,
    photo_id: UUID,
    *,
    reason: str | None,
    now: datetime,
    ip: str | None,
) -> dict[str, Any]:
    """Withdraw a photo: its picture goes, that there was one stays; return what stays.

    Raises Problem: 404 no such photo for the caller, 403 not the caller's to withdraw, 422 no
    reason where one is needed. A photo that was withdrawn before is returned as it is.
    """
    with service.database.transaction(scope) as connection:
        photo_store.hold_report(connection, photo_of(connection, photo_id).report_id)
        row = photo_of(connection, photo_id)
        report = report_of(connection, row.report_id)
        if row.withdrawn_at is None:
            _require_withdrawal(may_withdraw(row, caller, report), reason)
            _write_withdrawal(connection, caller, row, report, reason=reason, now=now, ip=ip)
            tell(connection, known, row.report_id, "photo_withdrawn", now)
            row = photo_of(connection, photo_id)
    # After the row says so: a process that dies in between leaves the file to the sweep.
    files_of(service).remove(photo_id)
    return photo_json(row, caller, report)


def _require_withdrawal(may: str, reason: str | None) -> None:
    if may == "no":
        raise Problem(
            "forbidden", "照片由拍摄人在办结前撤回；此外由受理台或上级管理员撤回，须写明原因。"
        )
    if may == "with_reason" and reason is None:
        raise invalid("请写撤回的原因。", field="reason", reason="missing")


def _write_withdrawal(
    connection: Connection,
    caller: Caller,
    row: Any,
    report: Any,
    *,
    reason: str | None,
    now: datetime,
    ip: str | None,
) -> None:
    name = caller.display_name or caller.username
    about = {"photo": str(row.id), "taken_by": row.by_name}
    photo_store.withdraw(
        connection,
        row.id,
        {
            "report_id": report.id,
            "at": now,
            "actor_id": caller.account_id,
            "actor": caller.username,
            "by_name": name,
            "reason": reason,
            "detail": {**about, "name": name, **({"note": reason} if reason else {})},
        },
    )
    detail = {**about, "report": str(report.id), "reason": reason}
    write_audit(connection, caller, "photo_withdrawn", report.number, detail=detail, ip=ip)
