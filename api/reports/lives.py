"""Carry the life of a report between its row and the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

import orjson

from api.calendar.clocks import Clock as Run
from api.calendar.clocks import Light, Pause, light_of
from api.db.report_tables import ENDED
from api.duty.records import Leads, Person, Post
from api.input_types import parse_time
from api.knowledge import Knowledge
from api.life.by_clock import next_tick
from api.life.clocks import Clock
from api.life.parties import Party, desk_of
from api.life.state import Case, Mark, from_json, open_case, to_text
from api.life.turn import Event, Notice, notice_of
from api.life.vocabulary import HANDED_ON
from geo.codes import Level


def number_of(running: int, at: datetime) -> str:
    """Return the number under which people speak of a report: the day and a running number."""
    return f"{at.year:04}{at.month:02}{at.day:02}{running:06d}"


def case_of(row: Any, known: Knowledge) -> Case:
    """Return the case of a report row; one from before the engine is made from its columns."""
    if row.life is not None:
        return from_json(row.life)
    template = known.templates.current
    case = open_case(
        id=str(row.id),
        number=row.number,
        area=row.area_code,
        holder=desk_of(row.area_code),
        at=row.created_at,
        template=template,
        time=known.time,
        decided=row.status != "awaiting_decision",
        category=row.category,
        response=row.response,
    )
    stage = template.stage_of(row.status)
    case = replace(case, status=row.status, stage=stage, last=Mark("intake", row.updated_at))
    return case.stop_all(row.closed_at) if row.closed_at is not None else case


def life_values(
    case: Case, known: Knowledge, *, at: datetime, before: Any | None = None
) -> dict[str, Any]:
    """Return the columns of reports that a case fills; ``before`` is the row as it stands."""
    settle = settle_clock(case)
    was_ended = before is not None and before.closed_at is not None
    ended_at = before.closed_at if was_ended and before is not None else at
    counted_anew = before is None or before.due_at != settle.due_at
    holder = case.holder
    matter = known.categories.get(case.category or "")
    was_confidential = before is not None and before.confidential
    return {
        "status": case.status,
        "stage": case.stage,
        "area_code": case.area,
        "orgs": list(orgs_of(case)),
        "response": case.response,
        "severity": case.severity,
        "category": case.category,
        # What was confidential once stays so: a text does not change with its category.
        "confidential": was_confidential or (matter is not None and matter.confidential),
        # For the store alone, which puts it in as it stands.
        "life": orjson.Fragment(to_text(case)),
        "next_tick": next_tick(case, known.templates.of(case.template)),
        "holder_area": holder.area,
        "holder_post": _uuid(holder.post),
        "holder_person": _uuid(holder.person),
        "holder_org": _uuid(holder.org),
        "due_since": settle.started_at,
        "due_at": settle.due_at,
        "due_pauses": _pauses_json(settle.pauses),
        "due_stopped_at": settle.stopped_at,
        "due_provisional": settle.provisional,
        "calendar_version": known.calendar.version
        if counted_anew or before is None
        else before.calendar_version,
        "closed_at": ended_at if case.status in ENDED else None,
    }


def _uuid(value: str | None) -> UUID | None:
    return _parsed(value) if value is not None else None


# Posts, people and organisations come again and again.
_parsed = lru_cache(maxsize=4096)(UUID)


def settle_clock(case: Case) -> Clock:
    """Return the clock of settling that counts: its own running one, else its last."""
    own = [clock for clock in case.clocks if clock.kind == "settle" and clock.of is None]
    return case.clock("settle") or own[-1]


def orgs_of(case: Case) -> tuple[str, ...]:
    """Return the organisations that have a report, were called to it or are asked about it."""
    asked = (case.request.decider,) if case.request is not None else ()
    parties = (case.holder, *case.path, *asked, *case.consulted)
    found = [party.org for party in parties]
    found += [summons.org.org for summons in case.summons if not summons.called_off]
    return tuple(dict.fromkeys(org for org in found if org is not None))


def _pauses_json(pauses: Sequence[Pause]) -> list[list[str | None]] | None:
    if not pauses:
        return None
    return [[p.since.isoformat(), p.until.isoformat() if p.until else None] for p in pauses]


def due_run(row: Any) -> Run:
    """Return the clock of settling as a row of reports keeps it."""
    pauses = tuple(
        Pause(parse_time(since), parse_time(until) if until else None)
        for since, until in row.due_pauses or ()
    )
    return Run(row.due_since, row.due_at, pauses)


def light_of_row(row: Any, at: datetime) -> Light:
    """Return the deadline light of a row; that of its end once the clock was stopped."""
    stops = [moment for moment in (row.due_stopped_at, row.closed_at) if moment is not None]
    return light_of(due_run(row), min([at, *stops]))


@dataclass(frozen=True, slots=True)
class Author:
    """Hold under which name events are written down, and the account when there is one."""

    name: str
    account_id: UUID | None = None


BY_CLOCK = Author("clock")


def event_rows(
    events: Sequence[Event], case_id: str, *, author: Author, facts: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return the events of one report as rows; ``facts`` go into the last one."""
    rows = [_event_row(event, author) for event in events if event.case_id == case_id]
    if rows and facts:
        rows[-1]["detail"] = {**rows[-1]["detail"], **facts}
    return rows


def _event_row(event: Event, author: Author) -> dict[str, Any]:
    author = BY_CLOCK if event.by is None else author
    detail: dict[str, Any] = {"before": dict(event.before), "after": dict(event.after)}
    detail |= {
        name: value
        for name, value in (
            ("name", event.name),
            ("reason", event.reason),
            ("note", event.note),
        )
        if value
    }
    return {
        "at": event.at.isoformat(),
        "kind": event.step,
        "actor_id": author.account_id,
        "actor": author.name,
        "on_behalf_of": event.on_behalf_of,
        "detail": detail,
    }


def first_notices(
    case: Case, known: Knowledge, *, taken_in_by: UUID | None, leads: Leads = ()
) -> list[Notice]:
    """Return who is to be told of a new report: its holder, and the leads of its building.

    Not who took it in himself. The county's desk has it on its page.
    """
    holder = case.holder
    template = known.templates.of(case.template)
    told = [] if holder.is_desk and holder.level == Level.COUNTY else [holder]
    notices = [notice_of("assigned", party, case, template) for party in told]
    notices += lead_notices(case, known, leads)
    by = str(taken_in_by) if taken_in_by is not None else None
    return [notice for notice in notices if by is None or notice.to.person != by]


def lead_notices(case: Case, known: Knowledge, leads: Leads) -> list[Notice]:
    """Return what the leads of a building are told: that there is a report; it is not theirs."""
    template = known.templates.of(case.template)
    return [
        notice_of("informed", _party_of_lead(post, person), case, template)
        for post, person in leads
        if str(person.id) != case.holder.person
    ]


def newly_informed(row: Any, leads: Leads) -> Leads:
    """Return those of the leads of a place who were not told of a stored report before."""
    if row.confidential or row.status not in HANDED_ON:
        return ()
    before = row.receipt.get("informed", ())
    return tuple(lead for lead in leads if str(lead[0].id) not in before)


def _party_of_lead(post: Post, person: Person) -> Party:
    assert post.area_code is not None
    return Party(post.area_code, post=str(post.id), person=str(person.id), name=person.name)


def notice_rows(notices: Sequence[Notice], report_id: UUID, at: datetime) -> list[dict[str, Any]]:
    """Return the notices of a step as rows for whoever sends them."""
    return [
        {
            "id": uuid4(),
            "report_id": report_id,
            "kind": notice.kind,
            "to_area": notice.to.area,
            "to_post": _uuid(notice.to.post),
            "to_person": _uuid(notice.to.person),
            "to_org": _uuid(notice.to.org),
            "text": notice.text,
            "urgent": notice.urgent,
            "at": at,
        }
        for notice in notices
    ]
