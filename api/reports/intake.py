"""Take a report in: owner, row, assignment, events and outbox in one transaction, once only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import orjson

from api.accounts.roles import Caller
from api.db import report_store
from api.db.engine import Connection, Database, Scope
from api.db.notice_store import packed
from api.db.report_store import IntakeGate
from api.deps import now as clock
from api.knowledge import Keeper, Knowledge, is_newer, revision_at
from api.ownership import (
    OwnerAnswer,
    Question,
    answer_json,
    position_json,
    receipt_json,
)
from api.privacy.keeping import reporter_values
from api.privacy.vault import Reporter
from api.problems import invalid
from api.reports.allowed import allowed_steps
from api.reports.asking import ask
from api.reports.lives import first_notices, life_values, notice_rows, number_of
from api.reports.opening import opened
from api.reports.replaying import answered, earlier
from api.reports.views import full, stream_payload
from api.routing.withheld import is_confidential
from geo.position import Position

# Clocks of phones and of other systems run ahead now and then.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Hold a checked report before it has an owner."""

    channel: str
    text: str
    category: str | None
    position: Position | None
    address: str | None
    occurred_at: datetime
    reporter_name: str | None = field(repr=False)
    reporter_phone: str | None = field(repr=False)
    reporter_confidential: bool = False
    source_no: str | None
    round: int
    about: str | None = None

    @property
    def reporter(self) -> Reporter:
        """Return who reported, as said."""
        return Reporter(self.reporter_name, self.reporter_phone)


@dataclass(frozen=True, slots=True)
class Taken:
    """Hold the outcome: the answer, given now or before."""

    body: dict[str, Any]
    replayed: bool


class AlreadyTaken(Exception):
    """Leave the transaction: another request holds one of the keys."""


def check_draft(draft: Draft, known: Knowledge, now: datetime) -> None:
    """Refuse an unknown category and an instant that has not come yet."""
    if draft.category is not None and draft.category not in known.categories:
        raise invalid("没有这个事项类别。", field="category", reason="unknown_category")
    if draft.occurred_at > now + CLOCK_SKEW:
        raise invalid("发生时间晚于现在，请检查。", field="occurred_at", reason="in_the_future")


def body_hash(body: object) -> str:
    """Return the hash of a request body; the order of its members does not matter."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Hold a draft with who sends it, by which keys, and when."""

    draft: Draft
    caller: Caller | None
    keys: Sequence[tuple[str, str]]
    body_sha256: str
    now: datetime
    # The same body under keys from before.
    older_hashes: Sequence[str] = ()

    @property
    def hashes(self) -> tuple[str, ...]:
        """Return every hash by which the body is known again."""
        return (self.body_sha256, *self.older_hashes)


def take_in(database: Database, keeper: Keeper, scope: Scope, request: Request) -> Taken:
    """Store the report with its owner; the same request again gives the same answer.

    Raises Problem 409 for a known key with another body, 422 for an unknown category or an
    instant that has not come yet.
    """
    known = keeper.current()
    check_draft(request.draft, known, request.now)
    found = _owner(keeper, known, request)
    try:
        with report_store.intake_transaction(database, scope) as connection:
            return store(connection, keeper, known, request, found)
    except AlreadyTaken:
        with database.transaction(scope) as connection:
            return Taken(earlier(connection, request), replayed=True)


def store(
    connection: Connection,
    keeper: Keeper,
    known: Knowledge,
    request: Request,
    found: OwnerAnswer | None = None,
) -> Taken:
    """Store one report in an ``intake_transaction``; raise AlreadyTaken when a key is in use.

    An owner that was found before the transaction is found again inside it when boundaries or
    roster moved meanwhile, and then as of the present: a publication may be younger than the
    request, and will not look for this report again. Publications wait until it is stored.
    """
    report_id = uuid4()
    gate = report_store.claim_keys(
        connection, keys=request.keys, body_sha256=request.body_sha256, report_id=report_id
    )
    if gate.claimed < len(request.keys):
        raise AlreadyTaken
    moved = is_newer(known.revisions, gate.revisions)
    if moved:
        known = keeper.refresh(gate.revisions)
    if found is None:
        found = _owner(keeper, known, request)
    else:
        present = max(request.now, clock())
        if moved or revision_at(known, present).name != found.revision:
            found = _owner(keeper, known, request, at=present)
    values = _values(request, found, known, gate, report_id=report_id)
    report_store.insert_report(connection, values)
    return Taken(answered(values["told_caller"], request.draft), replayed=False)


def _owner(
    keeper: Keeper, known: Knowledge, request: Request, *, at: datetime | None = None
) -> OwnerAnswer:
    draft = request.draft
    # Whoever owns the place now answers for it, however late the report arrives.
    question = Question(draft.position, draft.address, at or request.now, draft.text)
    return ask(keeper, known, question, category=draft.category, about=draft.about)


def owner_values(found: OwnerAnswer) -> dict[str, Any]:
    """Return the columns of place and owner that an answer fills in reports and assignments."""
    position = found.decision.position
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
        "receipt": receipt_json(found),
        "routed": {
            "decision": found.decision.verdict.value,
            "grid": found.decision.grid,
            "area": found.area_code,
            "post": str(found.post_id) if found.post_id else None,
            "revision": found.revision,
        },
    }


def _values(
    request: Request,
    found: OwnerAnswer,
    known: Knowledge,
    gate: IntakeGate,
    *,
    report_id: UUID,
) -> dict[str, Any]:
    draft, caller, now = request.draft, request.caller, request.now
    confidential = is_confidential(known, draft.category, draft.about)
    number = number_of(gate.number, now)
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
        "actor": caller.username if caller else "resident",
        "occurred_at": draft.occurred_at,
        "created_at": now,
        **owner,
        **life_values(case, known, at=now),
        "confidential": confidential,
        "scopes": [scope for scope, _ in request.keys],
        "keys": [key for _, key in request.keys],
        "received": {"channel": draft.channel, "has_position": draft.position is not None, **named},
        "routed": {**owner["routed"], **named},
    }
    by = caller.person_id if caller else None
    leads = () if confidential else found.informed
    told = first_notices(case, known, taken_in_by=by, leads=leads)
    values["notices"] = packed(notice_rows(told, report_id, now))
    values["payload"] = stream_payload(values, known, "received", now)
    row = SimpleNamespace(**values, summons=None)
    response = full(
        row,
        known,
        caller,
        now,
        assignment=values["answer"],
        decided_at=now,
        steps=allowed_steps(row, known, caller, now),
    )
    values["told_caller"] = {**response, "reporter": None}
    return values
