"""Check merging, taking apart and splitting: no reporter, clock or call back is lost."""

from __future__ import annotations

from api.life.state import Case
from api.life.turn import Part
from tests.unit.api.life.play import (
    COUNTY_DESK,
    GRID,
    OTHER_TOWN_GRID,
    TUMED,
    ZHANG,
    Play,
    a_case,
    at,
    operator,
    town,
    zhang,
)


def main_report(**facts: object) -> Case:
    given = {"id": "r2", "number": "2026111600002", "reporters": ("caller-2",), **facts}
    return a_case(at("16 08:00"), TUMED, **given)


def merged() -> tuple[Play, Play]:
    """Return a report that was merged and the one it was merged into."""
    play = Play().take(operator, "merge", case=main_report())
    (main,) = play.others
    return play, Play(main, start="16 09:00")


def test_merging_keeps_every_reporter_and_every_clock() -> None:
    play, main = merged()
    assert (play.case.status, play.case.merged_into) == ("merged", "r2")
    assert main.case.reporters == ("caller-2", "caller-1")
    own = play.case.clock("settle")
    assert own is not None
    taken = [clock for clock in main.case.clocks if clock.of == "r1"]
    assert [(c.started_at, c.due_at) for c in taken] == [(own.started_at, own.due_at)]


def test_both_reports_get_an_event_of_a_merger() -> None:
    outcome = Play().try_(operator, "merge", case=main_report())
    assert [(e.case_id, e.step) for e in outcome.events] == [("r1", "merge"), ("r2", "merge")]  # type: ignore[union-attr]


def test_every_reporter_of_a_merged_report_is_called_back() -> None:
    _, main = merged()
    main.take(zhang, "accept").take(zhang, "handle", outcome="resolved")
    main.take(operator, "verify", passed=True).take(operator, "reply", answer="已修好")
    assert [c.running for c in main.case.clocks if c.kind == "settle"] == [False, False]
    calls = {"resolved": "yes", "satisfied": "satisfied"}
    assert main.refused(operator, "follow_up", **calls).field == "reporter"
    main.take(operator, "follow_up", reporter="caller-2", **calls)
    assert main.case.status == "replied"
    main.take(operator, "follow_up", reporter="caller-1", **calls)
    assert main.case.status == "followed_up"


def test_taking_apart_restores_the_report_with_its_own_clock() -> None:
    before = Play().case
    play, main = merged()
    play.wait(hours=2).take(operator, "unmerge", case=main.case)
    assert play.case.status == before.status
    assert play.case.clock("settle") == before.clock("settle")
    (apart,) = play.others
    assert (apart.reporters, apart.merged) == (("caller-2",), ())
    assert [c.running for c in apart.clocks if c.of == "r1"] == [False]


def test_a_caller_of_both_reports_stays_with_the_main_one_when_they_are_taken_apart() -> None:
    play = Play().take(operator, "merge", case=main_report(reporters=("caller-1",)))
    (main,) = play.others
    play.take(operator, "unmerge", case=main)
    assert play.others[0].reporters == ("caller-1",)


def test_a_call_back_made_meanwhile_goes_with_its_reporter() -> None:
    play, main = merged()
    main.take(zhang, "accept").take(zhang, "handle", outcome="resolved")
    main.take(operator, "verify", passed=True).take(operator, "reply", answer="已修好")
    main.take(operator, "follow_up", reporter="caller-1", resolved="no", satisfied="dissatisfied")
    play.take(operator, "unmerge", case=main.case)
    assert [call.resolved for call in play.case.follow_ups] == ["no"]


def test_a_merged_report_can_only_be_taken_out_again() -> None:
    play, _ = merged()
    assert play.offered(operator) == ("unmerge",)
    assert play.refused(zhang, "accept").status == "merged"
    assert play.at("30 09:00").tick().case.status == "merged"


def test_a_report_is_merged_only_into_another_open_one_that_the_desk_may_reach() -> None:
    play = Play()
    assert play.refused(operator, "merge").field == "case"
    assert play.refused(operator, "merge", case=play.case).reason == "same_report"
    closed = Play(main_report()).take(operator, "close", note="误报").case
    assert play.refused(operator, "merge", case=closed).reason == "main_not_open"
    _, main = merged()
    assert main.refused(operator, "merge", case=main_report(id="r3")).reason == "has_merged"
    far = main_report(area=OTHER_TOWN_GRID)
    assert play.refused(town, "merge", case=far).reason == "other_place"


def test_nothing_is_taken_apart_from_another_report_or_from_a_closed_one() -> None:
    play, main = merged()
    assert play.refused(operator, "unmerge", case=main_report(id="r9")).field == "case"
    main.take(operator, "close", note="已办结")
    assert play.refused(operator, "unmerge", case=main.case).reason == "main_not_open"


def test_one_call_is_split_into_several_matters_with_one_caller() -> None:
    play = Play(area=GRID, holder=COUNTY_DESK, decided=False).at("16 11:00")
    parts = (Part("r1a", "…-1", category="cg03"), Part("r1b", "…-2", category="cg01"))
    play.take(operator, "split", parts=parts)
    assert (play.case.parts, play.case.status) == (("r1a", "r1b"), "awaiting_decision")
    assert [(new.category, new.reporters, new.part_of) for new in play.others] == [
        ("cg03", ("caller-1",), "r1"),
        ("cg01", ("caller-1",), "r1"),
    ]
    # The caller has waited since the call, not since somebody split it.
    for new in play.others:
        clock = new.clock("settle")
        assert clock is not None
        assert clock.started_at == at("16 09:00")
        assert new.holder == COUNTY_DESK


def test_a_matter_whose_owner_is_known_is_sent_there_at_once() -> None:
    play = Play(area=GRID, holder=COUNTY_DESK, decided=False)
    play.take(operator, "split", parts=(Part("r1a", "…-1", category="cg03", to=ZHANG),))
    (new,) = play.others
    assert (new.status, new.holder, new.sender) == ("assigned", ZHANG, COUNTY_DESK)
    assert new.clock("sign") is not None


def test_a_matter_lives_on_its_own() -> None:
    play = Play(area=GRID, holder=COUNTY_DESK, decided=False)
    play.take(operator, "split", parts=(Part("r1a", "…-1"),))
    part = Play(play.others[0]).take(operator, "route", to=ZHANG).take(zhang, "accept")
    assert (part.case.status, play.case.status) == ("accepted", "awaiting_decision")


def test_a_split_names_its_matters_once_and_in_reach() -> None:
    play = Play(area=GRID, holder=COUNTY_DESK, decided=False)
    assert play.refused(operator, "split").field == "parts"
    twice = (Part("r1a", "1"), Part("r1a", "2"))
    assert play.refused(operator, "split", parts=twice).reason == "same_report"
    assert play.refused(operator, "split", parts=(Part("r1", "1"),)).reason == "same_report"
    away = (Part("r7", "1", area="150222"),)
    assert play.refused(operator, "split", parts=away).reason == "other_place"
