"""Show the life of a report: clocks, what is asked for, who was called, what it is joined to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from api.input_types import local_time, parse_time
from api.knowledge import Knowledge
from api.life.deadlines import answerable
from api.life.standing import standings
from api.life.state import Case, Request
from api.life.vocabulary import OUTCOMES, RETURN_REASONS, SEVERITIES
from api.reports.life_schemas import LifeOut
from api.reports.parties import party_out

CLOCK_LABELS: Mapping[str, str] = {
    "settle": "办结",
    "sign": "签收",
    "return_decision": "退单审核",
    "extension_decision": "延期审批",
    "suspension_decision": "挂起审批",
    "arrival": "到场",
    "supervision": "督办",
    "follow_up": "回访",
}
REQUEST_LABELS: Mapping[str, str] = {"return": "退单", "extension": "延期", "suspension": "挂起"}
LIFE_FIELDS = tuple(LifeOut.model_fields)


def life_out(case: Case, known: Knowledge, at: datetime) -> dict[str, Any]:
    """Return what a card shows of a life, for whoever may read texts."""
    return {
        "answerable": party_out(answerable(case), known),
        "sender": party_out(case.sender, known),
        "clocks": [
            {
                "kind": standing.clock.kind,
                "label": CLOCK_LABELS.get(standing.clock.kind, standing.clock.kind),
                "due_at": local_time(standing.clock.due_at),
                "light": standing.light.value,
                "paused": standing.clock.paused,
                "of": standing.clock.of,
                "party": party_out(standing.party, known),
            }
            for standing in standings(case, at)
        ],
        "request": _request(case.request, known) if case.request else None,
        "grid_named": _grid_named(case, known),
        "returns": case.returns,
        "locked_to": case.locked_to,
        "extensions": case.extensions,
        "suspended_until": local_time(case.suspended_until),
        "on_site_at": local_time(case.on_site.at) if case.on_site else None,
        "summons": [
            {
                "org": summons.org.org,
                "name": party_out(summons.org, known)["name"],
                "lead": summons.lead,
                "called_at": local_time(summons.called_at),
                "reported_at": local_time(summons.reported_at),
                "arrived_at": local_time(summons.arrived_at),
                "called_off": summons.called_off,
            }
            for summons in case.summons
        ],
        "urged": case.urged,
        "supervisions": [
            {"at": local_time(sheet.mark.at), "by": sheet.mark.name, "words": sheet.words}
            for sheet in case.supervisions
        ],
        "case_leader": case.case_leader,
        "nature": case.nature,
        "response": case.response,
        "response_label": known.templates.of(case.template).response(case.response).label,
        "severity_label": SEVERITIES.get(case.severity) if case.severity else None,
        "outcome": case.outcome,
        "outcome_label": OUTCOMES.get(case.outcome) if case.outcome else None,
        "reporters": list(case.reporters),
        "follow_ups": [
            {
                "reporter": call.reporter,
                "at": local_time(call.mark.at),
                "resolved": call.resolved,
                "satisfied": call.satisfied,
            }
            for call in case.follow_ups
        ],
        "merged": list(case.merged),
        "merged_into": case.merged_into,
        "parts": list(case.parts),
        "part_of": case.part_of,
        "life_round": case.round,
    }


def own_summons(
    summons: Sequence[Mapping[str, Any]] | None, org: str | None
) -> dict[str, Any] | None:
    """Return when an organisation was called and came, of the summonses that a row keeps."""
    mine = [one for one in summons or () if org is not None and one["org"]["org"] == org]
    waiting = [one for one in mine if not one["called_off"] and one["arrived_at"] is None]
    if not waiting:
        return None
    called, reported = waiting[-1]["called_at"], waiting[-1]["reported_at"]
    return {
        "called_at": local_time(parse_time(called)),
        "reported_at": local_time(parse_time(reported)) if reported else None,
    }


def _grid_named(case: Case, known: Knowledge) -> dict[str, str] | None:
    decision = case.decision
    if case.status != "awaiting_decision" or decision is None or not decision.granted:
        return None
    grid = known.areas.get(decision.grid or "")
    return {"code": grid.code, "name": grid.name} if grid else None


def _request(request: Request, known: Knowledge) -> dict[str, Any]:
    grid = known.areas.get(request.grid or "")
    return {
        "no": request.no,
        "kind": request.kind,
        "label": REQUEST_LABELS[request.kind],
        "by": party_out(request.by, known),
        "decider": party_out(request.decider, known),
        "at": local_time(request.at),
        "reason": request.reason,
        "reason_label": RETURN_REASONS.get(request.reason),
        "note": request.note,
        "grid": request.grid,
        "grid_name": grid.name if grid else None,
        "limit": request.limit.as_json() if request.limit else None,
        "until": local_time(request.until),
    }
