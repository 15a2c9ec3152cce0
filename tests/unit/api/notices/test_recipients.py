"""A notice reaches whoever is there: the person meant, who stands in, those above, the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from api.db.area_store import AreaRow
from api.duty.records import Org, Person, Post, Term
from api.duty.roster import Roster
from api.input_types import SHANGHAI
from api.notices.recipients import find_recipient

COUNTY, TOWNSHIP, COMMUNITY = "150221", "150221104", "150221104001"
GRID = "150221104001003"
AT = datetime(2026, 11, 20, 10, 0, tzinfo=SHANGHAI)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sent:
    to_area: str = GRID
    to_post: UUID | None = None
    to_person: UUID | None = None
    to_org: str | None = None


def area(code: str, level: str, name: str, kind: str = "") -> AreaRow:
    return AreaRow(code, level, None, name, name, kind, 0, False)


AREAS = {
    row.code: row
    for row in (
        area(COUNTY, "county", "土默特右旗"),
        area(TOWNSHIP, "township", "萨拉齐镇"),
        area(COMMUNITY, "community", "振华社区"),
        area(GRID, "grid", "振华社区第三网格", "community"),
    )
}
WORKER, STAND_IN, LEAD, KEEPER, LIAISON = (
    Person(uuid4(), name, f"0000000000{n}", area_code=GRID)
    for n, name in enumerate(("甲", "乙", "丙", "丁", "戊"))
)
OFFICE = Org(uuid4(), "旗综合行政执法局", "department", COUNTY)
WORK = Post(uuid4(), GRID, "full_time_grid_worker")
LEADING = Post(uuid4(), GRID, "grid_lead")
DESK = Post(uuid4(), COUNTY, "county_desk")
SPONSOR = Post(uuid4(), COUNTY, "sponsor_leader")
SPEAKING = Post(uuid4(), None, "liaison", org_id=OFFICE.id)


def on(post: Post, person: Person, kind: str = "holder") -> Term:
    return Term(uuid4(), post.id, person.id, kind, None, None)


def away(person: Person) -> Term:
    return Term(uuid4(), None, person.id, "absence", AT - DAY, AT + DAY, note="sick")


def roster(*terms: Term) -> Roster:
    return Roster(
        revision=1,
        posts=(WORK, LEADING, DESK, SPONSOR, SPEAKING),
        people=(WORKER, STAND_IN, LEAD, KEEPER, LIAISON),
        terms=terms,
        orgs=(OFFICE,),
    )


def reached(sent: Sent, *terms: Term) -> tuple[str, Person | None, str]:
    found = find_recipient(sent, roster(*terms), AREAS, AT)
    return found.who, found.person, found.area


TO_WORKER = Sent(to_post=WORK.id, to_person=WORKER.id)
WORKERS = "振华社区第三网格专职网格员"


def test_the_person_meant_is_told_while_there() -> None:
    assert reached(TO_WORKER, on(WORK, WORKER)) == (WORKERS, WORKER, GRID)


def test_who_moved_to_another_post_since_is_still_who_was_meant() -> None:
    assert reached(TO_WORKER, on(WORK, STAND_IN)) == (WORKERS, WORKER, GRID)


def test_nobody_who_is_absent_is_told_but_who_stands_in_is() -> None:
    terms = on(WORK, WORKER), away(WORKER), on(WORK, STAND_IN, "cover")
    assert reached(TO_WORKER, *terms) == (WORKERS, STAND_IN, GRID)


def test_when_both_are_away_the_next_tier_is_told() -> None:
    terms = on(WORK, WORKER), away(WORKER), on(LEADING, LEAD)
    assert reached(TO_WORKER, *terms) == ("振华社区第三网格网格长", LEAD, GRID)


def test_when_nobody_is_there_it_is_for_the_countys_desk() -> None:
    terms = on(WORK, WORKER), away(WORKER), on(DESK, KEEPER)
    found = find_recipient(TO_WORKER, roster(*terms), AREAS, AT)
    assert (found.person, found.area, found.at_county_desk) == (KEEPER, COUNTY, True)


def test_where_no_post_is_held_at_all_the_place_is_named_without_a_person() -> None:
    assert reached(TO_WORKER, away(WORKER)) == (WORKERS, None, GRID)


def test_a_desk_is_its_keepers_and_the_county_knows_its_own() -> None:
    found = find_recipient(Sent(COUNTY), roster(on(DESK, KEEPER)), AREAS, AT)
    assert (found.person, found.at_county_desk) == (KEEPER, True)
    assert find_recipient(Sent(COUNTY), roster(), AREAS, AT).at_county_desk
    township = find_recipient(Sent(TOWNSHIP), roster(), AREAS, AT)
    assert (township.who, township.at_county_desk) == ("萨拉齐镇乡镇值班室", False)


def test_a_leader_of_the_county_does_not_sit_at_its_desk() -> None:
    sent = Sent(COUNTY, to_post=SPONSOR.id, to_person=LEAD.id)
    found = find_recipient(sent, roster(on(SPONSOR, LEAD)), AREAS, AT)
    assert (found.person, found.at_county_desk) == (LEAD, False)


def test_an_organisation_is_told_by_its_liaison() -> None:
    sent = Sent(COUNTY, to_org=str(OFFICE.id))
    found = find_recipient(sent, roster(on(SPEAKING, LIAISON)), AREAS, AT)
    assert (found.who, found.person) == ("旗综合行政执法局联络员", LIAISON)
    assert not found.at_county_desk


def test_what_the_roster_does_not_know_is_told_to_those_who_answer_for_the_place() -> None:
    lost = Sent(to_post=uuid4(), to_person=uuid4(), to_org=None)
    assert reached(lost, on(WORK, WORKER))[1] == WORKER
    unknown = find_recipient(Sent(COUNTY, to_org="gone"), roster(on(DESK, KEEPER)), AREAS, AT)
    assert unknown.person == KEEPER
