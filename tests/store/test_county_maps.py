"""Maps that are made from the one before are those that a process reads whole."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from api.db import news_store
from api.db.engine import Database, make_engine, normalise_url
from api.db.faults import DatabaseUnavailable
from api.knowledge import Keeper, Knowledge
from tests.conftest import FreshDatabase
from tests.store.publishing import exchange_grids
from tests.store.rows import direct

FIRST, SECOND, THIRD = "150221104200001", "150221104200002", "150221104200003"


@pytest.fixture(scope="module")
def serving(county_database: FreshDatabase) -> Iterator[Database]:
    database = Database(make_engine(normalise_url(county_database.app_url)))
    yield database
    database.close()


def exchange(
    county_database: FreshDatabase, one: str, other: str, *, name: str, at: datetime
) -> None:
    with direct(county_database.owner_url) as connection, connection.transaction():
        exchange_grids(connection, one, other, name=name, at=at)


def assert_same(running: Keeper, starting: Keeper, at: datetime) -> None:
    """Compare owners at every vertex, boxes, and the revision that answers name."""
    known, read = running.current(), starting.current()
    county, whole = running.map_at(known, at), starting.map_at(read, at)
    assert county.revision == whole.revision
    assert county.index.codes == whole.index.codes
    shapes = np.array([whole.index.geometry(code) for code in whole.index.codes], dtype=object)
    lons, lats = shapely.get_coordinates(shapes).T
    assert county.index.owners(lons, lats).tolist() == whole.index.owners(lons, lats).tolist()
    assert running.boxes_at(known, at) == starting.boxes_at(read, at)
    assert list(known.areas.items()) == list(read.areas.items())


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
