"""Write down the answers of the contract: every member, its type, and nothing besides."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import httpx2 as httpx
from pydantic import BaseModel, Field, TypeAdapter

from tests.http.life_shapes import Exact, LifeOut, OwnSummonsOut, PartyOut, Status, StepName

Level = Literal["county", "township", "community", "grid"]
Code = Annotated[str, Field(pattern=r"^\d{6}(\d{3}){0,3}$")]
GridCode = Annotated[str, Field(pattern=r"^\d{15}$")]
Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00$")]
Text = Annotated[str, Field(min_length=1)]
Decision = Literal["auto", "confirm", "desk"]


class Grid(Exact):
    """Name a grid with its kind."""

    code: GridCode
    name: Text
    kind: Literal["community", "rural", "dedicated"]


class Named(Exact):
    """Name a grid or an area."""

    code: Code
    name: Text


class Unit(Exact):
    """Name a unit of the path."""

    level: Level
    code: Code
    name: Text


class Worker(Exact):
    """Name who answers."""

    post: UUID
    role: Text
    name: Text
    phone: str | None


class Candidate(Exact):
    """Name a grid that may own the place."""

    grid: Named
    share: Annotated[float, Field(ge=0, le=1)] | None
    distance_m: Annotated[float, Field(ge=0)] | None
    hint: Text


class Position(Exact):
    """Hold what is served: CGCS2000, always."""

    lon: float
    lat: float
    crs: Literal["cgcs2000"]
    accuracy_m: Annotated[float, Field(ge=0)]


class Matter(Exact):
    """Hold one of several matters of a text."""

    text: Text
    level: Text
    name: str | None


class Spot(Exact):
    """Hold the point that a text means."""

    lon: float
    lat: float
    crs: Literal["cgcs2000"]


class AddressMatch(Exact):
    """Say what a text was matched to; the first seven members are the contract's."""

    level: Text
    name: str | None
    anchor: str | None
    offset_m: float | None
    direction: str | None
    radius_m: float | None
    match_type: str | None
    point: Spot | None
    relation: Literal["at", "inside", "beside", "near", "step", "towards"] | None
    spot: str | None
    link: Literal["namesakes", "one_of", "crossing", "between", "both", "matters"] | None
    mentions: list[Text]
    possibly: list[Text]
    lack: Literal["building", "grid", "group", "kilometre_post"] | None
    unexplained: str | None
    margin: float | None
    matters: list[Matter]


class Reason(Exact):
    """Hold one step of the decision."""

    step: Text
    detail: Text


class Located(Exact):
    """Hold the answer of /v1/locate."""

    decision: Decision
    grid: Grid | None
    path: list[Unit]
    worker: Worker | None
    decided_by: Unit | None
    candidates: list[Candidate]
    position: Position | None
    address_match: AddressMatch | None
    revision: Text
    at: Instant
    reasons: Annotated[list[Reason], Field(min_length=1)]


class ItemName(Exact):
    """Name an item of the access list."""

    no: Text
    name: Text


class Refusal(Exact):
    """Say why the access list keeps a matter from the grid."""

    reason: Literal["not_on_list", "forbidden", "out_of_season", "not_yet", "ended"]
    item: ItemName | None
    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")] | None
    detail: Text


class Org(Exact):
    """Name an organisation."""

    id: UUID
    name: Text


class Lane(Exact):
    """Say where a matter goes and who owns it there."""

    kind: Literal[
        "grid", "community", "township", "county", "department", "joint", "direct", "mediation"
    ]
    label: Text
    leads: list[Text]
    grid_action: Literal["handle", "verify", "warn", "inform", "nothing"]
    grid_action_label: Text
    access: Literal["primary", "assist", "temporary", "not_on_list", "not_applicable"] | None
    item: ItemName | None
    refusal: Refusal | None
    list_version: int | None
    owner: Unit | None
    org: Org | None


class Assignment(Located):
    """Hold the same with the instant of the decision, and with the lane of its category."""

    lane: Lane | None = None
    decided_at: Instant


class Reporter(Exact):
    """Say who reported, masked."""

    name: str | None
    phone: str | None


class Listed(Exact):
    """Hold what a list shows of a report."""

    id: UUID
    number: Annotated[str, Field(pattern=r"^\d{14,}$")]
    status: Status
    status_label: Text
    stage: Literal[
        "intake", "triage", "routing", "handling", "supervision", "reply", "verification", "rating"
    ]
    stage_label: Text
    channel: Text
    category: str | None
    category_name: str | None
    text: Text
    address: str | None
    position: Position | None
    grid: Named | None
    area: Named
    decision: Decision
    light: Literal["blue", "yellow", "orange", "red", "paused"]
    severity: Annotated[int, Field(ge=1, le=4)] | None
    holder: PartyOut | None
    own_summons: OwnSummonsOut | None
    confidential: bool
    occurred_at: Instant
    created_at: Instant
    due_at: Instant
    due_provisional: bool
    closed_at: Instant | None


class Report(Listed, LifeOut):
    """Hold one report in full, with how it stands in its life."""

    source_no: str | None
    round: Annotated[int, Field(ge=1)]
    reporter: Reporter | None
    reporter_state: Literal["none", "kept", "withheld", "erased", "unreadable"]
    reporter_note: Text | None
    about: Literal["grid_worker", "community_cadre", "township_cadre"] | None
    assignment: Assignment
    steps_allowed: list[StepName]


class ReportPage(Exact):
    """Hold a page of reports."""

    items: list[Listed]
    next: str | None


class Event(Exact):
    """Hold one event of a report."""

    id: int
    at: Instant
    kind: Text
    by: Text
    on_behalf_of: str | None
    detail: dict[str, Any]


class EventPage(Exact):
    """Hold the events of a report."""

    items: Annotated[list[Event], Field(min_length=1)]


class Area(Exact):
    """Hold what a list shows of an area."""

    code: Code
    name: Text
    level: Level
    kind: Text
    parent: Code | None
    households: Annotated[int, Field(ge=0)]
    open_reports: Annotated[int, Field(ge=0)]
    provisional: bool
    bbox: list[float]
    center: list[float]


class AreaPage(Exact):
    """Hold a page of areas."""

    items: list[Area]
    next: str | None


class BatchRow(Exact):
    """Hold the answer for one row of a batch."""

    grid: GridCode | None
    decision: Decision
    reason: Text = "-"


class Batch(Exact):
    """Hold the answer of a batch."""

    revision: Text
    at: Instant
    rows: list[BatchRow]


def checked(shape: type[BaseModel], response: httpx.Response, status: int = 200) -> dict[str, Any]:
    """Assert status, type and shape of an answer, and return it as plain values."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    TypeAdapter(shape).validate_json(response.content)
    answer: dict[str, Any] = response.json()
    return answer
