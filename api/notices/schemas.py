"""Describe what is told of notices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from api.input_types import Body, CleanText, Instant, refuse


class DeliveryIn(Body):
    """Take what a gateway says of one message: named by our id, or by the gateway's own number."""

    id: UUID | None = Field(default=None, strict=False)
    provider_id: Annotated[CleanText, StringConstraints(min_length=1, max_length=100)] | None = None
    state: Literal["delivered", "failed"]
    at: Instant | None = None

    @model_validator(mode="after")
    def _names_one(self) -> DeliveryIn:
        if (self.id is None) == (self.provider_id is None):
            raise refuse("one_name", "请用 id 或 provider_id 之一指明短信。")
        return self


class DeliveriesIn(Body):
    """Take delivery reports of an SMS gateway."""

    receipts: Annotated[list[DeliveryIn], Field(min_length=1, max_length=500)]


class DeliveryOut(BaseModel):
    """Say what became of a delivery report."""

    id: UUID | None
    provider_id: str | None
    result: Literal["taken", "known", "unknown"] = Field(
        description="taken; known: said before, or nothing to change any more; unknown message"
    )


class DeliveriesOut(BaseModel):
    """Say what became of each delivery report, in their order."""

    items: list[DeliveryOut]


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
    undelivered_at: datetime | None = Field(description="when an SMS was said not to arrive")
    error: str | None
    error_label: str | None
    done_by: str | None = Field(description="who told it by phone")


class NoticeList(BaseModel):
    """Hold a page of notices."""

    items: list[NoticeOut]
    next: str | None
