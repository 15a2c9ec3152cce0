"""What is sealed opens for its own report alone, with its own key alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from api.privacy.key_file import add_key, make_file, read_keys
from api.privacy.vault import Reporter, Sealed, Unreadable, Vault
from api.problems import Problem

TODAY = date(2026, 11, 21)
CALLER = Reporter("王某", "0000 123-4567")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "reporter-keys"
    make_file(path, TODAY)
    return path


def opened(vault: Vault, report_id: object, sealed: Sealed) -> Reporter:
    return vault.open(report_id, sealed.key_id, sealed.content)  # type: ignore[arg-type]


def test_what_is_sealed_opens_again_and_shows_nothing_meanwhile(path: Path) -> None:
    report_id, vault = uuid4(), Vault(path)
    sealed = vault.seal(report_id, CALLER)
    for part in ("王某", "0000 123-4567", "00001234567"):
        assert part.encode() not in sealed.content + (sealed.phone_tag or b"")
    assert opened(vault, report_id, sealed) == CALLER
    assert "王某" not in repr(CALLER)


def test_the_same_caller_is_sealed_to_other_bytes_each_time_and_to_the_same_length(
    path: Path,
) -> None:
    vault, report_id = Vault(path), uuid4()
    contents = {vault.seal(report_id, CALLER).content for _ in range(20)}
    assert len(contents) == 20
    contents |= {vault.seal(report_id, Reporter("王", None)).content}
    assert len({len(content) for content in contents}) == 1


def test_what_was_sealed_for_one_report_does_not_open_in_another(path: Path) -> None:
    vault = Vault(path)
    sealed = vault.seal(uuid4(), CALLER)
    with pytest.raises(Unreadable):
        opened(vault, uuid4(), sealed)


def test_a_changed_byte_anywhere_is_noticed(path: Path) -> None:
    vault, report_id = Vault(path), uuid4()
    sealed = vault.seal(report_id, CALLER)
    for place in (0, 12, len(sealed.content) - 1):
        content = bytearray(sealed.content)
        content[place] ^= 1
        with pytest.raises(Unreadable):
            vault.open(report_id, sealed.key_id, bytes(content))
    with pytest.raises(Unreadable):
        vault.open(report_id, sealed.key_id, b"")


def test_a_lost_key_is_named(path: Path, tmp_path: Path) -> None:
    report_id = uuid4()
    sealed = Vault(path).seal(report_id, CALLER)
    other = tmp_path / "other-keys"
    make_file(other, TODAY)
    for vault in (Vault(other), Vault(None), Vault(tmp_path / "nowhere")):
        with pytest.raises(Unreadable) as lost:
            opened(vault, report_id, sealed)
        assert lost.value.key_id == sealed.key_id


def test_without_keys_nothing_is_kept_in_the_open(tmp_path: Path) -> None:
    for vault in (Vault(None), Vault(tmp_path / "nowhere")):
        with pytest.raises(Problem) as refusal:
            vault.seal(uuid4(), CALLER)
        assert (refusal.value.slug, refusal.value.status) == ("reporter-keys-missing", 503)
        with pytest.raises(Problem):
            vault.request_hashes({"text": "路灯不亮"})
        assert vault.phone_tags("00001234567") == []


def test_a_new_key_seals_from_the_next_report_on_and_the_old_one_still_opens(path: Path) -> None:
    vault, report_id = Vault(path), uuid4()
    before = vault.seal(report_id, CALLER)
    key = add_key(path, TODAY)
    after = vault.seal(report_id, CALLER)
    assert (before.key_id != key.id, after.key_id) == (True, key.id)
    assert opened(vault, report_id, before) == opened(vault, report_id, after) == CALLER


def test_a_phone_is_found_under_old_and_new_keys_however_it_is_written(path: Path) -> None:
    vault = Vault(path)
    tags = {vault.seal(uuid4(), CALLER).phone_tag}
    add_key(path, TODAY)
    tags.add(vault.seal(uuid4(), CALLER).phone_tag)
    assert len(tags) == 2
    assert set(vault.phone_tags("+86 00001234567")) == tags
    assert not set(vault.phone_tags("00001234568")) & tags
    assert vault.seal(uuid4(), Reporter("王某", None)).phone_tag is None


def test_a_request_is_known_again_after_a_key_was_added(path: Path) -> None:
    vault = Vault(path)
    body = {"text": "路灯不亮", "reporter": {"name": "王某", "phone": "00001234567"}}
    (before,) = vault.request_hashes(body)
    add_key(path, TODAY)
    newest, older = vault.request_hashes(dict(reversed(body.items())))
    assert (older, newest != before) == (before, True)
    assert before not in vault.request_hashes({**body, "text": "水管破裂"})


class Heard(logging.Handler):
    """Keep what our loggers say, whatever else listens to them."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture
def heard() -> Iterator[list[str]]:
    ours, handler = logging.getLogger("wangge"), Heard()
    ours.addHandler(handler)
    yield handler.messages
    ours.removeHandler(handler)


def test_keys_last_read_are_used_on_while_the_file_is_away_and_the_log_says_so(
    path: Path, heard: list[str]
) -> None:
    vault, report_id = Vault(path), uuid4()
    sealed = vault.seal(report_id, CALLER)
    (key,) = read_keys(path)
    path.write_text("damaged", "utf-8")
    assert opened(vault, report_id, sealed) == CALLER
    path.unlink()
    assert vault.seal(report_id, CALLER).key_id == key.id
    assert vault.keys() == (key,)
    assert len(heard) == 2  # one for each trouble, not one for each caller
    assert all(key.line().split()[2] not in message for message in heard)
