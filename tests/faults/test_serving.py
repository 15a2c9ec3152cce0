"""``wangge serve`` against a named database: it starts, says what is wrong, and goes entirely."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.settings import child_environment

READY_S = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(database: Any, port: int) -> Iterator[subprocess.Popen[str]]:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # In the background of a shell Ctrl-C is ignored, and the service would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", "serve", "--port", str(port)],
        env=child_environment(
            DATABASE_URL=database.owner_url, WANGGE_APP_DATABASE_URL=database.app_url
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def status_of(port: int) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def wait_until_ready(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + READY_S
    while status_of(port) != 200:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def descendants(pid: int) -> set[int]:
    """The children of ``pid`` and theirs."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == pid:
                found |= {int(entry.name)} | descendants(int(entry.name))
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


def test_it_serves_refuses_a_second_on_its_port_and_leaves_no_process(county_database: Any) -> None:
    port = free_port()
    with serving(county_database, port) as first:
        wait_until_ready(port, first)
        children = descendants(first.pid)
        assert len(children) >= 3  # two web servers and the scheduler
        with serving(county_database, port) as second:
            output, _ = second.communicate(timeout=30)
            assert second.returncode == 1
            assert f"Port {port} on 127.0.0.1 is taken" in output
        assert status_of(port) == 200
        os.kill(first.pid, signal.SIGINT)
        output, _ = first.communicate(timeout=30)
        assert first.returncode == 0, output
        assert alive(children) == set()
    assert status_of(port) is None


def test_its_processes_end_when_it_is_killed(county_database: Any) -> None:
    port = free_port()
    with serving(county_database, port) as process:
        wait_until_ready(port, process)
        children = descendants(process.pid)
        process.kill()
        deadline = time.monotonic() + 15
        while alive(children):
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture
def bare_database(cluster: Any) -> Iterator[Any]:
    from api.db.cluster_databases import create_database, drop_database

    create_database(cluster.place, "bare")
    urls = cluster.urls("bare")
    yield type("Bare", (), {"owner_url": urls.owner, "app_url": urls.app})
    drop_database(cluster.place, "bare")


def test_a_database_without_the_schema_is_not_changed_but_refused(bare_database: Any) -> None:
    with serving(bare_database, free_port()) as process:
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "Run wangge init first" in output
    assert "Traceback" not in output


def test_a_database_that_is_not_there_is_refused_without_its_password() -> None:
    class Nowhere:
        owner_url = f"postgresql://somebody:verysecret@127.0.0.1:{free_port()}/nothing"
        app_url = owner_url

    with serving(Nowhere, free_port()) as process:
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "cannot be used" in output
    assert "verysecret" not in output
    assert "Traceback" not in output
