"""Rows of reports under those who wait for them, and the lights by which lists narrow them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.calendar.clocks import Light
from api.db import report_store
from api.db.engine import SERVICE, Database
from api.db.lights import LIGHTS
from api.db.report_store import ReportFilter
from api.reports.lives import light_of_row
from tests.conftest import FreshDatabase
from tests.store.rows import direct, put_report
from tests.store.waiting import wait_until

GRID = "150221104001003"


@pytest.fixture
def database(county_database: FreshDatabase) -> Iterator[Database]:
    serving = county_database.serving()
    yield serving
    serving.close()


def test_who_waited_for_a_report_reads_the_assignment_that_it_has_by_then(
    county_database: FreshDatabase, database: Database
) -> None:
    """Or a hand-over would ask for the place of before a pin was moved, and move it back."""
    report_id = put_report(county_database, GRID)
    read: list[Any] = []

    def wait() -> None:
        with database.transaction(SERVICE) as connection:
            read.extend(report_store.read_several(connection, [report_id], lock=True))

    waiting = threading.Thread(target=wait)
    with direct(county_database.superuser_url) as moving, moving.transaction():
        moving.execute("UPDATE reports SET address = '新址' WHERE id = %s", (report_id,))
        waiting.start()
        with direct(county_database.superuser_url) as looking:
            wait_until(lambda: _somebody_waits(looking), what="the waiting for the row")
        moving.execute("UPDATE assignments SET current = false WHERE report_id = %s", (report_id,))
        moving.execute(
            "INSERT INTO assignments (id, report_id, current, decision, revision, answer, receipt,"
            " decided_at) VALUES (%s, %s, true, 'auto', 'demo-1', '{}', %s, now())",
            (uuid4(), report_id, json.dumps({"question": "new"})),
        )
    waiting.join(30)
    (row,) = read
    assert (row.address, row.receipt) == ("新址", {"question": "new"})


def _somebody_waits(looking: Any) -> bool:
    waiting = looking.execute(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'"
    )
    return waiting.fetchone() is not None


# Each began ten days ago and stood still for eight of them.
@pytest.mark.parametrize(
    ("left_days", "light"),
    [(2.001, Light.BLUE), (2, Light.YELLOW), (0.5, Light.ORANGE), (0, Light.RED)],
)
def test_lists_narrow_by_the_light_that_a_report_shows_though_its_clock_once_stood(
    county_database: FreshDatabase, database: Database, left_days: float, light: Light
) -> None:
    at = datetime(2026, 11, 21, 10, tzinfo=UTC)
    report_id = put_report(county_database, GRID)
    pauses = [[at - timedelta(days=9), at - timedelta(days=1)]]
    with direct(county_database.superuser_url) as writing:
        writing.execute(
            "UPDATE reports SET due_since = %s, due_at = %s, due_pauses = %s WHERE id = %s",
            (
                at - timedelta(days=10),
                at + timedelta(days=left_days),
                json.dumps([[moment.isoformat() for moment in pause] for pause in pauses]),
                report_id,
            ),
        )
    shown = []
    with database.transaction(SERVICE) as connection:
        for name in LIGHTS:
            wanted = ReportFilter(light=name, at=at, limit=500)
            rows = report_store.list_reports(connection, wanted)
            shown += [(name, light_of_row(row, at)) for row in rows if row.id == report_id]
    assert shown == [(light.value, light)]
