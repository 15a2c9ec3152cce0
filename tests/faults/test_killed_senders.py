"""Kill those who send notices, again and again: each notice reaches the gateway, none is lost."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.db import notice_store
from api.db.engine import SERVICE
from api.input_types import SHANGHAI
from api.settings import child_environment
from tests.conftest import FreshDatabase
from tests.store.rows import Direct, direct, put_report
from tests.unit.api.notices.gateway_of_tests import FakeGateway, fake_gateway, says

GRID = "150221104001003"
NOTICES, KILLS, ANSWERS = 120, 2, 5

# A process that does nothing but send, with a lease short enough to see one run out.
SENDING = textwrap.dedent(
    """
    import sys, threading
    from datetime import timedelta
    from api.notices import sending
    from api.service_parts import build_service
    from api.settings import get_settings
    sending.LEASE = timedelta(seconds=3)
    service = build_service(get_settings())
    with sending.Sender(service).running():
        print("sending", flush=True)
        sys.stdin.read()
    """
)


@contextmanager
def sender(
    database: FreshDatabase, gateway: FakeGateway, var: Path
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SENDING],
        env=child_environment(
            DATABASE_URL=database.owner_url,
            WANGGE_APP_DATABASE_URL=database.app_url,
            WANGGE_VAR_DIR=str(var),
            WANGGE_SMS_URL=gateway.url,
            WANGGE_QUIET_HOURS="",
            WANGGE_POOL_SIZE="10",
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "sending\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def watching(county_database: FreshDatabase) -> Iterator[Direct]:
    with direct(county_database.superuser_url) as connection:
        yield connection


def fill(database: FreshDatabase, watching: Direct) -> set[str]:
    """Put notices for the worker of a grid; return their keys."""
    report = put_report(database, GRID)
    found = watching.execute(
        "SELECT p.id FROM posts p JOIN holders h ON h.post_id = p.id "
        "WHERE p.area_code = %s AND p.role = 'full_time_grid_worker'",
        (GRID,),
    ).fetchone()
    assert found is not None
    rows = [
        {
            "id": uuid4(),
            "report_id": report,
            "kind": "urged",
            "to_area": GRID,
            "to_post": found[0],
            "to_person": None,
            "to_org": None,
            "text": "催办：诉求请尽快办理。",
            "urgent": number % 5 == 0,
            "at": datetime.now(SHANGHAI),
        }
        for number in range(NOTICES)
    ]
    serving = database.serving()
    with serving.transaction(SERVICE) as connection:
        notice_store.put(connection, rows)
    serving.close()
    return {str(row["id"]) for row in rows}


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait longer than other tests do: a process has to start and read the county first."""
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def unsettled(watching: Direct) -> int:
    row = watching.execute("SELECT count(*) FROM notices WHERE settled_at IS NULL").fetchone()
    assert row is not None
    return int(str(row[0]))


@pytest.mark.timeout(400)
def test_whoever_is_killed_while_sending_no_notice_is_lost_and_a_second_one_has_its_key(
    county_database: FreshDatabase, watching: Direct, tmp_path: Path
) -> None:
    keys = fill(county_database, watching)
    with fake_gateway() as gateway:
        for _ in range(KILLS):
            dead = threading.Event()
            answered = itertools.count()

            def hang(
                _request: object, dead: threading.Event = dead, answered: Any = answered
            ) -> tuple[int, dict[str, str], bytes]:
                if next(answered) >= ANSWERS:
                    dead.wait(60)
                return 200, {}, b"{}"

            gateway.answer = hang
            heard = len(gateway.requests)
            with sender(county_database, gateway, tmp_path) as victim:
                # Some were answered, some were heard and wait for an answer that never comes.
                wait_until(lambda heard=heard: len(gateway.requests) > heard + ANSWERS)
                os.kill(victim.pid, signal.SIGKILL)
                victim.wait()
            dead.set()
            assert unsettled(watching) > 0
        gateway.answer = says(200, {})
        with sender(county_database, gateway, tmp_path), sender(county_database, gateway, tmp_path):
            wait_until(lambda: unsettled(watching) == 0)
        told = Counter(gateway.keys)
    states = dict(watching.execute("SELECT state, count(*) FROM notices GROUP BY state").fetchall())
    assert states == {"sent": NOTICES}
    # Nothing is lost, and nothing is told anew under another key.
    assert set(told) == keys
    # Each who was killed had one at least on the way: it came again, and the gateway can tell.
    assert sum(told.values()) >= NOTICES + KILLS
