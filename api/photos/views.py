"""Show what is known of a photo, and what the caller may do about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.accounts.roles import REPORT_ROUTERS, Caller
from api.db import photo_store, report_store
from api.db.engine import Connection
from api.input_types import local_time
from api.problems import Problem


def report_of(connection: Connection, report_id: UUID) -> Any:
    """Return the row of a report; raise Problem 404 when the caller may not see it."""
    row = report_store.read_report(connection, report_id)
    if row is None:
        raise Problem("not-found", "没有这个诉求，或您没有查看权限。")
    return row


def photo_of(connection: Connection, photo_id: UUID) -> Any:
    """Return the row of a photo; raise Problem 404 when the caller may not see it."""
    row = photo_store.read_photo(connection, photo_id)
    if row is None:
        raise no_photo()
    return row


def no_photo() -> Problem:
    """Return the refusal of a photo that is not there for the caller."""
    return Problem("not-found", "没有这张照片，或您没有查看权限。")


def may_withdraw(row: Any, caller: Caller, report: Any) -> str:
    """Say whether the caller may withdraw a photo: who took it while the report is open, a desk."""
    if row.withdrawn_at is not None:
        return "no"
    if row.by_account == caller.account_id and report.closed_at is None:
        return "yes"
    return "with_reason" if caller.role in REPORT_ROUTERS else "no"


def photo_json(row: Any, caller: Caller, report: Any) -> dict[str, Any]:
    """Return a photo of a report in the shape of the contract, with what the caller may do."""
    position = None
    if row.lon is not None:
        position = {
            "lon": row.lon,
            "lat": row.lat,
            "crs": "cgcs2000",
            "accuracy_m": row.accuracy_m or 0.0,
        }
    withdrawn = None
    if row.withdrawn_at is not None:
        withdrawn = {
            "at": local_time(row.withdrawn_at),
            "by": row.withdrawn_by_name,
            "reason": row.withdrawn_reason,
        }
    return {
        "id": str(row.id),
        "report": str(row.report_id),
        "client_id": str(row.client_id),
        "url": f"/v1/photos/{row.id}",
        "width": row.width,
        "height": row.height,
        "size_bytes": row.size_bytes,
        "taken_at": local_time(row.taken_at),
        "said_taken_at": local_time(row.said_taken_at),
        "clock_doubt": row.clock_doubt,
        "received_at": local_time(row.received_at),
        "position": position,
        "by": row.by_name,
        "withdrawn": withdrawn,
        "may_withdraw": may_withdraw(row, caller, report),
    }
