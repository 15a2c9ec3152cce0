"""Hold who answers to the rules of the field: override, holder, B-role, next tier, desk."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from api.duty.records import Org
from tests.unit.api.duty.people_and_posts import (
    COMMUNITY,
    COUNTY,
    GRID,
    TEN,
    TOWNSHIP,
    hours,
    names_and_words,
    new_id,
    org_post,
    person,
    post,
    roster,
    term,
)

ZHANG, LI, WANG, ZHAO = person("张三"), person("李四"), person("王五"), person("赵六")
WORKER = post("full_time_grid_worker")
LEAD = post("grid_lead")
HOLDS = term("holder", ZHANG, WORKER)
LEADS = term("holder", WANG, LEAD)
MOMENT = timedelta(microseconds=1)
PEOPLE = (ZHANG, LI, WANG, ZHAO)


def asked(*rows, at=TEN, kind="community"):
    return roster(*PEOPLE, WORKER, LEAD, *rows).responsible(area_code=GRID, kind=kind, at=at)


def test_an_override_entered_at_ten_is_in_force_at_ten_and_over_at_its_end() -> None:
    override = term("override", LI, WORKER, start=TEN, end=hours(2), note="抗洪")
    before, at_ten, last, after = (
        asked(HOLDS, override, at=at)
        for at in (TEN - timedelta(microseconds=1), TEN, hours(2) - timedelta(seconds=1), hours(2))
    )
    assert [found.person.name for found in (before, at_ten, last, after)] == [
        "张三", "李四", "李四", "张三",
    ]  # fmt: skip
    assert names_and_words(at_ten)[1] == ["专职网格员由李四临时顶岗至11月20日12:00（抗洪）"]
    assert (at_ten.way, at_ten.until) == ("override", hours(2))


def test_on_leave_the_b_role_answers_and_the_chain_says_until_when_but_not_why() -> None:
    leave = term("absence", ZHANG, start=hours(-24), end=hours(14 + 48), note="sick")
    found = asked(HOLDS, leave, term("cover", LI, WORKER, rank=1))
    assert names_and_words(found) == ("李四", ["专职网格员张三请假至11月22日，由B角李四代班"])
    assert (found.way, found.stands_for) == ("cover", ZHANG)


def test_while_the_holder_is_there_the_b_role_has_nothing() -> None:
    assert asked(HOLDS, term("cover", LI, WORKER)).person == ZHANG


def test_both_away_the_grid_lead_answers_and_both_are_named() -> None:
    rows = [term("absence", who, end=hours(1)) for who in (ZHANG, LI)]
    found = asked(HOLDS, LEADS, term("cover", LI, WORKER), *rows)
    assert names_and_words(found) == (
        "王五",
        [
            "专职网格员张三请假至11月20日11:00，B角李四请假至11月20日11:00，转下一级",
            "网格长在岗：王五",
        ],
    )


def test_covers_answer_in_the_order_of_their_rank() -> None:
    rows = [HOLDS, term("absence", ZHANG), term("cover", WANG, WORKER, rank=2)]
    assert asked(*rows, term("cover", LI, WORKER, rank=1)).person == LI
    first_away = [term("cover", LI, WORKER, rank=1), term("absence", LI)]
    assert asked(*rows, *first_away).person == WANG


def test_an_absent_substitute_gets_nothing_and_the_holder_answers() -> None:
    override = term("override", LI, WORKER, start=TEN, end=hours(8))
    found = asked(HOLDS, override, term("absence", LI, start=hours(1), end=hours(2)), at=hours(1))
    assert names_and_words(found) == (
        "张三",
        ["专职网格员临时顶岗李四请假至11月20日12:00，张三在岗"],
    )


def test_whoever_is_away_is_away_from_every_post() -> None:
    # One person leads the grid and covers its worker: one absence takes both away.
    rows = [term("absence", ZHANG), term("holder", ZHANG, LEAD), term("cover", ZHANG, WORKER)]
    assert asked(*rows).person is None


def test_a_post_by_shifts_is_held_by_whoever_is_on_shift() -> None:
    desk = post("county_desk", COUNTY, by_shifts=True, seats=2)
    rows = [
        desk,
        term("holder", ZHANG, desk, rank=1),
        term("holder", LI, desk, rank=2),
        term("shift", ZHANG, desk, start=hours(-10), end=TEN),
        term("shift", LI, desk, start=TEN, end=hours(8)),
    ]
    duty = roster(*PEOPLE, *rows)
    answers = [
        names_and_words(duty.responsible(area_code=COUNTY, kind=None, at=at))
        for at in (TEN - timedelta(microseconds=1), TEN, hours(8))
    ]
    assert answers == [
        ("张三", ["旗中心值班在岗：张三"]),
        ("李四", ["旗中心值班张三不在班次，李四在岗"]),
        (None, ["旗中心值班张三不在班次，李四不在班次，转下一级", "各级均无在岗人员，转受理台"]),
    ]


def test_who_works_by_shifts_covers_and_substitutes_on_shift_only() -> None:
    desk = post("township_desk", TOWNSHIP, by_shifts=True)
    own = [desk, term("holder", LI, desk), term("shift", LI, desk, start=hours(2), end=hours(4))]
    for kind in ("cover", "override"):
        rows = [*own, term(kind, LI, WORKER), term("holder", ZHANG, WORKER), term("absence", ZHANG)]
        assert asked(*rows, LEADS, at=TEN).person == WANG
        assert asked(*rows, LEADS, at=hours(2)).person == LI
        assert asked(*rows, LEADS, at=hours(4)).person == WANG


def test_a_substitute_with_a_post_of_the_day_needs_no_shift() -> None:
    desk = post("township_desk", TOWNSHIP, by_shifts=True)
    rows = [desk, term("holder", LI, desk), term("override", LI, WORKER), term("holder", LI, LEAD)]
    assert asked(*rows).person == LI


def test_in_a_village_the_part_timer_then_the_villages_worker_then_the_lead() -> None:
    part_time, village = post("part_time_grid_worker"), post("full_time_grid_worker", COMMUNITY)
    rows = [
        part_time,
        village,
        term("holder", ZHANG, part_time),
        term("holder", LI, village),
        LEADS,
    ]
    duty = roster(*PEOPLE, LEAD, *rows)
    assert duty.responsible(area_code=GRID, kind="rural", at=TEN).person == ZHANG
    away = roster(*PEOPLE, LEAD, *rows, term("absence", ZHANG))
    assert away.responsible(area_code=GRID, kind="rural", at=TEN).person == LI
    both = roster(*PEOPLE, LEAD, *rows, term("absence", ZHANG), term("absence", LI))
    assert both.responsible(area_code=GRID, kind="rural", at=TEN).person == WANG


def test_several_seats_answer_in_the_order_of_the_seats() -> None:
    many = post("part_time_grid_worker", seats=492)
    rows = [term("holder", ZHAO, many, rank=3), term("holder", LI, many, rank=2)]
    assert asked(many, *rows, kind="rural").person == LI
    assert asked(many, *rows, term("absence", LI), kind="rural").person == ZHAO


def test_a_sentence_about_hundreds_of_seats_names_three() -> None:
    many, people = post("part_time_grid_worker", seats=492), [person("某人") for _ in range(492)]
    rows = [row for p in people for row in (term("holder", p, many), term("absence", p))]
    duty = roster(*people, many, *rows)
    sentence = duty.responsible(area_code=GRID, kind="rural", at=TEN).chain[0].detail
    assert sentence.count("某人") == 3
    assert "另489人不在岗" in sentence


def test_a_post_that_is_not_in_force_is_passed_in_silence() -> None:
    ended = post("full_time_grid_worker", end=TEN)
    found = roster(*PEOPLE, ended, term("holder", ZHANG, ended)).responsible(
        area_code=GRID, kind="community", at=TEN
    )
    assert names_and_words(found) == (None, ["各级均无在岗人员，转受理台"])


def test_nobody_on_any_tier_is_the_desk_and_never_silence() -> None:
    found = asked()
    assert names_and_words(found) == (
        None,
        ["专职网格员空岗，转下一级", "网格长空岗，转下一级", "各级均无在岗人员，转受理台"],
    )
    assert found.chain[-1].step == "desk"


def test_an_organisation_answers_by_its_liaison_then_the_one_above_then_the_desk() -> None:
    bureau = Org(new_id(), "旗综合行政执法局", "department")
    team = Org(new_id(), "某镇执法队", "township_team", TOWNSHIP, bureau.id)
    own, above = org_post("liaison", team), org_post("liaison", bureau)
    desk = post("township_desk", TOWNSHIP)
    rows = [bureau, team, own, above, desk, *PEOPLE]
    held = [term("holder", ZHANG, own), term("holder", LI, above), term("holder", WANG, desk)]
    names = []
    for away in range(4):
        absences = [term("absence", who) for who in (ZHANG, LI, WANG)[:away]]
        duty = roster(*rows, *held, *absences)
        found = duty.responsible_of_org(org_id=team.id, county=COUNTY, at=TEN)
        names.append(found.person.name if found.person else None)
    assert names == ["张三", "李四", "王五", None]


def test_organisations_above_each_other_in_a_ring_end() -> None:
    first, second = new_id(), new_id()
    rows = [Org(first, "甲", "centre", None, second), Org(second, "乙", "centre", None, first)]
    found = roster(*rows).responsible_of_org(org_id=first, county=COUNTY, at=TEN)
    assert found.person is None


def test_leads_of_the_named_building_are_informed_and_nobody_else() -> None:
    third = post("building_lead", places=("3号楼", "b-3"))
    fifth = post("building_lead", places=("5号楼",))
    cluster = post("household_cluster_lead")
    rows = [third, fifth, cluster]
    held = [
        term("holder", ZHANG, third),
        term("holder", LI, fifth),
        term("holder", WANG, cluster),
    ]
    duty = roster(*PEOPLE, *rows, *held)
    told = duty.informed(area_code=GRID, places=["b-3"], at=TEN)
    assert [who.name for _post, who in told] == ["张三", "王五"]
    # They are informed; the worker is responsible.
    assert duty.responsible(area_code=GRID, kind="community", at=TEN).person is None
    away = roster(*PEOPLE, *rows, *held, term("absence", ZHANG))
    assert [who.name for _p, who in away.informed(area_code=GRID, places=["b-3"], at=TEN)] == [
        "王五"
    ]


def test_a_person_answers_for_the_areas_of_every_post_held_covered_or_substituted() -> None:
    rows = [HOLDS, term("override", LI, WORKER), term("cover", WANG, LEAD), term("absence", WANG)]
    duty = roster(*PEOPLE, WORKER, LEAD, *rows)
    assert [duty.areas_of_person(p.id, TEN) for p in (ZHANG, LI, WANG, ZHAO)] == [
        (GRID,), (GRID,), (GRID,), (),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["community", "rural", "dedicated", None])
def test_every_kind_of_grid_has_a_chain_that_ends_at_the_county(kind: str | None) -> None:
    desk = post("county_desk", COUNTY)
    duty = roster(ZHANG, desk, term("holder", ZHANG, desk))
    assert duty.responsible(area_code=GRID, kind=kind, at=TEN).person == ZHANG


def test_of_one_roster_each_instant_has_its_own_answer_in_whatever_order_they_are_asked() -> None:
    bureau = Org(new_id(), "旗住建局", "department")
    liaison = org_post("liaison", bureau)
    rows = (
        bureau,
        liaison,
        term("holder", LI, liaison, start=TEN, end=hours(1)),
        term("holder", ZHANG, WORKER, start=TEN, end=hours(1)),
    )
    answers = {TEN - MOMENT: False, TEN: True, hours(1) - MOMENT: True, hours(1): False}
    for order in permutations(answers):
        known = roster(*PEOPLE, WORKER, *rows)
        for at in order:
            of_org = known.responsible_of_org(org_id=bureau.id, county=COUNTY, at=at).person
            of_grid = known.responsible(area_code=GRID, kind="community", at=at).person
            expected = (LI, ZHANG) if answers[at] else (None, None)
            assert (of_org, of_grid) == expected
