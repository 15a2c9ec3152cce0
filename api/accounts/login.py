"""Let people in and out: passwords checked, wrong tries counted, sessions opened and ended."""

from __future__ import annotations

import hashlib
import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from api.accounts.audit_trail import write_audit
from api.accounts.passwords import password_matches
from api.accounts.roles import Caller, Role
from api.db import account_store
from api.db.engine import NOBODY, Connection, Database
from api.problems import Problem
from api.settings import Settings


@dataclass(frozen=True, slots=True)
class NewSession:
    """Hold what a login hands out; the token is stored only as a hash."""

    token: str
    expires_at: datetime
    caller: Caller


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


def log_out(connection: Connection, caller: Caller, ip: str | None) -> None:
    """End the caller's session at once."""
    account_store.delete_session(connection, caller.session_id)
    write_audit(connection, caller, "logout", caller.username, ip=ip)
