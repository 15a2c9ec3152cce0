"""Draft boundaries: what bounds and records a step, who may not overwrite whom, undo and redo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from api.accounts.roles import Caller
from api.db import plan_store
from api.db.code_store import lock_numbering
from api.db.draft_store import next_step
from api.db.engine import Connection
from api.db.plan_store import Change
from api.input_types import SHANGHAI
from api.knowledge import Knowledge
from api.plans.consequences import dwellings_near
from api.plans.numbering import codes_after
from api.plans.operation_log import to_log
from api.plans.service import find_draft
from api.plans.sheets import Sheets
from api.plans.views import outcome_out
from api.problems import Problem
from geo.geojson import write as write_geometry
from geo.redraw.limits import Limits
from geo.redraw.operations import Logged
from geo.redraw.outcome import Outcome, outcome_between
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Drafted:
    """Hold the answer to a change of a plan, and the sheet to keep once it is committed."""

    body: dict[str, Any]
    revision: int
    sheet: Sheet


def limits_of(
    connection: Connection,
    known: Knowledge,
    area: str,
    sheet: Sheet,
    *,
    drafting: UUID | None = None,
) -> Limits:
    """Return what bounds the edits of a plan; ``drafting`` is the plan that wants new codes."""

    def households(shape: BaseGeometry) -> int:
        return dwellings_near(connection, [shape]).households(shape)

    def next_codes(community: str, count: int) -> tuple[str, ...]:
        lock_numbering(connection)
        used = plan_store.codes_ever_used(connection, community, drafting=drafting)
        return codes_after(used, community, count)

    exclaves = {code for code in sheet if code in known.areas and known.areas[code].exclave}
    return Limits(area=area, exclaves=exclaves, households=households, next_codes=next_codes)


def refuse_conflict(since: Sequence[Any], codes: set[str], revision: int) -> None:
    """Raise Problem 409 when one of the steps ``since`` changed one of the grids ``codes``."""
    for step in since:
        shared = sorted(codes & set(step.codes))
        if shared:
            at = step.at.astimezone(SHANGHAI)
            name = step.author_name or step.author
            raise Problem(
                "edit-conflict",
                f"{name} 于 {at:%H:%M} 已修改了同一处界线，请查看后重画。",
                {
                    "author": step.author,
                    "author_name": name,
                    "at": at.isoformat(),
                    "grids": shared,
                    "revision": revision,
                },
            )


def refused(refusal: RedrawError) -> Problem:
    """Return the problem of a refused operation, with the place of the trouble."""
    extras: dict[str, Any] = {"reason": refusal.reason, "grids": list(refusal.codes)}
    if refusal.where is not None and not refusal.where.is_empty:
        extras["geometry"] = write_geometry(refusal.where)
    return Problem("redraw-refused", refusal.message, extras)


def record(
    connection: Connection,
    plan: Any,
    caller: Caller,
    logged: Logged,
    outcome: Outcome,
    *,
    kind: str | None = None,
    revision: int,
    now: datetime,
) -> None:
    """Append an operation to a plan's log, and move its revision.

    ``logged`` is what is done again, ``kind`` what was asked for when that is something else.
    """
    changes: list[Change] = [
        (code, outcome.before[code], outcome.after[code]) for code in sorted(outcome.before)
    ]
    written = to_log(logged)
    plan_store.log_operation(
        connection,
        plan_id=plan.id,
        number=revision,
        kind=kind or str(written["op"]),
        logged=written,
        author_id=caller.account_id,
        author=caller.username,
        at=now,
        changes=changes,
    )
    crosses = bool(getattr(logged, "cross_parent", False))
    plan_store.move_revision(
        connection,
        plan.id,
        revision=revision,
        codes=sorted(outcome.before),
        author=caller.username,
        at=now,
        crosses_parent=crosses,
    )


def turn(
    connection: Connection,
    sheets: Sheets,
    known: Knowledge,
    caller: Caller,
    plan_id: UUID,
    *,
    if_match: int | None,
    now: datetime,
    back: bool,
) -> Drafted:
    """Take the last operation ``back``, to the byte, or do again what was taken back last.

    Raises Problem 409 when there is none.
    """
    plan = find_draft(connection, caller, plan_id, if_match)
    assert if_match is not None
    number = next_step(connection, plan.id, back=back)
    if number is None:
        words = "没有可撤销的操作。" if back else "没有可重做的操作。"
        raise Problem("nothing-left", words, {"revision": plan.revision})
    changes = plan_store.read_changes(connection, plan.id, number)
    since = plan_store.revisions_since(connection, plan.id, if_match)
    refuse_conflict(since, {code for code, _, _ in changes}, plan.revision)
    sheet = sheets.drafted(connection, plan)
    before = {code: (old if back else new) for code, old, new in changes}
    after = {code: (new if back else old) for code, old, new in changes}
    outcome = outcome_between(after, before)
    plan_store.set_operation_state(connection, plan.id, number, "undone" if back else "done")
    revision = plan.revision + 1
    plan_store.move_revision(
        connection,
        plan.id,
        revision=revision,
        codes=sorted(before),
        author=caller.username,
        at=now,
    )
    answer = outcome_out(outcome, known)
    answer.update(revision=revision, rebased=bool(since))
    return Drafted(answer, revision, outcome.redo(sheet))
