"""``wangge doctor`` and the exit codes that every command keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli.checks import State, check_assets, check_disk, check_packages, check_port
from api.cli.demo import write_credentials
from tests.commands import run_apart, run_here


def test_a_package_of_another_version_than_the_lock_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("typer==0.0.1 \\\n    --hash=sha256:00\nno-such-thing==1.0 \\\n")
    found = check_packages(lock)
    assert found.state is State.MISSING
    assert "instead of 0.0.1" in found.detail
    assert "no-such-thing missing" in found.detail


def test_a_package_for_other_machines_only_is_not_missed(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("no-such-thing==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n")
    assert check_packages(lock).state is State.OK


def test_a_browser_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    packages = {"": {}, "node_modules/leaflet": {"version": "1.9.4"}}
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": packages}))
    assert check_assets(tmp_path).detail == "leaflet"
    installed = tmp_path / "node_modules" / "leaflet"
    installed.mkdir(parents=True)
    (installed / "package.json").write_text('{"version": "1.9.3"}')
    assert check_assets(tmp_path).state is State.MISSING
    (installed / "package.json").write_text('{"version": "1.9.4"}')
    assert check_assets(tmp_path).state is State.OK


def test_room_is_measured_even_where_nothing_was_made_yet(tmp_path: Path) -> None:
    assert check_disk(tmp_path / "not" / "made" / "yet").state is State.OK


def test_a_taken_port_is_a_note_and_no_fault() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        found = check_port("127.0.0.1", other.getsockname()[1])
    assert found.state is State.NOTE
    assert "Choose another" in found.remedy


def test_the_doctor_exits_with_1_when_the_named_database_is_not_there() -> None:
    url = "postgresql://nobody:hidden@127.0.0.1:1/none"
    outcome = run_apart("doctor", "--json", DATABASE_URL=url)
    assert outcome.returncode == 1, outcome.stderr
    checks = {check["name"]: check for check in json.loads(outcome.stdout)}
    assert checks["database"]["state"] == "missing"
    assert checks["python"]["state"] == "ok"
    assert "hidden" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    "arguments", [("serve", "--port", "abc"), ("no-such-command",), ("serve", "--port", "70000")]
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert run_here(*arguments).returncode == 2


def test_a_refusal_exits_with_1_and_one_sentence(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.write_text("not a directory")
    outcome = run_here("init", WANGGE_VAR_DIR=str(var))
    assert outcome.returncode == 1
    assert "Traceback" not in outcome.stderr
    assert str(var) in outcome.stderr


def test_every_command_explains_itself() -> None:
    for command in ("init", "serve", "demo", "doctor", "cluster"):
        outcome = run_here(command, "--help")
        assert outcome.returncode == 0
        assert "Usage" in outcome.stdout


def test_demo_logins_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "demo-credentials.json"
    for password in ("one", "two"):
        logins = {"wall": {"username": "demo-wall", "password": password, "area": "150221"}}
        write_credentials(path, logins)
        assert json.loads(path.read_text("utf-8")) == logins
        assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in path.parent.iterdir()] == [path.name]
