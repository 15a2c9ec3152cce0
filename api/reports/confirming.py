"""Write down that a person settled whose grid a report is: its assignment says so from then on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from api.accounts.roles import Caller
from api.input_types import SHANGHAI
from api.knowledge import Knowledge, revision_at
from api.routing.views import owned_json
from api.routing.withheld import owner_at
from geo.codes import level_of, lineage_of


def confirmed_place(
    row: Any, grid: str, known: Knowledge, caller: Caller, at: datetime
) -> dict[str, Any]:
    """Return the columns of place and assignment after ``grid`` was confirmed.

    The receipt keeps what was found before, so that it can still be replayed.
    """
    area = known.areas[grid]
    owned = owner_at(known, grid, row.category, at) if row.category else None
    duty = owned.duty if owned else known.roster.responsible(area_code=grid, kind=area.kind, at=at)
    local = at.astimezone(SHANGHAI)
    said = f"归属：由{caller.display_name}于{local:%m-%d %H:%M}确认属{area.name}。"
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
    kept = [one for one in before["reasons"] if one["step"] not in ("duty", "access", "lead")]
    routed = [{"step": note.step, "detail": note.detail} for note in (owned.notes if owned else ())]
    answer = {
        **before,
        "decision": "auto",
        "grid": {"code": grid, "name": area.name, "kind": area.kind or ""},
        "path": path,
        "worker": worker,
        "decided_by": None,
        "revision": revision_at(known, at).name,
        "at": local.isoformat(),
        "reasons": [*kept, {"step": "confirmed", "detail": said}, *routed],
        **({"lane": owned_json(owned, known)} if owned else {}),
    }
    asked = row.receipt.get("confirmed", {}).get("answer", before)
    confirmed = {"by": caller.username, "at": at.isoformat(), "grid": grid, "answer": asked}
    return {
        "assignment_id": uuid4(),
        "decision": "auto",
        "grid_code": grid,
        "decided_by": None,
        "post_id": duty.post.id if duty.post else None,
        "person_id": duty.person.id if duty.person else None,
        "revision": answer["revision"],
        "answer": answer,
        "receipt": {**row.receipt, "confirmed": confirmed},
        "lon": row.lon,
        "lat": row.lat,
        "accuracy_m": row.accuracy_m,
        "given_position": row.given_position,
    }
