"""Keep, claim and send notices over a real database: each reaches somebody, whoever dies of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from api.db import notice_store
from api.db.engine import NOBODY, SERVICE, Database, Scope
from api.db.notice_store import Claimed, Written
from api.deps import Service
from api.input_types import SHANGHAI
from api.notices import sending
from api.notices.adapters.by_phone import ByPhone
from api.notices.records import Message, NotSent, Receipt
from api.notices.sending import BATCH, KEEP, LEASE, Sender, send_due, tidy
from api.service_parts import build_service
from tests.conftest import FreshDatabase
from tests.store.rows import Direct, direct, put_report
from tests.store.waiting import wait_until

GRID = "150221104001003"
COMMUNITY = GRID[:12]
OTHER_GRID = "150221104001004"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=SHANGHAI)
NIGHT = datetime(2026, 11, 20, 23, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def service(
    county_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """What a process shares that sends notices."""
    made = build_service(county_database.settings(tmp_path_factory.mktemp("var")))
    yield made
    made.database.close()


@pytest.fixture
def watching(county_database: FreshDatabase) -> Iterator[Direct]:
    with direct(county_database.superuser_url) as connection:
        connection.execute("DELETE FROM notices")
        yield connection


@pytest.fixture(scope="module")
def report(county_database: FreshDatabase) -> UUID:
    return put_report(county_database, GRID)


@dataclass
class Pretended:
    """Pretend to be a way of sending: remember keys; refuse, or die, as a test says."""

    refuse: Callable[[Message], NotSent | None] = lambda _message: None
    die_after: Callable[[Message], bool] = lambda _message: False
    seen: list[Message] = field(default_factory=list)
    name: str = "sms"

    def takes(self, message: Message) -> bool:
        return message.phone is not None

    def send(self, message: Message) -> Receipt:
        self.seen.append(message)
        if (refusal := self.refuse(message)) is not None:
            raise refusal
        if self.die_after(message):
            raise MemoryError("as if killed between sending and writing")
        return Receipt(provider_id=f"no-{len(self.seen)}")

    def keys(self) -> list[UUID]:
        return sorted(message.id for message in self.seen)


def note(report: UUID, **changes: Any) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "report_id": report,
        "kind": "assigned",
        "to_area": GRID,
        "to_post": None,
        "to_person": None,
        "to_org": None,
        "text": "您有新诉求，请签收。",
        "urgent": False,
        "at": NOON,
        **changes,
    }


def put(database: Database, *rows: dict[str, Any]) -> None:
    with database.transaction(SERVICE) as connection:
        notice_store.put(connection, rows)


def claim(database: Database, at: datetime, *, most: int = 100) -> list[Claimed]:
    with database.transaction(SERVICE) as connection:
        return take(connection, at, most=most)


def take(connection: Any, at: datetime, *, most: int = 100) -> list[Claimed]:
    return notice_store.claim(
        connection, claim=uuid4(), at=at, until=at + LEASE, quiet=False, most=most
    )


def states(watching: Direct) -> dict[Any, Any]:
    return dict(watching.execute("SELECT id, state FROM notices").fetchall())  # type: ignore[arg-type]


def count(watching: Direct) -> dict[object, object]:
    rows = watching.execute("SELECT state, count(*) FROM notices GROUP BY state").fetchall()
    return {row[0]: row[1] for row in rows}


def test_a_notice_comes_and_goes_with_the_step_that_causes_it(
    service: Service, watching: Direct, report: UUID
) -> None:
    row = note(report)
    with pytest.raises(RuntimeError), service.database.transaction(SERVICE) as connection:
        notice_store.put(connection, [row])
        raise RuntimeError("the step is refused after all")
    assert states(watching) == {}
    put(service.database, row, note(report))
    put(service.database, row)  # a step that is repeated tells nobody twice
    put(service.database)
    assert len(states(watching)) == 2


def test_two_who_claim_at_once_never_take_the_same(
    service: Service, watching: Direct, report: UUID
) -> None:
    put(service.database, *(note(report) for _ in range(5)))
    with service.database.transaction(SERVICE) as first:
        mine = take(first, NOON, most=3)
        # The first has not committed: the second neither waits for it nor takes its rows.
        theirs = claim(service.database, NOON)
    assert len(mine) == 3
    assert len(theirs) == 2
    assert {n.id for n in mine} | {n.id for n in theirs} == set(states(watching))
    assert claim(service.database, NOON) == []


def test_urgent_ones_are_taken_first_then_the_oldest(
    service: Service, watching: Direct, report: UUID
) -> None:
    rows = [
        note(report, at=NOON - timedelta(minutes=3)),
        note(report, at=NOON - timedelta(minutes=9)),
        note(report, at=NOON, urgent=True),
        note(report, at=NOON + timedelta(minutes=1)),
    ]
    put(service.database, *rows)
    order = [claim(service.database, NOON, most=1)[0].id for _ in range(3)]
    assert order == [rows[2]["id"], rows[1]["id"], rows[0]["id"]]
    assert claim(service.database, NOON) == []  # the fourth is not due yet


def test_what_a_dead_worker_held_comes_back_after_its_lease_and_not_before(
    service: Service, watching: Direct, report: UUID
) -> None:
    put(service.database, note(report))
    (lost,) = claim(service.database, NOON)
    assert claim(service.database, NOON + LEASE - timedelta(seconds=1)) == []
    (again,) = claim(service.database, NOON + LEASE)
    assert (again.id, again.attempts) == (lost.id, 2)
    with service.database.transaction(SERVICE) as connection:
        # It was not dead but slow: its word does not count any more.
        assert not notice_store.settle(connection, lost, Written("sent", "sms"), NOON)
        assert notice_store.settle(connection, again, Written("sent", "sms"), NOON)
    assert states(watching) == {lost.id: "sent"}


def test_every_notice_is_sent_once_by_however_many(
    service: Service, watching: Direct, report: UUID
) -> None:
    put(service.database, *(note(report, urgent=n % 7 == 0) for n in range(BATCH * 2 + 5)))
    way = Pretended()
    while send_due(service, lambda: NOON, (way, ByPhone())):
        pass
    assert way.keys() == sorted(states(watching))
    assert count(watching) == {"sent": BATCH * 2 + 5}
    assert way.seen[0].urgent
    row = watching.execute(
        "SELECT way, attempts, error, claim, settled_at IS NOT NULL FROM notices LIMIT 1"
    ).fetchone()
    assert row == ("sms", 1, None, None, True)
    numbers = watching.execute("SELECT count(DISTINCT provider_id) FROM notices").fetchone()
    assert numbers == (BATCH * 2 + 5,)


def test_who_dies_between_sending_and_writing_loses_nothing(
    service: Service, watching: Direct, report: UUID
) -> None:
    rows = [note(report) for _ in range(12)]
    put(service.database, *rows)
    killed = rows[5]["id"]
    way = Pretended(
        die_after=lambda message: message.id == killed and way.keys().count(killed) == 1
    )
    with pytest.raises(MemoryError):
        send_due(service, lambda: NOON, (way, ByPhone()))
    assert count(watching) == {"sent": 11, "sending": 1}
    send_due(service, lambda: NOON + LEASE, (way, ByPhone()))
    assert count(watching) == {"sent": 12}
    # The gateway heard of one of them twice, under one key: it can tell.
    assert way.keys() == sorted([*(row["id"] for row in rows), killed])


def test_a_gateway_that_is_away_is_asked_again_then_somebody_rings_up(
    service: Service, watching: Direct, report: UUID
) -> None:
    put(service.database, note(report))
    way = Pretended(refuse=lambda _message: NotSent("unreachable", again=True))
    expected, asked = [0, 30, 150, 750], []
    # An hour, and around each moment at which it may be asked again every single second.
    around = {second + aside for second in expected for aside in (-2, -1, 0, 1, 2)}
    for second in sorted({*range(0, 3600, 10), *around} - {-2, -1}):
        at = NOON + timedelta(seconds=second)
        if send_due(service, lambda at=at: at, (way, ByPhone())):
            asked.append(second)
    assert asked == expected
    row = watching.execute("SELECT state, way, attempts, error FROM notices").fetchone()
    assert row == ("by_phone", "sms", 4, "unreachable")


def test_a_refusal_for_good_is_not_repeated(
    service: Service, watching: Direct, report: UUID
) -> None:
    put(service.database, note(report))
    way = Pretended(refuse=lambda _message: NotSent("refused", again=False))
    assert send_due(service, lambda: NOON, (way, ByPhone())) == 1
    assert send_due(service, lambda: NOON + timedelta(days=1), (way, ByPhone())) == 0
    assert count(watching) == {"by_phone": 1}


def test_one_of_which_whoever_takes_it_dies_ends_with_a_call(
    service: Service, watching: Direct, report: UUID
) -> None:
    put(service.database, note(report))
    way = Pretended(die_after=lambda _message: True)
    at = NOON
    for _ in range(8):
        with pytest.raises(MemoryError):
            send_due(service, lambda at=at: at, (way, ByPhone()))
        at += LEASE
    send_due(service, lambda: at, (way, ByPhone()))
    assert watching.execute("SELECT state, error FROM notices").fetchone() == (
        "by_phone",
        "gave_up",
    )


def test_at_night_only_what_is_urgent_goes_out_the_rest_in_the_morning(
    service: Service, watching: Direct, report: UUID
) -> None:
    calm, hurried = note(report, at=NIGHT), note(report, at=NIGHT, urgent=True)
    put(service.database, calm, hurried)
    way = Pretended()
    assert send_due(service, lambda: NIGHT, (way, ByPhone())) == 1
    assert way.keys() == [hurried["id"]]
    before_seven = NIGHT + timedelta(hours=8, seconds=-1)
    assert send_due(service, lambda: before_seven, (way, ByPhone())) == 0
    assert send_due(service, lambda: NIGHT + timedelta(hours=8), (way, ByPhone())) == 1
    assert count(watching) == {"sent": 2}


def test_nobody_is_told_of_what_is_over_nor_to_sign_what_is_signed(
    service: Service, watching: Direct, county_database: FreshDatabase
) -> None:
    signed, over = (put_report(county_database, GRID) for _ in range(2))
    watching.execute("UPDATE reports SET status = 'accepted' WHERE id = %s", (signed,))
    watching.execute(
        "UPDATE reports SET status = 'closed', closed_at = now() WHERE id = %s", (over,)
    )
    rows = {
        "sign the signed": note(signed),
        "hurry the signed": note(signed, kind="reminder"),
        "remind of the closed": note(over, kind="reminder"),
        "tell who has it no longer": note(over, kind="reassigned"),
        "tell a lead of the signed": note(signed, kind="informed"),
        "tell a lead of the closed": note(over, kind="informed"),
        "tell a lead of another grid": note(signed, kind="informed", to_area=OTHER_GRID),
    }
    put(service.database, *rows.values())
    way = Pretended()
    send_due(service, lambda: NOON, (way, ByPhone()))
    found = states(watching)
    assert {name: found[row["id"]] for name, row in rows.items()} == {
        "sign the signed": "lapsed",
        "hurry the signed": "sent",
        "remind of the closed": "lapsed",
        "tell who has it no longer": "sent",
        "tell a lead of the signed": "sent",
        "tell a lead of the closed": "lapsed",
        "tell a lead of another grid": "lapsed",
    }


def test_of_many_reminders_of_one_report_the_last_alone_reaches_somebody(
    service: Service, watching: Direct, report: UUID
) -> None:
    later = NOON + timedelta(minutes=1)
    rows = {
        "half the time": note(report, kind="reminder"),
        "most of it": note(report, kind="reminder", at=later),
        "all of it": note(report, kind="overdue", at=later),
        "another desk": note(report, kind="reminder", to_area=COMMUNITY),
        "what it is about": note(report),
    }
    put(service.database, *rows.values())
    send_due(service, lambda: later, (ByPhone(),))
    found = states(watching)
    assert {name: found[row["id"]] for name, row in rows.items()} == {
        "half the time": "lapsed",
        "most of it": "lapsed",
        "all of it": "by_phone",
        "another desk": "by_phone",
        "what it is about": "by_phone",
    }
    again = note(report, kind="overdue", at=later + timedelta(hours=1))
    put(service.database, again)
    assert tidy(service.database, later) == 1
    assert states(watching)[rows["all of it"]["id"]] == "lapsed"


def test_a_call_that_is_not_needed_any_more_leaves_the_list(
    service: Service, watching: Direct, county_database: FreshDatabase, report: UUID
) -> None:
    mine = put_report(county_database, GRID)
    rows = note(mine), note(report)
    put(service.database, *rows)
    send_due(service, lambda: NOON, (ByPhone(),))
    assert count(watching) == {"by_phone": 2}
    watching.execute("UPDATE reports SET status = 'accepted' WHERE id = %s", (mine,))
    assert tidy(service.database, NOON) == 1
    assert states(watching) == {rows[0]["id"]: "lapsed", rows[1]["id"]: "by_phone"}


def test_receipts_are_forgotten_after_their_time_and_open_ones_never(
    service: Service, watching: Direct, report: UUID
) -> None:
    put(service.database, note(report), note(report))
    (sent, _) = claim(service.database, NOON)
    with service.database.transaction(SERVICE) as connection:
        notice_store.settle(connection, sent, Written("sent", "sms"), NOON)
    assert tidy(service.database, NOON + KEEP) == 0
    assert tidy(service.database, NOON + KEEP + timedelta(seconds=1)) == 1
    assert list(states(watching).values()) == ["sending"]


def test_whoever_sees_the_report_sees_its_notices_and_nobody_else_does(
    service: Service, watching: Direct, report: UUID
) -> None:
    put(service.database, note(report))

    def seen(scope: Scope) -> int:
        with service.database.transaction(scope) as connection:
            rows = connection.execute(text("SELECT count(*) FROM notices")).scalar_one()
            return int(rows)

    assert seen(SERVICE) == 1
    assert seen(Scope(kind="areas", areas=(COMMUNITY,))) == 1
    assert seen(Scope(kind="areas", areas=("150221105",))) == 0
    assert seen(Scope(kind="channel", channel="hotline_12345")) == 0
    assert seen(NOBODY) == 0
    with service.database.transaction(Scope(kind="areas", areas=("150221105",))) as connection:
        changed = connection.execute(text("UPDATE notices SET urgent = true")).rowcount
        assert changed == 0


def test_only_who_may_create_puts_a_notice(service: Service, report: UUID) -> None:
    reader = Scope(kind="areas", areas=(COMMUNITY,))
    with (
        pytest.raises(Exception, match="row-level security"),
        service.database.transaction(reader) as connection,
    ):
        notice_store.put(connection, [note(report)])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_sender_works_by_itself_and_begins_again_after_something_unforeseen(
    service: Service, watching: Direct, report: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[int] = []

    def fail_once(*given: Any) -> int:
        if not failed:
            failed.append(1)
            raise ZeroDivisionError("nobody thought of this")
        return send_due(*given)

    monkeypatch.setattr(sending, "send_due", fail_once)
    sender = Sender(service)
    with sender.running():
        wait_until(lambda: failed == [1] and not sender._thread.is_alive())
        put(service.database, note(report, urgent=True))
        sender.look_after()
        wait_until(lambda: count(watching) == {"by_phone": 1})
