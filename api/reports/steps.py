"""Take the steps of a report's life: look up what was named, ask the engine, write what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from api.calendar.limits import Limit, Unit
from api.db import life_store, notice_store, report_store
from api.input_types import local_time
from api.life.engine import take
from api.life.parties import Actor, Party
from api.life.state import Case
from api.life.turn import Ask, Outcome, Refusal
from api.problems import Problem, invalid
from api.reports.allowed import shown
from api.reports.confirming import Placed, confirmed_place
from api.reports.filling import owner_values
from api.reports.life_schemas import StepIn
from api.reports.lives import (
    Author,
    case_of,
    lead_notices,
    notice_rows,
)
from api.reports.parties import (
    actor_of,
    duty_party,
    holder_of,
    party_of,
    wanted_org,
    wanted_party,
)
from api.reports.rerouting import check_list, rerouted
from api.reports.splitting import add_part, lifted, parts_of, response_of
from api.reports.step_desk import Desk
from api.reports.writing import change_of
from api.routing.withheld import owner_at

_FORBIDDEN = frozenset({"wrong_actor", "own_request", "own_work"})
_CONFLICT = frozenset(
    {
        "illegal_step", "already_decided", "nothing_to_decide", "already_arrived", "not_decided",
        "locked", "same_holder", "no_sender", "top_level", "not_free", "request_open", "too_late",
        "too_often", "not_verified", "not_finished", "already_summoned", "not_summoned",
        "main_not_open", "has_merged", "already_rated", "no_reporter", "same_level", "withheld",
    }
)  # fmt: skip


def take_step(desk: Desk, row: Any, body: StepIn, others: Mapping[UUID, Any]) -> dict[str, Any]:
    """Take a step on a locked row and return the report as it is then.

    ``others`` are the locked rows of other reports that the step names.
    Raises Problem 403 for who may not, 409 when the state does not allow it, 422 for what misses.
    """
    known, at = desk.known, desk.now
    case = case_of(row, known)
    actor = actor_of(desk.caller, known, at)
    ask = _ask(desk, row, body, actor, case, others)
    if body.step == "triage":
        ask, place = _triaged(desk, row, case, ask)
    else:
        check_list(desk, row, ask)
        place = _confirmed(desk, row, body)
    outcome = take(case, body.step, ask, actor, at, known.templates.of(case.template), known.time)
    if isinstance(outcome, Refusal):
        raise _problem(desk, row, outcome)
    _write(desk, row, body, case, outcome, others, place)
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


def _triaged(desk: Desk, row: Any, case: Case, ask: Ask) -> tuple[Ask, Placed | None]:
    """Return what triage asks for when its category gives the report to somebody else.

    Who that is the category says, never whoever takes the step: sending on is another step.
    """
    ask = replace(ask, to=None)
    above = lifted(desk, row, ask.category, case)
    if above is not None:
        kept_at, found = above
        to = holder_of(found, desk.known)
        return replace(ask, kept_at=kept_at.value, to=to), Placed(owner_values(found))
    other = rerouted(desk, row, ask.category, case)
    if other is None:
        return ask, None
    note = "；".join(filter(None, (ask.note, f"{other.words}。")))
    return replace(ask, to=other.holder, note=note), other.place


def _ask(
    desk: Desk, row: Any, body: StepIn, actor: Actor, case: Case, others: Mapping[UUID, Any]
) -> Ask:
    known = desk.known
    template = known.templates.of(case.template)
    limit = body.limit
    return Ask(
        on_behalf_of=body.on_behalf_of,
        note=body.note,
        reason=body.reason,
        to=_to(desk, row, body, actor),
        grid=body.grid,
        category=body.category,
        nature=body.nature,
        severity=body.severity,
        # A category brings its own response level, unless another one is given.
        response=body.response or response_of(desk, body.category, template),
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
        parts=parts_of(desk, row, body, case, template),
        hotline=body.hotline,
    )


def _to(desk: Desk, row: Any, body: StepIn, actor: Actor) -> Party | None:
    known, at, to = desk.known, desk.now, body.to
    if body.step == "triage":
        return None  # says what it is; whose it is then, the category says
    if to is not None:
        return wanted_party(known, at, area=to.area, post=to.post, org=to.org)
    if body.step == "confirm_grid" and body.grid is not None:
        area = known.areas.get(body.grid)
        if area is None or area.level != "grid":
            raise invalid("没有这个网格。", field="grid", reason="unknown_grid")
        # The doubt is settled: now the category says whose it is there.
        owned = owner_at(known, body.grid, row.category, at) if row.category else None
        return party_of(owned.duty, known) if owned else duty_party(body.grid, known, at)
    if body.step == "claim":
        return actor.party()
    return None


def _problem(desk: Desk, row: Any, refusal: Refusal) -> Problem:
    """Say what the state is, who made it so and when."""
    last = life_store.read_last_change(desk.connection, row.id)
    extras = {
        "reason": refusal.reason,
        "report_status": refusal.status,
        "changed_by": last.actor,
        "changed_by_name": last.detail.get("name"),
        "changed_at": local_time(last.at),
        "last_event": last.kind,
    }
    if refusal.reason in _FORBIDDEN:
        return Problem("forbidden", refusal.words, extras)
    if refusal.reason in _CONFLICT:
        return Problem("illegal-step", refusal.words, extras)
    return invalid(refusal.words, field=refusal.field or "step", reason=refusal.reason)


def _write(
    desk: Desk,
    row: Any,
    body: StepIn,
    whole: Case,
    outcome: Outcome,
    others: Mapping[UUID, Any],
    place: Placed | None,
) -> None:
    desk.widen()
    author = Author(desk.caller.username, desk.caller.account_id)
    rows = {str(row.id): row, **{str(key): other for key, other in others.items()}}
    texts = (part.text for part in body.parts)
    for case in (outcome.case, *outcome.others):
        if case.id in rows:
            own = place if case.id == outcome.case.id else None
            facts = own.facts if own else None
            change = change_of(
                rows[case.id], case, outcome, desk.known, at=desk.now, author=author, facts=facts
            )
            if own is None:
                life_store.save(desk.connection, change)
            else:
                life_store.save_with_place(desk.connection, {**change, **own.values})
        else:
            add_part(desk, row, whole, case, outcome, author=author, words=next(texts))
    leads = lead_notices(outcome.case, desk.known, place.leads) if place else []
    told = notice_rows((*outcome.notices, *leads), row.id, desk.now)
    notice_store.put(desk.connection, told)


def _confirmed(desk: Desk, row: Any, body: StepIn) -> Placed | None:
    """Return the assignment of a report whose grid somebody has just confirmed."""
    if body.step != "confirm_grid" or body.grid is None:
        return None
    return confirmed_place(row, body.grid, desk.known, desk.caller, desk.now)
