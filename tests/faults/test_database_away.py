"""A database that does not answer is said to be away, and is used again when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.db.report_store import PUBLICATION_LOCK
from tests.conftest import FreshDatabase
from tests.store.rows import direct

ATTEMPTS = 10
REPORT = {"channel": "app", "text": "路灯不亮"}


@pytest.fixture
def client(county_database: FreshDatabase, tmp_path: Path) -> Iterator[TestClient]:
    """The application with little patience for slow statements."""
    settings = county_database.settings(tmp_path).model_copy(update={"statement_timeout_ms": 200})
    with TestClient(create_app(settings)) as running:
        assert running.get("/readyz").status_code == 200
        yield running


def test_lost_connections_cost_one_answer_that_asks_to_come_again(
    client: TestClient, county_database: FreshDatabase
) -> None:
    """Whoever meets the lost connection first pays, and that may be a listener behind the page."""
    asked_to_come_again = 0
    for _ in range(ATTEMPTS):
        with direct(county_database.superuser_url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        answer = client.get("/readyz")
        if answer.status_code == 200:
            continue
        asked_to_come_again += 1
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems/unavailable"
        assert "SELECT" not in answer.text
        assert client.get("/readyz").status_code == 200
    assert asked_to_come_again


def test_intake_that_waits_too_long_asks_to_come_again_and_keeps_its_key_free(
    client: TestClient, county_database: FreshDatabase
) -> None:
    key = {"Idempotency-Key": "waited-too-long"}
    with direct(county_database.owner_url) as publisher, publisher.transaction():
        publisher.execute("SELECT pg_advisory_xact_lock(%s)", (PUBLICATION_LOCK,))
        answer = client.post("/v1/reports", json=REPORT, headers=key)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    again = client.post("/v1/reports", json=REPORT, headers=key)
    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers


def test_a_wrong_statement_is_our_fault_and_not_called_a_passing_one(
    client: TestClient, county_database: FreshDatabase
) -> None:
    with direct(county_database.owner_url) as owner:
        owner.execute("ALTER TABLE outbox RENAME TO outbox_elsewhere")
        try:
            patient = TestClient(client.app, raise_server_exceptions=False)
            answer = patient.post("/v1/reports", json=REPORT)
        finally:
            owner.execute("ALTER TABLE outbox_elsewhere RENAME TO outbox")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    assert "outbox" not in answer.text
