"""Take a block of reports in: all of it in one transaction, each report by the rules of one.

Owners are found and rows filled before the transaction, so that a publication waits for the
writing alone; inside it the revisions are looked at, as single intake does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from api.db import intake_block_store, report_store
from api.db.engine import Connection, Database, Scope
from api.input_types import now as clock
from api.knowledge import Keeper, Knowledge, is_newer, revision_at
from api.ownership import Matched, OwnerAnswer, match_of
from api.problems import Problem
from api.reports.filling import new_values
from api.reports.intake import Request, owner_of, question_of

# Live pages look back over thirty seconds for what was committed late.
WRITING_S = 25
_TRIES = 5


class Fate(StrEnum):
    """Name what becomes of a row."""

    TAKEN = "taken"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what became of one request: its report, new or from before, or why there is none."""

    fate: Fate
    report: UUID | None = None
    number: str | None = None
    decision: str | None = None
    column: str = ""
    reason: str = ""
    message: str = ""


CONFLICT = Outcome(
    Fate.REFUSED,
    column="source_no",
    reason="source_number_conflict",
    message="该渠道的这个来源单号已经受理过，内容不同；重办请用更高的 round。",
)


class _Overtaken(Exception):
    """Leave the transaction: somebody else has taken a key meanwhile."""


@dataclass(slots=True)
class _Fresh:
    """Hold a request that nobody has taken yet, with what will be stored of it."""

    place: int
    request: Request
    report_id: UUID
    running: int
    found: OwnerAnswer
    values: dict[str, Any]


def take_in_block(
    database: Database, keeper: Keeper, scope: Scope, requests: Sequence[Request]
) -> list[Outcome]:
    """Store the requests that are new; say of each, in order, what became of it.

    All of the block is committed, or nothing. Raises DatabaseUnavailable when nobody knows which:
    the same block again takes nothing twice.
    """
    for _ in range(_TRIES):
        outcomes, wanted = _sorted_out(database, requests)
        known = keeper.current()
        fresh = _filled(database, keeper, known, wanted)
        try:
            _store(database, keeper, scope, known, fresh)
        except _Overtaken:
            continue
        for one in fresh:
            outcomes[one.place] = Outcome(
                Fate.TAKEN, one.report_id, one.values["number"], one.values["decision"]
            )
        return [outcomes[place] for place in range(len(requests))]
    raise Problem("unavailable", "其他程序正在受理同一批诉求，请稍后重试。")


def _sorted_out(
    database: Database, requests: Sequence[Request]
) -> tuple[dict[int, Outcome], list[tuple[int, Request]]]:
    """Return what became of requests that were taken before, and those that are new."""
    with database.read_once() as connection:
        taken = intake_block_store.read_taken(
            connection, [key for one in requests for key in one.keys]
        )
    outcomes: dict[int, Outcome] = {}
    wanted: list[tuple[int, Request]] = []
    # The first of two in one block is the one that the second repeats.
    first: dict[tuple[str, str], int] = {}
    for place, request in enumerate(requests):
        before = [taken[key] for key in request.keys if key in taken]
        within = [requests[first[key]] for key in request.keys if key in first]
        if before:
            same = all(sha in request.hashes for sha, _ in before)
            outcomes[place] = Outcome(Fate.KNOWN, before[0][1]) if same else CONFLICT
        elif within:
            same = all(other.body_sha256 == request.body_sha256 for other in within)
            outcomes[place] = Outcome(Fate.KNOWN) if same else CONFLICT
        else:
            first.update(dict.fromkeys(request.keys, place))
            wanted.append((place, request))
    return outcomes, wanted


def _filled(
    database: Database,
    keeper: Keeper,
    known: Knowledge,
    wanted: Sequence[tuple[int, Request]],
) -> list[_Fresh]:
    if not wanted:
        return []
    with database.read_once() as connection:
        numbers = intake_block_store.draw_numbers(connection, len(wanted))
    # One kind of work after the other: what it needs stays in the cache of the processor.
    matched = _matched(known, [request for _, request in wanted])
    found = [owner_of(keeper, known, request, matched=matched) for _, request in wanted]
    return [
        _filled_one(place, request, owner, known, running)
        for (place, request), owner, running in zip(wanted, found, numbers, strict=True)
    ]


def _matched(known: Knowledge, requests: Sequence[Request]) -> Matched:
    """Look the words of requests up, the same ones once."""
    questions = map(question_of, requests)
    asked = {(question.text, question.address): question for question in questions}
    return {words: match_of(known, question) for words, question in asked.items()}


def _filled_one(
    place: int, request: Request, found: OwnerAnswer, known: Knowledge, running: int
) -> _Fresh:
    report_id = uuid4()
    values = new_values(request, found, known, running=running, report_id=report_id)
    return _Fresh(place, request, report_id, running, found, values)


def _store(
    database: Database, keeper: Keeper, scope: Scope, known: Knowledge, fresh: Sequence[_Fresh]
) -> None:
    if not fresh:
        return
    with report_store.intake_transaction(database, scope) as connection:
        database.be_patient(connection, seconds=WRITING_S)
        _bring_up_to_date(connection, keeper, known, fresh)
        if not intake_block_store.insert_block(connection, [one.values for one in fresh]):
            raise _Overtaken


def _bring_up_to_date(
    connection: Connection, keeper: Keeper, known: Knowledge, fresh: Sequence[_Fresh]
) -> None:
    """Find owners again where boundaries or roster moved meanwhile, as of the present."""
    revisions = report_store.keep_revisions(connection)
    present = clock()
    moved = is_newer(known.revisions, revisions)
    if moved:
        known = keeper.refresh(revisions)
    for one in fresh:
        at = max(one.request.now, present)
        if moved or revision_at(known, at).name != one.found.revision:
            one.found = owner_of(keeper, known, one.request, at=at)
            one.values = new_values(
                one.request, one.found, known, running=one.running, report_id=one.report_id
            )


def look_at_block(
    database: Database, keeper: Keeper, _scope: Scope, requests: Sequence[Request]
) -> list[Outcome]:
    """Say what would become of each request; store nothing."""
    outcomes, wanted = _sorted_out(database, requests)
    known = keeper.current()
    for place, request in wanted:
        found = owner_of(keeper, known, request)
        outcomes[place] = Outcome(Fate.TAKEN, decision=found.decision.verdict.value)
    return [outcomes[place] for place in range(len(requests))]
