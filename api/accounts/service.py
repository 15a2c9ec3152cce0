"""Let people in and out, keep their accounts, and write down what was done."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from api.accounts.passwords import hash_password, password_matches, refuse_weak
from api.accounts.roles import LABELS, Caller, Role
from api.db import account_store
from api.db.account_store import UsernameTaken
from api.db.engine import NOBODY, Connection, Database
from api.problems import Problem, invalid
from api.settings import Settings
from geo.codes import Level, is_within, level_of

# Who acts when an account is made from a shell on the server.
COMMAND_LINE = "command-line"
FOREVER = timedelta(days=36_500)
# A village's full-time worker covers all its grids, hence two levels for a worker.
_LEVELS_OF_ROLE: Mapping[Role, tuple[frozenset[Level], str]] = {
    Role.COUNTY_ADMIN: (frozenset({Level.COUNTY}), "旗"),
    Role.TOWNSHIP_ADMIN: (frozenset({Level.TOWNSHIP}), "乡镇"),
    Role.COMMUNITY_ADMIN: (frozenset({Level.COMMUNITY}), "村（社区）"),
    Role.GRID_WORKER: (frozenset({Level.COMMUNITY, Level.GRID}), "网格或村（社区）"),
}


@dataclass(frozen=True, slots=True)
class NewSession:
    """Hold what a login hands out; the token is stored only as a hash."""

    token: str
    expires_at: datetime
    caller: Caller


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
    must_change_password: bool = False


def token_hash(token: str) -> bytes:
    """Return what is stored of a session token."""
    return hashlib.sha256(token.encode()).digest()


def caller_of(row: Any) -> Caller:
    """Return the caller of a session row."""
    return Caller(
        session_id=row.session_id,
        csrf_token=row.csrf_token,
        expires_at=row.expires_at,
        account_id=row.account_id,
        username=row.username,
        display_name=row.display_name,
        role=Role(row.role),
        area_code=row.area_code,
        channel=row.channel,
        org=row.org,
        person_id=row.person_id,
        must_change_password=row.must_change_password,
    )


def log_in(
    database: Database,
    settings: Settings,
    *,
    username: str,
    password: str,
    now: datetime,
    ip: str | None,
) -> NewSession:
    """Check a password and open a session; raise Problem 401, or 429 for a locked account.

    Counting the wrong try must outlive the refusal: it is committed before the problem is raised.
    """
    with database.transaction(NOBODY) as connection:
        row = account_store.read_account_by_name(connection, username.lower())
        locked_until = row.locked_until if row is not None else None
        locked = locked_until is not None and locked_until > now
        if not locked and password_matches(row.password_hash if row else None, password):
            assert row is not None
            return _open_session(connection, settings, row.id, now=now, ip=ip)
        if row is not None and not locked:
            locked_until = _count_failure(connection, settings, row, now=now, ip=ip)
    if locked_until is not None and locked_until > now:
        raise _locked(locked_until - now, timedelta(minutes=settings.login_lock_minutes))
    raise Problem("wrong-credentials", "用户名或密码不正确。")


def _locked(remaining: timedelta, longest: timedelta) -> Problem:
    if remaining > longest:
        # An administrator's lock has no end of its own: asking again later is all one can do.
        words, wait = "账号已被管理员锁定，请联系管理员解锁。", longest.total_seconds()
    else:
        wait = remaining.total_seconds()
        words = f"账号已锁定，请{math.ceil(wait / 60)}分钟后再试，或联系管理员解锁。"
    return Problem("account-locked", words, headers={"Retry-After": str(math.ceil(wait))})


def _open_session(
    connection: Connection, settings: Settings, account_id: UUID, *, now: datetime, ip: str | None
) -> NewSession:
    token = secrets.token_urlsafe(32)
    expires_at = now + timedelta(hours=settings.session_hours)
    account_store.note_login(connection, account_id, now)
    account_store.insert_session(
        connection,
        {
            "id": uuid4(),
            "token_sha256": token_hash(token),
            "csrf_token": secrets.token_urlsafe(16),
            "account_id": account_id,
            "created_at": now,
            "expires_at": expires_at,
        },
    )
    row = account_store.read_session(connection, token_hash(token), now)
    assert row is not None
    caller = caller_of(row)
    write_audit(connection, caller, "login", caller.username, ip=ip)
    return NewSession(token, expires_at, caller)


def _count_failure(
    connection: Connection, settings: Settings, row: Any, *, now: datetime, ip: str | None
) -> datetime | None:
    tries = row.failed_tries + 1
    lock = tries >= settings.login_tries
    until = now + timedelta(minutes=settings.login_lock_minutes) if lock else None
    account_store.note_failure(connection, row.id, tries=tries, locked_until=until)
    if lock:
        account_store.insert_audit(
            connection,
            {
                "actor_id": row.id,
                "actor": row.username,
                "action": "locked_after_wrong_passwords",
                "object": row.username,
                "area_code": row.area_code,
                "detail": {"tries": tries},
                "ip": ip,
            },
        )
    return until


def write_audit(
    connection: Connection,
    caller: Caller,
    action: str,
    object_: str,
    *,
    detail: dict[str, Any] | None = None,
    ip: str | None = None,
) -> None:
    """Append one line to the audit trail."""
    account_store.insert_audit(
        connection,
        {
            "actor_id": caller.account_id,
            "actor": caller.username,
            "action": action,
            "object": object_,
            "area_code": caller.area_code,
            "detail": detail or {},
            "ip": ip,
        },
    )


def log_out(connection: Connection, caller: Caller, ip: str | None) -> None:
    """End the caller's session at once."""
    account_store.delete_session(connection, caller.session_id)
    write_audit(connection, caller, "logout", caller.username, ip=ip)


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
    """Refuse an account whose role and area, or whose password, do not fit."""
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
                "person_id": new.person_id,
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
            "detail": {"role": new.role.value, "area": new.area_code},
            "ip": ip,
        },
    )
    return account_id


def put_demo_account(connection: Connection, new: NewAccount) -> None:
    """Make a demo account, or give the one that is there a new password and no lock."""
    row = account_store.read_account_by_name(connection, new.username)
    if row is None:
        create_account(connection, None, new, ip=None)
        return
    account_store.set_password(connection, row.id, hash_password(new.password), must_change=False)
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
    row = account_store.read_account(connection, account_id, lock=True)
    if row is None or not is_within(row.area_code, caller.area_code):
        raise Problem("not-found", "没有这个账号。")
    if caller.role is Role.COUNTY_ADMIN and row.role == Role.SYSTEM_ADMIN:
        raise Problem("forbidden", "不能更改系统管理员的账号。")
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
