"""What the database announces reaches every process, and a page that was away misses nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from sqlalchemy import text

from api.accounts.login import log_in
from api.accounts.roles import Caller, Role
from api.db.coming_store import CHANNEL, announce
from api.db.engine import SERVICE, Database, Scope
from api.db.faults import DatabaseUnavailable
from api.db.outbox_store import CHANNELS, read_outbox_since
from api.deps import Service
from api.service_parts import build_service
from api.stream import hub as hubs
from api.stream import routes
from api.stream.hub import Hub
from tests.conftest import FreshDatabase
from tests.store.publishing import exchange_grids
from tests.store.rows import Direct, direct
from tests.store.waiting import MOST_S

Viewers = Callable[..., Caller]

PUT = (
    "INSERT INTO outbox (topic, area_code, channel, payload)"
    " SELECT 'report', '150221', 'app', jsonb_build_object('n', n)"
    " FROM generate_series(1, %s) AS n RETURNING id"
)


@pytest.fixture
def parts(county_database: FreshDatabase, tmp_path: Path) -> Iterator[Service]:
    """One process of the service, as far as the stream is concerned."""
    service = build_service(county_database.settings(tmp_path))
    yield service
    service.database.close()


@pytest.fixture
def writer(county_database: FreshDatabase) -> Iterator[Direct]:
    with direct(county_database.app_url) as connection:
        yield connection


def put(connection: Direct, count: int = 1) -> list[int]:
    return [int(str(row[0])) for row in connection.execute(PUT, (count,)).fetchall()]


def missed(database: Database, since: int, *, limit: int = 100) -> list[int]:
    with database.transaction(SERVICE) as connection:
        return [row.id for row in read_outbox_since(connection, since, limit=limit)]


def test_a_change_that_was_committed_late_is_not_missed(
    county_database: FreshDatabase, parts: Service, writer: Direct
) -> None:
    (long_ago,) = put(writer)
    with direct(county_database.superuser_url) as connection:
        connection.execute("UPDATE outbox SET at = at - interval '1 hour'")
    with direct(county_database.app_url) as slow:
        with slow.transaction():
            (early,) = put(slow)
            (late,) = put(writer)
            assert early < late
            # The page has seen the later id while the earlier was not there to be seen.
            assert missed(parts.database, late) == [late]
        assert missed(parts.database, late) == [early, late]
        (newest,) = put(writer)
        assert missed(parts.database, late) == [early, late, newest]
    assert long_ago not in missed(parts.database, late)


@pytest.fixture
def viewers(county_database: FreshDatabase, parts: Service) -> Viewers:
    """Log in as the demo account of a role: a stream asks whether its session lives."""

    def viewer(role: Role = Role.DISPATCHER) -> Caller:
        account = county_database.credentials[role.value]
        return log_in(
            parts.database,
            parts.settings,
            username=account["username"],
            password=account["password"],
            now=datetime.now(UTC),
            ip=None,
        ).caller

    return viewer


@asynccontextmanager
async def running_hub(parts: Service) -> AsyncIterator[Hub]:
    """A process that listens; ready when it has read what it keeps in memory."""
    hub = Hub(parts)
    async with hub.running():
        await until(lambda: parts.keeper._knowledge is not None)
        yield hub


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(MOST_S):
        while not condition():  # noqa: ASYNC110 - what changes it knows no event
            await asyncio.sleep(0.01)


async def ids_from(frames: AsyncIterator[bytes], last: int) -> list[int]:
    """Read the stream until the event of id ``last``; return the ids in their order."""
    seen: list[int] = []
    async with asyncio.timeout(MOST_S):
        async for frame in frames:
            head = frame.split(b"\n", 1)[0]
            if head.startswith(b"id: "):
                seen.append(int(head[4:]))
            if seen and seen[-1] == last:
                return seen
    return seen


def test_a_page_that_was_away_for_long_gets_all_it_missed(
    parts: Service, writer: Direct, viewers: Viewers
) -> None:
    (since,) = put(writer)
    # More than one reading of the outbox holds, and all of it within the overlap.
    wanted = put(writer, 2 * routes.PAGE + 10)

    async def away() -> list[int]:
        async with running_hub(parts) as hub:
            frames = routes._frames(hub, parts, viewers(), SERVICE, since)
            return await ids_from(frames, wanted[-1])

    seen = asyncio.run(away())
    assert [number for number in seen if number >= wanted[0]] == wanted


def test_a_change_reaches_open_pages_as_far_as_they_may_see_it(
    parts: Service, writer: Direct, viewers: Viewers
) -> None:
    async def live() -> tuple[list[int], int]:
        async with running_hub(parts) as hub:
            everywhere = routes._frames(hub, parts, viewers(), SERVICE, None)
            elsewhere = routes._frames(
                hub, parts, viewers(), Scope(kind="areas", areas=("150221104",)), None
            )
            await anext(everywhere)  # open from here on
            await anext(elsewhere)
            (number,) = await asyncio.to_thread(put, writer)
            seen = await ids_from(everywhere, number)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await anext(elsewhere)
            return seen, number

    seen, number = asyncio.run(live())
    assert seen == [number]


def raise_revision(owner_url: str, kind: str) -> None:
    with direct(owner_url) as connection:
        connection.execute("UPDATE revisions SET number = number + 1 WHERE kind = %s", (kind,))


def test_a_publication_is_known_to_every_process_at_once(
    county_database: FreshDatabase, parts: Service, tmp_path: Path, viewers: Viewers
) -> None:
    other = build_service(county_database.settings(tmp_path))

    async def both() -> dict[str, Any]:
        async with running_hub(parts) as hub, running_hub(other):
            frames = routes._frames(hub, parts, viewers(), SERVICE, None)
            await anext(frames)
            before = other.keeper.current().revisions["roster"]
            await asyncio.to_thread(raise_revision, county_database.owner_url, "roster")
            await until(lambda: other.keeper.current().revisions["roster"] == before + 1)
            await until(lambda: parts.keeper.current().revisions["roster"] == before + 1)
            async with asyncio.timeout(MOST_S):
                while b"event: revision" not in (frame := await anext(frames)):
                    pass
            return dict(orjson.loads(frame.split(b"data: ")[1]))

    told = asyncio.run(both())
    assert told == dict(parts.keeper.current().revisions)
    other.database.close()


def test_boundaries_are_taken_in_by_who_hears_of_them(
    county_database: FreshDatabase, parts: Service, viewers: Viewers, monkeypatch: Any
) -> None:
    at = datetime.now(UTC)
    first, second = "150221104200001", "150221104200002"

    def read(_old: object) -> None:
        raise AssertionError("read part by part")

    def publish() -> None:
        with direct(county_database.owner_url) as connection, connection.transaction():
            exchange_grids(connection, first, second, name="heard", at=at)

    def owner_of(point: Any) -> str:
        county = parts.keeper.map_at(parts.keeper.current(), at)
        (code,) = county.index.owners([point.x], [point.y])
        return str(code)

    async def published() -> None:
        async with running_hub(parts) as hub:
            keeper = parts.keeper
            monkeypatch.setattr(keeper, "_read", read)
            frames = routes._frames(hub, parts, viewers(), SERVICE, None)
            await anext(frames)
            point = keeper.map_at(keeper.current(), at).index.geometry(first).representative_point()
            assert owner_of(point) == first
            await asyncio.to_thread(publish)
            async with asyncio.timeout(MOST_S):
                while b"event: revision" not in await anext(frames):
                    pass
            # Whoever is told of it finds it in memory, and boxes follow by themselves.
            assert keeper.current().boundary_revisions[-1].name == "heard"
            assert owner_of(point) == second
            key = (keeper.current().revisions["boundaries"], "heard")
            await until(lambda: keeper._maps._boxes.get(key) is not None)

    asyncio.run(published())


def then_set(work: Callable[..., object], done: threading.Event) -> Callable[..., object]:
    def worked(*about: object) -> object:
        answer = work(*about)
        done.set()
        return answer

    return worked


def test_what_is_told_before_its_commit_is_in_force_after_it_and_not_without_it(
    county_database: FreshDatabase, parts: Service, monkeypatch: Any
) -> None:
    one, other = "150221104200003", "150221104200004"
    keeper, at = parts.keeper, datetime.now(UTC)

    def index_now() -> Any:
        return keeper.map_at(keeper.current(), datetime.now(UTC)).index

    def exchanged() -> dict[str, Any]:
        index = index_now()
        return {one: index.geometry(other), other: index.geometry(one)}

    def tell() -> None:
        with (
            pytest.raises(DatabaseUnavailable),
            parts.database.transaction(SERVICE) as publisher,
        ):
            announce(publisher, exchanged())
            assert prepared.wait(MOST_S)
            # And then it dies before it commits.
            publisher.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    def tell_and_publish() -> None:
        with direct(county_database.owner_url) as publisher, publisher.transaction():
            exchange_grids(publisher, one, other, name="told", at=at)
            with parts.database.transaction(SERVICE) as connection:
                prepared.clear()
                announce(connection, exchanged())
                assert prepared.wait(MOST_S)
            found.append(keeper._maps._prepared)

    found: list[Any] = []

    async def told() -> None:
        async with running_hub(parts):
            await until(rehearsed.is_set)
            before = index_now()
            monkeypatch.setattr(hubs, "PREPARED_S", 0.0)
            await asyncio.to_thread(tell)
            await until(forgotten.is_set)
            assert keeper._maps._prepared is None
            assert index_now() is before
            monkeypatch.setattr(hubs, "PREPARED_S", 2 * MOST_S)
            await asyncio.to_thread(tell_and_publish)
            await until(lambda: keeper.current().boundary_revisions[-1].name == "told")
            assert index_now() is found[0].index

    rehearsed, prepared, forgotten = (threading.Event() for _ in range(3))
    works = {"rehearse": rehearsed, "prepare": prepared, "forget_prepared": forgotten}
    for name, done in works.items():
        monkeypatch.setattr(keeper, name, then_set(getattr(keeper, name), done))
    asyncio.run(told())


def end_all_sessions(county_database: FreshDatabase) -> int:
    with direct(county_database.superuser_url) as connection:
        return connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).rowcount


def test_what_was_told_before_a_connection_was_lost_is_dropped_with_it(
    county_database: FreshDatabase, parts: Service, monkeypatch: Any
) -> None:
    keeper = parts.keeper

    def tell() -> None:
        index = keeper.map_at(keeper.current(), datetime.now(UTC)).index
        with parts.database.transaction(SERVICE) as connection:
            announce(connection, {code: index.geometry(code) for code in index.codes[:1]})
            assert prepared.wait(MOST_S)

    async def told() -> None:
        async with running_hub(parts):
            await until(rehearsed.is_set)
            await asyncio.to_thread(tell)
            assert keeper._maps._prepared is not None
            assert keeper.listens
            await asyncio.to_thread(end_all_sessions, county_database)
            await until(lambda: keeper._maps._prepared is None)

    rehearsed, prepared = threading.Event(), threading.Event()
    monkeypatch.setattr(hubs, "PREPARED_S", 10 * MOST_S)
    for name, done in (("rehearse", rehearsed), ("prepare", prepared)):
        monkeypatch.setattr(keeper, name, then_set(getattr(keeper, name), done))
    asyncio.run(told())


def test_a_database_that_was_away_is_listened_to_again(
    county_database: FreshDatabase, parts: Service, writer: Direct, viewers: Viewers
) -> None:
    async def interrupted() -> list[int]:
        async with running_hub(parts) as hub:
            # Several connections of the pool are open, and all are dead afterwards.
            with parts.database.read_once(), parts.database.read_once():
                pass
            frames = routes._frames(hub, parts, viewers(), SERVICE, None)
            await anext(frames)
            assert await asyncio.to_thread(end_all_sessions, county_database) >= 3
            before = parts.keeper.current().revisions["roster"]
            await asyncio.to_thread(raise_revision, county_database.owner_url, "roster")
            # It happened while nobody listened, and is read after all.
            await until(lambda: parts.keeper.current().revisions["roster"] == before + 1)
            # The page is told to come again; what it missed it gets by its last id.
            async with asyncio.timeout(MOST_S):
                async for _ in frames:
                    pass
            again = routes._frames(hub, parts, viewers(), SERVICE, None)
            await anext(again)
            with direct(county_database.app_url) as connection:
                (number,) = await asyncio.to_thread(put, connection)
            return await ids_from(again, number)

    with pytest.raises(psycopg.OperationalError):
        assert len(asyncio.run(interrupted())) == 1
        writer.execute("SELECT 1")  # its session was ended too


def test_every_kind_of_knowledge_that_is_raised_is_heard(county_database: FreshDatabase) -> None:
    with direct(county_database.owner_url) as connection:
        kinds = {row[0] for row in connection.execute("SELECT kind FROM revisions")}
    assert {"boundaries", "roster", "access_list"} <= kinds
    for kind in kinds:
        assert CHANNELS["wangge_revision"].fullmatch(kind), kind


def test_a_foreign_announcement_does_not_end_the_listening(
    county_database: FreshDatabase, parts: Service, writer: Direct, viewers: Viewers
) -> None:
    async def live() -> list[int]:
        async with running_hub(parts) as hub:
            frames = routes._frames(hub, parts, viewers(), SERVICE, None)
            await anext(frames)
            for channel in ("wangge_outbox", "wangge_session", "wangge_revision", CHANNEL):
                await asyncio.to_thread(writer.execute, f"NOTIFY {channel}, 'nonsense'".encode())
            (number,) = await asyncio.to_thread(put, writer)
            return await ids_from(frames, number)

    assert len(asyncio.run(live())) == 1
