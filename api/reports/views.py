"""Show reports: what the caller may see of a row, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.accounts.roles import REPORT_HANDLERS, REPORT_ROUTERS, Caller
from api.calendar.clocks import Clock, light_of
from api.input_types import SHANGHAI
from api.knowledge import Knowledge
from api.ownership import mask_phone, seen_by
from api.reports.due_dates import due_sentence

# What may follow which status, whoever takes the step.
STEPS_BY_STATUS: Mapping[str, tuple[str, ...]] = {
    "awaiting_decision": ("close",),
    "assigned": ("accept", "close"),
    "accepted": ("close",),
}


def local(moment: datetime | None) -> str | None:
    """Return an instant in county time as RFC 3339."""
    return None if moment is None else moment.astimezone(SHANGHAI).isoformat()


def steps_allowed(status: str, caller: Caller | None) -> list[str]:
    """Return the steps that the caller may take on a report of this status."""
    if caller is None or caller.role not in REPORT_HANDLERS:
        return []
    steps = STEPS_BY_STATUS.get(status, ())
    if caller.role not in REPORT_ROUTERS and status != "accepted":
        # Those who handle sign first; closing unsigned work is for those who route.
        steps = tuple(step for step in steps if step != "close")
    return list(steps)


def summary(row: Any, known: Knowledge, caller: Caller | None, at: datetime) -> dict[str, Any]:
    """Return what a list shows of a report row."""
    category = known.categories.get(row.category or "")
    texts = caller is None or caller.sees_texts
    grid = known.areas.get(row.grid_code or "")
    return {
        "id": str(row.id),
        "number": row.number,
        "status": row.status,
        "stage": row.stage,
        "channel": row.channel,
        "category": row.category,
        "category_name": category.name if category else None,
        "text": row.text if texts else None,
        "address": row.address if texts else None,
        "position": None
        if row.lon is None
        else {
            "lon": row.lon,
            "lat": row.lat,
            "crs": "cgcs2000",
            "accuracy_m": row.accuracy_m or 0.0,
        },
        "grid": None if grid is None else {"code": grid.code, "name": grid.name},
        "area": {"code": row.area_code, "name": known.areas[row.area_code].name},
        "decision": row.decision,
        "light": light_of(Clock(row.created_at, row.due_at), row.closed_at or at).value,
        "confidential": row.confidential,
        "occurred_at": local(row.occurred_at),
        "created_at": local(row.created_at),
        "due_at": local(row.due_at),
        "due_provisional": row.due_provisional,
        "closed_at": local(row.closed_at),
    }


def full(
    row: Any,
    known: Knowledge,
    caller: Caller | None,
    at: datetime,
    *,
    assignment: dict[str, Any],
    decided_at: datetime,
) -> dict[str, Any]:
    """Return everything about a report that the caller may see."""
    reporter = None
    if (row.reporter_name or row.reporter_phone) and (caller is None or caller.sees_texts):
        reporter = {"name": mask_name(row.reporter_name), "phone": mask_phone(row.reporter_phone)}
    shown = seen_by(assignment, caller)
    return {
        **summary(row, known, caller, at),
        "source_no": row.source_no,
        "round": row.round,
        "reporter": reporter,
        "assignment": {
            **shown,
            # Said when it is asked for: a due date moves, the answer of intake stays as it was.
            "reasons": [*shown["reasons"], {"step": "deadline", "detail": due_sentence(row)}],
            "decided_at": local(decided_at),
        },
        "steps_allowed": steps_allowed(row.status, caller),
    }


def mask_name(name: str | None) -> str | None:
    """Return a name with all but its first character hidden; the audited call shows it whole."""
    return None if not name else f"{name[0]}**"


def stream_payload(values: Mapping[str, Any], known: Knowledge, event: str) -> dict[str, Any]:
    """Return what live pages are told: never a text, never a person."""
    category = known.categories.get(values.get("category") or "")
    area = values["area_code"]
    return {
        "id": str(values["id"]),
        "number": values["number"],
        "status": values["status"],
        "category": values.get("category"),
        "category_name": category.name if category else None,
        "grid": values.get("grid_code"),
        "community": area[:12] if len(area) >= 12 else None,
        "area": area,
        "lon": values.get("lon"),
        "lat": values.get("lat"),
        "decision": values["decision"],
        "created_at": local(values["created_at"]),
        "due_at": local(values["due_at"]),
        "confidential": values["confidential"],
        "event": event,
    }
