"""Write down how the life of a report is answered: every member, its type, nothing besides."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00$")]
Status = Literal[
    "awaiting_decision", "assigned", "accepted", "on_site", "return_pending", "passed_up",
    "summoned", "suspended", "extension_pending", "handled", "replied", "followed_up", "closed",
    "reopened", "merged", "out_of_area", "void",
]  # fmt: skip
StepName = Literal[
    "triage", "confirm_grid", "direct_reply", "split", "route", "reassign", "withdraw", "claim",
    "accept", "arrive", "handle", "verify", "reply", "rate", "return", "pass_up", "summon",
    "consult_jointly", "urge", "supervise", "extend", "suspend", "resume", "grant", "refuse",
    "merge", "unmerge", "follow_up", "reopen", "close", "void", "handoff",
]  # fmt: skip


class Exact(BaseModel):
    """Refuse a member that the contract does not name, and a number written as text."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PartyOut(Exact):
    """Name who has a report, sent it or is asked: a post, an organisation or a desk."""

    level: str
    level_label: str
    area: dict[str, str]
    name: str
    post: str | None
    role_label: str | None
    org: str | None


class ClockOut(Exact):
    """Say of one running clock until when, its light, and whose light it is."""

    kind: str
    label: str
    due_at: Instant
    light: str
    paused: bool
    of: str | None
    party: PartyOut


class RequestOut(Exact):
    """Say what is asked for and who decides it."""

    no: int
    kind: str
    label: str
    by: PartyOut
    decider: PartyOut
    at: Instant
    reason: str
    reason_label: str | None
    note: str | None
    grid: str | None
    grid_name: str | None
    limit: dict[str, object] | None
    until: Instant | None


class SummonsOut(Exact):
    """Say of one department when it was called and when it came."""

    org: str
    name: str
    lead: bool
    called_at: Instant
    reported_at: Instant | None
    arrived_at: Instant | None
    called_off: bool


class SupervisionOut(Exact):
    """Hold one sheet of formal supervision."""

    at: Instant
    by: str
    words: str


class OwnSummonsOut(Exact):
    """Say to a department when it was called, and when it said that it came."""

    called_at: Instant
    reported_at: Instant | None


class GridNamedOut(Exact):
    """Name the grid that a granted return was for."""

    code: str
    name: str


class FollowUpOut(Exact):
    """Hold one call back."""

    reporter: str
    at: Instant
    resolved: str | None
    satisfied: str


class LifeOut(Exact):
    """Say how a report stands in its life; all None for a wall, which shows no people."""

    answerable: PartyOut | None
    sender: PartyOut | None
    clocks: list[ClockOut] | None
    request: RequestOut | None
    grid_named: GridNamedOut | None
    returns: int | None
    locked_to: str | None
    extensions: int | None
    suspended_until: Instant | None
    on_site_at: Instant | None
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
