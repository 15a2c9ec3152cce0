"""The processes of the service: replaced when they die, gone when the service goes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.cli.listening import reserve
from api.cli.refusal import Refused
from api.cli.supervisor import Supervisor
from api.settings import child_environment

# Stands in for the web server and the scheduler: writes its number down and waits.
LASTING_CHILD = textwrap.dedent(
    """
    import os, pathlib, sys, threading, time
    from api.cli.child import end_with_parent
    alive = int(sys.argv[sys.argv.index("--alive") + 1])
    threading.Thread(target=end_with_parent, args=(alive,), daemon=True).start()
    place = pathlib.Path(os.environ["WANGGE_TEST_PIDS"])
    (place / str(os.getpid())).write_text(sys.argv[1])
    time.sleep(300)
    """
)

SUPERVISING = textwrap.dedent(
    """
    import sys
    from api.cli.supervisor import Supervisor
    from api.settings import child_environment
    program = (sys.executable, "-c", sys.argv[1])
    with Supervisor([], environment=child_environment(), program=program) as service:
        service.watch()
    """
)


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """A supervisor keeps its handlers to the end, lest a second Ctrl-C interrupt the stopping."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def environment(pids: Path) -> dict[str, str]:
    return child_environment(WANGGE_TEST_PIDS=str(pids))


def listening() -> list[socket.socket]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return reserve("127.0.0.1", port, 2)


def running(pids: Path) -> dict[int, str]:
    """The children that are alive, with what each of them is."""
    found = {}
    for path in pids.iterdir():
        state = Path(f"/proc/{path.name}/stat")
        if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z":
            found[int(path.name)] = path.read_text()
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 20 s"
        time.sleep(0.02)


def test_a_dead_server_process_is_replaced_and_all_end_with_the_service(tmp_path: Path) -> None:
    program = (sys.executable, "-c", LASTING_CHILD)
    with Supervisor(listening(), environment=environment(tmp_path), program=program) as service:
        wait_until(lambda: sorted(running(tmp_path).values()) == ["scheduler", "web", "web"])
        victim = next(pid for pid, kind in running(tmp_path).items() if kind == "web")
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: victim not in running(tmp_path))
        service.watch(for_s=0.3)
        wait_until(lambda: sorted(running(tmp_path).values()) == ["scheduler", "web", "web"])
    assert running(tmp_path) == {}


def test_a_signal_ends_the_watch(tmp_path: Path) -> None:
    program = (sys.executable, "-c", LASTING_CHILD)
    with Supervisor([], environment=environment(tmp_path), program=program) as service:
        wait_until(lambda: list(running(tmp_path).values()) == ["scheduler"])
        os.kill(os.getpid(), signal.SIGTERM)
        service.watch()
        assert service.stopping
    assert running(tmp_path) == {}


def test_a_process_that_cannot_start_ends_the_service_with_a_reason(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    program = (sys.executable, "-S", "-c", "print('no such module'); raise SystemExit(3)")
    with (
        Supervisor([], environment=environment(tmp_path), program=program, log=log) as service,
        pytest.raises(Refused, match=r"does not stay up.*service\.log"),
    ):
        service.watch(for_s=20)
    assert "no such module" in log.read_text()


def test_no_child_survives_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    pids.mkdir()
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            SUPERVISING,
            LASTING_CHILD,
        ],
        env=environment(pids),
    )
    try:
        wait_until(lambda: list(running(pids).values()) == ["scheduler"])
    finally:
        parent.kill()
        parent.wait()
    wait_until(lambda: running(pids) == {})
