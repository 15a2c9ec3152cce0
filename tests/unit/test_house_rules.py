"""Hold the rules of the house that no linter knows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("geo", "maps", "api")
MOST_LINES = 300
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "tools"}
# A lock file names what it needs, never where to fetch it.
REGISTRY = re.compile(r"https?://[^\s\"']*(pypi|npmjs|npmmirror|registry|/simple)", re.IGNORECASE)
LOCKS = ("requirements.txt", "requirements-dev.txt", "maps/assets/package-lock.json")


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((PROJECT / package).rglob("*.py"))]


def scripts() -> list[Path]:
    return sorted((PROJECT / "maps" / "assets" / "app").rglob("*.js"))


def test_no_module_is_longer_than_a_person_can_hold() -> None:
    assert len(scripts()) > 20
    read = [*modules(), *scripts()]
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in read}
    assert {str(path): n for path, n in lengths.items() if n > MOST_LINES} == {}


def test_no_module_is_a_drawer_for_everything() -> None:
    inside = [path.relative_to(PROJECT) for path in (*modules(), *scripts())]
    parts = {part for path in inside for part in (*path.parent.parts, path.stem)}
    assert parts & FORBIDDEN_NAMES == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_address_to_fetch_from(lock: str) -> None:
    text = (PROJECT / lock).read_text("utf-8")
    assert REGISTRY.search(text) is None
    assert '"resolved"' not in text
    assert "--index-url" not in text
    assert "--extra-index-url" not in text


@pytest.mark.parametrize("lock", LOCKS[:2])
def test_every_locked_python_package_has_a_hash(lock: str) -> None:
    text = (PROJECT / lock).read_text("utf-8").replace("\\\n", " ")
    pins = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert len(pins) > 20
    assert [line.split()[0] for line in pins if "--hash=sha256:" not in line] == []


def test_the_spatial_rules_run_without_a_web_server_or_a_database() -> None:
    probe = (
        "import pathlib, sys, geo, importlib, pkgutil\n"
        "for m in pkgutil.walk_packages(geo.__path__, 'geo.'): importlib.import_module(m.name)\n"
        "bad = {'fastapi', 'sqlalchemy', 'psycopg', 'folium', 'pydantic'} & set(sys.modules)\n"
        "print(pathlib.Path(geo.__file__).resolve()); sys.exit(bool(bad))\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    assert outcome.returncode == 0, outcome.stderr
    # Distributions named geo exist elsewhere; ours must be the one that is imported.
    assert outcome.stdout.strip() == str(PROJECT / "geo" / "__init__.py")
