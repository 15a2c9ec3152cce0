"""Run a private PostGIS: made on first use, shared by whoever needs it, stopped by the last one.

The server listens on a unix socket in a closed directory only, never on TCP, so that directory is
the lock on the door and logins need no password. It runs in a session of its own: Ctrl-C reaches
the commands, not the database. A server that lost its commands (kill -9) is found and used again.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.db.cluster_databases import DATABASE, ClusterUrls, is_serving, prepare_server, urls_of
from api.db.cluster_home import SOCKET_PARENT, ClusterHome, Users, exclusive, make_home, place_of
from api.db.cluster_process import (
    end_ghost,
    first_number,
    release_stale_pid,
    server_pid,
    stop_server,
)
from api.db.postgres_programs import (
    ClusterError,
    Programs,
    ServerUser,
    find_programs,
    run_program,
    server_user,
    start_program,
)

START_S = 60.0
_LOG_LIMIT_BYTES = 8 * 2**20
_CONFIGURATION = """
# Written by wangge. Reached through the socket directory only.
listen_addresses = ''
max_connections = 200
max_wal_size = '512MB'
# Compiling a plan costs more than our short queries take.
jit = off
"""
_ACCESS = """# Written by wangge. Only this system user (and root) can reach the socket.
local all all trust
"""
_NOT_DURABLE = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
Say = Callable[[str], None]


@dataclass(slots=True)
class Cluster:
    """Hold a running private cluster and one membership among its users."""

    place: ClusterHome
    users: Users

    def urls(self, database: str = DATABASE) -> ClusterUrls:
        """Return the SQLAlchemy URLs of ``database`` for owner, application and superuser."""
        return urls_of(self.place, database)

    def close(self) -> bool:
        """Leave the cluster; stop the server and return True when nobody else uses it."""
        with exclusive(self.place):
            if not self.users.leave():
                return False
            stop_server(self.place)
        return True


def open_cluster(
    var_dir: Path, *, name: str = "cluster", durable: bool = True, say: Say | None = None
) -> Cluster:
    """Make, repair and start the cluster below ``var_dir`` as far as needed, and join its users.

    ``durable=False`` is for tests alone: what was written may be lost when the machine stops.
    Raises ClusterError with what is missing and what to do.
    """
    user = server_user()
    _make_var(var_dir)
    with exclusive(place_of(var_dir, name)):
        place = make_home(var_dir, name, user)
        users = Users(place)
        try:
            if not _is_running(place):
                _start(place, user, durable=durable, say=say or _silent)
            prepare_server(place)
        except BaseException:
            if users.leave():
                stop_server(place)
            raise
    return Cluster(place, users)


def stop_cluster(var_dir: Path, *, name: str = "cluster") -> bool:
    """Stop a server that lost its commands; say whether one was running.

    Raises ClusterError when a command still uses it.
    """
    place = place_of(var_dir, name)
    if not place.var_dir.is_dir():
        return False
    with exclusive(place):
        if not Users(place).leave():
            raise ClusterError("The database is in use: stop the running wangge commands first.")
        end_ghost(place)
        was_running = server_pid(place) is not None
        stop_server(place)
    return was_running


def remove_cluster(var_dir: Path, *, name: str = "cluster") -> Path | None:
    """Stop the server and delete its data for good; return the directory that was deleted."""
    stop_cluster(var_dir, name=name)
    place = place_of(var_dir, name)
    shutil.rmtree(place.socket_dir, ignore_errors=True)
    (place.var_dir / f"{name}.path").unlink(missing_ok=True)
    if not place.home.exists():
        return None
    shutil.rmtree(place.home)
    return place.home


@contextmanager
def temporary_cluster() -> Iterator[Cluster]:
    """Run a cluster for the length of the block and leave nothing of it. For tests.

    Not durable, and in a directory of its own that the server's user can reach whoever starts it.
    """
    directory = Path(tempfile.mkdtemp(prefix="wangge-temporary-", dir=SOCKET_PARENT))
    directory.chmod(0o755)
    try:
        cluster = open_cluster(directory / "var", durable=False)
        try:
            yield cluster
        finally:
            cluster.close()
    finally:
        remove_cluster(directory / "var")
        shutil.rmtree(directory)


def is_running(var_dir: Path, *, name: str = "cluster") -> bool:
    """Say whether the private server answers now; start nothing."""
    return is_serving(place_of(var_dir, name))


def _silent(_sentence: str) -> None:
    return


def _make_var(var_dir: Path) -> None:
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ClusterError(f"{var_dir} cannot be made: {error.strerror}.") from error


def _is_running(place: ClusterHome) -> bool:
    """Say whether our server serves, waiting while it replays its log after a crash."""
    end_ghost(place)
    deadline = time.monotonic() + START_S
    while server_pid(place) is not None:
        if is_serving(place):
            return True
        if time.monotonic() > deadline:
            raise ClusterError(f"PostgreSQL does not answer. {_last_words(place.log)}")
        time.sleep(0.05)
    return False


def _start(place: ClusterHome, user: ServerUser, *, durable: bool, say: Say) -> None:
    _clear_leftovers(place, say)
    major = first_number(place.data / "PG_VERSION")
    programs = find_programs(major=major)
    if major is None:
        say(f"Making a private PostgreSQL {programs.major} in {place.home}")
        _make_data(place, programs, user)
    if place.log.exists() and place.log.stat().st_size > _LOG_LIMIT_BYTES:
        place.log.replace(place.log.with_suffix(".log.1"))
    command = [programs.path("postgres"), "-D", str(place.data), "-k", str(place.socket_dir)]
    for setting in () if durable else _NOT_DURABLE:
        command += ["-c", setting]
    _wait_until_serving(place, start_program(command, user, place.log))


def _wait_until_serving(place: ClusterHome, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while not is_serving(place):
        if server.poll() is not None:
            raise ClusterError(f"PostgreSQL did not start. {_last_words(place.log)}")
        if time.monotonic() > deadline:
            raise ClusterError(
                f"PostgreSQL was not ready within {START_S:.0f} s. {_last_words(place.log)}"
            )
        time.sleep(0.03)


def _clear_leftovers(place: ClusterHome, say: Say) -> None:
    """Clear away what an interrupted or killed run left; nothing that could hold data is lost."""
    shutil.rmtree(place.home / "data.new", ignore_errors=True)
    if place.data.exists() and not (place.data / "global" / "pg_control").is_file():
        aside = _free_name(place.home / "data.broken")
        place.data.rename(aside)
        say(f"The database directory was incomplete; it is kept as {aside}, a new one is made")
    release_stale_pid(place)


def _make_data(place: ClusterHome, programs: Programs, user: ServerUser) -> None:
    """Build the data directory under another name, so that an interruption leaves no half of it."""
    new = place.home / "data.new"
    outcome = run_program(
        [
            programs.path("initdb"),
            *("-D", str(new), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"),
            *("--data-checksums", "--auth=trust"),
        ],
        user,
    )
    if outcome.returncode != 0:
        raise ClusterError(f"initdb failed:\n{outcome.stdout.strip()[-2000:]}")
    with (new / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(_CONFIGURATION)
    (new / "pg_hba.conf").write_text(_ACCESS, "utf-8")
    new.rename(place.data)


def _free_name(path: Path) -> Path:
    number = 1
    while (candidate := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    return candidate


def _last_words(log: Path) -> str:
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()[-8:]
    except OSError:
        return f"Nothing was written to {log}."
    return f"The end of {log}:\n" + "\n".join(lines)
