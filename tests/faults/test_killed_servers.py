"""What was acknowledged is there, exactly once, whatever is killed meanwhile.

Two controls show that the harness would see it otherwise: without a key it finds reports twice,
and with a database that acknowledges before it writes it finds reports lost.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely

from api.cli.listening import reserve
from api.db import area_store
from api.db.cluster import open_cluster, remove_cluster
from api.db.cluster_databases import ClusterUrls
from api.db.cluster_process import server_pid
from api.db.engine import SERVICE, Database, make_engine, normalise_url
from api.db.migrate import migrate
from api.db.postgres_programs import ClusterError
from api.knowledge import Keeper
from api.reports import intake
from api.settings import child_environment
from geo.position import Datum, Position
from tests.conftest import FreshDatabase
from tests.faults.load_of_reports import Load, Verdict, verdict, words
from tests.store.rows import direct
from tests.store.waiting import MOST_S, wait_until

REPORTS = 300
ALL_WELL = Verdict(lost=frozenset(), doubled=frozenset())
SERVERS = 2
# Every so many reports the sender's line breaks after the request has left.
BROKEN_LINES = 10


class Servers:
    """Run real server processes on one port of loopback; any of them can be killed and replaced."""

    def __init__(self, database: FreshDatabase) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._sockets = reserve("127.0.0.1", self.port, SERVERS)
        self._alive = os.pipe()
        self._environment = child_environment(
            DATABASE_URL=database.owner_url,
            WANGGE_APP_DATABASE_URL=database.app_url,
            WANGGE_POOL_SIZE="8",
            WANGGE_ANONYMOUS_REPORTS_PER_MINUTE="100000",
            WANGGE_LOG_LEVEL="ERROR",
        )
        self.processes = [self._start(number) for number in range(SERVERS)]

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        listener = self._sockets[number].fileno()
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "api.cli.child", "web"),
                *("--alive", str(self._alive[0]), "--socket", str(listener)),
            ],
            env=self._environment,
            pass_fds=[self._alive[0], listener],
            start_new_session=True,
        )

    def kill(self, number: int) -> None:
        """Kill a process at once and start another on the socket that stayed open."""
        self.processes[number].send_signal(signal.SIGKILL)
        self.processes[number].wait()
        self.processes[number] = self._start(number)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        for listener in self._sockets:
            listener.close()
        for end in self._alive:
            os.close(end)

    def ask(
        self, method: str, path: str, body: object, headers: dict[str, str], *, listen: bool = True
    ) -> dict[str, object]:
        """Send one request; raise ConnectionError when no answer or a passing 503 came."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(
                method, path, json.dumps(body), {"Content-Type": "application/json", **headers}
            )
            if not listen:
                raise ConnectionResetError("the line broke after the request had left")
            response = line.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ConnectionError("no answer") from error
        finally:
            line.close()
        if response.status == 503:
            raise ConnectionError("not now")
        assert response.status in (200, 201), answer
        assert isinstance(answer, dict)
        return answer


@pytest.fixture(scope="module")
def servers(county_database: FreshDatabase) -> Iterator[Servers]:
    running = Servers(county_database)
    yield running
    running.stop()


def load_over_http(servers: Servers, name: str, count: int, headers: dict[str, str] | None) -> Load:
    """A load of reports: by a logged-in caller with keys, or by residents without any."""
    broken: set[int] = set()

    def send(number: int) -> str:
        body = {
            "channel": "walk_in" if headers else "app",
            "text": words(name, number),
            "position": {"lon": 110.52, "lat": 40.55, "crs": "gcj02", "accuracy_m": 20},
        }
        key = {**headers, "Idempotency-Key": f"{name}-{number:05d}"} if headers else {}
        listen = number % BROKEN_LINES != 0 or number in broken
        broken.add(number)
        return str(servers.ask("POST", "/v1/reports", body, key, listen=listen)["id"])

    return Load(send, count)


def test_server_processes_may_be_killed_under_load(
    servers: Servers, county_database: FreshDatabase
) -> None:
    account = county_database.credentials["dispatcher"]
    login = {"username": account["username"], "password": account["password"]}
    token = servers.ask("POST", "/v1/sessions", login, {})["token"]
    load = load_over_http(servers, "keyed", REPORTS, {"Authorization": f"Bearer {token}"})

    def kill() -> None:
        for number, share in enumerate((0.2, 0.5, 0.8)):
            load.wait_for(share)
            servers.kill(number % SERVERS)

    load.run(meanwhile=kill)
    assert len(load.acknowledged) == REPORTS
    assert load.unanswered > REPORTS // BROKEN_LINES  # the kills cost answers too
    assert verdict(county_database.superuser_url, "keyed", load) == ALL_WELL
    # Sent once more, each is answered with the report that is there.
    again = load_over_http(servers, "keyed", 50, {"Authorization": f"Bearer {token}"})
    again.run()
    assert again.acknowledged == {n: load.acknowledged[n] for n in range(50)}
    assert verdict(county_database.superuser_url, "keyed", load) == ALL_WELL


def test_control_without_a_key_reports_are_found_twice(
    servers: Servers, county_database: FreshDatabase
) -> None:
    load = load_over_http(servers, "keyless", 100, None)
    load.run()
    found = verdict(county_database.superuser_url, "keyless", load)
    assert found.doubled
    assert found.lost == frozenset()


COUNTY = ("150221", "150221104", "150221104001", "150221104001001")
SQUARE = shapely.box(110.5, 40.5, 110.6, 40.6)


@pytest.fixture(scope="module")
def durable() -> Iterator[Path]:
    """A private cluster as the service runs it, with a county of a single grid."""
    directory = Path(tempfile.mkdtemp(prefix="wangge-faults-"))
    directory.chmod(0o755)
    var_dir = directory / "var"
    cluster = open_cluster(var_dir)
    urls = cluster.urls()
    migrate(urls.owner)
    owner = Database(make_engine(normalise_url(urls.owner)))
    with owner.transaction(SERVICE) as connection:
        make_county(connection)
    owner.close()
    yield var_dir
    cluster.close()
    remove_cluster(var_dir)
    shutil.rmtree(directory)


def make_county(connection: area_store.Connection) -> None:
    names = ("示例旗", "示例镇", "示例社区", "第一网格")
    levels = ("county", "township", "community", "grid")
    area_store.insert_areas(
        connection,
        [
            {
                "code": code,
                "level": level,
                "parent_code": parent,
                "name": name,
                "official_name": name,
                "kind": "community",
                "households": 0,
                "exclave": False,
            }
            for code, level, parent, name in zip(
                COUNTY, levels, (None, *COUNTY), names, strict=False
            )
        ],
    )
    area_store.insert_first_revision(
        connection,
        name="first",
        effective_at=datetime(2026, 1, 1, tzinfo=UTC),
        content_sha256="",
        note="",
        shapes=[(code, level, SQUARE) for code, level in zip(COUNTY, levels, strict=True)],
    )
    area_store.raise_revision(connection, "boundaries")


def load_in_process(database: Database, name: str, count: int) -> Load:
    keeper = Keeper(database)
    keeper.current()

    def send(number: int) -> str:
        now = datetime.now(UTC)
        draft = intake.Draft(
            channel="walk_in",
            text=words(name, number),
            category=None,
            position=Position(lon=110.55, lat=40.55, datum=Datum.CGCS2000, accuracy_m=5.0),
            address=None,
            occurred_at=now,
            reporter_name=None,
            reporter_phone=None,
            source_no=None,
            round=1,
        )
        key = [("caller:load", f"{name} {number}")]
        request = intake.Request(draft=draft, caller=None, keys=key, body_sha256="", now=now)
        return str(intake.take_in(database, keeper, SERVICE, request).body["id"])

    return Load(send, count)


def restart(var_dir: Path) -> None:
    """Start the database as soon as the last process of the killed one has gone."""
    deadline = time.monotonic() + MOST_S
    while True:
        try:
            open_cluster(var_dir).users.leave()
        except ClusterError:
            assert time.monotonic() < deadline, "the database does not start again"
            time.sleep(0.1)
        else:
            return


def background_writers(superuser_url: str) -> list[int]:
    """Find the processes that write the log and the pages for those who committed."""
    with direct(superuser_url) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE backend_type IN ('walwriter', 'background writer', 'checkpointer')"
        ).fetchall()
    return [int(row[0]) for row in rows]


def kill_database_under_load(var_dir: Path, name: str, *, forgetful: bool = False) -> Verdict:
    """Kill the database in the middle of a load, start it again, and see the load through.

    A forgetful one acknowledges before it writes. Its background writers stand still, else it
    would hang on the moment of the kill whether they had already written what was acknowledged.
    """
    options = "&options=-c%20synchronous_commit%3Doff" if forgetful else ""
    cluster = open_cluster(var_dir)  # one more of its users, so that it is found killed
    urls: ClusterUrls = cluster.urls()
    database = Database(make_engine(normalise_url(urls.app + options), pool_size=10))
    load = load_in_process(database, name, 200)
    halted = background_writers(urls.superuser) if forgetful else []
    for pid in halted:
        os.kill(pid, signal.SIGSTOP)

    def kill() -> None:
        load.wait_for(0.4)
        server = server_pid(cluster.place)
        assert server is not None
        for pid in (server, *halted):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: server_pid(cluster.place) is None, what="the end of the database")
        restart(var_dir)

    try:
        load.run(meanwhile=kill)
        assert load.unanswered
        assert len(load.acknowledged) == load.count
        return verdict(urls.superuser, name, load)
    finally:
        for pid in halted:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        database.close()
        cluster.close()


def test_the_database_may_be_killed_under_load(durable: Path) -> None:
    assert kill_database_under_load(durable, "durable") == ALL_WELL


def test_control_a_database_that_acknowledges_before_it_writes_is_found_out(durable: Path) -> None:
    assert kill_database_under_load(durable, "forgetful", forgetful=True).lost
