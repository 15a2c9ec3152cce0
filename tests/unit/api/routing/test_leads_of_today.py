"""Who leads a matter is asked again and again: the answer is that of the instant and the place."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

from api.calendar.working_days import Calendar
from api.db.area_store import AreaRow
from api.duty.records import Org
from api.knowledge_parts import Knowledge
from api.life.county import standard_templates
from api.privacy.vault import Vault
from api.routing.lanes import Lane
from api.routing.owner import owned_by
from geo.address.matcher import Matcher
from geo.locate.decision import NO_LANDMARKS
from tests.unit.api.duty.people_and_posts import (
    COMMUNITY,
    COUNTY,
    GRID,
    TEN,
    TOWNSHIP,
    hours,
    new_id,
    roster,
)

OTHER_TOWNSHIP_GRID = "150221105001001"
NEXT_VILLAGE_GRID = f"{TOWNSHIP}002001"
BUREAU = Org(new_id(), "旗住建局", "department", start=TEN, end=hours(1))
TEAM = Org(new_id(), "萨拉齐镇综合行政执法队", "department", TOWNSHIP)
OTHER_TEAM = Org(new_id(), "双龙镇综合行政执法队", "department", OTHER_TOWNSHIP_GRID[:9])
HOUSES = Org(new_id(), "振华社区物业站", "department", COMMUNITY)
MOMENT = timedelta(microseconds=1)


def known(*orgs: Org) -> Knowledge:
    """Return what a process keeps of a county that has these organisations and no posts."""
    return Knowledge(
        revisions={},
        county=AreaRow(COUNTY, "county", None, "土右旗", "土默特右旗", "county", 0, False),
        areas={},
        boundary_revisions=(),
        roster=roster(*orgs),
        matcher=Matcher((), county_code=COUNTY, county_names=(), foreign_names=()),
        landmarks=NO_LANDMARKS,
        categories={},
        matters={},
        access_lists=(),
        calendar=Calendar(version="test"),
        clock_settings=(),
        templates=standard_templates(),
        vault=Vault(),
    )


def test_an_organisation_leads_from_its_beginning_to_its_end_whenever_it_was_asked_about() -> None:
    lane = Lane("department", "department", leads=("住建局",))
    answers = {TEN - MOMENT: None, TEN: BUREAU, hours(1) - MOMENT: BUREAU, hours(1): None}
    for order in permutations(answers):
        county = known(BUREAU)
        for at in order:
            owned = owned_by(county, lane, GRID, at)
            assert (owned.org, owned.duty.person) == (answers[at], None)


def test_the_team_of_one_township_or_village_leads_in_no_other() -> None:
    team = Lane("joint", "joint", leads=("镇综合行政执法队",))
    houses = Lane("joint", "joint", leads=("物业站",))
    answers = {
        (team, GRID): TEAM,
        (team, NEXT_VILLAGE_GRID): TEAM,
        (team, OTHER_TOWNSHIP_GRID): OTHER_TEAM,
        (houses, GRID): HOUSES,
    }
    for order in permutations(answers):
        county = known(TEAM, OTHER_TEAM, HOUSES)
        for lane, grid in order:
            assert owned_by(county, lane, grid, TEN).org == answers[lane, grid]


def test_an_organisation_of_a_village_leads_in_no_other_village() -> None:
    lane = Lane("department", "department", leads=("物业站",))
    answers = {GRID: HOUSES, NEXT_VILLAGE_GRID: None, OTHER_TOWNSHIP_GRID: None}
    for order in permutations(answers):
        county = known(HOUSES)
        for grid in order:
            assert owned_by(county, lane, grid, TEN).org == answers[grid]
