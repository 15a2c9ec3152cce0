"""The doctor says whether the keys of reporters' names are there, whole and private."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from api.cli.checks import State, check_reporter_keys
from api.privacy.key_file import make_file, read_keys


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "reporter-keys"
    make_file(path, date(2026, 11, 21))
    return path


def test_a_whole_and_private_file_is_well(path: Path) -> None:
    check = check_reporter_keys(path)
    assert (check.state, "2026-11-21" in check.detail) == (State.OK, True)
    assert read_keys(path)[0].line().split()[2] not in check.detail


def test_a_file_that_others_may_read_is_worth_a_note(path: Path) -> None:
    path.chmod(0o640)
    check = check_reporter_keys(path)
    assert (check.state, check.remedy) == (State.NOTE, f"chmod 600 {path}")


def test_no_file_yet_is_a_note_and_a_damaged_one_is_not_well(path: Path, tmp_path: Path) -> None:
    assert check_reporter_keys(tmp_path / "nowhere").state is State.NOTE
    path.write_text("damaged", "utf-8")
    assert check_reporter_keys(path).state is State.MISSING
