"""Choose where a private cluster keeps its data, its socket and its locks.

Data live in ``var/<name>``. When root starts the server and the server's user cannot reach that
directory (a checkout below a 0700 home), they live below ``/var/lib/wangge`` instead, and the file
``var/<name>.path`` says where. The socket lives in a short directory below ``/tmp``, because a
socket's path may have 107 bytes at most, however deep the checkout is.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.db.postgres_programs import ClusterError, ServerUser, run_program

SOCKET_PARENT = Path("/tmp")  # noqa: S108 - short by need; ownership and mode are checked below
FALLBACK_PARENT = Path("/var/lib/wangge")
PORT = 5432


@dataclass(frozen=True, slots=True)
class ClusterHome:
    """Hold every path of one private cluster."""

    var_dir: Path
    name: str
    home: Path
    socket_dir: Path

    @property
    def data(self) -> Path:
        """Return PostgreSQL's data directory."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """Return the file that holds what the server prints."""
        return self.home / "postgres.log"

    @property
    def pid_file(self) -> Path:
        """Return the file whose first line is the server's process id."""
        return self.data / "postmaster.pid"


def place_of(var_dir: Path, name: str) -> ClusterHome:
    """Return where the cluster ``name`` of ``var_dir`` is or would be; create nothing."""
    var_dir = var_dir.resolve()
    pointer = var_dir / f"{name}.path"
    digest = _digest(var_dir, name)
    home, elsewhere = var_dir / name, FALLBACK_PARENT / digest
    # A copied checkout brings its pointer along: only the one that names our own place counts.
    if pointer.is_file() and pointer.read_text("utf-8").strip() == str(elsewhere):
        home = elsewhere
    return ClusterHome(var_dir, name, home, SOCKET_PARENT / f"wangge-{digest}")


def make_home(var_dir: Path, name: str, user: ServerUser) -> ClusterHome:
    """Create the directories of the cluster ``name``, reachable for the server's ``user``.

    Raises ClusterError when a directory belongs to somebody else or cannot be made.
    """
    place = place_of(var_dir, name)
    try:
        place.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _hand_over(place.home, user)
        if not _reachable(place.home, user):
            place = _fall_back(place, user)
        _make_socket_dir(place.socket_dir, user)
    except PermissionError as error:
        raise ClusterError(
            f"No permission for {error.filename}: it belongs to another user. Start as that user,"
            " or make a checkout of your own."
        ) from error
    except OSError as error:
        raise ClusterError(f"{error.filename} cannot be used: {error.strerror}.") from error
    return place


@contextmanager
def exclusive(place: ClusterHome) -> Iterator[None]:
    """Let one process at a time start or stop the cluster; wait for the others."""
    descriptor = _open_lock(place.var_dir / f"{place.name}.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Users:
    """Count the processes that use a cluster: each holds a shared lock, gone when it dies."""

    def __init__(self, place: ClusterHome) -> None:
        """Join the users; call this while holding ``exclusive``."""
        self._descriptor = _open_lock(place.var_dir / f"{place.name}.users")
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Leave, and say whether nobody else is left; call this while holding ``exclusive``."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(self._descriptor)
        return True


def in_use(place: ClusterHome) -> bool:
    """Say whether any process uses the cluster now."""
    path = place.var_dir / f"{place.name}.users"
    if not path.exists():
        return False
    descriptor = _open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _digest(var_dir: Path, name: str) -> str:
    key = f"{os.geteuid()}:{var_dir}:{name}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(key).hexdigest()[:12]


def _open_lock(path: Path) -> int:
    # Read-only is enough for flock, and lets the lock file of another user be seen.
    try:
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except PermissionError as error:
        raise ClusterError(
            f"No permission for {path}: start as the user it belongs to, or make a checkout of"
            " your own."
        ) from error


def _hand_over(directory: Path, user: ServerUser) -> None:
    owner = directory.stat().st_uid
    if owner == user.uid:
        return
    if not user.dropped:
        raise PermissionError(13, "belongs to another user", str(directory))
    if owner not in (0, user.uid):
        raise ClusterError(
            f"{directory} belongs to user id {owner}. Start as that user (not as root), or make a"
            " checkout of your own."
        )
    os.chown(directory, user.uid, user.gid)


def _reachable(directory: Path, user: ServerUser) -> bool:
    if not user.dropped:
        return True
    return run_program(["test", "-w", str(directory)], user).returncode == 0


def _fall_back(place: ClusterHome, user: ServerUser) -> ClusterHome:
    home = FALLBACK_PARENT / _digest(place.var_dir, place.name)
    for directory in (FALLBACK_PARENT, home):
        directory.mkdir(parents=True, exist_ok=True, mode=0o755)
    FALLBACK_PARENT.chmod(0o755)
    home.chmod(0o700)
    _hand_over(home, user)
    if not _reachable(home, user):
        raise ClusterError(
            f"The database's user {user.name} can reach neither {place.home} nor {home}. Start as"
            " an ordinary user, or set DATABASE_URL."
        )
    if any(place.home.iterdir()):
        raise ClusterError(
            f"{place.home} holds a database that the user {user.name} cannot reach any more: a"
            " directory above it was closed. Open it for that user (chmod o+x), or start anew with"
            " `make clean-data`."
        )
    place.home.rmdir()
    (place.var_dir / f"{place.name}.path").write_text(f"{home}\n", "utf-8")
    return ClusterHome(place.var_dir, place.name, home, place.socket_dir)


def _make_socket_dir(directory: Path, user: ServerUser) -> None:
    try:
        directory.mkdir(mode=0o700)
        if user.dropped:
            os.chown(directory, user.uid, user.gid)
    except FileExistsError:
        # Anybody may create names in /tmp: what is there must be ours and closed to others.
        state = directory.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid not in (user.uid, os.geteuid()):
            raise ClusterError(
                f"{directory} was made by somebody else, so the database's socket cannot be put"
                " there safely. Remove it, or ask its owner to."
            ) from None
        directory.chmod(0o700)
        if user.dropped:
            os.chown(directory, user.uid, user.gid)
