"""What may go wrong while boundaries are published: others are quicker, or what is stored is bad.

Whoever waited is older than what others published meanwhile; nothing goes in before that.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.db.report_store import PUBLICATION_LOCK
from api.plans.handover import hand_over_due
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.demo_county import refused
from tests.http.test_plans import merge_of, new_plan, split_of, stroke
from tests.store.rows import Direct, direct
from tests.store.waiting import wait_until

FIRST, SECOND, THIRD = "150221104200001", "150221104202001", "150221104203001"
APPROVED = {"allow_vacant": True}


@pytest.fixture
def township(login: Login) -> TestClient:
    return login("township_admin")


@pytest.fixture
def county(login: Login) -> TestClient:
    return login("county_admin")


def submitted(township: TestClient, body: dict[str, Any]) -> str:
    plan = new_plan(township)
    done = stroke(township, plan, body, 0)
    assert done.status_code == 200, done.text
    assert township.post(f"{plan}/submit").status_code == 200
    return plan


@contextmanager
def held_up(county: TestClient, database: FreshDatabase, plan: str) -> Iterator[dict[str, Any]]:
    """Approve a plan whose row somebody holds; the answer stands in what is given, afterwards."""
    answer: dict[str, Any] = {}

    def approve() -> None:
        answer["approved"] = county.post(f"{plan}/approve", json=APPROVED)

    waiting = threading.Thread(target=approve)
    with direct(database.superuser_url) as holding:
        with holding.transaction():
            row = (plan.rpartition("/")[2],)
            holding.execute("SELECT 1 FROM plans WHERE id = %s FOR UPDATE", row)
            waiting.start()
            wait_until(lambda: _waits_for_a_row(database), what="the approval's waiting")
            yield answer
        waiting.join(30)


def _waits_for_a_row(database: FreshDatabase) -> bool:
    with direct(database.superuser_url) as looking:
        waiting = looking.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'"
        )
        return waiting.fetchone() is not None


def test_an_approval_that_waited_comes_after_what_came_into_force_meanwhile(
    township: TestClient, county: TestClient, county_database: FreshDatabase
) -> None:
    slow, quick = (submitted(township, split_of(township, code)) for code in (FIRST, SECOND))
    with held_up(county, county_database, slow) as waited:
        done = county.post(f"{quick}/approve", json=APPROVED)
        assert done.status_code == 200, done.text
    late = waited["approved"]
    assert late.status_code == 200, late.text
    listed = {row["id"]: row for row in county.get("/v1/changesets").json()["items"]}
    earlier, later = done.json()["changeset"]["id"], late.json()["changeset"]["id"]
    assert earlier in listed  # not withdrawn and stored anew: it was in force
    effective = [datetime.fromisoformat(listed[one]["effective_at"]) for one in (earlier, later)]
    assert effective[0] < effective[1]
    assert late.json()["state"] == "effective"
    assert listed[later]["handed_over"]


def test_an_approval_that_waited_for_a_rollback_comes_after_it(
    township: TestClient, county: TestClient, county_database: FreshDatabase
) -> None:
    quick = submitted(township, merge_of())
    done = county.post(f"{quick}/approve", json=APPROVED).json()["changeset"]["id"]
    slow = submitted(township, split_of(township, THIRD))
    with held_up(county, county_database, slow) as waited:
        assert county.post(f"/v1/changesets/{done}/rollback").status_code == 200
    assert waited["approved"].status_code == 200, waited["approved"].text
    newest = county.get("/v1/changesets").json()["items"][0]
    assert newest["id"] == waited["approved"].json()["changeset"]["id"]


def test_reports_are_handed_over_when_no_intake_is_under_way(
    township: TestClient, county: TestClient, county_database: FreshDatabase
) -> None:
    day = datetime.now(UTC) + timedelta(days=30)
    plan = submitted(township, split_of(township, "150221104200002"))
    said = {**APPROVED, "effective_at": day.isoformat()}
    assert county.post(f"{plan}/approve", json=said).status_code == 200
    parts = county.app.state.service  # type: ignore[attr-defined]
    work = threading.Thread(
        target=hand_over_due, args=(parts.database, parts.keeper, day + timedelta(minutes=1))
    )
    with direct(county_database.superuser_url) as intake, intake.transaction():
        intake.execute("SELECT pg_advisory_xact_lock_shared(%s)", (PUBLICATION_LOCK,))
        work.start()
        wait_until(lambda: _waits_alone(intake), what="the waiting for the intake")
        assert county.get(plan).json()["state"] == "scheduled"
    work.join(30)
    assert county.get(plan).json()["state"] == "effective"


def _waits_alone(looking: Direct) -> bool:
    waiting = looking.execute(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'"
        " AND NOT granted AND objid = %s",
        (PUBLICATION_LOCK,),
    )
    return waiting.fetchone() is not None


def test_what_would_leave_a_gap_is_not_published_whatever_a_plan_holds(
    township: TestClient, county: TestClient, county_database: FreshDatabase
) -> None:
    plan = submitted(township, split_of(township, "150221104204001"))
    before = county.get("/v1/areas.geojson", params={"within": "150221104"}).content
    published = county.get("/v1/revisions").json()["items"]
    row = (plan.rpartition("/")[2],)
    with direct(county_database.superuser_url) as spoiling:
        spoiling.execute(
            "UPDATE plan_changes SET after = ST_AsBinary(ST_Buffer(ST_GeomFromWKB(after), -1e-5))"
            " WHERE plan_id = %s AND before IS NULL",
            row,
        )
    refused(county.post(f"{plan}/approve", json=APPROVED), 422, "redraw-refused")
    assert county.get(plan).json()["state"] == "submitted"
    assert county.get("/v1/revisions").json()["items"] == published
    assert county.get("/v1/areas.geojson", params={"within": "150221104"}).content == before
