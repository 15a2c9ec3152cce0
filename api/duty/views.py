"""Put into answers what the roster holds, as far as the caller may see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.accounts.roles import ROSTER_EDITORS, Caller
from api.duty.records import ABSENCE_LABELS, ORG_LABELS, ROLE_LABELS, Responsible
from api.input_types import local_time
from api.knowledge import Knowledge
from api.ownership import mask_phone
from api.routing.views import owned_json
from api.routing.withheld import owner_at

Row = Mapping[str, Any]


def _id(value: object) -> str | None:
    return str(value) if value is not None else None


def _period(row: Row) -> dict[str, str | None]:
    return {"from": local_time(row["from"]), "to": local_time(row["to"])}


def org_out(row: Row) -> dict[str, Any]:
    """Return an organisation."""
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "kind": row["kind"],
        "kind_label": ORG_LABELS[row["kind"]],
        "area": row["area_code"],
        "parent": _id(row["parent_id"]),
        **_period(row),
    }


def person_out(row: Row, caller: Caller) -> dict[str, Any]:
    """Return a person; the phone in full for those who may ring."""
    in_full = caller.sees_worker_phones(row["area_code"])
    return {
        "id": str(row["id"]),
        "number": row["number"],
        "name": row["name"],
        "phone": row["phone"] if in_full else mask_phone(row["phone"]),
        "area": row["area_code"],
        "org": _id(row["org_id"]),
        **_period(row),
    }


def post_out(row: Row) -> dict[str, Any]:
    """Return a post."""
    return {
        "id": str(row["id"]),
        "area": row["area_code"],
        "org": _id(row["org_id"]),
        "role": row["role"],
        "role_label": ROLE_LABELS.get(row["role"], row["role"]),
        "name": row["name"],
        "seats": row["seats"],
        "by_shifts": row["by_shifts"],
        "places": list(row["places"]),
        **_period(row),
    }


_OWN = ("seat", "rank", "reason")


def term_out(row: Row, caller: Caller) -> dict[str, Any]:
    """Return a term; why somebody is away only to those who keep the roster."""
    shown: dict[str, Any] = {
        "id": str(row["id"]),
        "person": str(row["person_id"]),
        "person_name": row["person_name"],
        "person_number": row["person_number"],
    }
    if "post_id" in row:
        shown |= {
            "post": str(row["post_id"]),
            "role": row["role"],
            "role_label": row["post_name"] or ROLE_LABELS.get(row["role"], row["role"]),
            "area": row["area_code"],
            "org": _id(row["org_id"]),
        }
    shown |= {name: row[name] for name in _OWN if name in row}
    if "kind" in row:
        keeps = caller.role in ROSTER_EDITORS
        shown["kind"] = row["kind"] if keeps else None
        shown["kind_label"] = ABSENCE_LABELS[row["kind"]] if keeps else "请假"
    return {
        **shown,
        **_period(row),
        "entered_by": row["entered_by"],
        "entered_at": local_time(row["entered_at"]),
    }


def duty_out(
    known: Knowledge,
    caller: Caller,
    area: str,
    *,
    at: datetime,
    category: str | None = None,
    places: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return who answers for an area at an instant, and the chain that led there.

    With a category it is who owns such a report there: the lane says why it is not the grid.
    """
    row = known.areas[area]
    owned = owner_at(known, area, category, at) if category else None
    found = owned.duty if owned else known.roster.responsible(area_code=area, kind=row.kind, at=at)
    told = known.roster.informed(area_code=area, places=places, at=at) if places else ()
    return {
        "worker": _worker(found, caller, owned.area if owned else area),
        "lane": owned_json(owned, known) if owned else None,
        "reasons": [{"step": note.step, "detail": note.detail} for note in owned.notes]
        if owned
        else [],
        "chain": [{"step": step.step, "detail": step.detail} for step in found.chain],
        "informed": [{"role_label": post.label, "name": person.name} for post, person in told],
        "area": {"code": area, "name": row.name},
        "at": local_time(at),
        "roster_revision": known.roster.revision,
    }


def _worker(found: Responsible, caller: Caller, area: str) -> dict[str, Any] | None:
    if found.person is None or found.post is None:
        return None
    in_full = caller.sees_worker_phones(area)
    return {
        "post": str(found.post.id),
        "role": found.post.role,
        "role_label": found.post.label,
        "person": str(found.person.id),
        "name": found.person.name,
        "phone": found.person.phone if in_full else mask_phone(found.person.phone),
        "way": found.way,
        "stands_for": found.stands_for.name if found.stands_for else None,
        "until": local_time(found.until),
    }
