"""Fill the columns of a new report: place, owner, life, reporter, and the answer that is kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from api.db.notice_store import packed
from api.knowledge import Knowledge
from api.ownership import OwnerAnswer, answer_json, position_json
from api.privacy.keeping import reporter_values
from api.receipts import receipt_json
from api.reports.allowed import allowed_steps
from api.reports.lives import first_notices, life_values, notice_rows, number_of
from api.reports.opening import opened
from api.reports.views import full, stream_payload
from api.routing.withheld import is_confidential

if TYPE_CHECKING:
    from api.reports.intake import Request


def owner_values(found: OwnerAnswer) -> dict[str, Any]:
    """Return the columns of place and owner that an answer fills in reports and assignments."""
    position, receipt = found.decision.position, receipt_json(found)
    return {
        "decision": found.decision.verdict.value,
        "grid_code": found.decision.grid,
        "decided_by": found.decision.decided_by,
        "lon": position.lon if position else None,
        "lat": position.lat if position else None,
        "accuracy_m": position.accuracy_m if position else None,
        "given_position": position_json(found.question.position),
        "assignment_id": uuid4(),
        "post_id": found.post_id,
        "person_id": found.person_id,
        "revision": found.revision,
        "answer": answer_json(found),
        "receipt": receipt,
        "routed": {
            "decision": found.decision.verdict.value,
            "grid": found.decision.grid,
            "area": found.area_code,
            "post": receipt["duty"]["post"],
            "revision": found.revision,
        },
    }


def new_values(
    request: Request, found: OwnerAnswer, known: Knowledge, *, running: int, report_id: UUID
) -> dict[str, Any]:
    """Return all that is stored of a new report; ``running`` is the number that it draws."""
    draft, caller, now = request.draft, request.caller, request.now
    confidential = is_confidential(known, draft.category, draft.about)
    number = number_of(running, now)
    reporter = reporter_values(
        known.vault,
        report_id,
        draft.reporter,
        confidential=confidential,
        unwanted=draft.reporter_confidential,
    )
    case = opened(
        report_id,
        number,
        found,
        known,
        at=now,
        channel=draft.channel,
        by=str(caller.account_id) if caller else None,
        has_reporter=reporter["reporter_state"] == "kept",
    )
    owner = owner_values(found)
    # As in the events of steps: whoever reads a history knows people by name, not by account.
    named = {"name": caller.display_name} if caller and caller.display_name else {}
    values: dict[str, Any] = {
        "id": report_id,
        "number": number,
        "channel": draft.channel,
        "source_no": draft.source_no,
        "round": draft.round,
        "text": draft.text,
        "address": draft.address,
        **reporter,
        "about": draft.about,
        "created_by": caller.account_id if caller else None,
        "actor": caller.username if caller else request.unnamed,
        "occurred_at": draft.occurred_at,
        "created_at": now,
        **owner,
        **life_values(case, known, at=now),
        "confidential": confidential,
        "scopes": [scope for scope, _ in request.keys],
        "keys": [key for _, key in request.keys],
        "body_sha256": request.body_sha256,
        "received": {"channel": draft.channel, "has_position": draft.position is not None, **named},
        "routed": {**owner["routed"], **named},
    }
    by = caller.person_id if caller else None
    leads = () if confidential else found.informed
    told = first_notices(case, known, taken_in_by=by, leads=leads)
    values["notices"] = packed(notice_rows(told, report_id, now))
    values["payload"] = stream_payload(values, known, "received", now)
    row = SimpleNamespace(**values, summons=None)
    values["told_caller"] = full(
        row,
        known,
        caller,
        now,
        assignment=values["answer"],
        decided_at=now,
        steps=allowed_steps(row, known, caller, now, case=case),
        case=case,
        to_keep=True,
    )
    return values
