"""Shape a step as it comes in, and the life of a report as it goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StrictInt, StringConstraints, model_validator

from api.input_types import Body, CleanText, Instant, VisibleText, refuse

StepName = Literal[
    "triage", "confirm_grid", "direct_reply", "split", "route", "reassign", "withdraw", "claim",
    "accept", "arrive", "handle", "verify", "reply", "rate", "return", "pass_up", "summon",
    "consult_jointly", "urge", "supervise", "extend", "suspend", "resume", "grant", "refuse",
    "merge", "unmerge", "follow_up", "reopen", "close", "void", "handoff",
]  # fmt: skip
# Ids come as texts.
Id = Annotated[UUID, Field(strict=False)]
Word = Annotated[CleanText, StringConstraints(max_length=60)]
Note = Annotated[CleanText, StringConstraints(max_length=2000)]
MOST_ORGS = 20
MOST_PARTS = 10


class PartyIn(Body):
    """Name whom a report is to go to: exactly one of a post, an organisation, an area's desk.

    A grid stands for whoever answers there now.
    """

    area: Annotated[CleanText, StringConstraints(max_length=20)] | None = None
    post: Id | None = None
    org: Id | None = None

    @model_validator(mode="after")
    def _is_one(self) -> PartyIn:
        if sum(value is not None for value in (self.area, self.post, self.org)) != 1:
            raise refuse("one_of", "area、post、org 须且只能给出一个。")
        return self


class LimitIn(Body):
    """Take a time that is asked for."""

    amount: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False, strict=False)]
    unit: Literal["hour", "day", "working_day"]


class PartIn(Body):
    """Take one matter of a call that is split."""

    text: Annotated[VisibleText, StringConstraints(max_length=5000)]
    category: Annotated[CleanText, StringConstraints(max_length=20)] | None = None


class StepIn(Body):
    """Take a step on a report; each step says in its refusal what it misses."""

    step: StepName
    note: Note | None = None
    on_behalf_of: Annotated[CleanText, StringConstraints(max_length=100)] | None = None
    reason: Word | None = None
    grid: Annotated[CleanText, StringConstraints(max_length=20)] | None = None
    to: PartyIn | None = None
    category: Annotated[CleanText, StringConstraints(max_length=20)] | None = None
    nature: Word | None = None
    severity: Annotated[StrictInt, Field(ge=1, le=4)] | None = None
    response: Word | None = None
    outcome: Word | None = None
    answer: Note | None = None
    passed: StrictBool | None = None
    reporter: Word | None = None
    resolved: Word | None = None
    satisfied: Word | None = None
    orgs: Annotated[list[Id], Field(max_length=MOST_ORGS, default_factory=list)]
    org: Id | None = None
    leader: Word | None = None
    limit: LimitIn | None = None
    until: Instant | None = None
    request: Annotated[StrictInt, Field(ge=1)] | None = None
    report: Id | None = None
    parts: Annotated[list[PartIn], Field(max_length=MOST_PARTS, default_factory=list)]
    hotline: Word | None = None


class PartyOut(BaseModel):
    """Name who has a report, sent it or is asked: a post, an organisation or a desk."""

    level: str
    level_label: str
    area: dict[str, str]
    name: str
    post: str | None
    role_label: str | None
    org: str | None


class ClockOut(BaseModel):
    """Say of one running clock until when, its light, and whose light it is."""

    kind: str
    label: str
    due_at: datetime
    light: str
    paused: bool
    of: str | None
    party: PartyOut


class RequestOut(BaseModel):
    """Say what is asked for and who decides it."""

    no: int
    kind: str
    label: str
    by: PartyOut
    decider: PartyOut
    at: datetime
    reason: str
    reason_label: str | None
    note: str | None
    grid: str | None
    grid_name: str | None
    limit: dict[str, object] | None
    until: datetime | None


class GridNamedOut(BaseModel):
    """Name the grid that a return was for, once it was agreed to and until somebody is sent."""

    code: str
    name: str


class SummonsOut(BaseModel):
    """Say of one department when it was called and when it came."""

    org: str
    name: str
    lead: bool
    called_at: datetime
    reported_at: datetime | None
    arrived_at: datetime | None
    called_off: bool


class OwnSummonsOut(BaseModel):
    """Say to a department when it was called, and when it said that it came."""

    called_at: datetime
    reported_at: datetime | None


class SupervisionOut(BaseModel):
    """Hold one sheet of formal supervision."""

    at: datetime
    by: str
    words: str


class FollowUpOut(BaseModel):
    """Hold one call back."""

    reporter: str
    at: datetime
    resolved: str | None
    satisfied: str


class LifeOut(BaseModel):
    """Say how a report stands in its life; all None for a wall, which shows no people."""

    answerable: PartyOut | None
    sender: PartyOut | None
    clocks: list[ClockOut] | None
    request: RequestOut | None
    grid_named: GridNamedOut | None
    returns: int | None
    locked_to: str | None
    extensions: int | None
    suspended_until: datetime | None
    on_site_at: datetime | None
    summons: list[SummonsOut] | None
    urged: int | None
    supervisions: list[SupervisionOut] | None
    case_leader: str | None
    nature: str | None
    response: str | None
    response_label: str | None
    severity_label: str | None
    outcome: str | None
    outcome_label: str | None
    reporters: list[str] | None
    follow_ups: list[FollowUpOut] | None
    merged: list[str] | None
    merged_into: str | None
    parts: list[str] | None
    part_of: str | None
    life_round: int | None
