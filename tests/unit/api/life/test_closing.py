"""Check the end of a report's life: verification, answer, calls back, closing, reopening."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.calendar.clocks import Light
from api.life.parties import Party
from api.life.standing import standings
from api.life.vocabulary import FINAL
from tests.unit.api.life.play import (
    BAO,
    COUNTY_DESK,
    EVERYBODY,
    GRID,
    LI,
    LIGHTS,
    VILLAGE,
    VILLAGE_DESK,
    ZHANG,
    Play,
    bao,
    lights,
    operator,
    resident,
    second_operator,
    village,
    zhang,
)

HAPPY = {"resolved": "yes", "satisfied": "satisfied"}


def handled(**facts: object) -> Play:
    play = Play(**facts).wait(minutes=5).take(zhang, "accept")  # type: ignore[arg-type]
    return play.wait(hours=1).take(zhang, "handle", outcome="resolved")


def replied(**facts: object) -> Play:
    play = handled(**facts).take(operator, "verify", passed=True)
    return play.take(operator, "reply", answer="已修好")


def closed() -> Play:
    return replied().take(operator, "follow_up", **HAPPY).take(operator, "close")


def test_an_answer_leaves_only_after_verification() -> None:
    play = handled()
    assert play.refused(operator, "reply", answer="已修好").reason == "not_verified"
    assert "reply" not in play.offered(operator)
    play.take(operator, "verify", passed=True).take(operator, "reply", answer="已修好")
    assert (play.case.status, play.case.clock("settle")) == ("replied", None)


def test_nobody_verifies_their_own_work() -> None:
    play = Play().take(operator, "accept", on_behalf_of="张三")
    play.take(operator, "handle", on_behalf_of="张三", outcome="resolved")
    assert play.refused(operator, "verify", passed=True).reason == "own_work"
    assert play.refused(zhang, "verify", passed=True).reason == "wrong_actor"
    assert play.take(second_operator, "verify", passed=True).case.verified is not None


def test_work_that_does_not_hold_goes_back_to_who_did_it_with_a_word_why() -> None:
    play = handled()
    assert play.refused(operator, "verify").field == "passed"
    assert play.refused(operator, "verify", passed=False).field == "note"
    play.take(operator, "verify", passed=False, note="灯仍不亮")
    assert (play.case.status, play.case.holder, play.case.outcome) == ("accepted", ZHANG, None)
    assert play.told("verification_failed") == [ZHANG]


def test_an_outcome_is_one_of_the_known_ones() -> None:
    play = Play().take(zhang, "accept")
    assert play.refused(zhang, "handle").field == "outcome"
    assert play.refused(zhang, "handle", outcome="done").field == "outcome"


def test_a_call_back_asks_whether_it_is_solved_and_whether_they_are_content() -> None:
    play = replied()
    assert play.refused(operator, "follow_up", satisfied="satisfied").field == "resolved"
    assert play.refused(operator, "follow_up", resolved="yes").field == "satisfied"
    assert play.refused(zhang, "follow_up", **HAPPY).reason == "wrong_actor"
    play.take(operator, "follow_up", resolved="no", satisfied="dissatisfied")
    assert play.case.status == "followed_up"
    assert [(c.resolved, c.satisfied) for c in play.case.follow_ups] == [("no", "dissatisfied")]
    assert play.told("follow_up_bad") == [COUNTY_DESK]


def test_who_does_not_answer_the_call_is_tried_again_as_often_as_the_template_says() -> None:
    play = replied().take(operator, "follow_up", satisfied="no_answer")
    assert play.case.status == "replied"
    assert play.take(operator, "follow_up", satisfied="no_answer").case.status == "followed_up"


def test_a_reporter_rates_once_a_round_and_also_after_the_end() -> None:
    play = closed().take(resident, "rate", **HAPPY)
    assert play.case.status == "closed"
    assert play.refused(resident, "rate", **HAPPY).reason == "already_rated"
    assert play.refused(resident, "rate", satisfied="no_answer").field == "satisfied"


def test_after_a_call_back_a_report_is_closed_without_more_words() -> None:
    play = closed()
    assert (play.case.status, play.case.outcome) == ("closed", "resolved")
    assert [clock for clock in play.case.clocks if clock.running] == []


@pytest.mark.parametrize("play", [Play, handled, replied])
def test_a_worker_cannot_close_what_is_unsigned_unverified_or_not_called_back(play) -> None:  # type: ignore[no-untyped-def]
    assert play().refused(zhang, "close", note="完").reason == "not_finished"


@pytest.mark.parametrize("play", [Play, handled, replied])
def test_a_desk_that_skips_a_step_says_why(play) -> None:  # type: ignore[no-untyped-def]
    assert play().refused(operator, "close").field == "note"
    assert play().take(operator, "close", note="来电人撤诉").case.status == "closed"


def test_what_a_patrol_found_and_mended_ends_in_two_taps() -> None:
    play = Play(nature="self_found", reporters=()).take(zhang, "accept").take(zhang, "close")
    assert (play.case.status, play.case.nature) == ("closed", "self_found")


def test_a_caller_is_answered_on_the_line_and_nothing_more_is_needed() -> None:
    play = Play(area=GRID, holder=COUNTY_DESK, decided=False)
    assert play.refused(operator, "direct_reply").field == "answer"
    assert play.refused(operator, "direct_reply", answer="…", outcome="x").field == "outcome"
    play.take(operator, "direct_reply", answer="医保窗口周六上班")
    assert (play.case.status, play.case.outcome) == ("closed", "explained")


@pytest.mark.parametrize("to", [LI, Party(GRID, post="p-other")])
def test_reopening_goes_to_another_level_than_the_one_that_failed(to: Party) -> None:
    play = closed()
    assert play.refused(operator, "reopen", to=to).reason == "same_level"
    far = Party("150221104202", post="p-far")
    assert play.refused(operator, "reopen", to=far).reason == "other_place"
    play.take(operator, "reopen", to=BAO)
    assert (play.case.status, play.case.failed_level, play.case.round) == ("reopened", "grid", 2)
    assert play.case.verified is None
    settle = play.case.clock("settle")
    assert settle is not None
    assert settle.started_at == play.now


def test_reopening_goes_one_level_up_when_nobody_is_named() -> None:
    assert closed().take(operator, "reopen").case.holder == VILLAGE_DESK
    play = Play(holder=LIGHTS).take(lights, "accept").take(lights, "close")
    assert play.take(operator, "reopen").case.holder == COUNTY_DESK


def test_after_reopening_a_report_may_be_returned_and_called_back_anew() -> None:
    play = closed().wait(days=1).take(operator, "reopen", to=BAO)
    assert (play.case.returns, play.case.locked_to) == (0, None)
    play.take(village, "accept", on_behalf_of="包五").take(village, "handle", outcome="resolved")
    play.take(operator, "verify", passed=True).take(operator, "reply", answer="这次修好了")
    assert play.case.status == "replied"
    assert play.take(operator, "follow_up", **HAPPY).case.status == "followed_up"


def settled_on_the_spot(**facts: object) -> Play:
    return Play(**facts).take(zhang, "accept").take(zhang, "close")  # type: ignore[arg-type]


def test_who_called_about_what_was_settled_on_the_spot_is_called_back_all_the_same() -> None:
    play = settled_on_the_spot(reporters=("c1", "c2"))
    assert (play.case.status, play.case.to_call) == ("closed", True)
    play.take(operator, "follow_up", reporter="c1", **HAPPY)
    assert play.case.to_call
    play.take(operator, "follow_up", reporter="c2", satisfied="no_answer")
    assert play.case.to_call
    play.take(operator, "follow_up", reporter="c2", satisfied="no_answer")
    assert (play.case.status, play.case.to_call) == ("closed", False)


def test_nobody_is_to_be_called_where_nobody_called_or_the_desk_itself_ended_it() -> None:
    assert not settled_on_the_spot(reporters=()).case.to_call
    by_desk = Play().take(zhang, "accept").take(operator, "close", note="来电人撤诉")
    assert not by_desk.case.to_call
    assert not closed().case.to_call
    assert not settled_on_the_spot().take(operator, "reopen", to=BAO).case.to_call


@pytest.mark.parametrize("status", sorted(FINAL))
def test_an_end_is_final_but_for_reopening_rating_and_a_call_back(status: str) -> None:
    if status == "closed":
        play = closed()
    else:
        reason = None if status == "void" else status
        play = Play().take(operator, "void", note="误报", reason=reason)
    assert play.case.status == status
    offered = {step for actor in EVERYBODY for step in play.offered(actor)}
    assert offered <= {"reopen", "rate", "follow_up"}
    assert play.refused(operator, "close", note="x").reason == "illegal_step"


def test_void_needs_a_word_and_only_a_desk_may() -> None:
    play = Play()
    assert play.refused(operator, "void").field == "note"
    assert play.refused(operator, "void", note="x", reason="boring").field == "reason"
    assert play.refused(village, "void", note="x").reason == "wrong_actor"


def test_an_emergency_goes_to_its_hotline_and_the_report_stays_with_its_holder() -> None:
    play = Play()
    assert play.refused(zhang, "handoff", hotline="12345").field == "hotline"
    play.take(zhang, "handoff", hotline="119")
    assert (play.case.handoffs, play.case.holder, play.case.status) == (
        ("119",),
        ZHANG,
        "assigned",
    )


def test_while_work_waits_for_verification_the_light_is_the_senders_not_the_workers() -> None:
    play = handled().at("25 09:00")
    assert [(s.party, s.light) for s in standings(play.case, play.now)] == [
        (COUNTY_DESK, Light.RED)
    ]


def test_an_end_stops_every_clock_whatever_was_still_running() -> None:
    play = Play().take(operator, "close", note="误报")
    assert [clock.kind for clock in play.case.clocks if clock.running] == []


def test_one_person_with_two_logins_does_not_verify_their_own_work() -> None:
    play = handled(area=VILLAGE, holder=ZHANG)
    play.case = replace(play.case, path=(BAO,))
    second = replace(zhang, account="a-zhang-2", posts=frozenset({"p-bao"}))
    assert play.refused(second, "verify", passed=True).reason == "own_work"
    assert play.take(bao, "verify", passed=True).case.verified is not None


def test_a_desk_does_not_stand_above_itself() -> None:
    play = Play(holder=VILLAGE_DESK).take(village, "accept")
    play.take(village, "handle", outcome="resolved")
    colleague = replace(village, account="a-village-2")
    assert play.refused(colleague, "verify", passed=True).reason == "wrong_actor"


def test_in_a_new_round_every_reporter_is_called_anew() -> None:
    play = replied(reporters=("c1", "c2"))
    for name in ("c1", "c2"):
        play.take(operator, "follow_up", reporter=name, **HAPPY)
    play.wait(days=1).take(operator, "reopen", to=BAO).take(bao, "accept")
    play.take(bao, "handle", outcome="resolved").take(operator, "verify", passed=True)
    play.wait(hours=1).take(operator, "reply", answer="已修好")
    assert play.take(operator, "follow_up", reporter="c1", **HAPPY).case.status == "replied"
    assert play.take(operator, "follow_up", reporter="c2", **HAPPY).case.status == "followed_up"
