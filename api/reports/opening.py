"""Begin the life of a report: who has it, until when it is to be settled."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from api.knowledge import Knowledge
from api.life.state import Case, Mark, open_case
from api.ownership import OwnerAnswer
from api.reports.parties import holder_of, named_desk
from api.routing.withheld import level_for
from geo.locate.types import Verdict


def opened(
    report_id: UUID,
    number: str,
    found: OwnerAnswer,
    known: Knowledge,
    *,
    at: datetime,
    channel: str,
    by: str | None,
    has_reporter: bool,
) -> Case:
    """Return the life of a report at its beginning.

    ``by`` is the account that took it in. What the patrol found may be closed on the spot.
    """
    category = known.categories.get(found.category or "")
    template = known.templates.current
    kept = level_for(known, found.category, found.about)
    return open_case(
        id=str(report_id),
        number=number,
        area=found.area_code,
        holder=holder_of(found, known),
        at=at,
        template=template,
        time=known.time,
        sender=named_desk(known.county.code, known),
        decided=found.decision.verdict is Verdict.AUTO,
        by=Mark("intake", at, by),
        category=found.category,
        nature="self_found" if channel == "patrol" else None,
        response=template.level_of(category.response if category else None),
        # An opaque name: who it is stands apart from the report.
        reporters=(str(report_id),) if has_reporter else (),
        kept_at=kept.value if kept is not None else None,
    )
