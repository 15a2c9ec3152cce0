"""Do one operation on a draft: here when it is small, in a process of its own when it is not.

A small one is one transaction with the plan locked. For a heavy one the plan is read and let go:
others edit on while the process works. Then the plan is locked, and the outcome is written as if
it had been worked out at that moment, or is worked out anew when somebody touched its ground.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from api.accounts.roles import Caller
from api.db import plan_store
from api.db.code_store import lock_numbering
from api.db.engine import Connection, Database
from api.knowledge import Knowledge
from api.plans.consequences import dwellings_near, roads_near
from api.plans.drafting import Drafted, limits_of, record, refuse_conflict, refused
from api.plans.geometry_cost import is_heavy, looked_at
from api.plans.geometry_process import GeometryProcesses
from api.plans.geometry_wire import Job
from api.plans.operation_json import read_operation
from api.plans.service import find_draft, scope
from api.plans.sheets import Sheets
from api.plans.views import outcome_out
from api.problems import Problem
from geo.redraw.apply import apply
from geo.redraw.limits import Limits
from geo.redraw.operations import AssignPlaces, Logged, Operation, Partition, Split
from geo.redraw.outcome import Outcome
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet
from geo.redraw.trouble import place_of

_TRIES: Final = 3
# Whoever drew on an older revision learns by these that another one was there first.
_OUTDATED: Final = frozenset({"nothing_changes", "no_such_node", "too_small"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Hold what a stroke needs of the server process."""

    database: Database
    processes: GeometryProcesses
    sheets: Sheets
    known: Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """Hold an operation on a plan as it was when the operation was begun."""

    plan: Any
    kind: str
    operation: Operation
    sheet: Sheet
    limits: Limits

    @property
    def heavy(self) -> bool:
        dwellings = self.limits.dwellings
        buildings = 0 if dwellings is None else len(dwellings.buildings)
        return is_heavy(self.sheet, self.operation, buildings=buildings)


def operate(
    shop: Workshop,
    caller: Caller,
    plan_id: UUID,
    body: Mapping[str, Any],
    *,
    if_match: int | None,
    now: datetime,
) -> Drafted:
    """Do one operation; on an older revision only when it touches other places (a rebase).

    Raises Problem as the API says; nothing has changed then.
    """
    for _ in range(_TRIES):
        with shop.database.transaction(scope(caller)) as connection:
            begun = _begin(connection, shop, caller, plan_id, body, if_match=if_match)
            since = plan_store.revisions_since(connection, plan_id, if_match or 0)
            if not begun.heavy:
                try:
                    done = apply(begun.sheet, begun.operation, begun.limits)
                except RedrawError as refusal:
                    raise _refused(begun, since, refusal) from refusal
                return _write(connection, shop, caller, begun, done, since=since, now=now)
            job = _job(connection, begun)
        try:
            done = _do_aside(shop.processes, job)
        except RedrawError as refusal:
            refusal.where = place_of(refusal, begun.sheet, begun.operation)
            raise _refused(begun, since, refusal) from refusal
        with shop.database.transaction(scope(caller)) as connection:
            plan = find_draft(connection, caller, plan_id, if_match)
            since = plan_store.revisions_since(connection, plan_id, if_match or 0)
            refuse_conflict(since, set(done[0].before), plan.revision)
            if _holds_still(connection, begun, plan, done[0]):
                sheet = shop.sheets.drafted(connection, plan)
                begun = replace(begun, plan=plan, sheet=sheet)
                return _write(connection, shop, caller, begun, done, since=since, now=now)
    words = "方案正被其他人频繁修改，这一步没有做成，请稍后重试。"
    raise Problem("unavailable", words, headers={"Retry-After": "2"})


def _refused(begun: _Begun, since: list[Any], refusal: RedrawError) -> Problem:
    """Return the problem of a refusal; raise Problem 409 when somebody's later step explains it."""
    codes = set(refusal.codes)
    if refusal.reason in _OUTDATED:
        codes |= looked_at(begun.sheet, begun.operation, ())
    refuse_conflict(since, codes, begun.plan.revision)
    return refused(refusal)


def _begin(
    connection: Connection,
    shop: Workshop,
    caller: Caller,
    plan_id: UUID,
    body: Mapping[str, Any],
    *,
    if_match: int | None,
) -> _Begun:
    plan = find_draft(connection, caller, plan_id, if_match)
    operation = read_operation(body)
    sheet = shop.sheets.drafted(connection, plan)
    limits = limits_of(connection, shop.known, plan.area_code, sheet, drafting=plan.id)
    area = None
    if isinstance(operation, AssignPlaces):
        area = plan.area_code
    elif isinstance(operation, Partition):
        area = operation.area
    if area is not None:
        land = [sheet[code] for code in sheet if code.startswith(area)]
        limits = replace(limits, dwellings=dwellings_near(connection, land))
        if isinstance(operation, Partition):
            limits = replace(limits, roads=roads_near(connection, land))
    return _Begun(plan=plan, kind=str(body["op"]), operation=operation, sheet=sheet, limits=limits)


def _job(connection: Connection, begun: _Begun) -> Job:
    """Return the operation with all that it may ask for: the process can ask nobody."""
    operation, dwellings = begun.operation, begun.limits.dwellings
    if isinstance(operation, Split) and dwellings is None:
        dwellings = dwellings_near(connection, [begun.sheet.shapes.get(operation.grid)])
    area = begun.plan.area_code
    return Job(
        sheet=begun.sheet,
        operations=(operation,),
        area=area,
        exclaves=sorted(begun.limits.exclaves),
        used=plan_store.codes_ever_used(connection, area, drafting=begun.plan.id),
        dwellings=dwellings,
        roads=begun.limits.roads,
    )


def _do_aside(processes: GeometryProcesses, job: Job) -> tuple[Outcome, Logged]:
    (step,) = processes.run(job)
    if isinstance(step, Exception):
        raise step
    return step


def _holds_still(connection: Connection, begun: _Begun, plan: Any, outcome: Outcome) -> bool:
    """Say whether an outcome is what would come out now."""
    if outcome.created:
        lock_numbering(connection)
        used = plan_store.codes_ever_used(connection, plan.area_code, drafting=plan.id)
        if set(outcome.created) & set(used):
            return False
    if plan.revision == begun.plan.revision:
        return True
    steps = plan_store.revisions_since(connection, plan.id, begun.plan.revision)
    ground = looked_at(begun.sheet, begun.operation, outcome.before)
    return not any(ground & set(step.codes) for step in steps)


def _write(
    connection: Connection,
    shop: Workshop,
    caller: Caller,
    begun: _Begun,
    done: tuple[Outcome, Logged],
    *,
    since: list[Any],
    now: datetime,
) -> Drafted:
    outcome, logged = done
    refuse_conflict(since, set(outcome.before), begun.plan.revision)
    revision = begun.plan.revision + 1
    record(
        connection, begun.plan, caller, logged, outcome, kind=begun.kind, revision=revision, now=now
    )
    answer = outcome_out(outcome, shop.known)
    answer.update(revision=revision, rebased=bool(since))
    return Drafted(answer, revision, outcome.redo(begun.sheet))
