"""Say which steps a caller may take on a report, and show it with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.accounts.roles import REPORT_HANDLERS, Caller, Role
from api.knowledge import Knowledge
from api.life.engine import steps_for
from api.life.state import Case
from api.reports.lives import case_of
from api.reports.parties import actor_of
from api.reports.views import full

# Leaders read, urge and supervise.
STEP_TAKERS = REPORT_HANDLERS | {Role.LEADER}


def allowed_steps(
    row: Any, known: Knowledge, caller: Caller | None, at: datetime, *, case: Case | None = None
) -> list[str]:
    """Return the steps that the caller may take now, in the order of a report's life.

    ``case`` is the life of the row when the caller has it already.
    """
    if caller is None or caller.role not in STEP_TAKERS:
        return []
    case = case or case_of(row, known)
    template = known.templates.of(case.template)
    return list(steps_for(case, actor_of(caller, known, at), template, known.time, at))


def shown(row: Any, known: Knowledge, caller: Caller, at: datetime) -> dict[str, Any]:
    """Return a report as the caller may see it, with what the caller may do."""
    steps = allowed_steps(row, known, caller, at)
    return full(
        row, known, caller, at, assignment=row.answer, decided_at=row.decided_at, steps=steps
    )
