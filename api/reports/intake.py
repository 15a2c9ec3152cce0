"""Take a report in: owner, row, assignment, events and outbox in one transaction, once only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from api.accounts.roles import Caller
from api.db import intake_store, report_store
from api.db.engine import Connection, Database, Scope
from api.input_types import now as clock
from api.knowledge import Keeper, Knowledge, is_newer, revision_at
from api.ownership import Matched, OwnerAnswer, Question
from api.privacy.vault import Reporter
from api.problems import invalid
from api.reports.asking import ask
from api.reports.filling import new_values
from api.reports.replaying import answered, earlier
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
    # Why a position that was given could not be read, in words: a person decides then.
    misplaced: str | None = None

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
    # As what nobody in particular is written down.
    unnamed: str = "resident"

    @property
    def hashes(self) -> tuple[str, ...]:
        """Return every hash by which the body is known again."""
        return (self.body_sha256, *self.older_hashes)


def take_in(database: Database, keeper: Keeper, scope: Scope, request: Request) -> Taken:
    """Store the report with its owner; the same request again gives the same answer.

    Raises Problem 409 for a known key with another body, 422 for an unknown category or an
    instant that has not come yet.
    """
    known, found = checked(keeper, request)
    return take_in_found(database, keeper, scope, known, request, found)


def checked(keeper: Keeper, request: Request) -> tuple[Knowledge, OwnerAnswer]:
    """Return what is known and who owns the report; raise Problem 422 as ``take_in`` does."""
    known = keeper.current()
    check_draft(request.draft, known, request.now)
    return known, owner_of(keeper, known, request)


def take_in_found(
    database: Database,
    keeper: Keeper,
    scope: Scope,
    known: Knowledge,
    request: Request,
    found: OwnerAnswer,
) -> Taken:
    """Store the report of a checked request by itself, or answer as before."""
    try:
        with report_store.intake_transaction(database, scope, streamed=True) as connection:
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
    """Store one report as ``store_some`` does; its owner is found here unless it is given."""
    (taken,) = store_some(connection, keeper, known, [(request, found)])
    return taken


def store_some(
    connection: Connection,
    keeper: Keeper,
    known: Knowledge,
    given: Sequence[tuple[Request, OwnerAnswer | None]],
) -> list[Taken]:
    """Store reports in an ``intake_transaction``; raise AlreadyTaken when a key is in use.

    An owner that was found before the transaction is found again inside it when boundaries or
    roster moved meanwhile, and then as of the present: a publication may be younger than the
    request, and will not look for this report again. Publications wait until it is stored.
    """
    claims = [
        intake_store.Claim(request.keys, request.body_sha256, uuid4()) for request, _ in given
    ]
    gate = intake_store.claim_keys(connection, claims)
    if gate.claimed < sum(len(claim.keys) for claim in claims):
        raise AlreadyTaken
    moved = is_newer(known.revisions, gate.revisions)
    if moved:
        known = keeper.refresh(gate.revisions)
    rows = []
    for (request, found), claim, running in zip(given, claims, gate.numbers, strict=True):
        owner = _owner_now(keeper, known, request, found, moved=moved)
        rows.append(new_values(request, owner, known, running=running, report_id=claim.report_id))
    intake_store.insert_reports(connection, rows)
    return [
        Taken(answered(values["told_caller"], request.draft), replayed=False)
        for values, (request, _) in zip(rows, given, strict=True)
    ]


def _owner_now(
    keeper: Keeper, known: Knowledge, request: Request, found: OwnerAnswer | None, *, moved: bool
) -> OwnerAnswer:
    """Return who owns a request's report now that nothing moves any more."""
    if found is None:
        return owner_of(keeper, known, request)
    present = max(request.now, clock())
    if moved or revision_at(known, present).name != found.revision:
        return owner_of(keeper, known, request, at=present)
    return found


def owner_of(
    keeper: Keeper,
    known: Knowledge,
    request: Request,
    *,
    at: datetime | None = None,
    matched: Matched | None = None,
) -> OwnerAnswer:
    """Return who owns a request's report; at its own instant, unless another is given.

    ``matched`` are the words of requests that were looked up before.
    """
    draft = request.draft
    question = question_of(request, at)
    return ask(keeper, known, question, category=draft.category, about=draft.about, matched=matched)


def question_of(request: Request, at: datetime | None = None) -> Question:
    """Return what is asked of a request's report."""
    draft = request.draft
    # Whoever owns the place now answers for it, however late the report arrives.
    return Question(draft.position, draft.address, at or request.now, draft.text, draft.misplaced)
