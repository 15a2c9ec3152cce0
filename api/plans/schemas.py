"""Shape what is said about plans."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from api.input_types import Body, CleanText, Instant, VisibleText, refuse

Name = Annotated[VisibleText, StringConstraints(max_length=100)]
Note = Annotated[CleanText, StringConstraints(max_length=2000)]


# fromisoformat reads week dates, too.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _date(value: object) -> date:
    try:
        return date.fromisoformat(
            value if isinstance(value, str) and _DATE.fullmatch(value) else ""
        )
    except ValueError:
        raise refuse("bad_date", "日期应写作 2026-11-20。") from None


DocumentDate = Annotated[date, BeforeValidator(_date), Field(strict=False)]


class PlanIn(Body):
    """Take the name and the area of a new plan."""

    name: Name
    area: Annotated[CleanText, StringConstraints(min_length=6, max_length=15)]


class ApproveIn(Body):
    """Take an approval: from when, under which document."""

    effective_at: Instant | None = None
    document_no: Name | None = None
    document_date: DocumentDate | None = None
    note: Note | None = None
    allow_vacant: bool = False
    # Plans scheduled for later that cannot be replayed on this one are given up.
    overtake: bool = False


class RejectIn(Body):
    """Take the reason of a rejection."""

    reason: Annotated[VisibleText, StringConstraints(max_length=2000)]


class ConsentIn(Body):
    """Take what a community says to a plan, and the paper that says so; no person's name."""

    state: Literal["asked", "consented", "objected"]
    document_no: Name | None = None
    document_date: DocumentDate | None = None
    note: Note | None = None
