"""Check returns: to whom they go, how long they wait, and what the second one does."""

from __future__ import annotations

import pytest

from api.life.parties import Party
from api.life.standing import standings
from tests.unit.api.life.play import (
    BAO,
    COUNTY,
    COUNTY_DESK,
    GRID,
    LIGHTS,
    NEXT_GRID,
    TOWN,
    TOWN_DESK,
    VILLAGE,
    ZHANG,
    Play,
    at,
    bao,
    lead,
    lights,
    operator,
    other_town,
    second_operator,
    town,
    village,
    zhang,
)


def returned(**facts: object) -> Play:
    return Play(**facts).take(zhang, "return", reason="not_grid_matter")  # type: ignore[arg-type]


def test_a_return_goes_back_to_who_sent_it_and_to_nobody_else() -> None:
    play = Play(area=VILLAGE, holder=BAO, decided=False)
    play.take(bao, "confirm_grid", grid=GRID, to=ZHANG).take(
        zhang, "return", reason="not_my_grid", grid=NEXT_GRID
    )
    assert play.case.status == "return_pending"
    assert play.told("return_asked") == [BAO]
    # The light is of who has to decide.
    assert [s.party for s in standings(play.case, play.now)] == [BAO, BAO]
    play.take(bao, "grant")
    assert (play.case.holder, play.case.status) == (BAO, "awaiting_decision")
    assert play.case.decision is not None
    assert play.case.decision.grid == NEXT_GRID


def test_a_return_that_is_not_my_grid_must_name_the_grid_it_belongs_to() -> None:
    play = Play()
    assert play.refused(zhang, "return", reason="not_my_grid").field == "grid"
    assert play.refused(zhang, "return", reason="not_my_grid", grid="12").field == "grid"
    assert play.refused(zhang, "return", reason="not_my_grid", grid=GRID).reason == "same_grid"
    play.take(zhang, "return", reason="not_my_grid", grid=NEXT_GRID)
    assert play.events[-1].after["request"]["grid"] == NEXT_GRID


@pytest.mark.parametrize(
    ("ask", "field"),
    [({}, "reason"), ({"reason": "too_much_work"}, "reason"), ({"reason": "other"}, "note"),
     ({"reason": "not_our_duty"}, "note"), ({"reason": "other", "note": "  "}, "note")],
)  # fmt: skip
def test_a_return_needs_a_known_reason_and_where_it_matters_a_word(
    ask: dict[str, str], field: str
) -> None:
    play = Play()
    assert play.refused(zhang, "return", **ask).field == field
    assert play.case.returns == 0


def test_a_return_undecided_for_4_working_hours_counts_as_signed() -> None:
    # Friday 16:00: two hours are left of the day, the other two are Monday's.
    play = returned(start="20 16:00")
    play.at("23 10:29").tick()
    assert play.case.status == "return_pending"
    play.at("23 10:30").tick()
    assert (play.case.status, play.case.holder) == ("accepted", ZHANG)
    (event,) = [e for e in play.events if e.step == "counted_as_signed"]
    assert (event.by, event.at) == (None, at("23 10:30"))
    assert play.told("counted_as_signed") == [ZHANG, COUNTY_DESK]


def test_the_4_hours_hold_even_when_no_job_has_looked_at_the_clock() -> None:
    play = returned(start="16 09:00").at("16 14:00")
    refusal = play.refused(operator, "grant")
    assert refusal.reason == "already_decided"
    assert refusal.words == "该申请已于11-16 13:00由系统审结（逾期未审，视为签收），不能再审。"
    play.take(zhang, "arrive")
    assert [event.step for event in play.events[-2:]] == ["counted_as_signed", "arrive"]
    assert play.events[-2].at == at("16 13:00")


def test_a_second_decision_on_the_same_return_is_refused_with_who_and_when() -> None:
    play = returned().wait(minutes=10).take(operator, "grant")
    refusal = play.wait(minutes=1).refused(second_operator, "refuse", note="就是你的")
    assert (refusal.reason, refusal.status) == ("already_decided", "awaiting_decision")
    assert refusal.last is not None
    assert (refusal.last.account, refusal.last.at) == ("a-operator", at("16 09:10"))
    assert refusal.words == "该申请已于11-16 09:10由坐席审结（同意），不能再审。"


def test_a_decision_that_means_an_earlier_request_does_not_decide_a_later_one() -> None:
    play = Play().take(zhang, "accept")
    play.take(zhang, "return", reason="address_unclear").take(operator, "refuse", note="已补地址")
    play.take(zhang, "extend", limit=play.template.limits.sign.limit, note="等材料")
    assert play.refused(village, "grant", request=1).reason == "already_decided"
    assert play.take(village, "grant", request=2).case.extensions == 1


def test_a_refused_return_says_why_and_the_holder_must_sign_it_still() -> None:
    play = returned()
    assert play.refused(operator, "refuse").field == "note"
    play.take(operator, "refuse", note="在您网格内")
    assert (play.case.status, play.case.holder) == ("assigned", ZHANG)
    sign = play.case.clock("sign")
    assert sign is not None
    assert sign.owner == COUNTY_DESK


def test_a_refused_return_of_signed_work_goes_on_as_it_stood() -> None:
    play = Play().take(zhang, "accept").take(zhang, "arrive")
    play.take(zhang, "return", reason="address_unclear").take(operator, "refuse", note="见附图")
    assert (play.case.status, play.case.clock("sign")) == ("on_site", None)


def test_who_asked_does_not_decide_and_who_did_not_send_does_not_either() -> None:
    play = Play(area=TOWN, holder=TOWN_DESK, decided=False)
    play.take(town, "route", to=LIGHTS).take(lights, "return", reason="not_our_duty", note="条例")
    assert play.refused(lights, "grant").reason == "wrong_actor"
    assert play.refused(other_town, "grant").reason == "wrong_actor"
    assert play.take(town, "grant").case.holder == TOWN_DESK


def test_the_second_return_locks_the_report_to_the_township() -> None:
    play = returned().take(operator, "grant").take(operator, "route", to=BAO)
    play.take(bao, "return", reason="not_grid_matter")
    assert (play.case.status, play.case.locked_to) == ("awaiting_decision", TOWN)
    assert play.case.holder == TOWN_DESK
    assert play.told("locked") == [TOWN_DESK]
    # Below the township nobody sends it on; the township says who has it, and that is final.
    assert play.refused(village, "route", to=ZHANG).reason in {"wrong_actor", "locked"}
    play.take(town, "route", to=ZHANG)
    assert play.refused(zhang, "return", reason="other", note="还是不行").reason == "locked"
    assert play.refused(village, "reassign", to=BAO, reason="absent").reason == "locked"
    assert "return" not in play.offered(zhang)
    assert play.take(zhang, "accept").case.status == "accepted"


def test_a_refused_return_counts_too_so_that_nobody_asks_again_and_again() -> None:
    play = returned().take(operator, "refuse", note="在您网格内")
    play.take(zhang, "return", reason="not_grid_matter")
    assert play.case.locked_to == TOWN


def test_what_two_townships_return_is_locked_to_the_county_which_knows_both() -> None:
    play = Play(area=COUNTY, holder=COUNTY_DESK, decided=False)
    for _ in range(2):
        play.take(operator, "route", to=TOWN_DESK)
        play.take(town, "return", reason="address_unclear")
        if play.case.request is not None:
            play.take(operator, "grant")
    assert (play.case.locked_to, play.case.holder) == ("150221", COUNTY_DESK)
    # Neither township's any more: the county may send it anywhere.
    assert play.case.area == COUNTY
    assert play.take(lead, "route", to=Party("150221105")).case.status == "assigned"


def test_what_a_desk_took_in_itself_has_nobody_to_go_back_to() -> None:
    play = Play(area=GRID, holder=COUNTY_DESK, decided=False)
    assert "return" not in play.offered(operator)


def test_who_enters_a_return_for_another_does_not_decide_it_too() -> None:
    play = Play(area=VILLAGE, holder=BAO, decided=False).take(
        bao, "confirm_grid", grid=GRID, to=ZHANG
    )
    play.take(bao, "return", reason="address_unclear", on_behalf_of="张三")
    assert play.refused(bao, "grant").reason == "own_request"
    assert play.take(village, "grant").case.holder == BAO
