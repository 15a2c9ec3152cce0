"""Write down who did what: append-only, read by administrators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

from api.accounts.roles import Caller
from api.db import account_store
from api.db.engine import Connection


@dataclass(frozen=True, slots=True)
class Actor:
    """Hold who does something, for the audit and for the events of reports."""

    name: str
    account_id: UUID | None = None
    ip: str | None = None

    @classmethod
    def of(cls, caller: Caller, ip: str | None = None) -> Self:
        """Return the actor that a caller is."""
        return cls(caller.username, caller.account_id, ip)


# No account can have this name.
COMMAND_LINE: Final = Actor("command-line")


def note(
    connection: Connection,
    actor: Actor,
    action: str,
    object_: str,
    *,
    area_code: str,
    detail: dict[str, Any],
) -> None:
    """Append one line to the audit trail for whoever did it, with or without an account."""
    account_store.insert_audit(
        connection,
        {
            "actor_id": actor.account_id,
            "actor": actor.name,
            "action": action,
            "object": object_,
            "area_code": area_code,
            "detail": detail,
            "ip": actor.ip,
        },
    )


def write_audit(
    connection: Connection,
    caller: Caller,
    action: str,
    object_: str,
    *,
    detail: dict[str, Any] | None = None,
    ip: str | None = None,
) -> None:
    """Append one line to the audit trail for a caller, at the area of the caller's account."""
    actor = Actor.of(caller, ip)
    note(connection, actor, action, object_, area_code=caller.area_code, detail=detail or {})
