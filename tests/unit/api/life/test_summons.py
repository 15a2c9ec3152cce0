"""Check summoning departments: arrivals are timed, and the summoner's word confirms them."""

from __future__ import annotations

from api.calendar.clocks import Light
from api.life.standing import standings
from tests.unit.api.life.play import (
    COUNTY_DESK,
    LIGHTS,
    TOWN_DESK,
    WATER,
    ZHANG,
    Play,
    at,
    li,
    lights,
    operator,
    town,
    water,
    zhang,
)


def called() -> Play:
    play = Play().wait(minutes=5).take(zhang, "accept")
    return play.take(zhang, "summon", orgs=(WATER, LIGHTS), org="lights")


def parties(play: Play, kind: str) -> list[object]:
    found = [s for s in standings(play.case, play.now) if s.clock.kind == kind]
    return [(s.party, s.light) for s in found]


def test_a_summons_calls_several_of_whom_one_leads_and_times_each() -> None:
    play = called()
    assert play.case.status == "summoned"
    assert [(s.org, s.by, s.lead) for s in play.case.summons] == [
        (WATER, ZHANG, False),
        (LIGHTS, ZHANG, True),
    ]
    assert parties(play, "arrival") == [(WATER, Light.BLUE), (LIGHTS, Light.BLUE)]
    assert play.told("summoned") == [WATER, LIGHTS]


def test_an_arrival_is_confirmed_by_the_summoner_and_counts_from_when_it_was() -> None:
    play = called().at("16 10:00").take(lights, "arrive")
    assert play.refused(lights, "arrive").reason == "already_arrived"
    assert "arrive" not in play.offered(lights)
    assert "arrive" in play.offered(water)
    assert play.case.summons[1].arrived_at is None
    assert play.refused(water, "arrive", org="lights").reason == "wrong_actor"
    assert play.refused(li, "arrive", org="lights").reason == "wrong_actor"
    # Confirmed long after, the department is not late: it came at ten.
    play.at("16 17:00").take(zhang, "arrive", org="lights")
    assert play.case.summons[1].arrived_at == at("16 10:00")
    clock = next(c for c in play.case.clocks if c.owner == LIGHTS)
    assert (clock.stopped_at, clock.late(play.now)) == (at("16 10:00"), False)


def test_the_late_departments_light_turns_and_not_the_workers() -> None:
    play = called().take(lights, "arrive").take(zhang, "arrive", org="lights")
    play.at("19 18:00")
    assert parties(play, "arrival") == [(WATER, Light.RED)]
    assert parties(play, "settle") == [(WATER, Light.RED)]
    play.take(zhang, "arrive", org="water")
    assert parties(play, "settle") == [(ZHANG, Light.RED)]


def test_of_two_late_departments_the_lead_has_the_light() -> None:
    assert parties(called().at("18 09:00"), "settle") == [(LIGHTS, Light.YELLOW)]


def test_a_department_that_only_says_it_came_is_waited_for_as_before() -> None:
    play = called().at("16 10:00").take(water, "arrive")
    assert play.at("17 10:00").case.clocks[-2].light(play.now) is Light.PAUSED
    play.take(zhang, "arrive", org="water", passed=False)
    assert play.case.summons[0].reported_at is None
    assert parties(play, "arrival")[0] == (WATER, Light.RED)


def test_when_all_have_come_the_report_goes_on_as_it_was() -> None:
    play = Play().take(zhang, "accept").take(zhang, "arrive")
    play.take(zhang, "summon", orgs=(WATER,)).take(zhang, "arrive", org="water")
    assert play.case.status == "on_site"


def test_the_same_department_is_not_called_twice_and_only_departments_are() -> None:
    play = called()
    assert play.refused(zhang, "summon", orgs=(LIGHTS,)).reason == "already_summoned"
    assert play.refused(zhang, "summon", orgs=(ZHANG,)).reason == "missing"
    assert play.refused(zhang, "summon").reason == "missing"
    assert play.refused(zhang, "summon", orgs=(TOWN_DESK, WATER)).reason == "missing"


def test_whoever_is_above_the_summoner_may_confirm_too() -> None:
    play = called().take(town, "arrive", org="water")
    assert play.case.summons[0].confirmed is not None
    assert play.case.summons[0].confirmed.account == "a-town"


def test_work_that_is_done_calls_the_others_off_and_keeps_that_they_never_came() -> None:
    play = called().at("17 09:00").take(zhang, "handle", outcome="resolved")
    assert [s.called_off for s in play.case.summons] == [True, True]
    assert all(not c.running for c in play.case.clocks if c.kind == "arrival")
    assert all(c.late(play.now) for c in play.case.clocks if c.kind == "arrival")


def test_a_late_department_is_told_and_then_the_county() -> None:
    play = called().at("17 18:00").tick()
    assert play.told("overdue") == [WATER, LIGHTS, COUNTY_DESK, COUNTY_DESK]


def test_a_joint_consultation_names_who_takes_part() -> None:
    play = Play().take(zhang, "accept")
    assert play.refused(operator, "consult_jointly").field == "orgs"
    play.take(operator, "consult_jointly", orgs=(LIGHTS, TOWN_DESK))
    assert play.case.consulted == (LIGHTS, TOWN_DESK)
