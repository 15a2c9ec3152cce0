"""Check the clocks of a report: pauses, reminders, changes that are told, time that goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from api.calendar.clocks import Light, Pause
from api.calendar.limits import Limit, Unit
from api.calendar.working_days import Calendar
from api.life.by_clock import next_tick, recount, tick
from api.life.clocks import Clock, OfficeTime, start_clock
from api.life.turn import Outcome
from tests.unit.api.life.play import (
    BAO,
    LIGHTS,
    TIME,
    TUMED,
    WATER,
    ZHANG,
    Play,
    a_case,
    at,
    leader,
    operator,
    town,
    village,
    water,
    zhang,
)

THREE_DAYS = Limit(3, Unit.WORKING_DAY)
STEP = timedelta(microseconds=1)


@given(micro=st.integers(1, 10**12), numerator=st.integers(1, 20))
def test_a_reminder_comes_at_its_share_to_the_microsecond(micro: int, numerator: int) -> None:
    start = at("16 09:00")
    clock = Clock("settle", start, start + timedelta(microseconds=micro), THREE_DAYS)
    spent = clock.moment(Fraction(numerator, 10)) - start
    allowed = clock.due_at - start
    assert spent * 10 >= allowed * numerator > (spent - STEP) * 10


def test_a_reminders_share_is_when_the_light_turns_with_and_without_a_pause() -> None:
    clock = start_clock("settle", THREE_DAYS, at("16 09:00"), TIME)
    stood = clock.pause(at("16 15:00")).resume(at("18 10:00"), TIME)
    for running in (clock, stood):
        for share, before, after in (
            (Fraction(1, 2), Light.BLUE, Light.YELLOW),
            (Fraction(4, 5), Light.YELLOW, Light.ORANGE),
            (Fraction(1), Light.ORANGE, Light.RED),
        ):
            moment = running.moment(share)
            assert (running.light(moment - STEP), running.light(moment)) == (before, after)


def test_a_clock_that_stands_still_is_not_stopped_twice_nor_paused_twice() -> None:
    clock = start_clock("settle", THREE_DAYS, at("16 09:00"), TIME).pause(at("16 10:00"))
    assert clock.pause(at("16 11:00")).pauses == (Pause(at("16 10:00")),)
    stopped = clock.stop(at("16 12:00"))
    assert stopped.stop(at("16 13:00")) == stopped
    assert stopped.pauses == (Pause(at("16 10:00"), at("16 12:00")),)
    assert stopped.pause(at("16 13:00")) == stopped


def test_after_an_extension_the_reminders_come_again() -> None:
    play = Play().take(zhang, "accept").at("19 09:00").tick()
    assert len(play.told("reminder")) == 2
    play.take(zhang, "extend", limit=THREE_DAYS, note="等配件").take(village, "grant")
    play.at("24 17:00").tick()
    assert len([p for p in play.told("reminder") if p == ZHANG]) == 4


def test_who_is_sent_a_report_has_the_whole_time_to_sign_it() -> None:
    play = Play().wait(hours=1).take(operator, "reassign", to=BAO, reason="absent")
    sign = play.case.clock("sign")
    assert sign is not None
    assert (sign.started_at, sign.due_at) == (at("16 10:00"), at("16 12:00"))


def test_a_department_that_waits_for_confirmation_waits_through_a_suspension() -> None:
    play = Play().take(zhang, "accept").take(zhang, "summon", orgs=(WATER,))
    play.take(water, "arrive").take(zhang, "suspend", until=at("18 09:00"), note="等材料")
    play.take(town, "grant").at("18 09:00").tick()
    (arrival,) = [clock for clock in play.case.clocks if clock.kind == "arrival"]
    assert (play.case.status, arrival.paused) == ("summoned", True)


def test_a_sheet_of_supervision_stands_still_while_the_report_does() -> None:
    play = Play().take(zhang, "accept").take(zhang, "suspend", until=at("18 09:00"), note="停电")
    play.take(town, "grant").take(leader, "supervise", note="一").take(
        leader, "supervise", note="二"
    )
    sheets = [clock for clock in play.case.clocks if clock.kind == "supervision"]
    assert [clock.light(play.now) for clock in sheets] == [Light.PAUSED, Light.PAUSED]
    assert [len(clock.pauses) for clock in sheets] == [1, 1]


def test_a_shorter_limit_reminds_at_once_and_no_event_goes_back_in_time() -> None:
    play = Play().take(zhang, "accept").at("17 12:00")
    play.case = replace(play.case, status="passed_up")
    play.take(operator, "triage", response="urgent").tick()
    assert play.told("overdue")
    assert [event.at for event in play.events] == sorted(event.at for event in play.events)


def test_a_machine_whose_clock_goes_back_writes_no_event_before_the_last() -> None:
    play = Play().wait(hours=1).take(zhang, "accept").wait(minutes=-30).take(zhang, "arrive")
    assert [event.at for event in play.events] == [at("16 10:00"), at("16 10:00")]


def test_a_return_of_work_on_site_that_nobody_decides_goes_on_on_site() -> None:
    play = Play().take(zhang, "accept").take(zhang, "arrive")
    play.take(zhang, "return", reason="address_unclear").wait(hours=9).tick()
    assert play.case.status == "on_site"


def test_a_merged_report_has_no_reminders_of_its_own() -> None:
    main = a_case(at("16 08:00"), id="r2", number="2")
    play = Play().take(operator, "merge", case=main)
    before = len(play.events)
    assert len(play.at("30 09:00").tick().events) == before


def test_a_step_tells_what_became_of_the_clocks() -> None:
    def changes(play: Play, actor: object, step: str, **ask: object) -> list[tuple[str, str]]:
        outcome = play.try_(actor, step, **ask)  # type: ignore[arg-type]
        assert isinstance(outcome, Outcome)
        play.case = outcome.case
        return [(change.what, change.clock.kind) for change in outcome.clock_changes]

    play = Play()
    assert changes(play, zhang, "accept") == [("stopped", "sign")]
    assert changes(play, zhang, "summon", orgs=(LIGHTS,)) == [("started", "arrival")]
    until = at("18 09:00")
    assert changes(play, zhang, "suspend", until=until, note="等材料") == [
        ("started", "suspension_decision")
    ]
    assert changes(play, town, "grant") == [
        ("paused", "settle"),
        ("stopped", "suspension_decision"),
    ]
    assert changes(play, zhang, "resume") == [("resumed", "settle")]
    assert changes(play, zhang, "extend", limit=THREE_DAYS, note="等配件") == [
        ("started", "extension_decision")
    ]
    assert changes(play, village, "grant") == [
        ("moved", "settle"),
        ("stopped", "extension_decision"),
    ]


def test_a_calendar_that_is_loaded_recounts_provisional_deadlines_and_says_so() -> None:
    known = OfficeTime(
        Calendar(
            version="2027",
            known_from=date(2026, 1, 1),
            known_through=date(2027, 12, 31),
            off_days=frozenset({date(2027, 1, 1)}),
        )
    )
    new_year = at("16 09:00").replace(month=12, day=30)
    play = Play(a_case(new_year))
    play.now = new_year
    play.take(zhang, "accept")
    guessed = play.case.clock("settle")
    assert guessed is not None
    assert guessed.provisional
    assert guessed.due_at.date() == date(2027, 1, 4)
    outcome = recount(play.case, play.now, known)
    counted = outcome.case.clock("settle")
    assert counted is not None
    assert (counted.provisional, counted.due_at.date()) == (False, date(2027, 1, 5))
    assert [(e.step, e.by, "due_at" in e.after) for e in outcome.events] == [
        ("recounted", None, True)
    ]
    assert recount(outcome.case, play.now, known).events == ()


def test_a_recounted_deadline_keeps_its_extension() -> None:
    clock = start_clock("settle", THREE_DAYS, at("16 09:00"), TIME).extend(THREE_DAYS, TIME)
    assert clock.recount(TIME).due_at == clock.due_at == at("24 18:00")


def test_another_limit_takes_no_time_from_a_clock_that_stood_still() -> None:
    clock = start_clock("settle", THREE_DAYS, at("16 09:00"), TIME)
    stood = clock.pause(at("16 15:00")).resume(at("18 10:00"), TIME)
    assert (clock.due_at, stood.due_at) == (at("19 18:00"), at("23 18:00"))
    assert stood.move(THREE_DAYS, TIME) == stood
    week = stood.move(Limit(7, Unit.WORKING_DAY), TIME)
    never_stood = clock.move(Limit(7, Unit.WORKING_DAY), TIME)
    assert (never_stood.due_at, week.due_at) == (at("25 18:00"), at("27 18:00"))
    assert week.pauses == stood.pauses
    assert clock.pause(at("16 15:00")).move(THREE_DAYS, TIME).paused


def test_a_guessed_deadline_is_recounted_though_its_clock_once_stood_still() -> None:
    known = OfficeTime(
        Calendar(
            version="2027",
            known_from=date(2026, 1, 1),
            known_through=date(2027, 12, 31),
            off_days=frozenset({date(2027, 1, 1)}),
        )
    )
    began = at("16 09:00").replace(month=12, day=28)
    clock = start_clock("settle", THREE_DAYS, began, TIME)
    stood = clock.pause(began + STEP).resume(began.replace(day=30), TIME)
    assert (stood.provisional, stood.due_at.date()) == (True, date(2027, 1, 4))
    counted = stood.recount(known)
    assert (counted.provisional, counted.due_at.date()) == (False, date(2027, 1, 5))
    assert counted.pauses == stood.pauses


MINUTES = st.integers(-10_000, 10_000)


@given(
    due=MINUTES, stood=st.none() | st.tuples(MINUTES, st.integers(0, 20_000)), told=st.booleans()
)
def test_the_next_tick_is_when_something_happens_and_not_a_moment_later(
    due: int, stood: tuple[int, int] | None, told: bool
) -> None:
    start = at("16 09:00")
    pauses: tuple[Pause, ...] = ()
    if stood is not None:
        since = start + timedelta(minutes=stood[0])
        pauses = (Pause(since, since + timedelta(minutes=stood[1])),)
    keys = tuple(reminder.key for reminder in TUMED.reminders_of("settle")[: int(told)])
    # A shorter limit may be over before its clock began; what it stood may be more than it has.
    clock = Clock(
        "settle", start, start + timedelta(minutes=due), THREE_DAYS,
        pauses=pauses, told=keys,
    )  # fmt: skip
    case = replace(a_case(at("01 09:00")), clocks=(clock,))
    moment = next_tick(case, TUMED)
    assert moment is not None
    assert tick(case, moment - STEP, TUMED, TIME).events == ()
    assert tick(case, moment, TUMED, TIME).events != ()
