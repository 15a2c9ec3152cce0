"""The gazetteer in the database: rights by area, no cycle, time, and processes that hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.accounts.login import log_in
from api.accounts.roles import Caller
from api.db import gazetteer_store, place_store
from api.db.cluster import Cluster
from api.db.cluster_databases import create_database, drop_database
from api.db.engine import NOBODY, SERVICE, Database, Scope
from api.db.migrate import migrate
from api.deps import Service
from api.places import changing, proposing
from api.places.editing import Desk
from api.places.schemas import ApprovalIn, PlaceIn, ProposalIn
from api.service_parts import build_service
from api.stream.hub import Hub
from tests.conftest import FreshDatabase
from tests.store.rows import direct
from tests.store.test_migrations import alembic
from tests.store.waiting import MOST_S

HERE = {"lon": 110.5195335, "lat": 40.5609691, "crs": "cgcs2000"}
TOWNSHIP, OTHER_TOWNSHIP = "150221104", "150221105"


@pytest.fixture
def parts(county_database: FreshDatabase, tmp_path: Path) -> Iterator[Service]:
    service = build_service(county_database.settings(tmp_path / "one"))
    yield service
    service.database.close()


@pytest.fixture
def other(county_database: FreshDatabase, tmp_path: Path) -> Iterator[Service]:
    """A second process of the service."""
    service = build_service(county_database.settings(tmp_path / "two"))
    yield service
    service.database.close()


def caller(county_database: FreshDatabase, parts: Service, role: str) -> Caller:
    account = county_database.credentials[role]
    return log_in(
        parts.database,
        parts.settings,
        username=account["username"],
        password=account["password"],
        now=datetime.now(UTC),
        ip=None,
    ).caller


def listening(service: Service) -> Hub:
    return Hub(service)


def names(service: Service, address: str) -> list[str]:
    known = service.keeper.known()
    return [] if known is None else [place.name for place in known.matcher.match(address).places]


def test_an_approval_is_known_to_every_process_at_once(
    county_database: FreshDatabase, parts: Service, other: Service
) -> None:
    admin = caller(county_database, parts, "county_admin")
    operator = caller(county_database, parts, "dispatcher")
    at = datetime.now(UTC)

    def prepare() -> UUID:
        body = PlaceIn.model_validate({"name": "永固货栈", "kind": "poi", "position": HERE})
        with Desk(parts, admin, at).editing() as editor:
            place_id = changing.add_place(editor, body)
        with Desk(parts, operator, at).editing() as editor:
            return proposing.propose(editor, ProposalIn(place=place_id, name="老车马大院"))

    def approve(proposal: UUID) -> None:
        with Desk(parts, admin, at).editing() as editor:
            proposing.approve(editor, proposal, ApprovalIn())

    async def run() -> None:
        async with listening(parts).running(), listening(other).running():
            proposal = await asyncio.to_thread(prepare)
            await until(lambda: names(other, "永固货栈") == ["永固货栈"])
            assert names(other, "萨拉齐镇老车马大院") != ["永固货栈"]
            await asyncio.to_thread(approve, proposal)
            # Who approved knows when it is answered; the other process as soon as it hears.
            assert names(parts, "萨拉齐镇老车马大院") == ["永固货栈"]
            await until(lambda: names(other, "萨拉齐镇老车马大院") == ["永固货栈"])

    asyncio.run(run())


async def until(condition: Any) -> None:
    async with asyncio.timeout(MOST_S):
        while not condition():  # noqa: ASYNC110 - what changes it knows no event
            await asyncio.sleep(0.01)


def test_a_place_that_ends_by_the_clock_is_told_of_once(
    county_database: FreshDatabase, parts: Service
) -> None:
    with parts.database.transaction(SERVICE) as connection:
        assert place_store.raise_when_places_turn(connection) == 0
        place = place_store.read_places(connection)[-1]
    with direct(county_database.superuser_url) as connection:
        connection.execute(
            "UPDATE revisions SET changed_at = now() - interval '2 hours' WHERE kind = 'places'"
        )
        connection.execute(
            "UPDATE places SET valid_to = now() - interval '1 hour' WHERE id = %s", (place.id,)
        )
    with parts.database.transaction(SERVICE) as connection:
        assert place_store.raise_when_places_turn(connection) == 1
    with parts.database.transaction(SERVICE) as connection:
        assert place_store.raise_when_places_turn(connection) == 0
        assert place.id not in {one.id for one in place_store.read_places(connection)}
        assert place_store.read_ended_ids(connection) == {place.id}
    with direct(county_database.superuser_url) as connection:
        connection.execute("UPDATE places SET valid_to = NULL WHERE id = %s", (place.id,))


@pytest.fixture
def serving(county_database: FreshDatabase) -> Iterator[Database]:
    database = county_database.serving()
    yield database
    database.close()


TOWN = Scope(kind="areas", areas=(TOWNSHIP,), may_create=True)


def touch(database: Database, scope: Scope, area: str) -> int:
    with database.transaction(scope) as connection:
        return connection.execute(
            text("UPDATE places SET radius_m = radius_m WHERE area_code ^@ :area"), {"area": area}
        ).rowcount


def test_names_are_read_by_all_and_changed_by_those_of_the_area(serving: Database) -> None:
    with serving.transaction(NOBODY) as connection:
        assert len(place_store.read_places(connection)) > 1000
    assert touch(serving, NOBODY, TOWNSHIP) == 0
    assert touch(serving, TOWN, OTHER_TOWNSHIP) == 0
    assert touch(serving, TOWN, TOWNSHIP) > 0
    with pytest.raises(DBAPIError), serving.transaction(TOWN) as connection:
        connection.execute(
            text(
                "INSERT INTO places (id, name, kind, lon, lat, radius_m, area_code) "
                "VALUES ('x', 'x', 'poi', 110, 40, 1, :area)"
            ),
            {"area": OTHER_TOWNSHIP},
        )
    with pytest.raises(DBAPIError), serving.transaction(SERVICE) as connection:
        connection.execute(text("DELETE FROM places"))


def test_what_is_only_proposed_is_seen_in_its_area_alone(serving: Database) -> None:
    def seen(scope: Scope) -> int:
        with serving.transaction(scope) as connection:
            found = connection.execute(
                text("SELECT count(*) FROM place_aliases WHERE name = '提议的名字'")
            )
            return int(found.scalar_one())

    with serving.transaction(SERVICE) as connection:
        (unit,) = gazetteer_store.read_unit(connection, f"{TOWNSHIP}001")
        alias = gazetteer_store.insert_alias(
            connection,
            {
                "place_id": unit.id, "name": "提议的名字", "kind": "alias", "scope": "150221",
                "area_code": unit.area_code, "status": "proposed", "at": datetime.now(UTC),
                "by": "somebody", "by_id": None,
            },
        )  # fmt: skip
    elsewhere = Scope(kind="areas", areas=(OTHER_TOWNSHIP,))
    assert [seen(scope) for scope in (SERVICE, TOWN, elsewhere, NOBODY)] == [1, 1, 0, 0]
    with serving.transaction(SERVICE) as connection:
        gazetteer_store.set_status(connection, alias, "approved", at=datetime.now(UTC), by="x")
    assert [seen(scope) for scope in (TOWN, elsewhere, NOBODY)] == [1, 1, 1]
    with serving.transaction(SERVICE) as connection:
        gazetteer_store.set_status(connection, alias, "ended", at=datetime.now(UTC), by="x")


def test_the_database_refuses_a_place_inside_itself(county_database: FreshDatabase) -> None:
    with direct(county_database.superuser_url) as connection:
        (one, two) = (
            str(row[0])
            for row in connection.execute(
                "SELECT id FROM places WHERE kind = 'poi' ORDER BY id LIMIT 2"
            ).fetchall()
        )
        connection.execute("UPDATE places SET parent_id = %s WHERE id = %s", (one, two))
        for child in (one, two):
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute("UPDATE places SET parent_id = %s WHERE id = %s", (two, child))
        connection.execute("UPDATE places SET parent_id = NULL WHERE id = %s", (two,))


def test_aliases_of_before_move_into_their_table_and_back(cluster: Cluster) -> None:
    """An alias of a place held in the whole county, and does afterwards, in its order."""
    create_database(cluster.place, "aliases_move")
    url = cluster.urls("aliases_move").owner
    migrate(url, to="0015")
    with direct(url) as connection:
        connection.execute(
            "INSERT INTO areas (code, level, name, official_name, kind) "
            "VALUES ('150221', 'county', '土右旗', '土默特右旗', '')"
        )
        connection.execute(
            "INSERT INTO places (id, name, kind, lon, lat, radius_m, area_code, aliases) "
            "VALUES ('p', '何家圐圙村', 'road', 110, 40, 1, '150221', '{何家库伦,何家,何家库伦}')"
        )
    migrate(url)
    with direct(url) as connection:
        rows = connection.execute(
            "SELECT name, scope, kind, status FROM place_aliases ORDER BY number"
        ).fetchall()
    held = ("150221", "alias", "approved")
    assert rows == [("何家库伦", *held), ("何家", *held)]
    alembic(url, "downgrade", "0015")
    with direct(url) as connection:
        assert connection.execute("SELECT aliases FROM places").fetchall() == [
            (["何家库伦", "何家"],)
        ]
    drop_database(cluster.place, "aliases_move")
