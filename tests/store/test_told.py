"""A publication that its commit tells is in force without a question, and only that one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from api.db import news_store
from api.db.area_store import RevisionRow, read_boundary_revisions
from api.db.engine import SERVICE, Database, make_engine, normalise_url
from api.db.told_store import CHANNEL, content_of, shapes_sha256
from api.knowledge import Keeper
from api.knowledge_told import tell_with_commit
from api.privacy.key_file import make_file
from api.privacy.vault import Vault
from tests.conftest import FreshDatabase
from tests.store.publishing import assert_same, exchange, exchange_grids, shapes_of_exchange
from tests.store.rows import direct
from tests.store.waiting import MOST_S

FIRST, SECOND, THIRD = "150221104200001", "150221104200002", "150221104200003"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    path: Path = tmp_path_factory.mktemp("keys") / "keys"
    make_file(path, date(2026, 11, 21))
    return Vault(path)


@pytest.fixture(scope="module")
def serving(county_database: FreshDatabase) -> Iterator[Database]:
    database = Database(make_engine(normalise_url(county_database.app_url)))
    yield database
    database.close()


@pytest.fixture(scope="module")
def owner(county_database: FreshDatabase) -> Iterator[Database]:
    database = Database(make_engine(normalise_url(county_database.owner_url)))
    yield database
    database.close()


@dataclass(frozen=True)
class Publisher:
    """Publish as the owner of the tables, and hear what is told of it."""

    owner: Database
    ear: psycopg.Connection[tuple[object, ...]]

    def publish(
        self, keeper: Keeper, one: str, other: str, *, name: str, commits: bool = True
    ) -> None:
        """Let two grids exchange their shapes now, and tell it as ``keeper`` knows it."""
        at = datetime.now(UTC)
        try:
            with self.owner.transaction(SERVICE) as connection:
                before = read_boundary_revisions(connection)
                driver: Any = connection.connection.dbapi_connection
                exchange_grids(driver, one, other, name=name, at=at)
                tell_with_commit(connection, keeper.current().vault, before, at)
                if not commits:
                    raise InterruptedError
        except InterruptedError:
            return

    def heard(self) -> str:
        (told,) = self.ear.notifies(timeout=MOST_S, stop_after=1)
        return told.payload

    def assert_nothing_told(self) -> None:
        """Say something and hear it first: announcements come in the order of their commits."""
        with self.owner.transaction(SERVICE) as connection:
            connection.execute(text(f"NOTIFY {CHANNEL}, 'said afterwards'"))
        assert self.heard() == "said afterwards"


@pytest.fixture
def publisher(county_database: FreshDatabase, owner: Database) -> Iterator[Publisher]:
    with direct(county_database.app_url) as connection:
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}")
        yield Publisher(owner, connection)


@pytest.fixture
def running(serving: Database, vault: Vault) -> Keeper:
    keeper = Keeper(serving, vault=vault)
    keeper.current()
    return keeper


def patched(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    monkeypatch.setattr(news_store, "_NEWS", text(statement))


def test_what_a_commit_tells_is_in_force_without_a_question(
    publisher: Publisher,
    serving: Database,
    running: Keeper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = running.current()
    assert running.prepare(shapes_of_exchange(serving, FIRST, SECOND))
    publisher.publish(running, FIRST, SECOND, name="told-1")
    payload = publisher.heard()
    with monkeypatch.context() as patch:
        patched(patch, "SELECT 1 / 0")
        assert running.take_in(payload)
    after = running.current()
    assert after.boundary_revisions[-1].name == "told-1"
    # Whoever asks the database afterwards, as all do, finds nothing new.
    assert running.refresh() is after
    assert before.boundary_revisions[-1].name != "told-1"
    assert_same(running, Keeper(serving), datetime.now(UTC))
    # The same announcement again is no other publication.
    assert not running.take_in(payload)
    assert running.current() is after


def test_a_publication_that_is_not_committed_tells_nothing(
    publisher: Publisher,
    serving: Database,
    running: Keeper,
) -> None:
    before = running.current()
    assert running.prepare(shapes_of_exchange(serving, FIRST, SECOND))
    publisher.publish(running, FIRST, SECOND, name="told-never", commits=False)
    publisher.assert_nothing_told()
    assert running.refresh() is before


def test_who_has_not_prepared_just_these_shapes_asks_the_database(
    publisher: Publisher,
    serving: Database,
    running: Keeper,
) -> None:
    before = running.current()
    # Nothing, then two grids of which only one is what was stored.
    publisher.publish(running, FIRST, SECOND, name="told-2")
    payload = publisher.heard()
    assert not running.take_in(payload)
    exchanged = {**shapes_of_exchange(serving, FIRST, SECOND)}
    exchanged[SECOND] = shapes_of_exchange(serving, FIRST, THIRD)[FIRST]
    assert running.prepare(exchanged)
    assert not running.take_in(payload)
    assert running.current() is before
    assert running.refresh().boundary_revisions[-1].name == "told-2"
    assert_same(running, Keeper(serving), datetime.now(UTC))


def test_who_holds_another_key_asks_the_database(
    publisher: Publisher,
    serving: Database,
    running: Keeper,
    tmp_path: Path,
) -> None:
    make_file(tmp_path / "others", date(2026, 11, 21))
    stranger = Keeper(serving, vault=Vault(tmp_path / "others"))
    stranger.current()
    shapes = shapes_of_exchange(serving, FIRST, SECOND)
    assert running.prepare(shapes)
    assert stranger.prepare(shapes)
    publisher.publish(running, FIRST, SECOND, name="told-3")
    payload = publisher.heard()
    assert not stranger.take_in(payload)
    assert running.take_in(payload)
    stranger.refresh()
    assert_same(stranger, running, datetime.now(UTC))


def test_who_lacks_what_went_before_asks_the_database(
    county_database: FreshDatabase,
    publisher: Publisher,
    serving: Database,
    running: Keeper,
    vault: Vault,
) -> None:
    behind = Keeper(serving, vault=vault)
    behind.current()
    at = datetime.now(UTC)
    exchange(county_database, SECOND, THIRD, name="told-4", at=at - timedelta(seconds=1))
    running.refresh()
    shapes = shapes_of_exchange(serving, FIRST, SECOND)
    assert behind.prepare(shapes)
    publisher.publish(running, FIRST, SECOND, name="told-5")
    payload = publisher.heard()
    assert not behind.take_in(payload)
    behind.refresh()
    assert_same(behind, Keeper(serving), datetime.now(UTC))


def test_who_has_another_roster_asks_the_database(
    county_database: FreshDatabase,
    publisher: Publisher,
    serving: Database,
    running: Keeper,
) -> None:
    assert running.prepare(shapes_of_exchange(serving, FIRST, SECOND))
    with direct(county_database.owner_url) as connection, connection.transaction():
        connection.execute(
            "INSERT INTO revisions (kind, number) VALUES ('roster', 1)"
            " ON CONFLICT (kind) DO UPDATE SET number = revisions.number + 1"
        )
    publisher.publish(running, FIRST, SECOND, name="told-6")
    payload = publisher.heard()
    assert not running.take_in(payload)
    assert running.refresh().revisions == Keeper(serving).current().revisions


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        pytest.param("SELECT 1 / 0", "told-7", id="an-error"),
        pytest.param("SELECT pg_sleep(60)", "told-8", id="too-long"),
    ],
)
def test_a_publication_does_not_fail_with_what_it_cannot_tell(
    statement: str,
    name: str,
    publisher: Publisher,
    serving: Database,
    running: Keeper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patched(patch, statement)
        publisher.publish(running, FIRST, SECOND, name=name)
    publisher.assert_nothing_told()
    assert running.refresh().boundary_revisions[-1].name == name
    assert_same(running, Keeper(serving), datetime.now(UTC))


def test_the_patience_of_a_publication_is_its_own_again_after_telling(
    owner: Database, running: Keeper
) -> None:
    asked = text("SELECT current_setting('statement_timeout')")
    with owner.transaction(SERVICE) as connection:
        before = connection.execute(asked).scalar_one()
        known = running.current()
        assert news_store.try_news(connection, known.boundary_revisions[-1].effective_at, ())
        assert connection.execute(asked).scalar_one() == before


def test_what_was_told_and_is_not_stored_is_found_out_and_kept_nowhere(
    serving: Database, running: Keeper, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As of another database with the same keys, of which this one is a copy.
    before, now = running.current(), datetime.now(UTC)
    shapes = shapes_of_exchange(serving, FIRST, SECOND)
    assert running.prepare(shapes)
    foreign = RevisionRow("told-elsewhere", now, "")
    with serving.read_once() as connection:
        news = news_store.read_news(connection, before.boundary_revisions[-1].effective_at)
    assert news is not None
    news = replace(
        news,
        numbers={**news.numbers, "boundaries": news.numbers["boundaries"] + 1},
        count=news.count + 1,
        later=(foreign,),
        revision=foreign,
    )
    base = before.boundary_revisions[-1].name
    content = content_of(base, (), shapes_sha256(shapes), news)
    kept: list[object] = []
    monkeypatch.setattr(running._maps, "keep", lambda *about: kept.append(about))
    assert running.take_in(f"{vault.tag_of(content)} {content.decode()}")
    assert running.current().boundary_revisions[-1] == foreign
    # Nothing more is believed before that is known to be true.
    assert not running.take_in(f"{vault.tag_of(content)} {content.decode()}")
    after = running.refresh()
    assert after.boundary_revisions == before.boundary_revisions
    assert_same(running, Keeper(serving), datetime.now(UTC))
    assert kept == []
