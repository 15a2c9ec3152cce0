"""What a commit tells of itself arrives as it was, and is believed only from who holds the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from api import knowledge_told
from api.db import told_store
from api.db.area_store import AreaRow, RevisionRow
from api.db.news_store import News
from api.db.outbox_store import CHANNELS
from api.db.told_store import content_of, shapes_sha256
from api.knowledge_told import Believed, Told, read_told
from api.privacy.key_file import make_file
from api.privacy.vault import Vault

AT = datetime(2026, 11, 21, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
FIRST, SECOND = "150221104200001", "150221104200002"
NEXT = RevisionRow("r2", AT, "调整\n“示意”")
LATER = RevisionRow("r3", AT + timedelta(days=3), "")
AREA = AreaRow(FIRST, "grid", FIRST[:12], "示意第一网格", "示意第一网格", "town", 300, False)
NEWS = News(
    numbers={"boundaries": 7, "roster": 2},
    count=3,
    later=(NEXT, LATER),
    revision=NEXT,
    shapes={FIRST: b"\x01\x02", SECOND: None},
    areas=(AREA,),
)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    make_file(tmp_path / "keys", date(2026, 11, 21))
    return Vault(tmp_path / "keys")


def payload_of(vault: Vault, news: News = NEWS, coming: Sequence[str] = ("r9",)) -> str:
    content = content_of("r1", coming, shapes_sha256(news.shapes), news)
    return f"{vault.tag_of(content)} {content.decode()}"


def test_what_is_told_is_read_as_it_was_but_for_its_shapes(vault: Vault) -> None:
    told = read_told(payload_of(vault), vault)
    assert told is not None
    assert (told.base, told.coming) == ("r1", ("r9",))
    assert told.shapes_sha256 == shapes_sha256({SECOND: None, FIRST: b"\x01\x02"})
    assert told.news.shapes == {}
    for name in ("numbers", "count", "later", "revision", "areas"):
        assert getattr(told.news, name) == getattr(NEWS, name), name
    assert CHANNELS[told_store.CHANNEL].fullmatch(payload_of(vault))


def test_nobody_is_believed_who_does_not_hold_the_key(vault: Vault, tmp_path: Path) -> None:
    make_file(tmp_path / "others", date(2026, 11, 21))
    payload = payload_of(vault)
    other = payload_of(Vault(tmp_path / "others"))
    assert other != payload
    changed = payload.replace("示意第一网格", "示意第二网格")
    for forged in (other, changed, payload[1:], payload[65:], f"{'0' * 64} {payload[65:]}", ""):
        assert read_told(forged, vault) is None, forged[:70]
    # Without keys nobody tells, and nobody believes.
    assert Vault().tag_of(b"") is None
    assert read_told(payload, Vault()) is None


@pytest.mark.parametrize(
    "other",
    [
        {FIRST: b"\x01\x03", SECOND: None},
        {FIRST: b"\x01\x02"},
        {FIRST: b"\x01\x02", SECOND: b""},
        {FIRST: None, SECOND: b"\x01\x02"},
        {f'{FIRST}","x"],["{SECOND}': None},
        {f"{FIRST} -1 {SECOND}": None},
    ],
    ids=["a-byte", "one-fewer", "empty-for-ended", "exchanged", "two-in-one", "in-one-word"],
)
def test_other_shapes_have_another_hash(other: dict[str, bytes | None]) -> None:
    assert shapes_sha256(other) != shapes_sha256(NEWS.shapes)


def test_what_was_believed_is_what_the_database_says() -> None:
    believed = Believed(AT, ("r9",), NEWS)
    other = replace(AREA, code=SECOND)
    two = replace(NEWS, areas=(AREA, other))
    assert Believed(AT, ("r9",), two).is_stored(replace(two, areas=(other, AREA)))
    # More has happened since: areas may have other names, shapes are those of that revision.
    more = replace(NEWS, numbers={"boundaries": 8, "roster": 2, "places": 1}, areas=(other,))
    assert believed.is_stored(more)
    for stored in (
        None,
        replace(NEWS, areas=(other,)),
        replace(NEWS, later=(NEXT,)),
        replace(NEWS, shapes={FIRST: b"\x01\x02"}),
        replace(NEWS, revision=LATER),
        replace(NEWS, revision=None),
        replace(NEWS, numbers={"boundaries": 6, "roster": 2}),
        replace(more, shapes={}),
        replace(more, numbers={"boundaries": 8}),
    ):
        assert not believed.is_stored(stored)


def test_what_is_told_follows_only_on_what_it_was_told_of() -> None:
    told = Told("r1", ("r9",), "", NEWS)
    r0, r1, r9 = (RevisionRow(name, AT, "") for name in ("r0", "r1", "r9"))
    assert told.follows([r0, r1], [r0, r1, r9])
    assert not told.follows([r0], [r0, r9])
    assert not told.follows([r0, r1], [r0, r1])
    assert not told.follows([r0, r1, r9], [r0, r1, r9])
    assert not told.follows([], [r9])


class Transaction:
    """Stand for a connection: keep what is announced."""

    def __init__(self) -> None:
        self.payloads: list[str] = []

    def execute(self, _statement: Any, values: dict[str, str]) -> None:
        self.payloads.append(values["payload"])


def told_by(vault: Vault, news: News | None, monkeypatch: Any) -> list[str]:
    asked: list[Any] = []

    def try_news(_connection: Any, since: datetime, coming: Sequence[str]) -> News | None:
        asked.append((since, coming))
        return news

    monkeypatch.setattr(knowledge_told, "try_news", try_news)
    begun = RevisionRow("r1", datetime(2026, 1, 1, tzinfo=UTC), "")
    before = (begun, RevisionRow("r9", LATER.effective_at, ""))
    connection: Any = Transaction()
    knowledge_told.tell_with_commit(connection, vault, before, AT)
    assert asked == [(begun.effective_at, ("r9",))]
    payloads: list[str] = connection.payloads
    return payloads


def test_a_publication_tells_what_it_read_in_its_own_transaction(
    vault: Vault, monkeypatch: Any
) -> None:
    assert told_by(vault, NEWS, monkeypatch) == [payload_of(vault)]


def test_what_could_not_be_read_or_is_too_long_or_no_news_is_not_told(
    vault: Vault, monkeypatch: Any
) -> None:
    long = News(NEWS.numbers, 3, NEWS.later, NEXT, NEWS.shapes, (AREA,) * 100)
    nothing = News(NEWS.numbers, 3, (), None, {}, ())
    for news in (None, long, nothing):
        assert told_by(vault, news, monkeypatch) == []
    assert told_by(Vault(), NEWS, monkeypatch) == []
