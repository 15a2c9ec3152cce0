"""A report's life goes on whatever is killed: each acknowledged step is there, exactly once.

Controls show that the harness would see it otherwise: it finds steps lost when the service answers
before it commits, reports and steps twice when a retry has no key, reminders twice when a scheduler
forgets what it has claimed, and a report that nobody has.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.db import life_store, report_store
from api.db.engine import Connection
from api.deps import ScopeDep, ServiceDep, transaction
from api.privacy.key_file import make_file
from api.reports import ticking
from bench.day.driving import PATIENCE_S, Drive, Line
from bench.day.matters import Matters
from bench.day.people import ROLES, People
from bench.day.quick_clocks import NAME, write_template
from bench.day.stock import take_stock
from tests.conftest import FreshDatabase
from tests.faults.life_processes import (
    InProcessLine,
    KeylessLine,
    LifeProcesses,
    people_of,
    tokens_over_http,
)
from tests.http.conftest import Login, app_client, login  # noqa: F401
from tests.http.demo_county import WORKER_GRID
from tests.store.rows import direct
from tests.store.waiting import MOST_S

REPORTS = 24
UNSIGNED = 6
HOUR_S = 1.0


@pytest.fixture(scope="module", autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let an hour of every limit pass in a second, here and in the processes; one key for all."""
    folder = write_template(tmp_path_factory.mktemp("life"), hour_s=HOUR_S)
    var_dir = tmp_path_factory.mktemp("var")
    make_file(var_dir / "reporter-keys", date(2026, 11, 21))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANGGE_VAR_DIR", str(var_dir))
        patch.setenv("WANGGE_REPORTER_KEYS", str(var_dir / "reporter-keys"))
        patch.setenv("WANGGE_LIFE_DIR", str(folder))
        patch.setenv("WANGGE_LIFE_TEMPLATE", NAME)
        yield


@pytest.fixture(scope="module")
def matters() -> Matters:
    return Matters(1, [WORKER_GRID])


def drive_of(port: int, people: People, matters: Matters, run: str, **more: Any) -> Drive:
    return Drive(port, people, matters, run, seed=1, count=REPORTS, senders=3, **more)


def stock(database: FreshDatabase, drive: Drive) -> str:
    """What is wrong with the stored reports of a drive, in words."""
    with direct(database.superuser_url) as connection:
        return "; ".join(take_stock(connection, drive.run, drive.ledger))


def done_by_the_clock(database: FreshDatabase, run: str) -> int:
    with direct(database.superuser_url) as connection:
        rows = connection.execute(
            "SELECT count(*) FROM report_events e JOIN reports r ON r.id = e.report_id "
            "WHERE r.text ^@ %s AND e.actor_id IS NULL AND e.kind = 'remind'",
            (run,),
        ).fetchall()
    return int(str(rows[0][0]))


def leave_unsigned(line: Line, drive: Drive, count: int) -> None:
    """Take reports in that nobody signs: their clocks have something to do."""
    for number in range(10_000, 10_000 + count):
        body = drive.matters.body(number, drive.run)
        key = f"{drive.run}-{number}"
        token = drive.people.token("dispatcher")
        status, answer, replayed, _ = line.send("POST", "/v1/reports", body, token, key)
        assert status == 201, answer
        drive.ledger.take_report(key, answer, replayed=replayed)


@pytest.mark.timeout(400)  # five processes are started, on a machine that may be busy
def test_servers_and_scheduler_may_be_killed_in_the_middle_of_lives(
    county_database: FreshDatabase, matters: Matters
) -> None:
    servers = LifeProcesses(county_database)
    try:
        tokens = tokens_over_http(servers, county_database)
        drive = drive_of(servers.port, people_of(county_database, tokens), matters, "killed")
        line = Line(servers.port, drive.ledger)
        leave_unsigned(line, drive, UNSIGNED)

        def kill() -> None:
            kills: tuple[Callable[[], None], ...] = (
                lambda: servers.kill(0),
                servers.kill_scheduler,
                lambda: servers.kill(1),
            )
            for number, one in enumerate(kills, start=1):
                while drive.steps < 25 * number and not drive.stop.wait(0.002):
                    pass
                one()

        drive.go(meanwhile=kill)
        deadline = time.monotonic() + PATIENCE_S
        while done_by_the_clock(county_database, "killed") < UNSIGNED:
            assert time.monotonic() < deadline, "the clocks do not go on"
            time.sleep(0.2)
        line.close()
    finally:
        servers.stop()
    assert drive.steps > 4 * REPORTS
    assert stock(county_database, drive) == ""


@pytest.fixture(scope="module")
def in_process(
    app_client: TestClient,  # noqa: F811
    county_database: FreshDatabase,
    login: Login,  # noqa: F811
) -> People:
    tokens = {role: login(role).headers["Authorization"].partition(" ")[2] for role in ROLES}
    return people_of(county_database, tokens)


def test_in_one_process_everything_is_there_once(
    app_client: TestClient,  # noqa: F811
    in_process: People,
    county_database: FreshDatabase,
    matters: Matters,
) -> None:
    drive = drive_of(0, in_process, matters, "sound")
    drive.line = lambda ledger: InProcessLine(app_client, ledger)
    drive.go()
    assert drive.ended == REPORTS
    assert stock(county_database, drive) == ""


def test_control_a_report_that_nobody_has_and_a_gap_in_its_events_are_seen(
    app_client: TestClient,  # noqa: F811
    in_process: People,
    county_database: FreshDatabase,
    matters: Matters,
) -> None:
    drive = drive_of(0, in_process, matters, "nobody")
    leave_unsigned(InProcessLine(app_client, drive.ledger), drive, 2)
    assert stock(county_database, drive) == ""
    lost, gapped = drive.ledger.reports.values()
    with direct(county_database.superuser_url) as connection:
        connection.execute(
            "UPDATE reports SET holder_area = NULL, holder_post = NULL, holder_person = NULL, "
            "holder_org = NULL WHERE id = %s",
            (lost,),
        )
        for before, after in (("assigned", "accepted"), ("on_site", "handled")):
            connection.execute(
                "INSERT INTO report_events (report_id, at, kind, actor, detail) VALUES (%s, now(), "
                "'remind', 'clock', jsonb_build_object('before', jsonb_build_object('status', "
                "%s::text), 'after', jsonb_build_object('status', %s::text)))",
                (gapped, before, after),
            )
    found = stock(county_database, drive)
    assert "1 open reports that neither a post, an organisation nor a desk has" in found
    assert "1 reports whose status is not that of their last event" in found
    assert "1 events do not go on from the status before" in found


def test_control_without_keys_steps_are_found_twice(
    app_client: TestClient,  # noqa: F811
    in_process: People,
    county_database: FreshDatabase,
    matters: Matters,
) -> None:
    drive = drive_of(0, in_process, matters, "keyless")
    drive.line = lambda ledger: KeylessLine(app_client, ledger)
    drive.go()
    found = stock(county_database, drive)
    assert "reports are stored that nobody was told of" in found
    assert "steps were done twice or unasked" in found


def test_control_an_answer_before_the_commit_is_found_lost(
    app_client: TestClient,  # noqa: F811
    in_process: People,
    county_database: FreshDatabase,
    matters: Matters,
) -> None:
    answered = 0

    def forgetful(service: ServiceDep, scope: ScopeDep) -> Iterator[Connection]:
        nonlocal answered
        answered += 1
        with service.database.engine.connect() as connection, connection.begin() as begun:
            service.database.set_scope(connection, scope)
            yield connection
            if answered % 10 == 0:
                begun.rollback()

    drive = drive_of(0, in_process, matters, "hasty")
    drive.line = lambda ledger: InProcessLine(app_client, ledger)
    app_client.app.dependency_overrides[transaction] = forgetful  # type: ignore[attr-defined]
    try:
        drive.go()
    finally:
        app_client.app.dependency_overrides.clear()  # type: ignore[attr-defined]
    assert "acknowledged steps are lost" in stock(county_database, drive)


def test_control_a_scheduler_that_forgets_its_claims_is_found_to_do_things_twice(
    app_client: TestClient,  # noqa: F811
    in_process: People,
    county_database: FreshDatabase,
    matters: Matters,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = app_client.app.state.service  # type: ignore[attr-defined]
    drive = drive_of(0, in_process, matters, "claims")
    leave_unsigned(InProcessLine(app_client, drive.ledger), drive, UNSIGNED)
    ticking.tick_due(service.database, service.keeper, datetime.now(UTC))
    assert stock(county_database, drive) == ""
    with direct(county_database.superuser_url) as connection:
        rows = connection.execute("SELECT id FROM reports WHERE text ^@ 'claims'").fetchall()
    both_have_read = threading.Barrier(2)
    read_several = report_store.read_several

    def read_and_wait(*arguments: Any, **more: Any) -> list[Any]:
        stale: list[Any] = read_several(*arguments, **more)
        both_have_read.wait(MOST_S)
        return stale

    monkeypatch.setattr(life_store, "due_reports", lambda *_, **__: [row[0] for row in rows])
    monkeypatch.setattr(report_store, "read_several", read_and_wait)
    later = datetime.now(UTC) + timedelta(minutes=1)
    schedulers = [
        threading.Thread(target=ticking.tick_due, args=(service.database, service.keeper, later))
        for _ in range(2)
    ]
    for scheduler in schedulers:
        scheduler.start()
    for scheduler in schedulers:
        scheduler.join()
    assert "done twice by the clock" in stock(county_database, drive)
