"""Shape the question for similar reports and its answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from api.input_types import Body, CleanText, Instant, PositionIn
from api.locating.schemas import AddressText


class SimilarIn(Body):
    """Take what is known of a matter while it is being written down."""

    category: Annotated[CleanText, StringConstraints(max_length=20)]
    text: Annotated[CleanText, StringConstraints(max_length=5000)] = ""
    position: PositionIn | None = None
    address: AddressText | None = None
    at: Instant | None = None


class PlaceName(BaseModel):
    """Name a grid or an area."""

    code: str
    name: str


class SimilarReport(BaseModel):
    """Say which report it is, how far away, and how alike its words are (0 to 1).

    Without ``distance_m`` both name the same place by their words. ``reason`` says it in words.
    """

    id: UUID
    number: str
    status: str
    text: str
    address: str | None
    grid: PlaceName | None
    area: PlaceName
    distance_m: float | None
    likeness: float
    created_at: datetime
    closed_at: datetime | None
    reason: str


class SimilarList(BaseModel):
    """Hold what was found within the category's radius and days; null where it has none."""

    radius_m: float | None
    days: int | None
    items: list[SimilarReport]
