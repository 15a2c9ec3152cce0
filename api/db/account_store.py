"""Read and write accounts, sessions and the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

_ACCOUNT = (
    "a.id, a.username, a.display_name, a.role, a.area_code, a.channel, a.org, a.person_id, "
    "a.password_hash, a.must_change_password, a.failed_tries, a.locked_until, a.locked_reason, "
    "a.last_login_at, a.created_at"
)


class UsernameTaken(Exception):
    """Say that the username is in use."""


def read_account_by_name(connection: Connection, username: str) -> Any | None:
    """Return the account called ``username`` and keep others from changing it meanwhile."""
    return connection.execute(
        text(f"SELECT {_ACCOUNT} FROM accounts a WHERE a.username = :username FOR UPDATE"),
        {"username": username},
    ).one_or_none()


def read_account(connection: Connection, account_id: UUID, *, lock: bool = False) -> Any | None:
    """Return one account, None when there is none."""
    return connection.execute(
        text(
            f"SELECT {_ACCOUNT} FROM accounts a WHERE a.id = :id" + (" FOR UPDATE" if lock else "")
        ),
        {"id": account_id},
    ).one_or_none()


def list_accounts(connection: Connection, *, area: str, after: str | None, limit: int) -> list[Any]:
    """Return accounts of ``area`` and below by username, one more than ``limit`` if there are."""
    return list(
        connection.execute(
            text(
                f"SELECT {_ACCOUNT} FROM accounts a WHERE a.area_code ^@ :area "
                "AND a.username > :after ORDER BY a.username LIMIT :limit"
            ),
            {"area": area, "after": after or "", "limit": limit + 1},
        )
    )


def insert_account(connection: Connection, values: dict[str, Any]) -> None:
    """Insert an account; raise UsernameTaken when the name is in use."""
    try:
        connection.execute(
            text(
                "INSERT INTO accounts (id, username, display_name, role, area_code, channel, org, "
                "person_id, password_hash, must_change_password) VALUES (:id, :username, "
                ":display_name, :role, :area_code, :channel, :org, :person_id, :password_hash, "
                ":must_change_password)"
            ),
            {"channel": None, "org": None, "person_id": None, **values},
        )
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") == "23505":
            raise UsernameTaken from error
        raise


def set_password(
    connection: Connection, account_id: UUID, password_hash: str, *, must_change: bool
) -> None:
    """Replace the password hash."""
    connection.execute(
        text(
            "UPDATE accounts SET password_hash = :hash, must_change_password = :must, "
            "failed_tries = 0 WHERE id = :id"
        ),
        {"id": account_id, "hash": password_hash, "must": must_change},
    )


def note_failure(
    connection: Connection, account_id: UUID, *, tries: int, locked_until: datetime | None
) -> None:
    """Count a wrong password; lock the account when ``locked_until`` is given."""
    connection.execute(
        text("UPDATE accounts SET failed_tries = :tries WHERE id = :id"),
        {"id": account_id, "tries": tries},
    )
    if locked_until is not None:
        set_lock(connection, account_id, until=locked_until, reason="连续输错密码")


def note_login(connection: Connection, account_id: UUID, at: datetime) -> None:
    """Remember a login and forget the wrong tries before it."""
    connection.execute(
        text(
            "UPDATE accounts SET last_login_at = :at, failed_tries = 0, "
            "locked_reason = NULL WHERE id = :id"
        ),
        {"id": account_id, "at": at},
    )


def set_person(connection: Connection, account_id: UUID, person_id: UUID | None) -> None:
    """Say who uses an account; None for nobody in particular."""
    connection.execute(
        text("UPDATE accounts SET person_id = :person WHERE id = :id"),
        {"id": account_id, "person": person_id},
    )


def set_lock(
    connection: Connection, account_id: UUID, *, until: datetime | None, reason: str | None
) -> None:
    """Lock the account until ``until``; None unlocks it."""
    connection.execute(
        text(
            "UPDATE accounts SET locked_until = :until, locked_reason = :reason, "
            "failed_tries = 0 WHERE id = :id"
        ),
        {"id": account_id, "until": until, "reason": reason},
    )


def insert_session(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a session: id, token_sha256, csrf_token, account_id, created_at, expires_at."""
    connection.execute(
        text(
            "INSERT INTO sessions (id, token_sha256, csrf_token, account_id, created_at, "
            "expires_at) VALUES (:id, :token_sha256, :csrf_token, :account_id, :created_at, "
            ":expires_at)"
        ),
        values,
    )


def read_session(connection: Connection, token_sha256: bytes, now: datetime) -> Any | None:
    """Return the live session of a token with its account.

    Wrong passwords lock the login, not those who are in: else anybody could throw them out. An
    administrator's lock ends the sessions themselves.
    """
    return connection.execute(
        text(
            "SELECT s.id AS session_id, s.csrf_token, s.expires_at, a.id AS account_id, "
            "a.username, a.display_name, a.role, a.area_code, a.channel, a.org, a.person_id, "
            "a.must_change_password FROM sessions s JOIN accounts a ON a.id = s.account_id "
            "WHERE s.token_sha256 = :token AND s.expires_at > :now"
        ),
        {"token": token_sha256, "now": now},
    ).one_or_none()


def session_lives(connection: Connection, session_id: UUID) -> bool:
    """Say whether a session has neither ended nor been revoked."""
    found = connection.execute(
        text("SELECT EXISTS (SELECT 1 FROM sessions WHERE id = :id AND expires_at > now())"),
        {"id": session_id},
    )
    return bool(found.scalar_one())


def delete_session(connection: Connection, session_id: UUID) -> None:
    """End one session."""
    connection.execute(text("DELETE FROM sessions WHERE id = :id"), {"id": session_id})


def delete_sessions(connection: Connection, account_id: UUID, *, keep: UUID | None = None) -> None:
    """End every session of an account, but for ``keep``."""
    connection.execute(
        text(
            "DELETE FROM sessions WHERE account_id = :account "
            "AND id IS DISTINCT FROM CAST(:keep AS uuid)"
        ),
        {"account": account_id, "keep": keep},
    )


def insert_audit(connection: Connection, values: dict[str, Any]) -> None:
    """Append to the audit trail: actor_id, actor, action, object, area_code, detail, ip."""
    connection.execute(
        text(
            "INSERT INTO audit (actor_id, actor, action, object, area_code, detail, ip) VALUES "
            "(:actor_id, :actor, :action, :object, :area_code, CAST(:detail AS jsonb), :ip)"
        ),
        {**values, "detail": orjson.dumps(values.get("detail", {})).decode()},
    )


def insert_audits(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Append many rows to the audit trail, each as ``insert_audit`` takes it."""
    if rows:
        connection.execute(
            text(
                "INSERT INTO audit (actor_id, actor, action, object, area_code, detail, ip) VALUES "
                "(:actor_id, :actor, :action, :object, :area_code, CAST(:detail AS jsonb), :ip)"
            ),
            [{**row, "detail": orjson.dumps(row["detail"]).decode()} for row in rows],
        )


def list_audit(
    connection: Connection,
    *,
    area: str,
    since: datetime | None,
    until: datetime | None,
    actor: str | None,
    action: str | None,
    before_id: int | None,
    limit: int,
) -> list[Any]:
    """Return audit rows of ``area`` and below, newest first, one more than ``limit``."""
    return list(
        connection.execute(
            text(
                "SELECT id, at, actor, action, object, detail, ip FROM audit "
                "WHERE area_code ^@ :area "
                "AND (CAST(:since AS timestamptz) IS NULL OR at >= :since) "
                "AND (CAST(:until AS timestamptz) IS NULL OR at < :until) "
                "AND (CAST(:actor AS text) IS NULL OR actor = :actor) "
                "AND (CAST(:action AS text) IS NULL OR action = :action) "
                "AND (CAST(:before AS bigint) IS NULL OR id < :before) "
                "ORDER BY id DESC LIMIT :limit"
            ),
            {
                "area": area,
                "since": since,
                "until": until,
                "actor": actor,
                "action": action,
                "before": before_id,
                "limit": limit + 1,
            },
        )
    )
