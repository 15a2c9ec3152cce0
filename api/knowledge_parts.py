"""Name what is kept in memory; ``api.knowledge`` loads it and hands it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.calendar.limits import ClockSettings
from api.calendar.working_days import Calendar
from api.db.area_store import AreaRow, RevisionRow
from api.duty.roster import Org, Roster
from api.life.clocks import OfficeTime
from api.life.county import Templates
from api.privacy.vault import Vault
from api.remembered import Remembered
from api.routing.access_list import AccessList
from api.routing.lanes import Matter
from geo.address.matcher import AddressMatcher
from geo.locate.landmarks import Landmarks


@dataclass(frozen=True, slots=True)
class Category:
    """Hold what a report needs to know of its category."""

    code: str
    group: str
    name: str
    response: str
    confidential: bool
    grid_action: str
    lane_community_grid: str
    lane_rural_grid: str
    lead_org_example: str
    access: str
    duplicate_hint: str

    @property
    def withheld_from_grid(self) -> bool:
        """Say whether the grid's own people must never get it (complaints about them)."""
        return self.grid_action == "不得派"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Hold everything that answers come from, with the revision numbers it was read at."""

    revisions: Mapping[str, int]
    county: AreaRow
    areas: Mapping[str, AreaRow]
    boundary_revisions: tuple[RevisionRow, ...]
    roster: Roster
    matcher: AddressMatcher
    landmarks: Landmarks
    categories: Mapping[str, Category]
    matters: Mapping[str, Matter]
    access_lists: tuple[AccessList, ...]
    calendar: Calendar
    clock_settings: tuple[ClockSettings, ...]
    templates: Templates
    # Opens and seals what reports keep of their reporters.
    vault: Vault
    # Who counts limits: the calendar and the hours of the office.
    time: OfficeTime = field(init=False)
    # Who leads the matters of a lane in a place, at an instant.
    leads: Remembered[Org | None] = field(init=False, repr=False, compare=False)
    # Parties as answers show them.
    parties: Remembered[dict[str, Any]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make what is made of the rest, once: what is counted is remembered there."""
        object.__setattr__(self, "time", OfficeTime(self.calendar, self.clock_settings))
        for name in ("leads", "parties"):
            object.__setattr__(self, name, Remembered())
