"""Play a report's life in tests: a county with a few people, and a play that keeps the state."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from api.calendar.working_days import SHANGHAI, Calendar
from api.life.by_clock import tick
from api.life.clocks import OfficeTime
from api.life.engine import steps_for, take
from api.life.parties import Actor, Party, desk_of
from api.life.state import Case, open_case
from api.life.template import Template
from api.life.template_files import load_templates
from api.life.turn import Ask, Event, Notice, Outcome, Refusal

PROJECT = Path(__file__).resolve().parents[4]
TEMPLATES = load_templates(PROJECT / "data" / "reference" / "life")
TUMED = TEMPLATES["tumed_right"]
YEAR = Calendar(version="test", known_from=date(2026, 1, 1), known_through=date(2026, 12, 31))
TIME = OfficeTime(YEAR)

COUNTY, TOWN, VILLAGE = "150221", "150221104", "150221104201"
GRID, NEXT_GRID = VILLAGE + "001", VILLAGE + "002"
FAR_GRID = "150221104202001"
OTHER_TOWN_GRID = "150221105201001"

# Worker Zhang answers in the grid, Li in the next one, Bao full time for the whole village.
ZHANG = Party(GRID, post="p-zhang", person="zhang", name="张三")
LI = Party(NEXT_GRID, post="p-li", person="li", name="李四")
BAO = Party(VILLAGE, post="p-bao", person="bao", name="包五")
LIGHTS = Party(COUNTY, org="lights", name="综合执法局")
WATER = Party(COUNTY, org="water", name="水利局")
COUNTY_DESK, TOWN_DESK, VILLAGE_DESK = desk_of(COUNTY), desk_of(TOWN), desk_of(VILLAGE)


def worker(name: str, party: Party) -> Actor:
    posts = frozenset({party.post or ""})
    return Actor(
        f"a-{name}", "grid_worker", party.area, name, name,
        posts=posts, areas=frozenset({party.area}),
    )  # fmt: skip


zhang, li, bao = worker("zhang", ZHANG), worker("li", LI), worker("bao", BAO)
operator = Actor("a-operator", "dispatcher", COUNTY, "坐席")
second_operator = Actor("a-operator-2", "dispatcher", COUNTY, "坐席二")
lead = Actor("a-lead", "shift_lead", COUNTY, "值班长")
town = Actor("a-town", "township_admin", TOWN, "镇值班")
other_town = Actor("a-town-2", "township_admin", "150221105", "另一镇")
village = Actor("a-village", "community_admin", VILLAGE, "村值班")
leader = Actor("a-leader", "leader", COUNTY, "旗领导")
lights = Actor("a-lights", "department", COUNTY, "执法局联络员", org="lights")
water = Actor("a-water", "department", COUNTY, "水利局联络员", org="water")
resident = Actor("a-resident", "resident", COUNTY, "来电人")
wall = Actor("a-wall", "wall", COUNTY)
EVERYBODY = (
    zhang, li, bao, operator, second_operator, lead, town, other_town, village, leader, lights,
    water, resident, wall,
)  # fmt: skip


def at(text: str) -> datetime:
    """Return an instant of November 2026 in the county: "20 09:00" is a Friday morning."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


class Play:
    """Hold one report on its way, and everything that happened to it."""

    def __init__(
        self,
        case: Case | None = None,
        *,
        start: str = "16 09:00",
        template: Template = TUMED,
        **facts: Any,
    ) -> None:
        self.template = template
        self.now = at(start)
        self.events: list[Event] = []
        self.notices: list[Notice] = []
        self.others: tuple[Case, ...] = ()
        self.case = case or a_case(self.now, template, **facts)

    def at(self, text: str) -> Play:
        self.now = at(text)
        return self

    def wait(self, **time: float) -> Play:
        self.now += timedelta(**time)
        return self

    def take(self, actor: Actor, step: str, **ask: Any) -> Play:
        outcome = self.try_(actor, step, **ask)
        assert isinstance(outcome, Outcome), outcome
        self._keep(outcome)
        self.others = outcome.others
        return self

    def try_(self, actor: Actor, step: str, **ask: Any) -> Outcome | Refusal:
        return take(self.case, step, Ask(**ask), actor, self.now, self.template, TIME)

    def refused(self, actor: Actor, step: str, **ask: Any) -> Refusal:
        refusal = self.try_(actor, step, **ask)
        assert isinstance(refusal, Refusal), refusal
        return refusal

    def tick(self) -> Play:
        self._keep(tick(self.case, self.now, self.template, TIME))
        return self

    def offered(self, actor: Actor, **more: Any) -> tuple[str, ...]:
        return steps_for(self.case, actor, self.template, TIME, self.now, **more)

    def told(self, kind: str) -> list[Party]:
        return [notice.to for notice in self.notices if notice.kind == kind]

    def _keep(self, outcome: Outcome) -> None:
        self.case = outcome.case
        self.events += [e for e in outcome.events if e.case_id == outcome.case.id]
        self.notices += outcome.notices


def a_case(now: datetime, template: Template = TUMED, **facts: Any) -> Case:
    """Return a report that was just sent to Zhang, or what ``facts`` say."""
    given: dict[str, Any] = {
        "id": "r1",
        "number": "2026111600001",
        "area": GRID,
        "holder": ZHANG,
        "reporters": ("caller-1",),
        **facts,
    }
    return open_case(at=now, template=template, time=TIME, **given)
