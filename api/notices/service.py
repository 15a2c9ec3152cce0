"""List notices as far as the caller may see them, and write down who told somebody by phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.roles import Caller
from api.db import notice_store
from api.db.engine import Connection, Scope
from api.db.notice_store import NoticeFilter
from api.input_types import SHANGHAI, local_time
from api.knowledge import Knowledge
from api.notices.quiet_hours import QuietHours
from api.notices.recipients import Recipient, find_recipient
from api.notices.records import ERROR_LABELS, STATE_LABELS
from api.ownership import mask_phone
from api.paging import Part
from api.problems import Problem
from geo.codes import level_of

_SHORTEST_SMALL = 12
# Whom nobody has told yet: a call may come before the gateway's answer.
_NOT_TOLD = ("by_phone", "waiting", "failed")


@dataclass(frozen=True, slots=True)
class View:
    """Hold what a list of notices is shown by: for whom, when, and what is known."""

    caller: Caller
    known: Knowledge
    quiet: QuietHours
    at: datetime


def few_areas(scope: Scope) -> tuple[str, ...]:
    """Return the areas in sight when they are no larger than communities; none for larger ones."""
    small = scope.kind == "areas" and all(len(area) >= _SHORTEST_SMALL for area in scope.areas)
    return scope.areas if small else ()


def list_page(
    connection: Connection, view: View, wanted: NoticeFilter
) -> tuple[list[dict[str, Any]], tuple[Part, ...] | None]:
    """Return notices, urgent ones first, then the oldest, and where the next page begins."""
    rows = notice_store.list_notices(connection, wanted)
    shown = rows[: wanted.limit]
    following: tuple[Part, ...] | None = None
    if len(rows) > wanted.limit:
        last = shown[-1]
        following = (int(last.urgent), last.at.isoformat(), str(last.id))
    return [_shown(row, view) for row in shown], following


def mark_phoned(connection: Connection, view: View, notice_id: UUID) -> dict[str, Any]:
    """Write down that the caller told whom a notice is for by phone; return the notice.

    Raises Problem 404 for a notice out of sight and 409 for one that was told already.
    """
    row = notice_store.read_notice(connection, notice_id)
    if row is None:
        raise Problem("not-found", "没有这条通知，或您无权查看。")
    if row.state not in _NOT_TOLD:
        settled = row.settled_at and row.settled_at.astimezone(SHANGHAI)
        who = f"{row.phoned_by_name}，" if row.phoned_by_name else ""
        when = f"（{who}{settled:%m-%d %H:%M}）" if settled else ""
        raise Problem(
            "notice-state",
            f"这条通知{STATE_LABELS[row.state]}{when}，不必再登记。",
            {
                "notice_state": row.state,
                "changed_by": row.phoned_by_name,
                "changed_at": settled.isoformat() if settled else None,
            },
        )
    recipient = _recipient(row, view)
    person = recipient.person
    notice_store.mark_phoned(
        connection,
        notice_id,
        {
            "report_id": row.report_id,
            "at": view.at,
            "actor_id": view.caller.account_id,
            "actor": view.caller.display_name or view.caller.username,
            "detail": {
                "notice": str(notice_id),
                "kind": row.kind,
                "to": recipient.who,
                "person": str(person.id) if person else None,
            },
        },
    )
    done = notice_store.read_notice(connection, notice_id)
    return _shown(done, view)


def _recipient(row: Any, view: View) -> Recipient:
    return find_recipient(row, view.known.roster, view.known.areas, view.at)


def _shown(row: Any, view: View) -> dict[str, Any]:
    held = None
    if row.state in ("waiting", "failed") and not row.urgent:
        due = max(row.not_before, view.at)
        over = view.quiet.over(due)
        held = over if over > due.astimezone(SHANGHAI) else None
    return {
        "id": str(row.id),
        "report": {"id": str(row.report_id), "number": row.report_number},
        "kind": row.kind,
        "text": row.text,
        "urgent": row.urgent,
        "at": local_time(row.at),
        "state": row.state,
        "state_label": STATE_LABELS[row.state],
        "since": local_time(row.settled_at or row.at),
        "held_until": local_time(held),
        "to": _to(_recipient(row, view), view.caller),
        "way": row.way,
        "attempts": row.attempts,
        "provider_id": row.provider_id,
        "delivered_at": local_time(row.delivered_at),
        "undelivered_at": local_time(row.undelivered_at),
        "error": row.error,
        "error_label": ERROR_LABELS.get(row.error, row.error) if row.error else None,
        "done_by": row.phoned_by_name,
    }


def _to(recipient: Recipient, caller: Caller) -> dict[str, Any]:
    person = recipient.person if caller.sees_people(recipient.area) else None
    phone = person.phone if person else None
    if not caller.sees_worker_phones(recipient.area):
        phone = mask_phone(phone)
    return {
        "level": level_of(recipient.area).value,
        "area": recipient.area,
        "place": recipient.place,
        "role": recipient.role,
        "name": person.name if person else None,
        "phone": phone,
    }
