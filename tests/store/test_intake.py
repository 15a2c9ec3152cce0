"""Intake: one report for one request, all of it or nothing, in few round trips."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from api.accounts.roles import Caller, Role
from api.app import create_app
from api.db.engine import SERVICE, Database
from api.db.faults import DatabaseUnavailable
from api.demo.load import REVISION
from api.knowledge import Keeper
from api.problems import Problem
from api.reports import intake, service
from api.reports.intake import Draft, Request, Taken
from api.reports.steps import Desk
from geo.position import Datum, Position
from tests.conftest import FreshDatabase
from tests.store.publishing import exchange_grids
from tests.store.round_trips import traced
from tests.store.rows import Direct, direct
from tests.store.waiting import wait_until

GRID = "150221104001003"
OTHER = "150221104001004"
WRITTEN = ("reports", "assignments", "report_events", "outbox", "intake_keys")
THREADS = 20
NOBODY_IN_PARTICULAR = Caller(
    session_id=uuid4(),
    csrf_token="",
    expires_at=datetime.now(UTC) + timedelta(hours=1),
    account_id=uuid4(),
    username="tester",
    display_name="tester",
    role=Role.DISPATCHER,
    area_code="150221",
    channel=None,
    org=None,
    person_id=None,
    must_change_password=False,
)


@pytest.fixture
def database(county_database: FreshDatabase) -> Iterator[Database]:
    serving = county_database.serving()
    yield serving
    serving.close()


@pytest.fixture
def keeper(database: Database) -> Keeper:
    return Keeper(database)


@pytest.fixture
def looking(county_database: FreshDatabase) -> Iterator[Direct]:
    """A connection that sees everything."""
    with direct(county_database.superuser_url) as connection:
        yield connection


def place_in(keeper: Keeper, code: str) -> Position:
    county = keeper.map_at(keeper.current(), datetime.now(UTC))
    inside = county.index.geometry(code).point_on_surface()
    return Position(lon=inside.x, lat=inside.y, datum=Datum.CGCS2000, accuracy_m=0.0)


def request(
    key: str, *, body: str = "路灯不亮", position: Position | None = None, source: str | None = None
) -> Request:
    now = datetime.now(UTC)
    draft = Draft(
        channel="hotline_12345",
        text=body,
        category=None,
        position=position,
        address=None,
        occurred_at=now,
        reporter_name=None,
        reporter_phone=None,
        source_no=source,
        round=1,
    )
    keys = [("caller:test", key)]
    if source is not None:
        keys.append(("source:hotline_12345", f"{source} 1"))
    return Request(
        draft=draft, caller=None, keys=keys, body_sha256=intake.body_hash([body, source]), now=now
    )


def counts(looking: Direct) -> dict[str, int]:
    rows = {}
    for table in WRITTEN:
        row = looking.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert row is not None
        rows[table] = int(str(row[0]))
    return rows


def added(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: after[table] - before[table] for table in WRITTEN}


ONE_REPORT = {"reports": 1, "assignments": 1, "report_events": 2, "outbox": 1}


def test_a_report_is_stored_with_all_that_belongs_to_it(
    database: Database, keeper: Keeper, looking: Direct
) -> None:
    before = counts(looking)
    position = place_in(keeper, GRID)
    taken = intake.take_in(
        database, keeper, SERVICE, request("first-key", position=position, source="A-1")
    )
    assert (taken.replayed, taken.body["grid"]["code"]) == (False, GRID)
    assert added(before, counts(looking)) == {**ONE_REPORT, "intake_keys": 2}


def test_the_same_request_again_gives_the_same_answer_and_stores_nothing(
    database: Database, keeper: Keeper, looking: Direct
) -> None:
    first = intake.take_in(database, keeper, SERVICE, request("again-key", source="A-2"))
    before = counts(looking)
    again = intake.take_in(database, keeper, SERVICE, request("again-key", source="A-2"))
    by_number = intake.take_in(database, keeper, SERVICE, request("other-key", source="A-2"))
    assert again == by_number == Taken(first.body, replayed=True)
    assert added(before, counts(looking)) == dict.fromkeys(WRITTEN, 0)


@pytest.mark.parametrize(
    ("second", "slug"),
    [
        (request("conflict-key", body="水管破裂", source="A-3"), "idempotency-conflict"),
        (request("conflict-key", body="水管破裂"), "idempotency-conflict"),
        (request("fresh-key", body="水管破裂", source="A-3"), "source-number-conflict"),
        # Its number is known and fits; its key is known and does not.
        (request("conflict-key", body="井盖丢失", source="A-4"), "idempotency-conflict"),
    ],
    ids=["key and number", "key", "number", "number of one report, key of another"],
)
def test_a_known_key_with_another_body_is_refused(
    database: Database, keeper: Keeper, looking: Direct, second: Request, slug: str
) -> None:
    intake.take_in(database, keeper, SERVICE, request("conflict-key", source="A-3"))
    intake.take_in(database, keeper, SERVICE, request("a-4-key", body="井盖丢失", source="A-4"))
    before = counts(looking)
    with pytest.raises(Problem) as refusal:
        intake.take_in(database, keeper, SERVICE, second)
    assert (refusal.value.slug, refusal.value.status) == (slug, 409)
    assert added(before, counts(looking)) == dict.fromkeys(WRITTEN, 0)


def test_another_round_of_a_number_is_another_report(
    database: Database, keeper: Keeper, looking: Direct
) -> None:
    first = intake.take_in(database, keeper, SERVICE, request("round-1", source="A-5"))
    asked = request("round-2", source="A-5")
    second_round = replace(
        asked,
        draft=replace(asked.draft, round=2),
        keys=[*asked.keys[:1], ("source:hotline_12345", "A-5 2")],
    )
    second = intake.take_in(database, keeper, SERVICE, second_round)
    assert not second.replayed
    assert second.body["id"] != first.body["id"]


def test_a_failure_at_the_last_moment_leaves_nothing(
    database: Database, keeper: Keeper, looking: Direct
) -> None:
    before = counts(looking)

    def cut(connection: Any) -> None:
        # The server ends the session just before it is asked to commit.
        number = connection.connection.dbapi_connection.info.backend_pid
        looking.execute("SELECT pg_terminate_backend(%s)", (number,))

    event.listen(database.engine, "commit", cut)
    try:
        with pytest.raises(DatabaseUnavailable):
            intake.take_in(database, keeper, SERVICE, request("cut-key", source="A-6"))
    finally:
        event.remove(database.engine, "commit", cut)
    assert added(before, counts(looking)) == dict.fromkeys(WRITTEN, 0)
    # What was claimed is free again: the retry is taken in, not answered from a report never kept.
    assert not intake.take_in(database, keeper, SERVICE, request("cut-key", source="A-6")).replayed


@pytest.mark.parametrize("same", ["key", "number"])
def test_many_who_send_the_same_at_once_make_one_report(
    county_database: FreshDatabase, database: Database, keeper: Keeper, looking: Direct, same: str
) -> None:
    keeper.current()
    before = counts(looking)
    together = threading.Barrier(THREADS)

    def send(number: int) -> Taken:
        key = "race-key" if same == "key" else f"race-key-{number}"
        together.wait()
        return intake.take_in(
            database, keeper, SERVICE, request(key, source=None if same == "key" else "A-7")
        )

    with ThreadPoolExecutor(THREADS) as senders:
        answers = list(senders.map(send, range(THREADS)))
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * (THREADS - 1)
    assert all(answer.body == answers[0].body for answer in answers)
    keys = 1 if same == "key" else 2
    assert added(before, counts(looking)) == {**ONE_REPORT, "intake_keys": keys}


def test_intake_waits_for_a_publication_and_locates_anew(
    county_database: FreshDatabase, database: Database, keeper: Keeper, looking: Direct
) -> None:
    position = place_in(keeper, GRID)
    answers: list[Taken] = []
    with direct(county_database.owner_url) as publisher:
        with publisher.transaction():
            exchange_grids(publisher, GRID, OTHER, name="exchanged", at=datetime.now(UTC))
            sender = threading.Thread(
                target=lambda: answers.append(
                    intake.take_in(
                        database, keeper, SERVICE, request("waiting-key", position=position)
                    )
                )
            )
            sender.start()
            waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            wait_until(lambda: bool(looking.execute(waits).fetchall()), what="waiting")
            # The owner was found by now, with the boundaries of before.
            assert answers == []
        sender.join()
        (taken,) = answers
        assert taken.body["assignment"]["revision"] == "exchanged"
        assert taken.body["grid"]["code"] == OTHER
        with publisher.transaction():
            exchange_grids(publisher, GRID, OTHER, name=f"{REVISION} again", at=datetime.now(UTC))


def test_a_report_older_than_a_publication_and_stored_after_it_goes_to_the_new_owner(
    county_database: FreshDatabase, database: Database, keeper: Keeper
) -> None:
    position = place_in(keeper, GRID)
    early = request("early-key", position=position)
    with direct(county_database.owner_url) as publisher:
        with publisher.transaction():
            exchange_grids(publisher, GRID, OTHER, name="younger", at=datetime.now(UTC))
        # Open reports are handed over once: nobody comes back for one that is stored later.
        taken = intake.take_in(database, keeper, SERVICE, early)
        assert taken.body["assignment"]["revision"] == "younger"
        assert taken.body["grid"]["code"] == OTHER
        with publisher.transaction():
            exchange_grids(publisher, GRID, OTHER, name="younger undone", at=datetime.now(UTC))


def test_a_report_that_is_stored_after_the_day_of_a_known_publication_goes_to_the_new_owner(
    county_database: FreshDatabase, database: Database, keeper: Keeper
) -> None:
    position = place_in(keeper, GRID)
    with direct(county_database.owner_url) as publisher:
        early = request("eve-key", position=position)
        with publisher.transaction():
            exchange_grids(publisher, GRID, OTHER, name="known", at=datetime.now(UTC))
        keeper.refresh()
        taken = intake.take_in(database, keeper, SERVICE, early)
        assert taken.body["assignment"]["revision"] == "known"
        with publisher.transaction():
            exchange_grids(publisher, GRID, OTHER, name="known undone", at=datetime.now(UTC))


def test_a_moved_pin_waits_for_a_publication_and_is_located_anew(
    county_database: FreshDatabase, database: Database, keeper: Keeper, looking: Direct
) -> None:
    known, position = keeper.current(), place_in(keeper, GRID)
    taken = intake.take_in(database, keeper, SERVICE, request("pin-key"))
    row = looking.execute("SELECT id FROM accounts WHERE role = 'dispatcher'").fetchone()
    assert row is not None
    caller = replace(NOBODY_IN_PARTICULAR, account_id=row[0])
    moved: list[dict[str, Any]] = []

    def move() -> None:
        report_id = UUID(taken.body["id"])
        with database.transaction(SERVICE) as connection:
            desk = Desk(connection, known, caller, asked, lambda: None, keeper)
            moved.append(service.move_pin(desk, report_id, position))

    asked = datetime.now(UTC)
    mover = threading.Thread(target=move)
    with direct(county_database.owner_url) as publisher, publisher.transaction():
        exchange_grids(publisher, GRID, OTHER, name="pin", at=datetime.now(UTC))
        mover.start()
        waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        wait_until(lambda: bool(looking.execute(waits).fetchall()), what="waiting")
    mover.join()
    assert moved[0]["assignment"]["revision"] == "pin"
    assert moved[0]["grid"]["code"] == OTHER
    with direct(county_database.owner_url) as publisher, publisher.transaction():
        exchange_grids(publisher, GRID, OTHER, name="pin undone", at=datetime.now(UTC))


def test_intake_takes_at_most_ten_round_trips_whatever_the_candidates(
    county_database: FreshDatabase, tmp_path: Path
) -> None:
    app = create_app(county_database.settings(tmp_path))
    parts = app.state.service
    account = county_database.credentials["dispatcher"]
    login = {"username": account["username"], "password": account["password"]}
    with traced(parts.database, tmp_path) as wire, TestClient(app) as client:
        token = client.post("/v1/sessions", json=login).json()["token"]
        wait_until(lambda: parts.keeper._knowledge is not None, what="loading")
        headers = {"Authorization": f"Bearer {token}"}

        def send(number: int, accuracy_m: float) -> tuple[int, int]:
            parts.sessions.forget(parts_account())  # a session that this process does not know
            before = wire.trips()
            position = {"lon": 110.52, "lat": 40.55, "crs": "cgcs2000", "accuracy_m": accuracy_m}
            response = client.post(
                "/v1/reports",
                json={"channel": "walk_in", "text": "路灯不亮", "position": position},
                headers={**headers, "Idempotency-Key": f"round-trip-{number}"},
            )
            assert response.status_code == 201
            return len(response.json()["assignment"]["candidates"]), wire.trips() - before

        def parts_account() -> Any:
            return next(iter(parts.sessions._entries.values()))[1].account_id

        client.get("/v1/reports", headers=headers)
        seen = [send(number, 3.0 ** (number % 8)) for number in range(24)]
    assert {candidates for candidates, _ in seen} >= {1, 20}
    # Token, BEGIN, scope with lock and keys, report with COMMIT: sent without waiting for each. The
    # driver prepares a statement when it meets it the sixth time on a connection: one more, once.
    assert max(trips for _, trips in seen) <= 10
    steady = {trips for _, trips in seen[-8:]}
    assert steady == {4}
