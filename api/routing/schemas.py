"""Shape what routing takes and answers."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel


class ItemName(BaseModel):
    """Name an item of the access list."""

    no: str
    name: str


class RefusalOut(BaseModel):
    """Say why the grid does not get a matter: by which item, until or from which day."""

    reason: str
    item: ItemName | None
    date: date | None
    detail: str


class AreaOut(BaseModel):
    """Name the area whose duty answers."""

    level: str
    code: str
    name: str


class OrgName(BaseModel):
    """Name an organisation."""

    id: str
    name: str


class LaneOut(BaseModel):
    """Say where a matter goes, by what of the access list, and what the grid does beside it."""

    kind: str
    label: str
    leads: list[str]
    grid_action: str
    grid_action_label: str
    access: str | None
    item: ItemName | None
    refusal: RefusalOut | None
    list_version: int | None


class OwnedLaneOut(LaneOut):
    """Say the same of a report, with who owns it."""

    owner: AreaOut | None
    org: OrgName | None
