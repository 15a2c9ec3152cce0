"""Shape the look of a call and the lists of work."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints

from api.duplicates.schemas import SimilarList
from api.input_types import Body, CleanText, Instant, PositionIn
from api.locating.schemas import AddressText, LocateOut
from api.reports.schemas import ReportSummary
from api.routing.schemas import OwnedLaneOut

About = Literal["grid_worker", "community_cadre", "township_cadre"]


class LookIn(Body):
    """Take what is known of a call so far; ``grid`` is the candidate that was chosen.

    ``anonymous`` is the wish of a caller whose name and phone must not be kept.
    """

    text: Annotated[CleanText, StringConstraints(max_length=5000)] = ""
    category: Annotated[CleanText, StringConstraints(max_length=20)] | None = None
    position: PositionIn | None = None
    address: AddressText | None = None
    about: About | None = None
    anonymous: bool = False
    grid: Annotated[CleanText, StringConstraints(max_length=20)] | None = None
    at: Instant | None = None


class AnswerOut(LocateOut):
    """Answer as /v1/locate does, with the lane of the category."""

    lane: OwnedLaneOut | None = None


class DutyOut(BaseModel):
    """Say who answers now, in whose place, until when, and who was passed over."""

    place: str
    role_label: str | None
    name: str | None
    way: str
    stands_for: str | None
    until: datetime | None
    chain: list[str]
    nobody: bool


class DueOut(BaseModel):
    """Say until when it is to be settled."""

    due_at: datetime
    words: str
    provisional: bool
    response: str
    urgent: bool


class LookOut(BaseModel):
    """Say what is seen of a call; nothing is written."""

    answer: AnswerOut | None
    chosen: str | None
    duty: DutyOut | None
    due: DueOut
    questions: list[str]
    similar: SimilarList | None
    sentence: str
    confidential: bool


class QueueOut(BaseModel):
    """Count one list of work; ``here`` of them lie at the caller's own desk."""

    key: str
    label: str
    count: int
    here: int


class QueueList(BaseModel):
    """Hold the lists of work in their order."""

    items: list[QueueOut]


class QueueRow(ReportSummary):
    """Show one report of a list of work."""

    here: bool


class QueuePage(BaseModel):
    """Hold the first reports of a list, the most pressing first; ``more`` were left off."""

    key: str
    label: str
    items: list[QueueRow]
    more: int
