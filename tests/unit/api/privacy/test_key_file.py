"""The key file: made once, for its owner alone, and a damaged line is noticed."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from api.privacy.key_file import BadKeyFile, add_key, make_file, new_key, read_keys

TODAY = date(2026, 11, 21)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "reporter-keys"


def test_a_file_is_made_once_and_for_its_owner_alone(path: Path) -> None:
    assert make_file(path, TODAY)
    first = read_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not make_file(path, TODAY)
    assert read_keys(path) == first
    assert list(path.parent.iterdir()) == [path]


def test_of_many_who_start_at_once_one_makes_the_key(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: make_file(path, TODAY), range(8)))
    assert sum(made) == 1
    assert len(read_keys(path)) == 1
    assert list(path.parent.iterdir()) == [path]


def test_a_key_that_is_added_comes_first_and_the_old_ones_stay(path: Path) -> None:
    make_file(path, TODAY)
    old = read_keys(path)
    added = add_key(path, TODAY)
    assert read_keys(path) == (added, *old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_neither_the_key_nor_its_id_shows_the_secret() -> None:
    key = new_key(TODAY)
    assert base64.b64encode(key.secret).decode() not in repr(key)
    assert key.secret.hex()[:8] != key.id


def _with_secret_of_another(path: Path) -> str:
    key, other = read_keys(path)[0], new_key(TODAY)
    return f"{key.id} {key.made_on} {base64.b64encode(other.secret).decode()}"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: "",
        lambda path: "# only a comment",
        lambda path: "0123abcd 2026-11-21",
        lambda path: f"0123abcd 2026-11-21 {'*' * 44}",
        lambda path: read_keys(path)[0].line()[:-8],
        lambda path: "\n".join([read_keys(path)[0].line()] * 2),
        _with_secret_of_another,
    ],
)
def test_a_damaged_file_is_refused_without_repeating_what_it_holds(
    path: Path, spoil: object
) -> None:
    make_file(path, TODAY)
    secret = read_keys(path)[0].line().split()[2]
    path.write_text(spoil(path), "utf-8")  # type: ignore[operator]
    with pytest.raises(BadKeyFile) as refusal:
        read_keys(path)
    assert str(path) in str(refusal.value)
    assert secret[:20] not in str(refusal.value)


def test_a_file_that_is_no_text_is_refused(path: Path) -> None:
    make_file(path, TODAY)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadKeyFile):
        read_keys(path)
