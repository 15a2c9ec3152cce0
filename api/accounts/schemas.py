"""Shape what is said and answered about sessions, accounts and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StrictStr, StringConstraints

from api.accounts.roles import Role
from api.input_types import Body, CleanText

Username = Annotated[
    CleanText, StringConstraints(min_length=2, max_length=60, pattern=r"^[A-Za-z0-9._-]+$")
]
Password = Annotated[CleanText, StringConstraints(min_length=1, max_length=128)]
ShortText = Annotated[CleanText, StringConstraints(min_length=1, max_length=100)]


class LoginIn(Body):
    """Take a username and a password."""

    username: Annotated[CleanText, StringConstraints(min_length=1, max_length=60)]
    password: Password


class UserOut(BaseModel):
    """Say who is logged in."""

    username: str
    role: Role
    area: str
    display_name: str = ""
    must_change_password: bool = False


class SessionOut(BaseModel):
    """Hand out a token and say until when it holds."""

    token: str
    expires_at: datetime
    user: UserOut


class PasswordIn(Body):
    """Take the old and the new password."""

    old_password: Password
    new_password: Password


class AccountIn(Body):
    """Take a new account."""

    username: Username
    display_name: ShortText
    role: Annotated[Role, Field(strict=False)]
    area: StrictStr
    password: Password
    channel: StrictStr | None = None
    org: ShortText | None = None
    person: ShortText | None = None


class PersonIn(Body):
    """Take the number of the person who uses an account; None takes the link away."""

    person: ShortText | None


class ReasonIn(Body):
    """Take the reason of a lock."""

    reason: ShortText | None = None


class NewPasswordIn(Body):
    """Take the password an administrator sets; its owner must change it."""

    password: Password


class AccountOut(BaseModel):
    """Say what administrators see of an account."""

    id: UUID
    username: str
    display_name: str
    role: Role
    role_label: str
    area: str
    area_name: str
    person: str | None
    person_name: str | None
    locked: bool
    locked_reason: str | None
    last_login_at: datetime | None
    created_at: datetime


class AccountList(BaseModel):
    """Hold a page of accounts."""

    items: list[AccountOut]
    next: str | None


class AuditOut(BaseModel):
    """Say who did what, when and from where."""

    at: datetime
    actor: str
    action: str
    object: str
    detail: dict[str, Any]
    ip: str | None


class AuditList(BaseModel):
    """Hold a page of the audit trail."""

    items: list[AuditOut]
    next: str | None
