"""Tests stand in the order of their folders, and one that is new ends nothing."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import FOLDERS, turn_of

TESTS = Path(__file__).resolve().parents[1]


def test_folders_have_their_turns_and_what_stands_elsewhere_comes_last() -> None:
    known = [TESTS / folder / "deep" / "test_one.py" for folder in FOLDERS]
    new = [TESTS / "new" / "test_one.py", TESTS / "test_one.py", TESTS.parent / "test_one.py"]
    last = len(FOLDERS)
    assert [turn_of(path) for path in [*known, *new]] == [*range(last), last, last, last]
