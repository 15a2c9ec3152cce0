"""Find PostgreSQL's programs with PostGIS beside them, and run them as a user they accept.

PostgreSQL can be installed without PostGIS, so what is looked for is the extension's control file.
PostgreSQL refuses to run as root, so root drops to ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# A fixed, small environment: PGDATA, PGPORT and their kin would redirect the programs.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
_BIN_PATTERNS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/local/pgsql/bin",
    "opt/homebrew/opt/postgresql@*/bin",
)
_NEEDED = ("initdb", "postgres")
# Kept so that Python does not complain about a child that outlives us: it is meant to.
_started: list[subprocess.Popen[bytes]] = []
THREE_WAYS_OUT = (
    "One of these helps:\n"
    "  1. sudo apt-get install postgresql-15-postgis-3   "
    "(or your system's package of the PostGIS server)\n"
    "  2. export DATABASE_URL=postgresql://user:password@host/name   "
    "to use a PostGIS that already runs\n"
    "  3. ask the administrator of this machine for one of the two"
)


class ClusterError(RuntimeError):
    """Refuse to start the private database, and say what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Hold where one version of PostgreSQL has its programs."""

    bin_dir: Path
    major: int

    def path(self, name: str) -> str:
        """Return the full path of the program ``name``."""
        return str(self.bin_dir / name)


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Hold the system user the server runs as; ``dropped`` when that is not ourselves."""

    uid: int
    gid: int
    name: str
    dropped: bool


def server_user() -> ServerUser:
    """Return ourselves, or for root the first of ``postgres`` and ``nobody`` that exists."""
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid(), str(os.geteuid()), dropped=False)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_uid, entry.pw_gid, name, dropped=True)
    raise ClusterError(
        "PostgreSQL refuses to run as root, and this system has neither a user postgres nor nobody."
        " Start as an ordinary user instead."
    )


def run_program(
    command: Sequence[str], user: ServerUser, *, timeout_s: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """Run ``command`` as ``user`` from ``/`` and return its outcome with both outputs joined."""
    return subprocess.run(  # noqa: S603 - our own program list, no shell
        list(command),
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=_ENVIRONMENT,
        umask=0o077,
        timeout=timeout_s,
        user=user.uid if user.dropped else None,
        group=user.gid if user.dropped else None,
        extra_groups=() if user.dropped else None,
    )


def start_program(command: Sequence[str], user: ServerUser, log: Path) -> subprocess.Popen[bytes]:
    """Start ``command`` as ``user`` in a session of its own, so that no Ctrl-C reaches it."""
    with log.open("ab") as output:
        if user.dropped:
            os.fchown(output.fileno(), user.uid, user.gid)
        server = subprocess.Popen(  # noqa: S603 - our own program list, no shell
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_ENVIRONMENT,
            umask=0o077,
            start_new_session=True,
            user=user.uid if user.dropped else None,
            group=user.gid if user.dropped else None,
            extra_groups=() if user.dropped else None,
        )
    _started.append(server)
    return server


def installed_programs(root: Path = Path("/")) -> list[Programs]:
    """List the PostgreSQL versions below ``root`` that have PostGIS, newest first."""
    found = {
        programs.bin_dir.resolve(): programs
        for bin_dir in _candidate_dirs(root)
        if (programs := _programs_in(bin_dir, root)) is not None
    }
    return sorted(found.values(), key=lambda programs: programs.major, reverse=True)


def find_programs(*, major: int | None = None, root: Path = Path("/")) -> Programs:
    """Return PostgreSQL with PostGIS, of version ``major`` when data of that version exist.

    Raises ClusterError with the three ways out when there is none.
    """
    installed = installed_programs(root)
    for programs in installed:
        if major is None or programs.major == major:
            return programs
    if major is not None and installed:
        raise ClusterError(
            f"The private database was made by PostgreSQL {major}, but PostGIS is installed only"
            f" for {', '.join(str(programs.major) for programs in installed)}.\n"
            f"Install it (sudo apt-get install postgresql-{major}-postgis-3), or start anew with"
            " `make clean-data`."
        )
    raise ClusterError(f"PostgreSQL with PostGIS is not installed.\n{THREE_WAYS_OUT}")


def _candidate_dirs(root: Path) -> Iterator[Path]:
    for pattern in _BIN_PATTERNS:
        yield from root.glob(pattern)
    if root == Path("/") and (pg_config := shutil.which("pg_config")):
        answer = _answer(pg_config, "--bindir")
        if answer:
            yield Path(answer)


def _programs_in(bin_dir: Path, root: Path) -> Programs | None:
    if not all((bin_dir / name).is_file() for name in _NEEDED):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", _answer(str(bin_dir / "postgres"), "--version"))
    if version is None:
        return None
    major = int(version.group(1))
    share_dirs = [root / f"usr/share/postgresql/{major}", bin_dir.parent / "share"]
    if (bin_dir / "pg_config").is_file():
        share_dirs.append(Path(_answer(str(bin_dir / "pg_config"), "--sharedir") or "/nonexistent"))
    if any((share / "extension" / "postgis.control").is_file() for share in share_dirs):
        return Programs(bin_dir, major)
    return None


def _answer(program: str, argument: str) -> str:
    try:
        outcome = subprocess.run(  # noqa: S603 - a PostgreSQL program and one fixed option
            [program, argument],
            check=False,
            capture_output=True,
            text=True,
            env=_ENVIRONMENT,
            timeout=10,
        )
    except OSError:
        return ""
    return outcome.stdout.strip() if outcome.returncode == 0 else ""
