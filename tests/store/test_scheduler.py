"""What happens by the clock happens in one process, and takes away only what has served."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from api.db.engine import Database
from api.db.faults import DatabaseUnavailable
from api.db.leader_store import LeaderLock
from api.deps import Service
from api.scheduler import JOBS, KEY_DAYS, OUTBOX_DAYS, Job, run_due
from api.service_parts import build_service
from tests.conftest import FreshDatabase
from tests.store.rows import Direct, direct
from tests.store.waiting import wait_until

NOW = datetime(2031, 5, 1, tzinfo=UTC)


@pytest.fixture
def serving(county_database: FreshDatabase) -> Iterator[Database]:
    database = county_database.serving()
    yield database
    database.close()


@pytest.fixture
def process(county_database: FreshDatabase, tmp_path: Path) -> Iterator[Service]:
    """The shared parts of a scheduler process."""
    service = build_service(county_database.settings(tmp_path))
    yield service
    service.database.close()


@pytest.fixture
def watching(county_database: FreshDatabase) -> Iterator[Direct]:
    with direct(county_database.superuser_url) as connection:
        yield connection


def holders(watching: Direct) -> list[int]:
    rows = watching.execute(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchall()
    return [int(str(row[0])) for row in rows]


def test_one_scheduler_leads_and_the_next_takes_over(serving: Database, watching: Direct) -> None:
    first, second = LeaderLock(serving), LeaderLock(serving)
    assert first.hold()
    assert not second.hold()
    assert first.hold()  # it keeps the lead, and does not take it twice
    first.release()
    wait_until(lambda: holders(watching) == [], what="giving the lead back")
    assert second.hold()
    assert not first.hold()
    second.release()


def test_a_leader_whose_connection_dies_learns_it_and_is_followed(
    serving: Database, watching: Direct
) -> None:
    first, second = LeaderLock(serving), LeaderLock(serving)
    assert first.hold()
    (backend,) = holders(watching)
    watching.execute("SELECT pg_terminate_backend(%s)", (backend,))
    wait_until(lambda: holders(watching) == [], what="the end of the leader's session")
    assert second.hold()
    with pytest.raises(ConnectionError):
        first.hold()
    assert not first.hold()
    second.release()


def test_waiting_for_the_lead_holds_no_connection(serving: Database) -> None:
    first, second = LeaderLock(serving), LeaderLock(serving)
    assert first.hold()
    for _ in range(30):  # the pool has fewer
        assert not second.hold()
    assert serving.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
    first.release()


def test_a_job_runs_when_its_time_has_come_and_again_after_a_fault(process: Service) -> None:
    ran: list[datetime] = []

    def work(_service: Service, at: datetime) -> int:
        ran.append(at)
        if len(ran) == 1:
            raise DatabaseUnavailable("gone")
        return 0

    jobs, last = (Job("sample", 60.0, work),), {}
    with pytest.raises(ConnectionError):
        run_due(process, jobs, last, NOW)
    for second in (1, 30, 60, 61, 120, 121):
        run_due(process, jobs, last, NOW + timedelta(seconds=second))
    assert [(at - NOW).total_seconds() for at in ran] == [0, 1, 61, 121]


def test_pruning_keeps_source_numbers_for_ever_and_the_rest_for_its_time(
    process: Service, watching: Direct
) -> None:
    old = NOW - timedelta(days=KEY_DAYS, seconds=1)
    for scope in ("source:hotline_12345", "caller:somebody", "anonymous"):
        for key, at in (("old", old), ("young", NOW)):
            watching.execute(
                "INSERT INTO intake_keys (scope, key, body_sha256, report_id, created_at)"
                " VALUES (%s, %s, '', %s, %s)",
                (scope, key, uuid4(), at),
            )
    for days in (OUTBOX_DAYS + 1, OUTBOX_DAYS - 1):
        watching.execute(
            "INSERT INTO outbox (at, topic, area_code, channel, payload)"
            " VALUES (%s, 'report', '150221', 'app', '{}')",
            (NOW - timedelta(days=days),),
        )
    account = watching.execute("SELECT id FROM accounts LIMIT 1").fetchone()
    assert account is not None
    for token, expires_at in ((b"dead", NOW - timedelta(seconds=1)), (b"live", NOW)):
        watching.execute(
            "INSERT INTO sessions (id, token_sha256, csrf_token, account_id, expires_at)"
            " VALUES (%s, %s, '', %s, %s)",
            (uuid4(), token, account[0], expires_at),
        )
    assert run_due(process, JOBS, {}, NOW) == [job.name for job in JOBS]
    keys = watching.execute("SELECT scope, key FROM intake_keys ORDER BY 1, 2").fetchall()
    assert keys == [
        ("anonymous", "young"),
        ("caller:somebody", "young"),
        ("source:hotline_12345", "old"),
        ("source:hotline_12345", "young"),
    ]
    assert watching.execute("SELECT count(*) FROM outbox").fetchone() == (1,)
    assert watching.execute("SELECT token_sha256 FROM sessions").fetchall() == [(b"live",)]
