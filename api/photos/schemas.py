"""Shape photos as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.input_types import Body, Instant, PositionIn, VisibleText
from api.locating.schemas import PositionOut


class PhotoIn(Body):
    """Take what comes with a photo: its own number, and what the phone says of its taking."""

    client_id: UUID
    taken_at: Instant | None = None
    # The phone's clock when it sends: one that goes wrong is seen by it, early or late.
    sent_at: Instant | None = None
    position: PositionIn | None = None


class WithdrawalIn(Body):
    """Take why a photo is withdrawn; who took it need not say while the report is open."""

    reason: Annotated[VisibleText, Field(max_length=200)] | None = None


class WithdrawalOut(BaseModel):
    """Say who withdrew a photo, when and why."""

    at: datetime
    by: str
    reason: str | None


class PhotoOut(BaseModel):
    """Say what is known of a photo; times are the service's where the phone's clock is wrong.

    ``may_withdraw`` is for the caller. A photo that was ``withdrawn`` has no picture any more.
    """

    id: UUID
    report: UUID
    client_id: UUID
    url: str
    width: int
    height: int
    size_bytes: int
    taken_at: datetime
    said_taken_at: datetime | None
    clock_doubt: bool
    received_at: datetime
    position: PositionOut | None
    by: str
    withdrawn: WithdrawalOut | None
    may_withdraw: Literal["no", "yes", "with_reason"]


class PhotoList(BaseModel):
    """Hold the photos of a report in the order in which they came."""

    items: list[PhotoOut]
