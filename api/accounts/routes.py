"""Serve sessions, accounts and the audit trail under /v1."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import StringConstraints

from api.accounts import login, service
from api.accounts.roles import ACCOUNT_ADMINS, ANYONE, LABELS, Caller, Role
from api.accounts.schemas import (
    AccountIn,
    AccountList,
    AccountOut,
    AuditList,
    AuditOut,
    LoginIn,
    NewPasswordIn,
    PasswordIn,
    PersonIn,
    ReasonIn,
    SessionOut,
    UserOut,
)
from api.db import account_store
from api.deps import IpDep, KnowledgeDep, NowDep, ServiceDep, TransactionDep, allow, public
from api.input_types import SHANGHAI, CleanText, Instant
from api.paging import next_after, read_cursor
from api.problems import Problem, invalid
from api.strict_json import StrictRoute
from geo.codes import parse_code

router = APIRouter(prefix="/v1", tags=["accounts"], route_class=StrictRoute)

CallerDep = Annotated[Caller, Depends(allow(ANYONE))]
AdminDep = Annotated[Caller, Depends(allow(ACCOUNT_ADMINS))]
Limit = Annotated[int, Query(ge=1, le=500)]
Filter = Annotated[CleanText, StringConstraints(max_length=100)]


def user_out(caller: Caller) -> UserOut:
    """Return what a caller is told about themselves."""
    return UserOut(
        username=caller.username,
        role=caller.role,
        area=caller.area_code,
        display_name=caller.display_name,
        must_change_password=caller.must_change_password,
    )


@router.post("/sessions", dependencies=[Depends(public())])
def open_session(body: LoginIn, parts: ServiceDep, at: NowDep, ip: IpDep) -> SessionOut:
    """Log in: a token for a username and a password."""
    parts.logins.take(ip)
    session = login.log_in(
        parts.database,
        parts.settings,
        username=body.username,
        password=body.password,
        now=at,
        ip=ip,
    )
    return SessionOut(
        token=session.token, expires_at=session.expires_at, user=user_out(session.caller)
    )


@router.get("/sessions/current")
def current_session(caller: CallerDep) -> UserOut:
    """Say who the caller is."""
    return user_out(caller)


@router.delete("/sessions/current", status_code=204)
def close_session(
    caller: CallerDep, connection: TransactionDep, parts: ServiceDep, ip: IpDep
) -> Response:
    """Log out: the token is dead at once."""
    login.log_out(connection, caller, ip)
    parts.sessions.forget(caller.account_id)
    return Response(status_code=204)


@router.post("/password", status_code=204)
def change_password(
    body: PasswordIn, caller: CallerDep, connection: TransactionDep, parts: ServiceDep, ip: IpDep
) -> Response:
    """Change the caller's own password."""
    # A stolen session must not be good for guessing the password.
    parts.logins.take(ip)
    service.change_password(connection, caller, old=body.old_password, new=body.new_password, ip=ip)
    parts.sessions.forget(caller.account_id)
    return Response(status_code=204)


def _area_of_admin(caller: Caller) -> str:
    return "" if caller.role is Role.SYSTEM_ADMIN else caller.area_code


@router.get("/accounts")
def list_accounts(
    caller: AdminDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    at: NowDep,
    cursor: str | None = None,
    limit: Limit = 100,
) -> AccountList:
    """List accounts by username."""
    after = str(read_cursor(cursor, 1)[0]) if cursor else None
    rows = account_store.list_accounts(
        connection, area=_area_of_admin(caller), after=after, limit=limit
    )
    people = {row.id: known.roster.person(row.person_id) for row in rows if row.person_id}
    items = [
        AccountOut(
            id=row.id,
            username=row.username,
            display_name=row.display_name,
            role=Role(row.role),
            role_label=LABELS[Role(row.role)],
            area=row.area_code,
            area_name=known.areas[row.area_code].name,
            person=getattr(people.get(row.id), "number", None),
            person_name=getattr(people.get(row.id), "name", None),
            locked=row.locked_until is not None and row.locked_until > at,
            locked_reason=row.locked_reason,
            last_login_at=row.last_login_at and row.last_login_at.astimezone(SHANGHAI),
            created_at=row.created_at.astimezone(SHANGHAI),
        )
        for row in rows[:limit]
    ]
    return AccountList(items=items, next=next_after(rows, limit, lambda row: (row.username,)))


@router.post("/accounts", status_code=201)
def create_account(
    body: AccountIn, caller: AdminDep, connection: TransactionDep, known: KnowledgeDep, ip: IpDep
) -> dict[str, UUID]:
    """Make an account; its owner must change the password at the first login."""
    area = parse_code(body.area)
    if area not in known.areas:
        raise invalid("没有这个编码的区域。", field="area", reason="unknown_area")
    new = service.NewAccount(
        username=body.username,
        display_name=body.display_name,
        role=body.role,
        area_code=area,
        password=body.password,
        channel=body.channel,
        org=body.org,
        person=body.person,
        must_change_password=True,
    )
    return {"id": service.create_account(connection, caller, new, ip=ip)}


@router.patch("/accounts/{account_id}", status_code=204)
def link_account(
    account_id: UUID,
    body: PersonIn,
    caller: AdminDep,
    connection: TransactionDep,
    parts: ServiceDep,
    ip: IpDep,
) -> Response:
    """Say which person of the roster uses an account, or that nobody in particular does."""
    service.link_person(connection, caller, account_id, body.person, ip=ip)
    parts.sessions.forget(account_id)
    return Response(status_code=204)


@router.post("/accounts/{account_id}/lock", status_code=204)
def lock_account(
    account_id: UUID,
    body: ReasonIn,
    caller: AdminDep,
    connection: TransactionDep,
    parts: ServiceDep,
    at: NowDep,
    ip: IpDep,
) -> Response:
    """Lock an account: its sessions end at once."""
    service.administer(
        connection, caller, account_id, action="lock", now=at, ip=ip, reason=body.reason
    )
    parts.sessions.forget(account_id)
    return Response(status_code=204)


@router.post("/accounts/{account_id}/unlock", status_code=204)
def unlock_account(
    account_id: UUID, caller: AdminDep, connection: TransactionDep, at: NowDep, ip: IpDep
) -> Response:
    """Unlock an account."""
    service.administer(connection, caller, account_id, action="unlock", now=at, ip=ip)
    return Response(status_code=204)


@router.post("/accounts/{account_id}/password", status_code=204)
def reset_password(
    account_id: UUID,
    body: NewPasswordIn,
    caller: AdminDep,
    connection: TransactionDep,
    parts: ServiceDep,
    at: NowDep,
    ip: IpDep,
) -> Response:
    """Set a new password that its owner must change; sessions end at once."""
    service.administer(
        connection, caller, account_id, action="password", now=at, ip=ip, password=body.password
    )
    parts.sessions.forget(account_id)
    return Response(status_code=204)


@router.get("/audit")
def list_audit(
    caller: AdminDep,
    connection: TransactionDep,
    since: Instant | None = None,
    until: Instant | None = None,
    actor: Filter | None = None,
    action: Filter | None = None,
    cursor: str | None = None,
    limit: Limit = 100,
) -> AuditList:
    """List the audit trail, newest first."""
    before = read_cursor(cursor, 1)[0] if cursor else None
    if before is not None and not isinstance(before, int):
        raise Problem("invalid-input", "分页标记无效，请从第一页开始。", {"reason": "bad_cursor"})
    rows = account_store.list_audit(
        connection,
        area=_area_of_admin(caller),
        since=since,
        until=until,
        actor=actor or None,
        action=action or None,
        before_id=before,
        limit=limit,
    )
    items = [
        AuditOut(
            at=row.at.astimezone(SHANGHAI),
            actor=row.actor,
            action=row.action,
            object=row.object,
            detail=row.detail,
            ip=row.ip,
        )
        for row in rows[:limit]
    ]
    return AuditList(items=items, next=next_after(rows, limit, lambda row: (row.id,)))
