"""Hand each route what it needs: who calls, a transaction, the knowledge in memory.

Every route declares who may call it with ``allow(...)`` or ``public()``; a test fails for one
that does not.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import SecretStr

from api.accounts.login import caller_of, token_hash
from api.accounts.roles import Caller, Role, scope_of
from api.accounts.session_cache import SessionCache
from api.db import account_store
from api.db.engine import Connection, Database, Scope
from api.duty.records import org_id_of
from api.input_types import now
from api.knowledge import Keeper, Knowledge
from api.locating.batch.turns import Gate
from api.places.suggesting import Suggesters
from api.plans.geometry_process import GeometryProcesses
from api.privacy.vault import Vault
from api.problems import Problem
from api.rate_limit import RateLimit
from api.reports.gathering import Gathering
from api.settings import Settings

COOKIE = "wangge_session"
# What a first password is good for: to learn who one is, to leave, and to choose another.
BEFORE_OWN_PASSWORD = frozenset({"/v1/password", "/v1/sessions/current"})
FORM_PATHS = frozenset({"/login", "/logout", "/v1/sessions"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class Service:
    """Hold what one process shares among its requests."""

    settings: Settings
    database: Database
    keeper: Keeper
    vault: Vault
    sessions: SessionCache
    anonymous_reports: RateLimit
    logins: RateLimit
    geometry: GeometryProcesses
    suggesters: Suggesters
    batches: Gate
    intake: Gathering


# What only looks something up is a coroutine: a plain function would cost a hop to a thread and
# back, and a request has half a dozen of them. Whatever may wait goes to a thread by itself.


async def service_of(request: Request) -> Service:
    """Return the process's shared parts."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(service_of)]


async def _present() -> datetime:
    return now()


NowDep = Annotated[datetime, Depends(_present)]


async def client_ip(request: Request) -> str | None:
    """Return the address of the peer."""
    return request.client.host if request.client else None


IpDep = Annotated[str | None, Depends(client_ip)]


async def find_caller(request: Request, service: ServiceDep, at: NowDep) -> Caller | None:
    """Return who calls by bearer token or cookie, None for nobody; raise 401 for a dead token."""
    header = request.headers.get("authorization", "")
    by_cookie = False
    if header:
        token = bearer_token(header)
    else:
        token = request.cookies.get(COOKIE, "")
        by_cookie = True
    if not token:
        return None
    caller = await session_of(service, token, at)
    if caller is None:
        if by_cookie:
            return None
        raise Problem("unauthenticated", "登录已失效，请重新登录。")
    if by_cookie and request.method not in _SAFE_METHODS:
        given = request.headers.get("x-csrf-token", "")
        # Pages post forms with the token as a field; their routes check it themselves.
        if given or request.url.path not in FORM_PATHS:
            require_csrf(caller, given)
    return replace(caller, by_cookie=by_cookie)


def bearer_token(header: str) -> str:
    """Return the token of an Authorization header; raise Problem 401 for another kind of header."""
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Problem("unauthenticated", "Authorization 应为 Bearer 令牌。")
    return token


def require_csrf(caller: Caller, given: str) -> None:
    """Raise Problem 403 unless ``given`` is the session's token."""
    if not secrets.compare_digest(given.encode(), caller.csrf_token.encode()):
        raise Problem("bad-csrf-token", "页面已过期，请刷新后重试。")


async def session_of(service: Service, token: str, at: datetime) -> Caller | None:
    """Return the caller of a token; wait in a thread where the database must be asked."""
    hashed = token_hash(token)
    caller = service.sessions.valid(hashed, at)
    if caller is None:
        return await run_in_threadpool(look_up, service, token, at)
    if service.sessions.is_due(hashed):
        return await run_in_threadpool(_read_session, service, hashed, at)
    return caller


def look_up(service: Service, token: str, at: datetime) -> Caller | None:
    """Return the caller of a token, from memory for a second, else from the database."""
    hashed = token_hash(token)
    known = service.sessions.valid(hashed, at)
    return known if known is not None else _read_session(service, hashed, at)


def _read_session(service: Service, hashed: bytes, at: datetime) -> Caller | None:
    with service.database.read_once() as connection:
        row = account_store.read_session(connection, hashed, at)
    if row is None:
        service.sessions.drop(hashed)
        return None
    caller = caller_of(row)
    service.sessions.put(hashed, caller)
    return caller


class Access:
    """Declare who may call a route, and hold the caller to it."""

    def __init__(self, roles: frozenset[Role] | None) -> None:
        """Keep the roles; None means anybody, logged in or not."""
        self.roles = roles

    async def __call__(
        self, request: Request, caller: Annotated[Caller | None, Depends(find_caller)]
    ) -> Caller | None:
        """Return the caller; raise Problem 401 or 403."""
        return self.admit(caller, request.scope["path"])

    def admit(self, caller: Caller | None, path: str) -> Caller | None:
        """Return the caller of a request to ``path``; raise Problem 401 or 403."""
        if self.roles is None:
            return caller
        if caller is None:
            raise Problem("unauthenticated", "请先登录。", headers={"WWW-Authenticate": "Bearer"})
        if caller.role not in self.roles:
            raise Problem("forbidden", "您的角色没有此项权限。")
        if path not in BEFORE_OWN_PASSWORD:
            require_own_password(caller)
        return caller


def require_own_password(caller: Caller) -> None:
    """Raise Problem 403 while somebody else knows the caller's password.

    Nobody stands before a wall to think of one.
    """
    if caller.must_change_password and caller.role is not Role.WALL:
        raise Problem("password-change-required", "首次登录请先修改密码（POST /v1/password）。")


class NoAccount(Access):
    """Declare that a route asks for no account: it looks at a key of its own.

    ``roles`` is None where some need no key either.
    """

    async def __call__(self) -> None:  # type: ignore[override]  # no session is looked up
        """Leave it to the route."""


def holds_key(request: Request, key: SecretStr | None) -> bool:
    """Say whether a request carries a key of the settings as its bearer token."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    return key is not None and secrets.compare_digest(
        given.encode(), key.get_secret_value().encode()
    )


def allow(roles: frozenset[Role]) -> Access:
    """Declare that only accounts of ``roles`` may call."""
    return Access(roles)


def public() -> Access:
    """Declare that anybody may call."""
    return Access(None)


async def knowledge(service: ServiceDep) -> Knowledge:
    """Return the knowledge in force; the first question loads it."""
    known = service.keeper.known()
    return known if known is not None else await run_in_threadpool(service.keeper.current)


KnowledgeDep = Annotated[Knowledge, Depends(knowledge)]


async def scope_for(
    service: ServiceDep, caller: Annotated[Caller | None, Depends(find_caller)], at: NowDep
) -> Scope:
    """Return which rows the caller may see; a worker's come from the roster."""
    known = None
    by_roster = caller is not None and (
        caller.role is Role.DEPARTMENT
        or (caller.role is Role.GRID_WORKER and caller.person_id is not None)
    )
    if by_roster:
        known = await knowledge(service)
    if caller is not None and caller.role is Role.DEPARTMENT and known is not None:
        caller = replace(caller, org=org_id_of(caller.org, known.roster.orgs))
    own: tuple[str, ...] = ()
    if caller is not None and caller.role is Role.GRID_WORKER:
        # An account that no person of the roster uses stands for the area that it was made for.
        own = (caller.area_code,)
        if known is not None and caller.person_id is not None:
            own = known.roster.areas_of_person(caller.person_id, at)
    return scope_of(caller, own_areas=own)


ScopeDep = Annotated[Scope, Depends(scope_for)]


def transaction(service: ServiceDep, scope: ScopeDep) -> Iterator[Connection]:
    """Run the route in one transaction under the caller's scope; commit before the answer."""
    with service.database.transaction(scope) as connection:
        yield connection


# scope="function": with the default, a commit that fails would still be answered with success.
TransactionDep = Annotated[Connection, Depends(transaction, scope="function")]
