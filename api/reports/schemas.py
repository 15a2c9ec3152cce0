"""Shape reports as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictInt, StringConstraints

from api.input_types import Body, CleanText, Instant, PositionIn, VisibleText
from api.locating.schemas import AddressText, LocateOut, PositionOut
from api.reports.life_schemas import LifeOut, OwnSummonsOut, PartyOut
from api.routing.schemas import OwnedLaneOut

Channel = Literal["hotline_12345", "app", "wechat", "patrol", "walk_in", "other_system"]


class ReporterIn(Body):
    """Take the least about a reporter that is needed to answer."""

    name: Annotated[CleanText, StringConstraints(max_length=60)] | None = None
    phone: Annotated[CleanText, StringConstraints(max_length=30)] | None = None
    # The wish that neither is kept.
    confidential: bool = False


class ReportIn(Body):
    """Take a report; where it happened may be doubtful, or unknown."""

    channel: Channel
    text: Annotated[VisibleText, StringConstraints(max_length=5000)]
    category: Annotated[CleanText, StringConstraints(max_length=20)] | None = None
    position: PositionIn | None = None
    address: AddressText | None = None
    occurred_at: Instant | None = None
    reporter: ReporterIn | None = None
    source_no: Annotated[VisibleText, StringConstraints(max_length=100)] | None = None
    round: Annotated[StrictInt, Field(ge=1, le=99)] = 1
    # Whom a complaint is about: that level, and whoever works for it, never gets to see it.
    about: Literal["grid_worker", "community_cadre", "township_cadre"] | None = None


class AssignmentOut(LocateOut):
    """Say who owns the report, why, and when that was decided."""

    lane: OwnedLaneOut | None = None
    decided_at: str


class AreaName(BaseModel):
    """Name an area."""

    code: str
    name: str


class ReporterOut(BaseModel):
    """Say who reported, the phone masked."""

    name: str | None
    phone: str | None


class OtherReporter(ReporterOut):
    """Say in full who reported another report that was merged into this one."""

    report: UUID
    number: str


class WholeReporter(ReporterOut):
    """Say in full who reported, and who else did when reports were merged."""

    others: list[OtherReporter] = []


class ReportSummary(BaseModel):
    """Say what a list shows of a report."""

    id: UUID
    number: str
    status: str
    status_label: str
    stage: str
    stage_label: str
    channel: str
    category: str | None
    category_name: str | None
    text: str | None
    address: str | None
    position: PositionOut | None
    grid: AreaName | None
    area: AreaName
    decision: str
    light: str
    severity: int | None
    # Who has it now; the assignment says whose it is by place and roster.
    holder: PartyOut | None
    # For a department that was called to it and whose coming is not confirmed yet.
    own_summons: OwnSummonsOut | None
    confidential: bool
    occurred_at: datetime
    created_at: datetime
    due_at: datetime
    # Counted past the published notices of days off: it moves when the next one is loaded.
    due_provisional: bool
    closed_at: datetime | None


class ReportOut(ReportSummary, LifeOut):
    """Say everything about a report that the caller may see."""

    source_no: str | None
    round: int
    reporter: ReporterOut | None
    reporter_state: Literal["none", "kept", "withheld", "erased", "unreadable"]
    # Why there is no reporter where there might be one, in words.
    reporter_note: str | None
    # Whom a complaint is about; whoever that is, and their level, does not see the report at all.
    about: Literal["grid_worker", "community_cadre", "township_cadre"] | None
    assignment: AssignmentOut
    steps_allowed: list[str]


class ReportList(BaseModel):
    """Hold a page of reports, newest first."""

    items: list[ReportSummary]
    next: str | None


class EventOut(BaseModel):
    """Say what happened to a report."""

    id: int
    at: datetime
    kind: str
    by: str
    on_behalf_of: str | None
    detail: dict[str, object]


class EventList(BaseModel):
    """Hold the events of a report in their order."""

    items: list[EventOut]
