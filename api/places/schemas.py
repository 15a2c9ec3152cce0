"""Shape what the gazetteer takes and answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from api.calendar.schemas import Day
from api.input_types import Body, CleanText, Instant, Number, PositionIn, VisibleText, refuse
from api.places.checking import LARGEST_RADIUS_M, LONGEST_NAME, MOST_ALIASES
from geo.address.normalise import normalise_name

Kind = Literal[
    "township", "community", "road", "hamlet", "lane", "poi", "compound", "building",
    "kilometre_post",
]  # fmt: skip
AliasKind = Literal["alias", "former", "colloquial", "spelling"]
ALIAS_LABELS = {"alias": "别名", "former": "曾用名", "colloquial": "俗称", "spelling": "异写"}


def _named(text: str) -> str:
    if not text.isprintable() or "|" in text or "@" in text:
        raise refuse("bad_name", "名称不能含有看不见的字符、竖线和@。")
    if not 2 <= len(normalise_name(text)) <= LONGEST_NAME:
        raise refuse("bad_name", f"名称应有2至{LONGEST_NAME}个字。")
    return text


Name = Annotated[VisibleText, StringConstraints(max_length=LONGEST_NAME), AfterValidator(_named)]
Code = Annotated[CleanText, StringConstraints(pattern=r"^[0-9]{6,15}$")]
PlaceKey = Annotated[VisibleText, StringConstraints(max_length=64)]
Reason = Annotated[VisibleText, StringConstraints(max_length=500)]
Radius = Annotated[Number, Field(gt=0, le=LARGEST_RADIUS_M)]


class AliasIn(Body):
    """Take another name of a place: where it is said (an area; nothing: everywhere), and when."""

    name: Name
    kind: AliasKind = "alias"
    scope: Code | None = None
    since: Day | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> AliasIn:
        if self.since is not None and self.until is not None and self.since > self.until:
            raise refuse("bad_dates", "起始日期不能晚于终止日期。")
        return self


class PlaceIn(Body):
    """Take a new place; ``area`` is the lowest one that surely contains it, found when left out."""

    name: Name
    kind: Kind
    position: PositionIn
    radius_m: Radius | None = None
    area: Code | None = None
    parent: PlaceKey | None = None
    valid_from: Instant | None = None
    aliases: Annotated[list[AliasIn], Field(max_length=MOST_ALIASES)] = Field(default_factory=list)


class PlaceChange(Body):
    """Take what is to change of a place; a new name keeps the old one as an alias with dates."""

    name: Name | None = None
    kind: Kind | None = None
    position: PositionIn | None = None
    radius_m: Radius | None = None
    area: Code | None = None
    parent: PlaceKey | None = None
    keep_old_name: bool = True


class EndIn(Body):
    """Take when a place ends (now, or an instant to come) and why."""

    at: Instant | None = None
    reason: Annotated[CleanText, StringConstraints(max_length=500)] = ""


class NothingIn(Body):
    """Take no member: the address says it all."""


class ProposalIn(Body):
    """Take a proposed name of a place; an administrator decides."""

    place: PlaceKey
    name: Name
    kind: AliasKind = "colloquial"
    scope: Code | None = None
    note: Annotated[CleanText, StringConstraints(max_length=500)] = ""


class ApprovalIn(Body):
    """Take how a proposal is approved, where not as it stands.

    ``place`` puts it to another place, ``new_place`` makes a place of that kind where the pin is.
    """

    name: Name | None = None
    kind: AliasKind | None = None
    scope: Code | None = None
    place: PlaceKey | None = None
    new_place: Kind | None = None


class RejectionIn(Body):
    """Take why a proposal is rejected."""

    reason: Reason


class AreaName(BaseModel):
    """Name an area."""

    code: str
    name: str


class AliasOut(BaseModel):
    """Hold another name of a place and how it stands."""

    id: str
    name: str
    kind: str
    kind_label: str
    scope: AreaName
    status: str
    since: date | None
    until: date | None
    entered_by: str
    entered_at: str


class PlaceName(BaseModel):
    """Name a place, with what tells it apart from its namesakes."""

    id: str
    name: str
    hint: str


class PointOut(BaseModel):
    """Hold a point, CGCS2000 degrees."""

    lon: float
    lat: float
    crs: str


class PlaceOut(BaseModel):
    """Hold a place: where it is, what it is called, since when and until when."""

    id: str
    name: str
    kind: str
    kind_label: str
    hint: str
    position: PointOut
    radius_m: float
    area: AreaName
    parent: PlaceName | None
    grids: list[str]
    valid_from: str | None
    valid_to: str | None
    in_force: bool
    edition: int
    may_change: bool
    aliases: list[AliasOut]


class PlaceList(BaseModel):
    """Hold a page of places and where the next one begins."""

    items: list[PlaceOut]
    next: str | None


class ChangeOut(BaseModel):
    """Say who changed what of a place, when; ``before`` is null for a place that was new."""

    id: int
    at: str
    by: str
    action: str
    label: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    reason: str


class HistoryOut(BaseModel):
    """Hold the changes of a place, newest first."""

    items: list[ChangeOut]
    next: str | None


class EvidenceOut(BaseModel):
    """Say which report taught a name: what it said, who put it where."""

    report: str | None
    number: str | None
    said: str | None
    what: str
    by: str
    at: str
    before: PointOut | None
    after: PointOut | None
    grid: AreaName | None
    note: str


class ProposalOut(BaseModel):
    """Hold a proposed name: of which place (none: of what the pin is at), with its evidence."""

    id: str
    name: str
    kind: str
    kind_label: str
    scope: AreaName
    area: AreaName
    place: PlaceName | None
    position: PointOut | None
    status: str
    entered_at: str
    entered_by: str
    decided_at: str | None
    decided_by: str | None
    reason: str
    may_decide: bool
    own: bool
    evidence: list[EvidenceOut]


class ProposalList(BaseModel):
    """Hold a page of proposals, how many wait, and where the next page begins."""

    items: list[ProposalOut]
    waiting: int
    next: str | None


class RowErrorOut(BaseModel):
    """Say what is wrong in a row."""

    line: int
    reason: str


class ImportOut(BaseModel):
    """Say what an import of places did, or would do."""

    rows: int
    added: int
    updated: int
    unchanged: int
    errors: list[RowErrorOut]
    dry_run: bool
    imported: bool
    revision: int | None
