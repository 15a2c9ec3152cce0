"""Take the steps of a report's life: look up what was named, ask the engine, write what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from api.accounts.roles import Caller
from api.calendar.limits import Limit, Unit
from api.calendar.response_levels import response_key
from api.db import life_store, notice_store, report_store
from api.db.engine import Connection
from api.db.report_store import columns
from api.knowledge import Category, Knowledge
from api.life.engine import take
from api.life.parties import Actor, Party
from api.life.state import Case
from api.life.turn import Ask, Outcome, Part, Refusal
from api.problems import Problem, invalid
from api.reports.allowed import shown
from api.reports.confirming import confirmed_place
from api.reports.life_schemas import StepIn
from api.reports.life_views import local
from api.reports.lives import (
    Author,
    case_of,
    event_rows,
    life_values,
    notice_rows,
    number_of,
)
from api.reports.parties import actor_of, duty_party, wanted_org, wanted_party
from api.reports.views import stream_payload
from geo.codes import is_within

_FORBIDDEN = frozenset({"wrong_actor", "own_request", "own_work"})
_CONFLICT = frozenset(
    {
        "illegal_step", "already_decided", "nothing_to_decide", "already_arrived", "not_decided",
        "locked", "same_holder", "no_sender", "top_level", "not_free", "request_open", "too_late",
        "too_often", "not_verified", "not_finished", "already_summoned", "not_summoned",
        "main_not_open", "has_merged", "already_rated", "no_reporter", "same_level", "withheld",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold who takes a step, when, and what the service knows."""

    connection: Connection
    known: Knowledge
    caller: Caller
    now: datetime
    widen: Callable[[], None]


def take_step(desk: Desk, row: Any, body: StepIn, others: Mapping[UUID, Any]) -> dict[str, Any]:
    """Take a step on a locked row and return the report as it is then.

    ``others`` are the locked rows of other reports that the step names.
    Raises Problem 403 for who may not, 409 when the state does not allow it, 422 for what misses.
    """
    known, at = desk.known, desk.now
    case = case_of(row, known)
    actor = actor_of(desk.caller, known, at)
    ask = _ask(desk, body, actor, others)
    outcome = take(case, body.step, ask, actor, at, known.templates.of(case.template), known.time)
    if isinstance(outcome, Refusal):
        raise _problem(desk, row, outcome)
    _write(desk, row, body, outcome, others)
    fresh = report_store.read_report(desk.connection, row.id)
    assert fresh is not None
    return shown(fresh, known, desk.caller, at)


def other_ids(body: StepIn, row: Any) -> list[UUID]:
    """Return the reports that a step touches beside its own: the main one of a merge."""
    if body.step == "merge" and body.report is not None:
        return [body.report]
    if body.step == "unmerge" and row.life is not None and row.life.get("merged_into"):
        return [UUID(row.life["merged_into"])]
    return []


def _ask(desk: Desk, body: StepIn, actor: Actor, others: Mapping[UUID, Any]) -> Ask:
    known = desk.known
    category = _category(body.category, known)
    limit = body.limit
    return Ask(
        on_behalf_of=body.on_behalf_of,
        note=body.note,
        reason=body.reason,
        to=_to(desk, body, actor),
        grid=body.grid,
        category=body.category,
        nature=body.nature,
        severity=body.severity,
        # A category brings its own response level, unless another one is given.
        response=body.response or (response_key(category.response) if category else None),
        outcome=body.outcome,
        answer=body.answer,
        passed=body.passed,
        reporter=body.reporter,
        resolved=body.resolved,
        satisfied=body.satisfied,
        orgs=tuple(wanted_org(known, org, field="orgs") for org in body.orgs),
        org=str(body.org) if body.org else None,
        leader=body.leader,
        limit=Limit(limit.amount, Unit(limit.unit)) if limit else None,
        until=body.until,
        request=body.request,
        case=next((case_of(other, known) for other in others.values()), None),
        parts=_parts(desk, body),
        hotline=body.hotline,
    )


def _category(code: str | None, known: Knowledge) -> Category | None:
    if code is None:
        return None
    if code not in known.categories:
        raise invalid("没有这个事项类别。", field="category", reason="unknown_category")
    return known.categories[code]


def _to(desk: Desk, body: StepIn, actor: Actor) -> Party | None:
    known, at, to = desk.known, desk.now, body.to
    if to is not None:
        return wanted_party(known, at, area=to.area, post=to.post, org=to.org)
    if body.step == "confirm_grid" and body.grid is not None:
        area = known.areas.get(body.grid)
        if area is None or area.level != "grid":
            raise invalid("没有这个网格。", field="grid", reason="unknown_grid")
        return duty_party(body.grid, known, at)
    if body.step == "claim":
        return actor.party()
    return None


def _parts(desk: Desk, body: StepIn) -> tuple[Part, ...]:
    parts = []
    for part in body.parts:
        category = _category(part.category, desk.known)
        number = number_of(life_store.next_number(desk.connection), desk.now)
        response = response_key(category.response) if category else None
        parts.append(Part(str(uuid4()), number, part.category, response))
    return tuple(parts)


def _problem(desk: Desk, row: Any, refusal: Refusal) -> Problem:
    """Say what the state is, who made it so and when."""
    last = report_store.read_events(desk.connection, row.id)[-1]
    extras = {
        "reason": refusal.reason,
        "report_status": refusal.status,
        "changed_by": last.actor,
        "changed_by_name": last.detail.get("name"),
        "changed_at": local(last.at),
        "last_event": last.kind,
    }
    if refusal.reason in _FORBIDDEN:
        return Problem("forbidden", refusal.words, extras)
    if refusal.reason in _CONFLICT:
        return Problem("illegal-step", refusal.words, extras)
    return invalid(refusal.words, field=refusal.field or "step", reason=refusal.reason)


def _write(
    desk: Desk, row: Any, body: StepIn, outcome: Outcome, others: Mapping[UUID, Any]
) -> None:
    desk.widen()
    author = Author(desk.caller.username, desk.caller.account_id)
    rows = {str(row.id): row, **{str(key): other for key, other in others.items()}}
    texts = {part: part_in.text for part, part_in in _texts(outcome, body).items()}
    for case in (outcome.case, *outcome.others):
        if case.id in rows:
            change = change_of(rows[case.id], case, outcome, desk.known, at=desk.now, author=author)
            place = _new_place(desk, rows[case.id], body, case)
            if place is None:
                life_store.save(desk.connection, change)
            else:
                life_store.save_with_place(desk.connection, {**change, **place})
        else:
            _add_part(desk, row, case, outcome, author, texts[case.id])
    notice_store.put(desk.connection, notice_rows(outcome.notices, row.id, desk.now))


def _texts(outcome: Outcome, body: StepIn) -> dict[str, Any]:
    """Return what is said of each new report of a split, by its id."""
    return dict(zip((case.id for case in outcome.others), body.parts, strict=False))


def _new_place(desk: Desk, row: Any, body: StepIn, case: Case) -> dict[str, Any] | None:
    """Return the assignment of a report whose grid somebody has just confirmed."""
    if body.step != "confirm_grid" or body.grid is None or str(row.id) != case.id:
        return None
    return confirmed_place(row, body.grid, desk.known, desk.caller, desk.now)


def change_of(
    row: Any, case: Case, outcome: Outcome, known: Knowledge, *, at: datetime, author: Author
) -> dict[str, Any]:
    """Return what is written of a report whose case has become another one."""
    values = life_values(case, known, at=at, before=row)
    events = event_rows(outcome.events, case.id, author=author)
    last = events[-1]["kind"] if events else "changed"
    return {
        "id": row.id,
        "at": at,
        "channel": row.channel,
        **values,
        "events": events,
        "told": told_rows(row, values, known, last),
    }


def told_rows(
    row: Any, values: Mapping[str, Any], known: Knowledge, event: str
) -> list[dict[str, Any]]:
    """Return what screens are told: those who see it now, and those who saw it until now."""
    merged = {**columns(row), **values}
    rows = [
        {
            "area_code": values["area_code"],
            "orgs": values["orgs"],
            "payload": stream_payload(merged, known, event),
        }
    ]
    lost = [org for org in row.orgs if org not in values["orgs"]]
    moved = not is_within(values["area_code"], row.area_code)
    if moved or lost:
        # Those who saw it and see it no longer must be told, or its pin stays on their map.
        gone = {**columns(row), "status": values["status"], "lon": None, "lat": None}
        left = {
            "area_code": row.area_code if moved else values["area_code"],
            "orgs": lost,
            "payload": stream_payload(gone, known, "left"),
        }
        rows.insert(0, left)
    return rows


def _add_part(
    desk: Desk, parent: Any, case: Case, outcome: Outcome, author: Author, words: str
) -> None:
    values = life_values(case, desk.known, at=desk.now)
    payload = {
        **columns(parent), **values, "id": case.id, "number": case.number, "created_at": desk.now,
    }  # fmt: skip
    life_store.insert_part(
        desk.connection,
        {
            **values,
            "id": UUID(case.id),
            "number": case.number,
            "parent": parent.id,
            "text": words,
            "created_by": desk.caller.account_id,
            "assignment_id": uuid4(),
            "at": desk.now,
            "channel": parent.channel,
            "events": event_rows(outcome.events, case.id, author=author),
            "told": [
                {
                    "area_code": values["area_code"],
                    "orgs": values["orgs"],
                    "payload": stream_payload(payload, desk.known, "received"),
                }
            ],
        },
    )
