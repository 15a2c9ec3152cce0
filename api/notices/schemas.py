"""Describe what is told of notices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class NoticeReport(BaseModel):
    """Name the report of a notice."""

    id: UUID
    number: str


class NoticeTo(BaseModel):
    """Say whom a notice is for: the place and post, the person there now as far as may be seen."""

    level: str
    area: str
    place: str
    role: str
    name: str | None
    phone: str | None


class NoticeOut(BaseModel):
    """Tell of a notice: its words, its way, its receipt."""

    id: UUID
    report: NoticeReport
    kind: str
    text: str
    urgent: bool
    at: datetime
    state: str = Field(
        description="waiting, sending, sent, failed, by_phone, phoned, lapsed",
    )
    state_label: str
    since: datetime = Field(description="when it came into this state; when it arose, if unsent")
    held_until: datetime | None = Field(description="the end of the quiet hours that hold it")
    to: NoticeTo
    way: str | None = Field(description="sms, robot, desk (on its page) or phone")
    attempts: int
    provider_id: str | None
    delivered_at: datetime | None
    error: str | None
    error_label: str | None
    done_by: str | None = Field(description="who told it by phone")


class NoticeList(BaseModel):
    """Hold a page of notices."""

    items: list[NoticeOut]
    next: str | None
