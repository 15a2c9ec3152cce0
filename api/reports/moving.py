"""Give a report another place or owner: what is written of it, for a pin and for a publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from api.knowledge import Knowledge
from api.life.parties import Actor
from api.life.relocation import relocate
from api.life.state import Mark
from api.life.turn import Event
from api.ownership import OwnerAnswer
from api.reports.filling import owner_values
from api.reports.lives import (
    Author,
    case_of,
    event_rows,
    lead_notices,
    life_values,
    newly_informed,
    notice_rows,
)
from api.reports.parties import holder_of
from api.reports.writing import told_rows
from geo.locate.types import Verdict


def moved(
    row: Any,
    found: OwnerAnswer,
    known: Knowledge,
    *,
    at: datetime,
    author: Author,
    by: Actor | None = None,
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what is written of a report that has another place, with its new assignment.

    ``by`` is None for a publication of boundaries. ``facts`` go into the event.
    """
    case = case_of(row, known)
    outcome = relocate(
        case,
        area=found.area_code,
        holder=holder_of(found, known),
        decided=found.decision.verdict is Verdict.AUTO,
        now=at,
        template=known.templates.of(case.template),
        time=known.time,
        by=by,
    )
    after, moment = outcome.case, max(at, case.last.at)
    if not outcome.events:
        account, name = (by.account, by.name) if by else (None, "")
        after = replace(after, last=Mark("moved", moment, account, name))
    leads = lead_notices(after, known, newly_informed(row, found.informed))
    owner = owner_values(found)
    values = {**owner, **life_values(after, known, at=at, before=row)}
    before = {"area": row.area_code, "lon": row.lon, "lat": row.lat, "status": row.status}
    details = {**owner["routed"], "before": before, **(facts or {})}
    return {
        **values,
        "id": row.id,
        "at": at,
        "channel": row.channel,
        "events": _events(outcome.events, case.id, author, moment, details),
        "told": told_rows(row, values, known, "moved", at),
        "notices": notice_rows((*outcome.notices, *leads), row.id, at),
    }


def _events(
    events: Sequence[Event], case_id: str, author: Author, at: datetime, details: dict[str, Any]
) -> list[dict[str, Any]]:
    rows = event_rows(events, case_id, author=author)
    if not rows:
        # The same holder, at another place: the engine has nothing to say, the place has.
        told: dict[str, Any] = {
            "at": at.isoformat(),
            "kind": "moved",
            "on_behalf_of": None,
            "detail": {},
        }
        rows = [{**told, "actor_id": author.account_id, "actor": author.name}]
    said = rows[-1]["detail"]
    before = {**said.get("before", {}), **details["before"]}
    rows[-1] |= {
        "actor_id": author.account_id,
        "actor": author.name,
        "detail": {**said, **details, "before": before},
    }
    return rows
