"""Maps that are made from the one before are those that a process reads whole."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Any

import pytest
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from api.db import news_store
from api.db.engine import Database, make_engine, normalise_url
from api.db.faults import DatabaseUnavailable
from api.knowledge import Keeper, Knowledge
from geo.errors import CoverageError
from geo.locate.index import GridIndex
from tests.conftest import FreshDatabase
from tests.store.publishing import (
    assert_same,
    exchange,
    exchange_grids,
    shapes_of_exchange,
    stored_shapes,
    withdraw,
)
from tests.store.rows import direct
from tests.store.waiting import MOST_S

FIRST, SECOND, THIRD = "150221104200001", "150221104200002", "150221104200003"


@pytest.fixture(scope="module")
def serving(county_database: FreshDatabase) -> Iterator[Database]:
    database = Database(make_engine(normalise_url(county_database.app_url)))
    yield database
    database.close()


def test_a_running_process_holds_what_a_starting_one_reads_after_each_publication(
    county_database: FreshDatabase, serving: Database
) -> None:
    running, slow = Keeper(serving), Keeper(serving)
    running.current()
    slow.current()
    now = datetime.now(UTC)
    before = running.map_at(running.current(), now).revision
    exchange(county_database, FIRST, SECOND, name="t-1", at=now - timedelta(seconds=2))
    running.refresh()
    assert running.map_at(running.current(), now).revision == "t-1"
    assert_same(running, Keeper(serving), now)
    exchange(county_database, SECOND, THIRD, name="t-2", at=now - timedelta(seconds=1))
    running.refresh()
    slow.refresh()
    assert_same(running, Keeper(serving), now)
    # Two publications at once, for a process that was away meanwhile.
    assert_same(slow, Keeper(serving), now)
    assert running.map_at(running.current(), now - timedelta(days=1)).revision == before


def test_one_publication_is_taken_in_by_one_statement_on_a_connection_of_ones_own(
    county_database: FreshDatabase, serving: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_old: Knowledge | None) -> Knowledge:
        raise AssertionError("read part by part")

    running = Keeper(serving)
    known = running.current()
    monkeypatch.setattr(running, "_read", read)
    turn_s = sys.getswitchinterval()
    with serving.standing() as own:
        running.rehearse(own)
        assert running.refresh(through=own) is known
        now = datetime.now(UTC)
        exchange(county_database, FIRST, THIRD, name="t-2b", at=now - timedelta(seconds=1))
        after = running.refresh(through=own)
        # Whoever asks again finds nothing new.
        assert running.refresh() is after
    assert after.boundary_revisions[-1].name == "t-2b"
    assert after.roster is known.roster
    assert_same(running, Keeper(serving), now)
    assert (sys.getswitchinterval(), gc.isenabled()) == (turn_s, True)


def test_a_provisional_grid_that_a_publication_names_anew_is_read_beside_the_changed_ones(
    county_database: FreshDatabase, serving: Database
) -> None:
    beside = "150221104200004"
    with direct(county_database.owner_url) as connection:
        connection.execute("UPDATE areas SET provisional = true WHERE code = %s", (beside,))
    running, now = Keeper(serving), datetime.now(UTC)
    assert running.current().areas[beside].provisional
    with direct(county_database.owner_url) as connection, connection.transaction():
        connection.execute("UPDATE areas SET name = '示意第九网格' WHERE code = %s", (beside,))
        exchange_grids(connection, FIRST, SECOND, name="t-named", at=now - timedelta(seconds=1))
    assert running.refresh().areas[beside].name == "示意第九网格"
    assert_same(running, Keeper(serving), now)


def prepared_index(running: Keeper) -> GridIndex:
    prepared = running._maps._prepared
    assert prepared is not None
    return prepared.index


def test_what_was_prepared_is_in_force_once_just_that_is_committed(
    county_database: FreshDatabase, serving: Database
) -> None:
    running = Keeper(serving)
    before, now = running.current(), datetime.now(UTC)
    old = running.map_at(before, now)
    running.prepare(shapes_of_exchange(serving, FIRST, SECOND))
    prepared = prepared_index(running)
    # Nobody is answered from what is not committed.
    assert running.refresh() is before
    assert running.map_at(running.current(), datetime.now(UTC)) is old
    exchange(county_database, FIRST, SECOND, name="t-2p", at=now)
    running.refresh()
    assert running.map_at(running.current(), now).index is prepared
    assert running._maps._prepared is None
    assert_same(running, Keeper(serving), now)


@pytest.mark.parametrize(
    ("committed", "name"),
    [
        pytest.param((SECOND, THIRD), "t-2q", id="other-grids"),
        pytest.param((FIRST, THIRD), "t-2r", id="another-shape-of-the-same"),
    ],
)
def test_what_was_prepared_is_dropped_when_something_else_is_committed(
    county_database: FreshDatabase, serving: Database, committed: tuple[str, str], name: str
) -> None:
    running = Keeper(serving)
    running.current()
    running.prepare(shapes_of_exchange(serving, FIRST, SECOND))
    prepared, now = prepared_index(running), datetime.now(UTC)
    exchange(county_database, *committed, name=name, at=now)
    running.refresh()
    assert running.map_at(running.current(), now).index is not prepared
    assert running._maps._prepared is None
    assert_same(running, Keeper(serving), now)


def test_what_was_prepared_on_another_base_is_dropped(
    county_database: FreshDatabase, serving: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Keeper(serving)
    running.current()
    changed = GridIndex.changed
    begun = datetime.now(UTC)

    def overtaken(index: GridIndex, changes: Mapping[str, BaseGeometry | None]) -> GridIndex:
        # While this is reckoned with, another publication is taken in, by a request.
        monkeypatch.setattr(GridIndex, "changed", changed)
        exchange(county_database, SECOND, THIRD, name="t-2s", at=begun)
        running.refresh()
        return changed(index, changes)

    monkeypatch.setattr(GridIndex, "changed", overtaken)
    # The very shapes that the next publication has.
    stored = stored_shapes(serving)
    running.prepare({FIRST: stored[THIRD], SECOND: stored[FIRST]})
    late = prepared_index(running)
    assert_same(running, Keeper(serving), begun)
    now = datetime.now(UTC)
    exchange(county_database, FIRST, SECOND, name="t-2t", at=now)
    running.refresh()
    assert running.map_at(running.current(), now).index is not late
    assert running._maps._prepared is None
    assert_same(running, Keeper(serving), now)


def test_what_was_not_committed_is_dropped_and_changes_nothing(
    county_database: FreshDatabase, serving: Database
) -> None:
    running = Keeper(serving)
    before = running.current()
    shapes = shapes_of_exchange(serving, FIRST, SECOND)
    running.prepare(shapes)
    running.forget_prepared()
    now = datetime.now(UTC)
    assert running.refresh() is before
    assert_same(running, Keeper(serving), now)
    # The same once more, and now it is committed.
    running.prepare(shapes)
    exchange(county_database, FIRST, SECOND, name="t-2u", at=now)
    running.refresh()
    assert_same(running, Keeper(serving), now)


def test_what_is_no_shape_is_refused_and_the_publication_after_it_taken_in(
    county_database: FreshDatabase, serving: Database
) -> None:
    running = Keeper(serving)
    Keeper(serving).prepare({})
    running.current()
    with pytest.raises(shapely.GEOSException):
        running.prepare({FIRST: b"no shape"})
    with pytest.raises(CoverageError):
        running.prepare({FIRST[:12]: shapely.to_wkb(shapely.box(110, 40, 111, 41))})
    assert running._maps._prepared is None
    now = datetime.now(UTC)
    exchange(county_database, FIRST, SECOND, name="t-2v", at=now)
    running.refresh()
    assert_same(running, Keeper(serving), now)


@pytest.mark.parametrize("slow_one", ["request", "listener"])
def test_who_has_read_a_publication_first_takes_it_in_and_the_slow_find_it_done(
    county_database: FreshDatabase,
    serving: Database,
    monkeypatch: pytest.MonkeyPatch,
    slow_one: str,
) -> None:
    running = Keeper(serving)
    running.current()
    read, quick = news_store.read_news, []

    def take_in() -> None:
        with ThreadPoolExecutor(1) as pool:
            other = "listener" if slow_one == "request" else "request"
            quick.append(pool.submit(refresh_as, other).result(MOST_S))

    def refresh_as(who: str) -> Knowledge:
        if who == "request":
            return running.refresh()
        with serving.standing() as own:
            return running.refresh(through=own)

    def slowly(connection: Connection, *asked: Any) -> news_store.News | None:
        monkeypatch.setattr("api.knowledge.read_news", read)
        news = read(connection, *asked)
        take_in()
        return news

    def overtaken(connection: Connection, *asked: Any) -> news_store.News | None:
        # What it reads tells of two, of which somebody else has taken one in.
        monkeypatch.setattr("api.knowledge.read_news", read)
        take_in()
        exchange(county_database, FIRST, THIRD, name=f"t-2y-{slow_one}", at=datetime.now(UTC))
        return read(connection, *asked)

    exchange(county_database, FIRST, SECOND, name=f"t-2w-{slow_one}", at=datetime.now(UTC))
    monkeypatch.setattr("api.knowledge.read_news", slowly)
    assert refresh_as(slow_one) is quick[0]
    assert quick[0].boundary_revisions[-1].name == f"t-2w-{slow_one}"
    exchange(county_database, SECOND, THIRD, name=f"t-2x-{slow_one}", at=datetime.now(UTC))
    monkeypatch.setattr("api.knowledge.read_news", overtaken)
    after = refresh_as(slow_one)
    assert [row.name for row in after.boundary_revisions[-2:]] == [
        f"t-2x-{slow_one}",
        f"t-2y-{slow_one}",
    ]
    assert quick[1].boundary_revisions == after.boundary_revisions[:-1]
    assert_same(running, Keeper(serving), datetime.now(UTC))


def test_requests_that_find_a_publication_together_read_it_once(
    county_database: FreshDatabase, serving: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, count = Keeper(serving), 5
    numbers = running.current().revisions
    stored = {**numbers, "boundaries": numbers["boundaries"] + 1}
    together, read, asked = threading.Barrier(count), news_store.read_news, []

    def watched(connection: Connection, *about: Any) -> news_store.News | None:
        asked.append(connection)
        sleep(0.05)
        return read(connection, *about)

    def refresh() -> Knowledge:
        together.wait(MOST_S)
        return running.refresh(stored)

    exchange(county_database, FIRST, SECOND, name="t-2z", at=datetime.now(UTC))
    monkeypatch.setattr("api.knowledge.read_news", watched)
    with ThreadPoolExecutor(count) as pool:
        answers = [pool.submit(refresh) for _ in range(count)]
        first, *others = [answer.result(MOST_S) for answer in answers]
    assert first.boundary_revisions[-1].name == "t-2z"
    assert all(other is first for other in others)
    assert len(asked) == 1


def test_a_publication_of_too_many_grids_is_read_with_patience(
    county_database: FreshDatabase, serving: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Keeper(serving)
    since = running.current().boundary_revisions[-1].effective_at
    now = datetime.now(UTC)
    exchange(county_database, FIRST, SECOND, name="t-2c", at=now)
    with serving.read_once() as connection:
        monkeypatch.setattr(news_store, "MOST_GRIDS", 2)
        news = news_store.read_news(connection, since)
        assert news is not None
        assert news.revision is not None
        assert len(news.shapes) == 2
        monkeypatch.setattr(news_store, "MOST_GRIDS", 1)
        many = news_store.read_news(connection, since)
    assert many is not None
    assert (many.revision, many.shapes, many.areas) == (None, {}, ())
    assert many.numbers == news.numbers
    assert running.refresh().boundary_revisions[-1].name == "t-2c"
    assert_same(running, Keeper(serving), now)


@pytest.mark.parametrize(
    "news",
    [
        pytest.param("SELECT pg_sleep(600)", id="takes-too-long"),
        pytest.param("SELECT repeat('x', 1100000000)", id="is-too-large"),
    ],
)
def test_news_that_the_database_does_not_give_are_read_with_patience(
    county_database: FreshDatabase, serving: Database, monkeypatch: pytest.MonkeyPatch, news: str
) -> None:
    running = Keeper(serving)
    running.current()
    monkeypatch.setattr(news_store, "_NEWS", text(news))
    name = f"t-{news[7:12]}"
    with serving.standing() as own:
        own.execute(text("SELECT set_config('statement_timeout', '100ms', false)"))
        now = datetime.now(UTC)
        exchange(county_database, FIRST, SECOND, name=name, at=now)
        assert running.refresh(through=own).boundary_revisions[-1].name == name
        # The connection is as good as before.
        assert own.execute(text("SELECT 1")).scalar_one() == 1
    assert_same(running, Keeper(serving), now)


def test_a_lost_connection_is_not_read_around(
    serving: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Keeper(serving)
    running.current()
    monkeypatch.setattr(news_store, "_NEWS", text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with pytest.raises(DatabaseUnavailable), serving.standing() as own:
        running.refresh(through=own)


@pytest.mark.parametrize("overtaken", [False, True], ids=["stored-anew", "overtaken"])
def test_a_publication_before_one_to_come_is_taken_in_as_quickly_as_any(
    county_database: FreshDatabase,
    serving: Database,
    monkeypatch: pytest.MonkeyPatch,
    overtaken: bool,
) -> None:
    def read(_old: Knowledge | None) -> Knowledge:
        raise AssertionError("read part by part")

    running, now = Keeper(serving), datetime.now(UTC)
    later = now + timedelta(days=3)
    exchange(county_database, FIRST, SECOND, name=f"t-4-{overtaken}", at=later)
    assert running.current().boundary_revisions[-1].effective_at == later
    index = running.map_at(running.current(), now).index
    first, third = (shapely.to_wkb(index.geometry(code)) for code in (FIRST, THIRD))
    assert running.prepare({FIRST: third, THIRD: first})
    prepared, now = prepared_index(running), datetime.now(UTC)
    with direct(county_database.owner_url) as connection, connection.transaction():
        withdraw(connection, f"t-4-{overtaken}")
        exchange_grids(connection, FIRST, THIRD, name=f"t-4a-{overtaken}", at=now)
        if not overtaken:
            exchange_grids(connection, FIRST, SECOND, name="t-4b", at=later)
    with monkeypatch.context() as patch:
        patch.setattr(running, "_read", read)
        after = running.refresh()
    assert running.map_at(after, now).index is prepared
    assert after.boundary_revisions == Keeper(serving).current().boundary_revisions
    assert_same(running, Keeper(serving), now)
    assert_same(running, Keeper(serving), later)
    if not overtaken:
        with direct(county_database.owner_url) as connection, connection.transaction():
            withdraw(connection, "t-4b")
            connection.execute("UPDATE revisions SET number = number + 1 WHERE kind = 'boundaries'")
        # One that is taken back alone is no publication.
        assert running.refresh().boundary_revisions == after.boundary_revisions[:-1]


def test_a_publication_after_one_that_has_begun_meanwhile_is_that_of_a_starting_process(
    county_database: FreshDatabase, serving: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Earlier(datetime):
        """A clock that shows an hour before."""

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) - timedelta(hours=1)

    running = Keeper(serving)
    # Right behind what the tests before have published, however quick they were.
    first = Keeper(serving).current().boundary_revisions[-1].effective_at + timedelta(
        milliseconds=1
    )
    with monkeypatch.context() as patch:
        patch.setattr("api.knowledge.datetime", Earlier)
        exchange(county_database, FIRST, SECOND, name="t-5", at=first)
        running.current()
    exchange(county_database, SECOND, THIRD, name="t-5a", at=first + timedelta(milliseconds=1))
    running.refresh()
    assert [row.name for row in running.current().boundary_revisions[-2:]] == ["t-5", "t-5a"]
    assert_same(running, Keeper(serving), datetime.now(UTC))
    assert_same(running, Keeper(serving), first)


def test_what_is_still_to_come_is_read_whole_and_leaves_today_alone(
    county_database: FreshDatabase, serving: Database
) -> None:
    running = Keeper(serving)
    now = datetime.now(UTC)
    today = running.map_at(running.current(), now)
    later = now + timedelta(days=30)
    exchange(county_database, FIRST, THIRD, name="t-3", at=later)
    running.refresh()
    assert_same(running, Keeper(serving), now)
    assert running.map_at(running.current(), now).index is today.index
    assert_same(running, Keeper(serving), later)
    assert running.map_at(running.current(), later).revision == "t-3"


def test_what_changes_areas_beside_a_publication_is_read_whole(
    county_database: FreshDatabase, serving: Database
) -> None:
    running = Keeper(serving)
    running.current()
    with direct(county_database.owner_url) as connection, connection.transaction():
        connection.execute("UPDATE areas SET name = '改了名' WHERE code = %s", (FIRST,))
        connection.execute("UPDATE revisions SET number = number + 1 WHERE kind = 'boundaries'")
    known = running.refresh()
    assert known.areas[FIRST].name == "改了名"
    assert running.map_at(known, datetime.now(UTC)).names[FIRST] == "改了名"
