"""Show reports: what the caller may see of a row, and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from api.accounts.roles import Caller, Role
from api.duty.records import org_id_of
from api.input_types import local_time
from api.knowledge import Knowledge
from api.life.parties import Party
from api.life.state import Case
from api.life.vocabulary import STATUS_LABELS
from api.ownership import seen_by
from api.privacy.keeping import shown_reporter
from api.reports.due_dates import due_sentence
from api.reports.life_views import LIFE_FIELDS, life_out, own_summons
from api.reports.lives import case_of, light_of_row
from api.reports.parties import party_out


def summary(
    row: Any,
    known: Knowledge,
    caller: Caller | None,
    at: datetime,
    *,
    holder: Party | None = None,
) -> dict[str, Any]:
    """Return what a list shows of a report row; ``holder`` is who has it when that is known."""
    category = known.categories.get(row.category or "")
    texts = caller is None or caller.sees_texts
    grid = known.areas.get(row.grid_code or "")
    template = known.templates.current
    return {
        "id": str(row.id),
        "number": row.number,
        "status": row.status,
        "status_label": STATUS_LABELS[row.status],
        "stage": row.stage,
        "stage_label": template.stage_label(row.stage),
        "channel": row.channel,
        "category": row.category,
        "category_name": category.name if category else None,
        "text": row.text if texts else None,
        "address": row.address if texts else None,
        "position": None
        if row.lon is None
        else {
            "lon": row.lon,
            "lat": row.lat,
            "crs": "cgcs2000",
            "accuracy_m": row.accuracy_m or 0.0,
        },
        "grid": None if grid is None else {"code": grid.code, "name": grid.name},
        "area": {"code": row.area_code, "name": known.areas[row.area_code].name},
        "decision": row.decision,
        "light": light_of_row(row, at).value,
        "severity": row.severity,
        "holder": party_out(holder or _holder(row), known) if texts and row.holder_area else None,
        "own_summons": own_summons(row.summons, _own_org(caller, known)),
        "confidential": row.confidential,
        "occurred_at": local_time(row.occurred_at),
        "created_at": local_time(row.created_at),
        "due_at": local_time(row.due_at),
        "due_provisional": row.due_provisional,
        "closed_at": local_time(row.closed_at),
    }


def _own_org(caller: Caller | None, known: Knowledge) -> str | None:
    if caller is None or caller.role is not Role.DEPARTMENT:
        return None
    return org_id_of(caller.org, known.roster.orgs)


def _holder(row: Any) -> Party:
    """Return who has a report by its columns; names come from the roster of today."""
    post, person, org = row.holder_post, row.holder_person, row.holder_org
    return Party(
        row.holder_area,
        post=str(post) if post else None,
        person=str(person) if person else None,
        org=str(org) if org else None,
    )


def full(
    row: Any,
    known: Knowledge,
    caller: Caller | None,
    at: datetime,
    *,
    assignment: dict[str, Any],
    decided_at: datetime,
    steps: Sequence[str] = (),
    case: Case | None = None,
    to_keep: bool = False,
) -> dict[str, Any]:
    """Return everything about a report that the caller may see.

    ``case`` is the life of the row when whoever calls has it already. What is ``to_keep`` names
    no reporter.
    """
    texts = caller is None or caller.sees_texts
    deadline = due_sentence(row, known.templates.current)
    shown = seen_by(assignment, caller)
    life = case or case_of(row, known)
    return {
        **summary(row, known, caller, at, holder=case.holder if case else None),
        "source_no": row.source_no,
        "round": row.round,
        **shown_reporter(row, None if to_keep else known.vault, people=texts),
        "about": row.about if texts else None,
        "assignment": {
            **shown,
            # Said when it is asked for: a due date moves, the answer of intake stays as it was.
            "reasons": [*shown["reasons"], {"step": "deadline", "detail": deadline}],
            "decided_at": local_time(decided_at),
        },
        "steps_allowed": list(steps),
        **(life_out(life, known, at) if texts else dict.fromkeys(LIFE_FIELDS)),
    }


def stream_payload(
    values: Mapping[str, Any], known: Knowledge, event: str, at: datetime
) -> dict[str, Any]:
    """Return what live pages are told: never a text, never a person."""
    category = known.categories.get(values.get("category") or "")
    area = values["area_code"]
    return {
        "id": str(values["id"]),
        "number": values["number"],
        "status": values["status"],
        "category": values.get("category"),
        "category_name": category.name if category else None,
        "grid": values.get("grid_code"),
        "community": area[:12] if len(area) >= 12 else None,
        "area": area,
        "lon": values.get("lon"),
        "lat": values.get("lat"),
        "decision": values["decision"],
        "created_at": local_time(values["created_at"]),
        "light": light_of_row(SimpleNamespace(**values), at).value,
        "due_at": local_time(values["due_at"]),
        "confidential": values["confidential"],
        "event": event,
    }
