"""Split a call: number its matters, find who has each, and store them as reports of their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from api.db import life_store, notice_store
from api.db.report_store import columns
from api.life.parties import Party
from api.life.state import Case
from api.life.template import Template
from api.life.turn import Outcome, Part, notice_of
from api.ownership import OwnerAnswer
from api.problems import invalid
from api.reports.asking import ask, stored_question
from api.reports.confirming import placed_in
from api.reports.filling import owner_values
from api.reports.life_schemas import StepIn
from api.reports.lives import (
    Author,
    event_rows,
    life_values,
    notice_rows,
    number_of,
)
from api.reports.parties import holder_of, party_of
from api.reports.step_desk import Desk
from api.reports.views import stream_payload
from api.routing.withheld import level_for, owner_at
from geo.codes import Level


def response_of(desk: Desk, category: str | None, template: Template) -> str | None:
    """Return the response level of a category; raise Problem 422 when there is no such one."""
    if category is None:
        return None
    if category not in desk.known.categories:
        raise invalid("没有这个事项类别。", field="category", reason="unknown_category")
    return template.level_of(desk.known.categories[category].response)


def lifted(
    desk: Desk, row: Any, category: str | None, case: Case
) -> tuple[Level, OwnerAnswer] | None:
    """Return from which level up a matter may be known, and who has it there.

    None where nobody is passed over, or the report is kept from those below already.
    """
    if category is None or case.kept_at is not None:
        return None
    level = level_for(desk.known, category, row.about)
    if level is None:
        return None
    question = stored_question(row.receipt, desk.now)
    found = ask(desk.keeper, desk.known, question, category=category, about=row.about)
    return level, found


def parts_of(
    desk: Desk, row: Any, body: StepIn, case: Case, template: Template
) -> tuple[Part, ...]:
    """Return the matters of a split with the numbers that they get."""
    parts = []
    for part in body.parts:
        response = response_of(desk, part.category, template)
        number = number_of(life_store.next_number(desk.connection), desk.now)
        above = lifted(desk, row, part.category, case)
        kept_at, to = None, _sent_to(desk, row, part.category, case)
        if above:
            kept_at, to = above[0].value, holder_of(above[1], desk.known)
        parts.append(Part(str(uuid4()), number, part.category, response, kept_at=kept_at, to=to))
    return tuple(parts)


def _sent_to(desk: Desk, row: Any, category: str | None, case: Case) -> Party | None:
    """Return who has a matter of a call whose grid is certain, as intake would route it."""
    if category is None or row.grid_code is None or row.decision != "auto":
        return None
    owned = owner_at(desk.known, row.grid_code, category, desk.now)
    return party_of(owned.duty, desk.known) if owned and case.kept_at is None else None


def _place_of_part(desk: Desk, parent: Any, whole: Case, case: Case) -> dict[str, Any]:
    """Return the columns of place and owner of a part that is sent on; none for one at the desk."""
    above = lifted(desk, parent, case.category, whole)
    if above:
        return owner_values(above[1])
    if _sent_to(desk, parent, case.category, whole) is None:
        return {}
    said = f"拆单：由{desk.caller.display_name}从{parent.number}拆出，地点不变。"
    grid, known = parent.grid_code, desk.known
    return placed_in(parent, grid, case.category, known, desk.caller, desk.now, said=said).values


def add_part(
    desk: Desk,
    parent: Any,
    whole: Case,
    case: Case,
    outcome: Outcome,
    *,
    author: Author,
    words: str,
) -> None:
    """Store one matter of a call; ``whole`` is the case it was split from.

    It lies where the call does, but for a complaint: that is known to those above alone.
    """
    place = _place_of_part(desk, parent, whole, case)
    values = {**life_values(case, desk.known, at=desk.now), **place}
    values["confidential"] |= parent.confidential
    payload = {
        **columns(parent), **values, "id": case.id, "number": case.number, "created_at": desk.now,
    }  # fmt: skip
    told = {
        "area_code": values["area_code"],
        "orgs": values["orgs"],
        "payload": stream_payload(payload, desk.known, "received", desk.now),
    }
    report_id = UUID(case.id)
    stored = {
        **values,
        "id": report_id,
        "number": case.number,
        "parent": parent.id,
        "text": words,
        "created_by": desk.caller.account_id,
        "assignment_id": uuid4(),
        "at": desk.now,
        "channel": parent.channel,
        "events": event_rows(outcome.events, case.id, author=author),
        "told": [told],
    }
    life_store.insert_part(desk.connection, stored)
    if place:
        life_store.place_part(desk.connection, stored)
        template = desk.known.templates.of(case.template)
        told_holder = notice_of("assigned", case.holder, case, template)
        notice_store.put(desk.connection, notice_rows([told_holder], report_id, desk.now))
