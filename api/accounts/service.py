"""Make, lock and unlock accounts and change passwords; each is written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from api.accounts.audit_trail import write_audit
from api.accounts.passwords import hash_password, password_matches, refuse_weak
from api.accounts.roles import LABELS, Caller, Role
from api.db import account_store, registry_store
from api.db.account_store import UsernameTaken
from api.db.engine import Connection
from api.db.report_tables import CHANNELS
from api.problems import Problem, invalid
from geo.codes import Level, is_within, level_of

# Who acts when an account is made from a shell on the server.
COMMAND_LINE = "command-line"
# Events and audit name these as actors that are no account.
RESERVED_NAMES = frozenset({COMMAND_LINE, "resident", "demo", "handover"})
USERNAME = re.compile(r"[A-Za-z0-9._-]{2,60}", re.ASCII)
FOREVER = timedelta(days=36_500)
# A village's full-time worker covers all its grids, hence two levels for a worker.
_LEVELS_OF_ROLE: Mapping[Role, tuple[frozenset[Level], str]] = {
    Role.COUNTY_ADMIN: (frozenset({Level.COUNTY}), "旗"),
    Role.TOWNSHIP_ADMIN: (frozenset({Level.TOWNSHIP}), "乡镇"),
    Role.COMMUNITY_ADMIN: (frozenset({Level.COMMUNITY}), "村（社区）"),
    Role.GRID_WORKER: (frozenset({Level.COMMUNITY, Level.GRID}), "网格或村（社区）"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Hold what an administrator says of a new account."""

    username: str
    display_name: str
    role: Role
    area_code: str
    password: str
    channel: str | None = None
    org: str | None = None
    person_id: UUID | None = None
    person: str | None = None
    must_change_password: bool = False


def change_password(
    connection: Connection, caller: Caller, *, old: str, new: str, ip: str | None
) -> None:
    """Change the caller's own password; other sessions of the account end."""
    row = account_store.read_account(connection, caller.account_id, lock=True)
    if row is None or not password_matches(row.password_hash, old):
        raise Problem("wrong-credentials", "原密码不正确。")
    if old == new:
        raise Problem("weak-password", "新密码不能与原密码相同。")
    refuse_weak(new, username=caller.username)
    account_store.set_password(connection, caller.account_id, hash_password(new), must_change=False)
    account_store.delete_sessions(connection, caller.account_id, keep=caller.session_id)
    write_audit(connection, caller, "password_changed", caller.username, ip=ip)


def check_new_account(new: NewAccount, *, area_level: Level) -> None:
    """Refuse an account whose name, role, area, channel or password does not fit."""
    if not USERNAME.fullmatch(new.username):
        words = "用户名应为2至60个字母、数字、点、短横或下划线。"
        raise invalid(words, field="username", reason="bad_username")
    if new.username.lower() in RESERVED_NAMES:
        raise Problem("username-taken", "该用户名为系统保留，请换一个。")
    if new.channel is not None and new.channel not in CHANNELS:
        raise invalid("渠道不在可选值之内。", field="channel", reason="unknown_channel")
    levels, name = _LEVELS_OF_ROLE.get(new.role, (frozenset(Level), ""))
    if area_level not in levels:
        words = f"{LABELS[new.role]}的辖区应为{name}。"
        raise invalid(words, field="area", reason="wrong_level")
    if new.role is Role.INTEGRATION and not new.channel:
        raise invalid("接口账号须指明渠道 channel。", field="channel", reason="missing")
    if new.role is Role.DEPARTMENT and not new.org:
        raise invalid("部门联络员须指明单位 org。", field="org", reason="missing")
    refuse_weak(new.password, username=new.username)


def create_account(
    connection: Connection, caller: Caller | None, new: NewAccount, *, ip: str | None
) -> UUID:
    """Make an account; a county administrator only inside the county, never a system one."""
    by_county = caller is not None and caller.role is Role.COUNTY_ADMIN
    beyond = caller is not None and not is_within(new.area_code, caller.area_code)
    if by_county and (beyond or new.role is Role.SYSTEM_ADMIN):
        raise Problem("forbidden", "只能在本旗范围内建立账号，且不能建立系统管理员。")
    check_new_account(new, area_level=level_of(new.area_code))
    person_id = person_of(connection, new.person, new.area_code) if new.person else None
    account_id = uuid4()
    try:
        account_store.insert_account(
            connection,
            {
                "id": account_id,
                "username": new.username.lower(),
                "display_name": new.display_name,
                "role": new.role.value,
                "area_code": new.area_code,
                "channel": new.channel,
                "org": new.org,
                "person_id": person_id or new.person_id,
                "password_hash": hash_password(new.password),
                "must_change_password": new.must_change_password,
            },
        )
    except UsernameTaken:
        raise Problem("username-taken", "该用户名已被使用，请换一个。") from None
    account_store.insert_audit(
        connection,
        {
            "actor_id": caller.account_id if caller else None,
            "actor": caller.username if caller else COMMAND_LINE,
            "action": "account_created",
            "object": new.username.lower(),
            "area_code": caller.area_code if caller else new.area_code,
            "detail": {"role": new.role.value, "area": new.area_code, **_named(new.person)},
            "ip": ip,
        },
    )
    return account_id


def _named(number: str | None) -> dict[str, str]:
    return {"person": number} if number else {}


def person_of(connection: Connection, number: str, area_code: str) -> UUID:
    """Return the person with a number (工号) who works in the area or above it, in its county.

    Raises Problem 422 for a number that nobody has there.
    """
    person_id = registry_store.person_by_number(connection, number)
    row = registry_store.read_row(connection, "people", person_id) if person_id else None
    if person_id is None or row is None or row["area_code"][:6] != area_code[:6]:
        words = "人员名册中没有这个工号，请先在值守页登记人员。"
        raise invalid(words, field="person", reason="unknown_person")
    return person_id


def link_person(
    connection: Connection, caller: Caller, account_id: UUID, number: str | None, *, ip: str | None
) -> None:
    """Say who uses an account: from the next request on it sees the grids of the person's posts.

    None takes the link away. Raises Problem 404 for an account the caller does not administer,
    422 for an unknown number.
    """
    row = _administered(connection, caller, account_id)
    person_id = person_of(connection, number, row.area_code) if number else None
    account_store.set_person(connection, account_id, person_id)
    write_audit(connection, caller, "account_person", row.username, detail=_named(number), ip=ip)


def _administered(connection: Connection, caller: Caller, account_id: UUID) -> Any:
    """Return and lock an account that the caller may change."""
    row = account_store.read_account(connection, account_id, lock=True)
    if row is None or not is_within(row.area_code, caller.area_code):
        raise Problem("not-found", "没有这个账号。")
    if caller.role is Role.COUNTY_ADMIN and row.role == Role.SYSTEM_ADMIN:
        raise Problem("forbidden", "不能更改系统管理员的账号。")
    return row


def password_holds(connection: Connection, username: str, password: str) -> bool:
    """Say whether an account is there with this password."""
    row = account_store.read_account_by_name(connection, username)
    return row is not None and password_matches(row.password_hash, password)


def put_demo_account(connection: Connection, new: NewAccount, *, keep: bool) -> None:
    """Make a demo account; one that is there loses its lock and, unless ``keep``, its password."""
    row = account_store.read_account_by_name(connection, new.username)
    if row is None:
        create_account(connection, None, new, ip=None)
        return
    if not keep:
        account_store.set_password(
            connection, row.id, hash_password(new.password), must_change=False
        )
    account_store.set_lock(connection, row.id, until=None, reason=None)


def administer(
    connection: Connection,
    caller: Caller,
    account_id: UUID,
    *,
    action: str,
    now: datetime,
    ip: str | None,
    reason: str | None = None,
    password: str | None = None,
) -> None:
    """Lock, unlock or give a new password; a locked account loses its sessions at once."""
    row = _administered(connection, caller, account_id)
    if action == "lock":
        if row.id == caller.account_id:
            raise Problem("forbidden", "不能锁定自己的账号。")
        account_store.set_lock(
            connection, account_id, until=now + FOREVER, reason=reason or "管理员锁定"
        )
        account_store.delete_sessions(connection, account_id)
    elif action == "unlock":
        account_store.set_lock(connection, account_id, until=None, reason=None)
    else:
        refuse_weak(password or "", username=row.username)
        account_store.set_password(
            connection, account_id, hash_password(password or ""), must_change=True
        )
        account_store.delete_sessions(connection, account_id)
    detail = {"reason": reason} if reason else {}
    write_audit(connection, caller, f"account_{action}", row.username, detail=detail, ip=ip)


def unlock_by_name(connection: Connection, username: str) -> None:
    """Unlock an account from a shell; raise Problem 404 when there is none."""
    row = account_store.read_account_by_name(connection, username)
    if row is None:
        raise Problem("not-found", "没有这个账号。")
    account_store.set_lock(connection, row.id, until=None, reason=None)
    account_store.insert_audit(
        connection,
        {
            "actor_id": None,
            "actor": COMMAND_LINE,
            "action": "account_unlock",
            "object": username,
            "area_code": row.area_code,
            "detail": {},
            "ip": None,
        },
    )
