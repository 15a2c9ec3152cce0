"""Check extensions, suspensions, urging and formal supervision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.calendar.clocks import Light
from api.calendar.limits import Limit, Unit
from tests.unit.api.life.play import (
    COUNTY_DESK,
    LIGHTS,
    VILLAGE_DESK,
    ZHANG,
    Play,
    at,
    lead,
    leader,
    lights,
    operator,
    town,
    village,
    zhang,
)

THREE_DAYS = Limit(3, Unit.WORKING_DAY)


def working() -> Play:
    return Play().wait(minutes=5).take(zhang, "accept")


def settle_due(play: Play) -> object:
    clock = play.case.clock("settle")
    assert clock is not None
    return clock.due_at


def test_an_extension_is_asked_for_before_expiry_and_never_after_it() -> None:
    play = working().at("19 17:59")
    assert "extend" in play.offered(zhang)
    play.at("19 18:00")
    assert "extend" not in play.offered(zhang)
    refusal = play.refused(zhang, "extend", limit=THREE_DAYS, note="等配件")
    assert refusal.reason == "too_late"


def test_a_granted_extension_counts_from_the_old_deadline() -> None:
    play = working().take(zhang, "extend", limit=THREE_DAYS, note="等配件")
    assert play.case.status == "extension_pending"
    assert settle_due(play) == at("19 18:00")
    play.take(village, "grant")
    assert (play.case.status, settle_due(play)) == ("accepted", at("24 18:00"))
    assert play.events[-1].after["due_at"] == at("24 18:00").isoformat()


def test_a_refused_extension_leaves_the_deadline_and_the_work() -> None:
    play = working().take(zhang, "arrive").take(zhang, "extend", limit=THREE_DAYS, note="等配件")
    play.take(village, "refuse", note="今日可完成")
    assert (play.case.status, settle_due(play)) == ("on_site", at("19 18:00"))


@pytest.mark.parametrize(
    ("ask", "reason"),
    [({"note": "x"}, "missing"), ({"limit": THREE_DAYS}, "missing"),
     ({"limit": Limit(8, Unit.WORKING_DAY), "note": "x"}, "too_long")],
)  # fmt: skip
def test_an_extension_says_how_long_and_why_and_is_not_longer_than_allowed(
    ask: dict[str, object], reason: str
) -> None:
    assert working().refused(zhang, "extend", **ask).reason == reason


def test_an_extension_is_an_hour_or_more_and_a_slip_does_not_use_it_up() -> None:
    play = working()
    refusal = play.refused(zhang, "extend", limit=Limit(0.001, Unit.HOUR), note="等配件")
    assert (refusal.reason, refusal.field) == ("too_short", "limit")
    play.take(zhang, "extend", limit=Limit(1, Unit.HOUR), note="等配件")
    assert play.case.status == "extension_pending"


def test_a_report_is_extended_as_often_as_the_template_says() -> None:
    play = working().take(zhang, "extend", limit=THREE_DAYS, note="等配件").take(village, "grant")
    assert play.refused(zhang, "extend", limit=THREE_DAYS, note="再等").reason == "too_often"


def test_a_suspension_stops_the_clock_only_once_it_is_approved() -> None:
    play = working().take(zhang, "suspend", until=at("27 09:00"), note="冻土，开春再修")
    assert (play.case.status, play.told("suspension_asked")) == (
        "accepted",
        [play.case.request.decider],
    )  # type: ignore[union-attr]
    clock = play.case.clock("settle")
    assert clock is not None
    assert not clock.paused
    assert play.refused(village, "grant").reason == "wrong_actor"
    play.take(town, "grant")
    paused = play.case.clock("settle")
    assert paused is not None
    assert (play.case.status, paused.light(play.now)) == ("suspended", Light.PAUSED)
    assert play.refused(zhang, "handle", outcome="resolved").reason == "illegal_step"


def test_a_suspension_ends_by_itself_and_what_was_left_is_still_to_come() -> None:
    play = working().take(zhang, "suspend", until=at("27 09:00"), note="冻土").take(town, "grant")
    play.at("30 08:00").tick()
    assert play.case.status == "accepted"
    ended = next(event for event in play.events if event.by is None)
    assert (ended.step, ended.at) == ("suspension_ended", at("27 09:00"))
    # Three working days were left on Monday 16; from Friday 27 they end on Wednesday 2 December.
    assert settle_due(play) == at("30 18:00") + timedelta(days=2)


def test_a_suspension_is_not_approved_after_its_end_nor_longer_than_allowed() -> None:
    play = working()
    assert play.refused(zhang, "suspend", until=at("16 08:00"), note="x").reason == "in_the_past"
    far = at("16 09:00") + timedelta(days=90)
    assert play.refused(zhang, "suspend", until=far, note="x").reason == "too_long"
    play.take(zhang, "suspend", until=at("16 12:00"), note="停电").at("16 13:00")
    assert play.refused(town, "grant").reason == "in_the_past"


def test_work_that_is_done_needs_no_suspension_any_more() -> None:
    play = working().take(zhang, "suspend", until=at("27 09:00"), note="冻土")
    play.take(zhang, "handle", outcome="resolved")
    assert (play.case.request, play.case.clock("suspension_decision")) == (None, None)
    assert play.refused(town, "grant").reason == "nothing_to_decide"


def test_work_that_is_done_waits_for_nobody_who_has_an_extension_to_decide() -> None:
    play = Play().take(zhang, "accept")
    play.take(zhang, "extend", limit=Limit(2, Unit.WORKING_DAY), note="等配件")
    assert play.case.status == "extension_pending"
    play.take(zhang, "handle", outcome="resolved")
    assert (play.case.status, play.case.request) == ("handled", None)
    assert play.case.clock("extension_decision") is None


def test_what_is_suspended_goes_on_earlier_when_somebody_says_so() -> None:
    play = working().take(zhang, "suspend", until=at("27 09:00"), note="冻土").take(town, "grant")
    play.wait(days=1).take(zhang, "resume")
    assert (play.case.status, play.case.suspended_until) == ("accepted", None)


def test_at_the_county_the_shift_lead_approves_not_the_operator() -> None:
    play = Play(holder=LIGHTS).take(lights, "accept")
    play.take(lights, "extend", limit=THREE_DAYS, note="等配件")
    assert play.refused(operator, "grant").reason == "wrong_actor"
    assert play.take(lead, "grant").case.extensions == 1


def test_only_suspension_pauses_a_clock() -> None:
    play = working().take(zhang, "extend", limit=THREE_DAYS, note="等配件").take(village, "grant")
    play.take(zhang, "summon", orgs=(LIGHTS,)).take(operator, "urge")
    assert [clock.pauses for clock in play.case.clocks] == [()] * len(play.case.clocks)


def test_urging_reaches_who_is_answerable_now() -> None:
    assert Play().take(village, "urge").told("urged") == [COUNTY_DESK]
    assert working().take(village, "urge").told("urged") == [ZHANG]


def test_formal_supervision_has_words_a_deadline_and_for_a_hard_case_a_named_leader() -> None:
    play = working()
    assert play.refused(leader, "supervise").field == "note"
    assert play.refused(leader, "supervise", note="三日内解决", leader=" ").field == "leader"
    assert play.refused(operator, "supervise", note="x").reason == "wrong_actor"
    play.take(leader, "supervise", note="三日内解决", leader="王副旗长")
    assert play.case.case_leader == "王副旗长"
    sheet = play.case.clock("supervision")
    assert sheet is not None
    assert sheet.due_at == at("18 18:00")
    play.take(zhang, "handle", outcome="resolved")
    assert play.case.clock("supervision") is None


def test_two_sheets_of_supervision_run_side_by_side() -> None:
    play = working().take(leader, "supervise", note="一").take(town, "supervise", note="二")
    assert [c.kind for c in play.case.clocks if c.running].count("supervision") == 2


def test_what_is_supervised_is_extended_by_who_supervises_it() -> None:
    play = working().take(town, "supervise", note="今日办结")
    play.take(zhang, "extend", limit=THREE_DAYS, note="等配件")
    assert play.refused(village, "grant").reason == "wrong_actor"
    assert play.take(town, "grant").case.extensions == 1


def test_as_the_light_climbs_the_next_level_is_told() -> None:
    play = working().at("19 18:00").tick()
    assert play.told("reminder") == [ZHANG, ZHANG]
    assert play.told("overdue") == [ZHANG, VILLAGE_DESK]
    shares = [e.after["share"] for e in play.events if e.step == "remind"]
    assert shares == ["0.5", "0.8", "1.0", "1.0"]
    play.at("24 18:00").tick()
    assert play.told("overdue")[2:] == [COUNTY_DESK]
