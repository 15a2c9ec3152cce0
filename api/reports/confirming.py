"""Write down whose a report is once its grid is settled: its assignment says so from then on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from api.accounts.roles import Caller
from api.duty.records import Leads
from api.input_types import SHANGHAI
from api.knowledge import Knowledge, revision_at
from api.ownership import duty_sentence
from api.reports.lives import newly_informed
from api.routing.owner import leads_of, leads_told
from api.routing.views import owned_json
from api.routing.withheld import owner_at
from geo.codes import level_of, lineage_of

# What is said anew of a report whose owner is another one; how its place was found stays.
_OF_THE_OWNER = ("duty", "access", "lead", "informed")


@dataclass(frozen=True, slots=True)
class Placed:
    """Hold what is written of a report that has another place or owner.

    ``values`` are the columns of its place and assignment, ``leads`` those of the building who are
    told now, ``facts`` go into the event.
    """

    values: dict[str, Any]
    leads: Leads = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def confirmed_place(row: Any, grid: str, known: Knowledge, caller: Caller, at: datetime) -> Placed:
    """Return what is written after ``grid`` was confirmed.

    The receipt keeps what was found before, so that it can still be replayed.
    """
    local = at.astimezone(SHANGHAI)
    name = known.areas[grid].name
    said = f"归属：由{caller.display_name}于{local:%m-%d %H:%M}确认属{name}。"
    return placed_in(row, grid, row.category, known, caller, at, said=said)


def placed_in(
    row: Any,
    grid: str,
    category: str | None,
    known: Knowledge,
    caller: Caller,
    at: datetime,
    *,
    said: str,
) -> Placed:
    """Return what is written of a report of ``category`` whose grid is certain.

    ``said`` is why it is written anew: the grid was confirmed by a person, or its category is
    another one.
    """
    area = known.areas[grid]
    owned = owner_at(known, grid, category, at) if category else None
    duty = owned.duty if owned else known.roster.responsible(area_code=grid, kind=area.kind, at=at)
    address = row.receipt["question"]["address"]
    match = known.matcher.match(address) if address else None
    leads = leads_of(known, category, grid, match, at)
    before = row.answer
    worker = None
    if duty.post is not None and duty.person is not None:
        worker = {
            "post": str(duty.post.id),
            "role": duty.post.role,
            "name": duty.person.name,
            "phone": duty.person.phone,
        }
    path = [
        {"level": level_of(code).value, "code": code, "name": known.areas[code].name}
        for code in lineage_of(grid)
    ]
    kept = [one for one in before["reasons"] if one["step"] not in _OF_THE_OWNER]
    notes = (*(owned.notes if owned else ()), *leads_told(leads))
    routed = [{"step": note.step, "detail": note.detail} for note in notes]
    answer = {
        **before,
        "decision": "auto",
        "grid": {"code": grid, "name": area.name, "kind": area.kind or ""},
        "path": path,
        "worker": worker,
        "decided_by": None,
        "revision": revision_at(known, at).name,
        "at": at.astimezone(SHANGHAI).isoformat(),
        "reasons": [
            *kept,
            *routed,
            {"step": "duty", "detail": duty_sentence(duty)},
            {"step": "confirmed", "detail": said},
        ],
        **({"lane": owned_json(owned, known)} if owned else {}),
    }
    asked = row.receipt.get("confirmed", {}).get("answer", before)
    confirmed = {"by": caller.username, "at": at.isoformat(), "grid": grid, "answer": asked}
    informed = [str(post.id) for post, _ in leads]
    values = {
        "assignment_id": uuid4(),
        "decision": "auto",
        "grid_code": grid,
        "decided_by": None,
        "post_id": duty.post.id if duty.post else None,
        "person_id": duty.person.id if duty.person else None,
        "revision": answer["revision"],
        "answer": answer,
        "receipt": {**row.receipt, "confirmed": confirmed, "informed": informed},
        "lon": row.lon,
        "lat": row.lat,
        "accuracy_m": row.accuracy_m,
        "given_position": row.given_position,
    }
    return Placed(values, newly_informed(row, leads))
