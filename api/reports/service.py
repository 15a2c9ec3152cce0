"""See reports through: lists, one report, its steps, a moved pin, the receipt and its replay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from api.accounts.audit_trail import Actor
from api.accounts.roles import Caller, Role
from api.db import intake_store, life_store, report_store
from api.db.engine import Connection
from api.db.report_store import ReportFilter
from api.input_types import local_time, parse_time
from api.input_types import now as clock
from api.knowledge import Keeper, Knowledge, is_newer
from api.life.vocabulary import HANDED_ON, STATUS_LABELS
from api.ownership import Question, answer, answer_json
from api.places.learning import Settled, learn
from api.problems import Problem, invalid
from api.receipts import receipt_json
from api.reports import steps
from api.reports.allowed import shown
from api.reports.asking import ask, for_category, kept_level, stored_question
from api.reports.intake import body_hash
from api.reports.life_schemas import StepIn
from api.reports.lives import Author
from api.reports.moving import moved
from api.reports.parties import actor_of
from api.reports.step_desk import Desk
from api.reports.steps import other_ids
from api.reports.views import summary
from api.routing.withheld import level_for
from geo.codes import parse_code
from geo.errors import CodeError
from geo.position import Position

# Steps that say where a report is or who is to have it, by boundaries and roster.
_PLACING = frozenset({"triage", "confirm_grid", "split", "route", "reassign", "claim", "reopen"})


def find(connection: Connection, report_id: UUID, *, lock: bool = False) -> Any:
    """Return a report row; raise Problem 404 when the caller may not see it or it is none."""
    row = report_store.read_report(connection, report_id, lock=lock)
    if row is None:
        raise Problem("not-found", "没有这个诉求，或您没有查看权限。")
    return row


def read_one(
    connection: Connection, known: Knowledge, caller: Caller, report_id: UUID, now: datetime
) -> dict[str, Any]:
    """Return one report as the caller may see it."""
    row = find(connection, report_id)
    if caller.role is Role.WALL and row.confidential:
        raise Problem("not-found", "没有这个诉求，或您没有查看权限。")
    return shown(row, known, caller, now)


def list_page(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    wanted: ReportFilter,
    now: datetime,
) -> tuple[list[dict[str, Any]], tuple[str, str] | None]:
    """Return a page of reports, newest first, and where the next one begins."""
    rows = report_store.list_reports(connection, wanted)
    page = rows[: wanted.limit]
    items = [summary(row, known, caller, now) for row in page]
    more = len(rows) > wanted.limit
    return items, (local_time(page[-1].created_at) or "", str(page[-1].id)) if more else None


def events(connection: Connection, caller: Caller, report_id: UUID) -> list[dict[str, Any]]:
    """Return what happened to a report, in order."""
    row = find(connection, report_id)
    if caller.role is Role.WALL:
        raise Problem("forbidden", "大屏账号不显示办理经过。")
    return [
        {
            "id": event.id,
            "at": local_time(event.at),
            "kind": event.kind,
            "by": event.actor,
            "on_behalf_of": event.on_behalf_of,
            "detail": event.detail,
        }
        for event in report_store.read_events(connection, row.id)
    ]


def take_step(
    desk: Desk, report_id: UUID, body: StepIn, *, key: str | None
) -> tuple[dict[str, Any], bool]:
    """Take a step; return the report, and whether the same key had done it before.

    Raises Problem 409 when the state does not allow it, with who made it so and when.
    """
    sha = body_hash(body.model_dump(mode="json"))
    scope = f"step:{desk.caller.account_id}"
    if key is not None and not life_store.claim_step_key(
        desk.connection, scope=scope, key=key, body_sha256=sha, report_id=report_id
    ):
        return _earlier_step(desk, (scope, key), sha, report_id), True
    if body.step in _PLACING:
        desk = _with_newest(desk)
    _check_areas(desk, body)
    row = find(desk.connection, report_id)
    wanted = other_ids(body, row)
    # In one order, whichever of two is merged into the other: or two such steps wait for ever.
    rows = {
        found.id: found
        for found in report_store.read_several(
            desk.connection, sorted({row.id, *wanted}), lock=True
        )
    }
    if any(other not in rows for other in wanted):
        raise invalid("没有这个诉求，或您没有查看权限。", field="report", reason="unknown_report")
    others = {other: rows[other] for other in wanted}
    taken = steps.take_step(desk, rows[row.id], body, others)
    if body.step == "confirm_grid" and body.grid is not None:
        _learn(desk, rows[row.id], Settled("picked", body.grid))
    return taken, False


def _learn(desk: Desk, row: Any, settled: Settled) -> None:
    """Keep the name that a settled report teaches, as a proposal for an administrator."""
    desk.widen()
    learn(desk.connection, desk.known, row, settled, by=Actor.of(desk.caller), at=desk.now)


def _with_newest(desk: Desk) -> Desk:
    """Return the desk with boundaries and roster as they stay until the transaction ends.

    Asked before the row: a publication holds its lock while it works on reports. One that comes
    later finds the report where the step has put it.
    """
    stored = report_store.keep_revisions(desk.connection)
    if not is_newer(desk.known.revisions, stored):
        return desk
    return replace(desk, known=desk.keeper.refresh(stored), now=max(desk.now, clock()))


def _check_areas(desk: Desk, body: StepIn) -> None:
    """Raise Problem 422 for a grid or desk of an area that no boundary in force has."""
    wanted = (("grid", body.grid), ("to.area", body.to.area if body.to else None))
    named = [(field, code) for field, code in wanted if code is not None]
    county = desk.keeper.map_at(desk.known, max(desk.now, clock())) if named else None
    for field, code in named:
        if county is not None and not county.grids_below(_code(code)):
            reason = "unknown_grid" if field == "grid" else "unknown_area"
            raise invalid("没有这个网格或地区，或它已撤销。", field=field, reason=reason)


def _code(given: str) -> str:
    try:
        return parse_code(given)
    except CodeError:
        # No area has it, which is what is said then.
        return given


def _earlier_step(desk: Desk, key: tuple[str, str], sha: str, report_id: UUID) -> dict[str, Any]:
    ((_, kept, about, _),) = intake_store.read_keys(desk.connection, [key])
    if kept != sha or about != report_id:
        raise Problem("idempotency-conflict", "同一 Idempotency-Key 已用于另一份内容，请换一个。")
    return shown(find(desk.connection, report_id), desk.known, desk.caller, desk.now)


def move_pin(desk: Desk, report_id: UUID, position: Position) -> dict[str, Any]:
    """Give a report another place: its owner is found again; outside the county is refused.

    The pin is a person's word: it is weighed alone, the address stays as it was written.
    """
    connection, known, keeper, now = desk.connection, desk.known, desk.keeper, desk.now
    # Before the row: a publication holds its lock while it works on reports.
    stored = report_store.keep_revisions(connection)
    row = find(connection, report_id, lock=True)
    if row.status not in HANDED_ON:
        raise _ended(connection, row)
    if is_newer(known.revisions, stored):
        known = keeper.refresh(stored)
    found = answer(keeper, known, Question(position, None, max(now, clock())))
    grid = found.decision.grid
    if grid is None:
        reasons = [reason.detail for reason in found.decision.reasons]
        raise Problem(
            "outside-county",
            "新位置不在本旗任何网格内，原位置保持不变。",
            {"reason": "outside", "reasons": reasons, "report_status": row.status},
        )
    kept = kept_level(row, known)
    found = for_category(found, known, row.category, about=row.about, kept=kept)
    by = actor_of(desk.caller, known, now)
    # A report may move out of the jurisdiction of the one who moves it.
    desk.widen()
    author = Author(desk.caller.username, desk.caller.account_id)
    life_store.save_with_place(connection, moved(row, found, known, at=now, by=by, author=author))
    pin = found.decision.position
    if pin is not None:
        place = Settled("moved", grid, (pin.lon, pin.lat))
        learn(connection, known, row, place, by=Actor.of(desk.caller), at=now)
    fresh = find(connection, report_id)
    return shown(fresh, known, desk.caller, now)


def _ended(connection: Connection, row: Any) -> Problem:
    """Say what the state is, who made it so and when."""
    last = life_store.read_last_change(connection, row.id)
    extras = {
        "report_status": row.status,
        "changed_by": last.actor,
        "changed_at": local_time(last.at),
        "last_event": last.kind,
    }
    words = f"诉求{STATUS_LABELS[row.status]}，不能再移动位置。"
    return Problem("illegal-step", words, extras)


def receipt(connection: Connection, caller: Caller, report_id: UUID) -> dict[str, Any]:
    """Return why the report went where it went: the stored receipt of its assignment."""
    if not caller.sees_texts:
        raise Problem("forbidden", "大屏账号不显示判定依据。")
    row = find(connection, report_id)
    return {
        "report": str(row.id),
        "number": row.number,
        "decided_at": local_time(row.decided_at),
        "receipt": row.receipt,
    }


def replay(
    connection: Connection, keeper: Keeper, known: Knowledge, caller: Caller, report_id: UUID
) -> dict[str, Any]:
    """Ask the stored question again, at its instant, and compare with what was answered then."""
    stored = receipt(connection, caller, report_id)
    row = find(connection, report_id)
    kept = stored["receipt"]
    question = stored_question(kept, parse_time(kept["question"]["at"]))
    routed = "category" in kept
    # Before there were lanes, a category only kept complaints from the grid.
    withheld = level_for(known, row.category, None) is not None
    found = ask(
        keeper,
        known,
        question,
        category=kept["category"] if routed else row.category if withheld else None,
        about=kept.get("about"),
        kept=kept_level(row, known) if routed else None,
        # By the access list of then, were there one.
        versions=[one for one in known.access_lists if one.version == kept.get("access_list")],
    )
    again = receipt_json(found)
    # What a person confirmed later is another matter than what was found.
    then = kept.get("confirmed", {}).get("answer", row.answer)
    now_answer = answer_json(found)
    compared = ("decision", "grid", "path", "decided_by", "candidates", "worker", "revision")
    differences = [
        name
        for name in (*compared, *(("lane",) if routed else ()))
        if then.get(name) != now_answer.get(name)
    ]
    if again["trace"] != stored["receipt"]["trace"]:
        differences.append("trace")
    return {**stored, "replayed": again, "identical": not differences, "differences": differences}
