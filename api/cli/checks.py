"""Check one thing each that the service needs; ``wangge doctor`` prints them.

Nothing here starts, installs or changes anything.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

import geo
from api.cli.listening import reserve
from api.cli.refusal import Refused
from api.db.cluster import is_running
from api.db.cluster_databases import urls_of
from api.db.cluster_home import place_of
from api.db.database_state import look_at
from api.db.migrate import current_revision, head_revision
from api.db.postgres_programs import ClusterError, find_programs
from api.privacy.key_file import BadKeyFile, read_keys
from api.settings import PROJECT_DIR, Settings

_LEAST_FREE_BYTES = 2**30
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)([^\\]*)")


class State(StrEnum):
    """Say how a check ended: ``missing`` alone makes the doctor's exit code 1."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """Hold the outcome of one check, and what to do about it."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def all_checks(settings: Settings) -> Iterator[Check]:
    """Yield every check in the order in which things are needed."""
    yield check_python()
    yield check_packages(PROJECT_DIR / "requirements.txt")
    yield check_assets(settings.assets_dir)
    yield check_disk(settings.var_dir)
    if settings.database_url is None:
        yield check_programs()
        yield check_cluster(settings.var_dir)
        if is_running(settings.var_dir):
            yield from check_database(urls_of(place_of(settings.var_dir, "cluster")).owner)
    else:
        yield from check_database(settings.database_url.get_secret_value())
    yield check_reporter_keys(settings.reporter_key_file)
    yield check_port(settings.host, settings.port)
    yield from check_test_programs()


def check_python() -> Check:
    """Check that this Python is new enough and runs this checkout's code, not a namesake."""
    version = ".".join(map(str, sys.version_info[:3]))
    source = Path(geo.__file__).resolve()
    if not source.is_relative_to(PROJECT_DIR):
        return Check("python", State.MISSING, f"{version}, but geo is {source}", "make demo")
    return Check("python", State.OK, f"{version} in {sys.prefix}")


def check_packages(lock: Path) -> Check:
    """Compare the installed packages with the lock file."""
    wrong = []
    for name, wanted, marker in _pins(lock):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            if not marker:  # a pin with a condition may not apply to this machine
                wrong.append(f"{name} missing")
            continue
        if found != wanted:
            wrong.append(f"{name} {found} instead of {wanted}")
    if wrong:
        return Check("packages", State.MISSING, ", ".join(wrong[:5]), "make demo")
    return Check("packages", State.OK, f"as in {lock.name}")


def check_assets(assets_dir: Path) -> Check:
    """Check that the locked browser packages are installed."""
    lock = assets_dir / "package-lock.json"
    try:
        packages = json.loads(lock.read_text("utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        return Check("browser packages", State.MISSING, f"{lock} is unreadable", "git checkout")
    wrong = []
    for path, entry in packages.items():
        if not path:
            continue
        try:
            found = json.loads((assets_dir / path / "package.json").read_text("utf-8"))["version"]
        except (OSError, ValueError, KeyError):
            found = None
        if found != entry["version"]:
            wrong.append(path.removeprefix("node_modules/"))
    if wrong:
        return Check("browser packages", State.MISSING, ", ".join(wrong), "make demo")
    return Check("browser packages", State.OK, f"{len(packages) - 1} as in {lock.name}")


def check_disk(var_dir: Path) -> Check:
    """Check that there is room for the database."""
    there = next(path for path in (var_dir, *var_dir.parents) if path.exists())
    free = shutil.disk_usage(there).free
    detail = f"{free / 2**30:.1f} GiB free for {var_dir}"
    if free < _LEAST_FREE_BYTES:
        return Check("disk", State.MISSING, detail, "make room, or set WANGGE_VAR_DIR elsewhere")
    return Check("disk", State.OK, detail)


def check_programs() -> Check:
    """Check that PostgreSQL with PostGIS is installed."""
    try:
        programs = find_programs()
    except ClusterError as error:
        return Check("postgis", State.MISSING, *str(error).split("\n", 1))
    return Check("postgis", State.OK, f"PostgreSQL {programs.major} in {programs.bin_dir}")


def check_cluster(var_dir: Path) -> Check:
    """Say where the private database is and whether it runs."""
    place = place_of(var_dir, "cluster")
    where = str(place.home)
    if not place.home.is_relative_to(place.var_dir):
        where += " (the database's user cannot reach the checkout)"
    try:
        if is_running(var_dir):
            return Check("private database", State.OK, f"runs in {where}")
        exists = place.home.exists()
    except OSError as error:
        return Check("private database", State.MISSING, str(error), "start as its owner")
    if exists:
        return Check("private database", State.OK, f"stopped, in {where}; it starts when needed")
    return Check("private database", State.NOTE, "not made yet", "make demo, or wangge init")


def check_reporter_keys(path: Path) -> Check:
    """Check that the keys of reporters' names can be read, by the service's user alone."""
    name = "reporters' keys"
    try:
        keys = read_keys(path)
        open_to_others = path.stat().st_mode & 0o077
    except FileNotFoundError:
        remedy = "put it back if there was one; the first start makes one"
        return Check(name, State.NOTE, f"no file {path}", remedy)
    except (OSError, BadKeyFile) as error:
        return Check(name, State.MISSING, str(error), "put a copy of the file back")
    if open_to_others:
        return Check(name, State.NOTE, f"others may read {path}", f"chmod 600 {path}")
    return Check(name, State.OK, f"{len(keys)} in {path}, the newest of {keys[0].made_on}")


def check_database(url: str) -> Iterator[Check]:
    """Check that the database answers, has PostGIS, and which schema and county it holds."""
    try:
        state = look_at(url)
    except ClusterError as error:
        yield Check("database", State.MISSING, str(error), "check DATABASE_URL and the server")
        return
    if state.missing_extensions:
        lacking = ", ".join(state.missing_extensions)
        yield Check("database", State.MISSING, f"lacks {lacking}", "wangge init")
    else:
        yield Check("database", State.OK, f"PostgreSQL {state.server_version} with PostGIS")
    found, wanted = current_revision(url), head_revision()
    if found == wanted:
        yield Check("schema", State.OK, wanted)
    else:
        yield Check("schema", State.MISSING, f"{found or 'none'}, not {wanted}", "wangge init")
    if state.grids:
        yield Check("county", State.OK, f"{state.grids} grids")
    else:
        yield Check("county", State.NOTE, "no grids yet", "wangge init --demo")


def check_port(host: str, port: int) -> Check:
    """Check that the pages can be served where the settings say."""
    try:
        for listener in reserve(host, port, 1):
            listener.close()
    except Refused as refusal:
        return Check("port", State.NOTE, *str(refusal).split(". ", 1))
    return Check("port", State.OK, f"{host}:{port} is free")


def check_test_programs() -> Iterator[Check]:
    """Look for what only tests and benchmarks need; their lack is no fault."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    if browser:
        yield Check("browser (tests)", State.OK, browser)
    else:
        yield Check("browser (tests)", State.NOTE, "no chromium", "make test installs it")
    if _has_chinese_font():
        yield Check("Chinese font (tests)", State.OK, "there")
    else:
        yield Check("Chinese font (tests)", State.NOTE, "none", "make test installs one")


def _has_chinese_font() -> bool:
    program = shutil.which("fc-list")
    if program is None:
        return False
    outcome = subprocess.run(  # noqa: S603 - one fixed query
        [program, ":lang=zh-cn", "family"], check=False, capture_output=True, timeout=30
    )
    return bool(outcome.stdout.strip())


def _pins(lock: Path) -> Iterator[tuple[str, str, str]]:
    for line in lock.read_text("utf-8").splitlines():
        if match := _PIN.match(line):
            yield match[1], match[2], match[3].strip(" ;")
