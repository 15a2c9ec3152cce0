"""Write down who did what: append-only, read by administrators."""

from __future__ import annotations

from typing import Any

from api.accounts.roles import Caller
from api.db import account_store
from api.db.engine import Connection


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
