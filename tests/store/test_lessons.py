"""Names that two operators teach at once, in a real database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.accounts.audit_trail import Actor
from api.db import gazetteer_store, lesson_store
from api.db.engine import SERVICE, Connection
from api.deps import Service
from api.places.learning import Settled, learn
from api.service_parts import build_service
from tests.conftest import FreshDatabase
from tests.store.rows import direct
from tests.store.waiting import wait_until

GRID, HERE = "150221104001009", (110.5195335, 40.5609691)


@pytest.fixture
def parts(county_database: FreshDatabase, tmp_path: Path) -> Iterator[Service]:
    service = build_service(county_database.settings(tmp_path))
    yield service
    service.database.close()


def teach(parts: Service, connection: Connection, name: str, point: tuple[float, float]) -> None:
    row = SimpleNamespace(
        id=uuid4(), number="1", address=f"{name}门口", confidential=False, lon=None, lat=None
    )
    settled = Settled("moved", GRID, point)
    known = parts.keeper.current()
    learn(connection, known, row, settled, by=Actor("somebody"), at=datetime.now(UTC))


def proposals(parts: Service, name: str) -> list[Any]:
    with parts.database.transaction(SERVICE) as connection:
        rows = gazetteer_store.list_proposals(connection, status="proposed", after=None, limit=500)
    return [row for row in rows if row.name == name]


def test_one_name_taught_at_two_pins_at_once_is_one_proposal(
    parts: Service, county_database: FreshDatabase
) -> None:
    name = "老驼绒大院"
    parts.keeper.current()

    def other() -> None:
        # Some twenty metres away: no key of the table tells that it is the same.
        with parts.database.transaction(SERVICE) as connection:
            teach(parts, connection, name, (HERE[0] + 0.0002, HERE[1]))

    def waits() -> bool:
        with direct(county_database.superuser_url) as watching:
            held = watching.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
                "WHERE d.datname = current_database() AND locktype = 'advisory' AND NOT granted"
            ).fetchone()
        return held is not None and bool(held[0])

    second = threading.Thread(target=other)
    with parts.database.transaction(SERVICE) as connection:
        teach(parts, connection, name, HERE)
        second.start()
        wait_until(waits, what="the second lesson's wait")
    second.join()
    (proposal,) = proposals(parts, name)
    assert len(proposal.evidence) == 2


def test_a_lesson_does_not_wait_for_who_decides_its_proposal(parts: Service) -> None:
    name = "老皮毛厂大院"
    with parts.database.transaction(SERVICE) as connection:
        teach(parts, connection, name, HERE)
    (proposal,) = proposals(parts, name)
    with parts.database.transaction(SERVICE) as deciding:
        gazetteer_store.set_status(
            deciding, proposal.id, "rejected", at=datetime.now(UTC), by="somebody"
        )
        with parts.database.transaction(SERVICE) as connection:
            connection.execute(text("SET LOCAL statement_timeout = '5s'"))
            lesson_store.add_evidence(connection, proposal.id, {"report": "2"})
    assert proposals(parts, name) == []
