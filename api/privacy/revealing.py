"""Show a reporter in full to those who may call back, and write down who looked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.roles import PHONE_READERS, Caller, Role
from api.db.account_store import insert_audit
from api.db.engine import SERVICE, Connection, Database
from api.db.reporter_store import read_reporters
from api.knowledge import Knowledge
from api.life.state import Case
from api.privacy.vault import Reporter, Unreadable, Vault
from api.problems import Problem, invalid
from api.reports.lives import case_of
from api.reports.parties import actor_of

_NOBODY = Reporter(None, None)
# They see a phone for as long as the report is theirs, and search for none.
_WHILE_THEIRS = frozenset({Role.GRID_WORKER, Role.DEPARTMENT})
PHONE_SEARCHERS = frozenset(PHONE_READERS) - _WHILE_THEIRS


def reveal(
    database: Database,
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    row: Any,
    *,
    now: datetime,
    ip: str | None,
) -> dict[str, Any]:
    """Return name and phone of who is to be called back, and ``others`` when there are more.

    A report that was split off has the reporter of its parent, one that others were merged into
    has theirs too. Raises Problem 403 for who may not, 503 for a lost key.
    """
    case = case_of(row, known)
    _require_theirs(case, row, known, caller, now)
    # A confidential part of a call has no caller, though the rest of the call may have one.
    shared = () if row.confidential else (UUID(name) for name in case.reporters)
    wanted = dict.fromkeys([row.id, *shared])
    # A report that was merged may lie beyond the caller's area; its reporter belongs here now.
    database.set_scope(connection, SERVICE)
    found = {one.report_id: one for one in read_reporters(connection, list(wanted))}
    kept = [found[one] for one in wanted if one in found and found[one].state == "kept"]
    for number in {row.number, *(one.number for one in kept)}:
        _write_down(connection, caller, row, number, now=now, ip=ip)
    opened = [(one, _opened(known.vault, one)) for one in kept]
    first = opened[0][1] if opened else _NOBODY
    answer: dict[str, Any] = {"name": first.name, "phone": first.phone}
    if len(opened) > 1:
        answer["others"] = [
            {
                "report": str(one.report_id),
                "number": one.number,
                "name": reporter.name,
                "phone": reporter.phone,
            }
            for one, reporter in opened[1:]
        ]
    return answer


def _require_theirs(case: Case, row: Any, known: Knowledge, caller: Caller, now: datetime) -> None:
    if caller.role not in PHONE_READERS:
        raise Problem("forbidden", "您的角色不能查看来电人电话。")
    if caller.role not in _WHILE_THEIRS:
        return
    if row.closed_at is not None:
        raise Problem("forbidden", "诉求已结案，不再显示来电人电话。")
    if not actor_of(caller, known, now).is_party(case.holder):
        raise Problem("forbidden", "诉求不在您手中，不能查看来电人电话。")


def _opened(vault: Vault, one: Any) -> Reporter:
    try:
        return vault.open(one.report_id, one.key_id, bytes(one.sealed))
    except Unreadable as lost:
        raise Problem(
            "reporter-keys-missing",
            f"来电人信息无法解密：服务器没有编号为{lost.key_id}的密钥，或密钥不符。请系统管理员"
            "恢复密钥文件（wangge reporters status 可查缺哪一把）；诉求可照常办理。",
            {"key": lost.key_id},
        ) from None


def _write_down(
    connection: Connection,
    caller: Caller,
    row: Any,
    number: str,
    *,
    now: datetime,
    ip: str | None,
) -> None:
    insert_audit(
        connection,
        {
            "actor_id": caller.account_id,
            "actor": caller.username,
            "action": "reporter_revealed",
            "object": number,
            "area_code": row.area_code,
            "detail": {"report": str(row.id), "at": now.isoformat()},
            "ip": ip,
        },
    )


def tags_to_search(
    connection: Connection, vault: Vault, caller: Caller, phone: str, ip: str | None
) -> tuple[bytes, ...]:
    """Return the hashes to search a phone by, and write down who searched; never for what.

    Raises Problem 403 for who may not, 422 for what is no number, 503 without keys.
    """
    if caller.role not in PHONE_SEARCHERS:
        raise Problem("forbidden", "您的角色不能按电话查找诉求。")
    if not vault.keys():
        raise Problem("reporter-keys-missing", "服务器缺少来电人信息的密钥，暂不能按电话查找。")
    tags = vault.phone_tags(phone)
    if not tags:
        raise invalid("电话号码位数不足。", field="phone", reason="no_number")
    insert_audit(
        connection,
        {
            "actor_id": caller.account_id,
            "actor": caller.username,
            "action": "reporter_searched",
            "object": "",
            "area_code": caller.area_code,
            "detail": {},
            "ip": ip,
        },
    )
    return tuple(tags)
