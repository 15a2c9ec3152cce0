"""Check who is answerable while a report is sent, signed, taken back and passed on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.calendar.clocks import Light
from api.life.parties import Actor, Party
from api.life.relocation import relocate
from api.life.standing import standings
from tests.unit.api.life.play import (
    BAO,
    COUNTY,
    COUNTY_DESK,
    FAR_GRID,
    GRID,
    LI,
    LIGHTS,
    NEXT_GRID,
    OTHER_TOWN_GRID,
    TIME,
    TOWN,
    TOWN_DESK,
    TUMED,
    VILLAGE,
    VILLAGE_DESK,
    ZHANG,
    Play,
    at,
    bao,
    leader,
    li,
    lights,
    operator,
    town,
    village,
    wall,
    zhang,
)


def lights_of(play: Play) -> dict[str, tuple[Party, Light]]:
    return {s.clock.kind: (s.party, s.light) for s in standings(play.case, play.now)}


def test_the_sender_stays_answerable_until_the_next_has_signed() -> None:
    play = Play()
    assert lights_of(play)["settle"][0] == COUNTY_DESK
    play.wait(minutes=20).take(zhang, "accept")
    assert play.case.status == "accepted"
    assert lights_of(play) == {"settle": (ZHANG, Light.BLUE)}


def test_unsigned_after_its_limit_is_the_senders_light_and_the_sender_is_told() -> None:
    play = Play().at("16 10:59")
    assert lights_of(play)["sign"] == (COUNTY_DESK, Light.ORANGE)
    play.at("16 11:00").tick()
    assert lights_of(play)["sign"] == (COUNTY_DESK, Light.RED)
    assert play.told("overdue") == [COUNTY_DESK]
    assert play.told("reminder") == [ZHANG]
    assert play.at("16 13:00").tick().told("overdue") == [COUNTY_DESK, VILLAGE_DESK]
    # Told once, however often the clock is looked at.
    before = len(play.events)
    play.wait(minutes=5).tick().tick()
    assert len(play.events) == before


def test_signing_stops_the_senders_light_and_a_second_signature_is_refused_with_who_and_when() -> (
    None
):
    play = Play().wait(minutes=5).take(zhang, "accept")
    assert play.case.clock("sign") is None
    refusal = play.refused(zhang, "accept")
    assert (refusal.reason, refusal.status) == ("illegal_step", "accepted")
    assert refusal.last is not None
    assert (refusal.last.name, refusal.last.at) == ("zhang", at("16 09:05"))
    assert refusal.words == "诉求办理中（11-16 09:05 zhang 签收），不能签收。"


def test_an_event_says_who_for_whom_when_why_before_and_after() -> None:
    play = Play().wait(minutes=5)
    play.take(village, "accept", on_behalf_of="张三", note="无智能手机")
    (event,) = play.events
    assert (event.step, event.by, event.name) == ("accept", "a-village", "村值班")
    assert (event.on_behalf_of, event.note, event.at) == ("张三", "无智能手机", at("16 09:05"))
    assert (event.before["status"], event.after["status"]) == ("assigned", "accepted")
    assert (event.before["stage"], event.after["stage"]) == ("routing", "handling")
    assert "holder" not in event.after


def test_a_villages_worker_enters_for_a_part_timer_by_name_and_never_without() -> None:
    play = Play()
    assert play.offered(bao) == ()
    assert "accept" in play.offered(bao, on_behalf_of="张三")
    assert play.refused(bao, "accept").reason == "wrong_actor"
    assert play.refused(li, "accept", on_behalf_of="张三").reason == "wrong_actor"
    assert play.take(bao, "accept", on_behalf_of="张三").case.holder == ZHANG


def test_a_doubtful_village_report_lies_with_its_full_time_worker_who_says_which_grid() -> None:
    play = Play(area=VILLAGE, holder=BAO, decided=False)
    assert play.case.status == "awaiting_decision"
    assert play.refused(zhang, "confirm_grid", grid=GRID, to=ZHANG).reason == "wrong_actor"
    assert play.refused(bao, "confirm_grid", to=ZHANG).field == "grid"
    assert play.refused(bao, "confirm_grid", grid="15022110420199", to=ZHANG).field == "grid"
    assert play.refused(bao, "confirm_grid", grid=FAR_GRID, to=ZHANG).reason == "other_place"
    play.take(bao, "confirm_grid", grid=GRID, to=ZHANG)
    assert (play.case.area, play.case.holder, play.case.sender) == (GRID, ZHANG, BAO)
    assert play.told("assigned") == [ZHANG]


@pytest.mark.parametrize("to", [LI, Party(OTHER_TOWN_GRID, post="p-far", person="far")])
def test_load_never_moves_a_report_to_another_grid(to: Party) -> None:
    play = Play()
    for step in ("reassign", "route"):
        refusal = play.refused(operator, step, to=to, reason="absent")
        assert refusal.reason in {"other_place", "illegal_step"}
    assert play.refused(operator, "reassign", to=BAO, reason="load").field == "reason"
    assert play.take(operator, "reassign", to=BAO, reason="absent").case.holder == BAO


def test_time_alone_moves_no_report() -> None:
    play = Play().at("30 18:00").tick()
    assert (play.case.holder, play.case.status) == (ZHANG, "assigned")


def test_who_sent_takes_back_what_is_not_signed_and_nothing_else() -> None:
    play = Play().take(operator, "withdraw")
    assert (play.case.holder, play.case.status) == (COUNTY_DESK, "awaiting_decision")
    assert play.told("withdrawn") == [ZHANG]
    signed = Play().take(zhang, "accept")
    assert signed.refused(operator, "withdraw").reason == "illegal_step"


def test_passing_up_goes_level_by_level_and_its_sender_answers_until_that_level_signs() -> None:
    play = Play().take(zhang, "accept")
    assert play.refused(zhang, "pass_up").field == "note"
    play.take(zhang, "pass_up", note="需村里出面")
    assert (play.case.status, play.case.holder) == ("passed_up", VILLAGE_DESK)
    assert lights_of(play)["settle"][0] == ZHANG
    play.take(village, "accept")
    assert lights_of(play)["settle"][0] == VILLAGE_DESK
    play.take(village, "pass_up", note="需镇里协调").take(town, "accept")
    assert play.case.holder == TOWN_DESK
    play.take(town, "pass_up", note="需旗里协调").take(operator, "accept")
    assert play.case.holder == COUNTY_DESK
    assert "pass_up" not in play.offered(operator)


def test_a_township_sends_inside_its_own_area_and_to_departments() -> None:
    play = Play(area=TOWN, holder=TOWN_DESK, decided=False)
    far = Party("150221105", name="另一镇")
    assert play.refused(town, "route", to=far).reason == "other_place"
    play.take(town, "route", to=LIGHTS)
    assert (play.case.holder, play.case.sender) == (LIGHTS, TOWN_DESK)
    assert play.take(lights, "accept").case.status == "accepted"


def test_triage_moves_the_deadline_counted_from_the_call() -> None:
    play = Play()
    before = play.case.clock("settle")
    assert before is not None
    assert before.due_at == at("19 18:00")
    play.wait(hours=1).take(operator, "triage", response="urgent", severity=3)
    after = play.case.clock("settle")
    assert after is not None
    assert after.due_at == at("17 09:00")
    assert play.case.severity == 3
    assert play.refused(operator, "triage", severity=5).field == "severity"
    assert play.refused(operator, "triage", response="soon").field == "response"
    assert play.refused(operator, "triage").reason == "missing"


def test_what_its_category_takes_from_a_worker_goes_on_and_the_sender_is_answerable_anew() -> None:
    play = Play()
    assert play.case.holder == ZHANG
    outcome = play.take(operator, "triage", category="c", to=LIGHTS)
    case = outcome.case
    assert (case.holder, case.status, case.category) == (LIGHTS, "assigned", "c")
    assert case.sender.area == COUNTY
    assert case.area == GRID
    assert [(n.kind, n.to) for n in outcome.notices] == [
        ("assigned", LIGHTS),
        ("reassigned", ZHANG),
    ]
    assert play.refused(zhang, "accept").reason == "wrong_actor"
    assert play.take(lights, "accept").case.status == "accepted"


def test_a_department_claims_what_lies_at_a_desk_and_has_signed_thereby() -> None:
    play = Play(area=COUNTY, holder=COUNTY_DESK, decided=False).take(lights, "claim", to=LIGHTS)
    assert (play.case.holder.org, play.case.status) == ("lights", "accepted")
    assert play.case.clock("sign") is None


def test_nobody_stands_in_the_path_twice() -> None:
    play = Play()
    for _ in range(5):
        play.take(village, "reassign", to=BAO, reason="absent")
        play.take(village, "reassign", to=ZHANG, reason="absent")
    assert play.case.path == (COUNTY_DESK, replace(VILLAGE_DESK, name="村值班"))


def test_a_wall_and_a_leader_move_nothing() -> None:
    play = Play().take(zhang, "accept")
    assert play.offered(wall) == ()
    assert set(play.offered(leader)) == {"urge", "supervise"}


def test_a_worker_signs_returns_and_hands_over_to_a_hotline_but_sends_nobody() -> None:
    assert set(Play().offered(zhang)) == {"accept", "return", "handoff"}
    assert Play().offered(li) == ()
    assert NEXT_GRID != GRID


def test_who_sent_a_report_on_and_has_it_back_may_sign_it_and_do_it() -> None:
    play = Play().take(zhang, "accept").take(zhang, "pass_up", note="请村里出面")
    play.take(village, "return", reason="not_our_duty", note="属网格事项").take(zhang, "grant")
    assert (play.case.status, play.case.holder) == ("awaiting_decision", ZHANG)
    assert play.take(zhang, "accept").case.status == "accepted"


def test_a_doubt_is_settled_and_a_desk_sends_before_anybody_signs() -> None:
    doubtful = Play(area=VILLAGE, holder=BAO, decided=False)
    assert doubtful.refused(bao, "accept").reason == "not_decided"
    lying = Play(area=GRID, holder=VILLAGE_DESK, decided=False)
    assert lying.refused(village, "accept").reason == "not_decided"
    # A desk that does the work itself says so by sending it to itself.
    lying.take(village, "route", to=VILLAGE_DESK).take(village, "accept")
    assert (lying.case.holder, lying.case.sender) == (VILLAGE_DESK, COUNTY_DESK)


def test_a_worker_claims_what_lies_at_the_desk_of_her_village_and_it_is_in_her_grid() -> None:
    play = Play(area=VILLAGE, holder=VILLAGE_DESK, decided=False)
    assert play.refused(zhang, "claim", to=LI).field == "to"
    play.take(zhang, "claim", to=ZHANG)
    assert (play.case.area, play.case.holder, play.case.status) == (GRID, ZHANG, "accepted")
    assert Play().refused(li, "claim", to=LI).reason == "illegal_step"


def test_whoever_is_gone_keeps_no_report_whatever_it_was_waiting_for() -> None:
    until = at("27 09:00")
    suspended = Play().take(zhang, "accept").take(zhang, "suspend", until=until, note="冻土")
    suspended.take(town, "grant").wait(days=1).take(village, "reassign", to=BAO, reason="absent")
    clock = suspended.case.clock("settle")
    assert clock is not None
    assert (suspended.case.status, clock.paused) == ("assigned", False)
    returning = Play().take(zhang, "return", reason="address_unclear")
    returning.take(village, "reassign", to=BAO, reason="absent")
    assert (returning.case.request, returning.case.clock("return_decision")) == (None, None)


def test_triage_of_what_is_sent_already_takes_it_back_to_no_earlier_stage() -> None:
    play = Play().take(operator, "triage", severity=2)
    assert (play.case.status, play.case.stage) == ("assigned", "routing")


def moved(play: Play, area: str, holder: Party) -> Play:
    outcome = relocate(
        play.case, area=area, holder=holder, decided=True, now=play.now, template=TUMED, time=TIME
    )
    play.case = outcome.case
    play.events += outcome.events
    play.notices += outcome.notices
    return play


def test_a_redrawn_border_hands_a_report_to_its_new_grid_with_its_clock_running_on() -> None:
    play = Play().take(zhang, "accept").wait(days=1)
    before = play.case.clock("settle")
    moved(play, NEXT_GRID, LI)
    assert (play.case.holder, play.case.status, play.case.signed) == (LI, "assigned", None)
    assert play.case.clock("settle") == before
    assert play.events[-1].step == "moved"
    assert play.told("assigned") == [LI]


def test_a_moved_pin_leaves_a_department_and_the_same_worker_their_work() -> None:
    department = Play(holder=LIGHTS).take(lights, "accept")
    moved(department, NEXT_GRID, LI)
    assert (department.case.holder, department.case.area) == (LIGHTS, NEXT_GRID)
    same = Play(area=VILLAGE, holder=BAO).take(bao, "accept")
    assert moved(same, GRID, BAO).case.status == "accepted"
    waiting = Play().take(zhang, "return", reason="address_unclear")
    assert moved(waiting, NEXT_GRID, LI).case.request is None
    done = Play().take(zhang, "accept").take(zhang, "handle", outcome="resolved")
    assert moved(done, NEXT_GRID, LI).case.holder == ZHANG
    ended = Play().take(operator, "close", note="误报")
    assert moved(ended, NEXT_GRID, LI).case.area == GRID


def test_a_report_that_moves_to_another_township_is_locked_to_that_one() -> None:
    play = Play().take(zhang, "return", reason="not_grid_matter").take(operator, "grant")
    play.take(operator, "route", to=BAO).take(bao, "return", reason="not_grid_matter")
    far = Party(OTHER_TOWN_GRID, post="p-far", person="far")
    assert moved(play, OTHER_TOWN_GRID, far).case.locked_to == OTHER_TOWN_GRID[:9]


def test_a_report_locked_to_its_township_comes_to_its_desk_and_to_no_other_grid() -> None:
    play = Play().take(zhang, "return", reason="not_grid_matter").take(operator, "grant")
    play.take(operator, "route", to=BAO).take(bao, "return", reason="not_grid_matter")
    play.take(town, "route", to=ZHANG)
    moved(play, NEXT_GRID, LI)
    assert (play.case.locked_to, play.case.holder) == (GRID[:9], TOWN_DESK)
    before = play.case.holder
    assert moved(play, GRID, ZHANG).case.holder == before


def test_of_an_unknown_place_a_township_sends_nothing_to_another_township() -> None:
    play = Play(area=COUNTY, holder=TOWN_DESK, decided=False)
    assert play.refused(town, "route", to=Party("150221105")).reason == "other_place"
    assert play.take(town, "route", to=VILLAGE_DESK).case.holder == VILLAGE_DESK


def test_entering_for_another_names_them() -> None:
    assert Play().refused(village, "accept", on_behalf_of=" ").field == "on_behalf_of"


def test_a_desk_of_another_county_may_do_nothing() -> None:
    stranger = Actor("a-stranger", "dispatcher", "150222")
    assert Play().offered(stranger) == ()
    assert Play(holder=COUNTY_DESK, decided=False).offered(stranger) == ()


def test_sending_a_report_of_unknown_place_says_where_it_is_until_it_comes_back() -> None:
    play = Play(area=COUNTY, holder=COUNTY_DESK, decided=False)
    play.take(operator, "route", to=TOWN_DESK).take(town, "route", to=VILLAGE_DESK)
    assert play.case.area == VILLAGE
    play.take(village, "return", reason="address_unclear").take(town, "grant")
    assert (play.case.area, play.case.holder) == (TOWN, TOWN_DESK)
    play.take(town, "pass_up", note="不在本镇")
    # The county may look for it in another township now.
    assert play.case.area == COUNTY
    other = Party("150221105", name="另一镇")
    assert play.take(operator, "route", to=other).case.area == "150221105"


def test_who_is_sent_a_doubt_says_which_grid_whether_signed_or_not() -> None:
    for sign in (False, True):
        play = Play(area=VILLAGE, holder=VILLAGE_DESK, decided=False)
        play.take(village, "route", to=BAO)
        if sign:
            play.take(bao, "accept")
        play.take(bao, "confirm_grid", grid=GRID, to=ZHANG)
        assert (play.case.holder, play.case.sender) == (ZHANG, BAO)
        assert "confirm_grid" not in play.offered(zhang)


def test_what_waits_for_a_workers_signature_is_not_sent_past_them() -> None:
    assert "route" not in Play().offered(operator)
    assert Play().refused(operator, "route", to=BAO).reason == "illegal_step"


def test_a_known_place_stays_known_when_a_report_is_passed_up_or_returned() -> None:
    play = Play().take(zhang, "return", reason="not_grid_matter").take(operator, "grant")
    assert play.case.area == GRID
    play = Play().take(zhang, "accept").take(zhang, "pass_up", note="请村里出面")
    assert play.case.area == GRID
