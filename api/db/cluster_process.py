"""Tell which process is the server of a cluster, and end it.

A process id alone proves nothing: after a restart of the machine it may belong to anybody. The
server's command line names its data directory, which the server of no other cluster does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from api.db.cluster_home import PORT, ClusterHome
from api.db.postgres_programs import ClusterError

STOP_S = 30.0
# Greater than any process id the kernel gives.
_NO_PROCESS = 2**31 - 2


def server_pid(place: ClusterHome) -> int | None:
    """Return the process id of the cluster's running server, or None."""
    return _checked(first_number(place.pid_file), place)


def ghost_pid(place: ClusterHome) -> int | None:
    """Return the id of a server that still runs although its data directory was deleted."""
    if server_pid(place) is not None:
        return None
    return _checked(first_number(_socket_lock(place)), place)


def stop_server(place: ClusterHome) -> None:
    """Shut the server down, gently first; return when its process is gone.

    Raises ClusterError when it survives even an immediate shutdown.
    """
    pid = server_pid(place)
    if pid is not None and not _end(pid, signal.SIGINT) and not _end(pid, signal.SIGQUIT):
        raise ClusterError(f"PostgreSQL (process {pid}) does not stop.")
    with contextlib.suppress(OSError):  # gone already, or somebody put a file into it
        place.socket_dir.rmdir()


def end_ghost(place: ClusterHome) -> None:
    """End at once a server whose data directory is gone: it has nothing left to save."""
    pid = ghost_pid(place)
    if pid is not None and not _end(pid, signal.SIGQUIT):
        raise ClusterError(f"PostgreSQL (process {pid}) lost its data and does not stop.")


def release_stale_pid(place: ClusterHome) -> None:
    """Free the lock files of a dead server whose number still counts as alive.

    Another process was given it since, or a killed server has not quite gone. PostgreSQL would
    refuse to start. With a number nobody can have it goes on to check its shared memory, which
    removing the file would skip.
    """
    for file in (place.pid_file, _socket_lock(place)):
        pid = first_number(file)
        if pid is None or not _is_alive(pid):
            continue
        lines = file.read_text("utf-8").split("\n")
        with file.open("r+", encoding="utf-8") as opened:
            opened.write("\n".join([str(_NO_PROCESS), *lines[1:]]))
            opened.truncate()


def first_number(path: Path) -> int | None:
    """Return the number on the first line of ``path``; None when there is none."""
    try:
        line = path.read_text("utf-8").split("\n", 1)[0].strip()
    except OSError:
        return None
    return int(line) if line.isdigit() else None


def _socket_lock(place: ClusterHome) -> Path:
    return place.socket_dir / f".s.PGSQL.{PORT}.lock"


def _checked(pid: int | None, place: ClusterHome) -> int | None:
    return pid if pid is not None and _serves(pid, place) else None


def _serves(pid: int, place: ClusterHome) -> bool:
    if not _is_alive(pid):
        return False
    if not Path("/proc/self").exists():  # not Linux: the lock file's word has to do
        return True
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(place.data) in arguments


def _end(pid: int, how: signal.Signals) -> bool:
    """Send the signal and wait; say whether the process is gone."""
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return True
    deadline = time.monotonic() + STOP_S
    while time.monotonic() < deadline:
        if not _is_alive(pid):
            return True
        time.sleep(0.02)
    return False


def _is_alive(pid: int) -> bool:
    try:
        # A child of ours that has ended stays in the process table until it is asked for.
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
