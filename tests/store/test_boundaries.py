"""Boundaries in the database: one shape a grid at an instant, and the same owner everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import psycopg
import pytest
import shapely

from api.db.engine import Database
from api.demo.load import EFFECTIVE_AT, REVISION
from api.knowledge import Keeper
from api.problems import Problem
from geo.locate.county_map import CountyMap
from tests.conftest import FreshDatabase
from tests.store.publishing import exchange_grids
from tests.store.rows import Direct, direct

GRID = "150221104001003"
OTHER = "150221104001004"
SQUARE = "SRID=4490;POLYGON((100 40, 100.1 40, 100.1 40.1, 100 40.1, 100 40))"
FIRST_DAY = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def owner(county_database: FreshDatabase) -> Iterator[Direct]:
    """The owner's connection in a transaction that is taken back at the end."""
    with (
        direct(county_database.owner_url) as connection,
        connection.transaction(force_rollback=True),
    ):
        yield connection


@pytest.fixture(scope="module")
def serving(county_database: FreshDatabase) -> Iterator[Database]:
    database = county_database.serving()
    yield database
    database.close()


def put_shape(connection: Direct, code: str, start: datetime | None, end: datetime | None) -> None:
    with connection.transaction():
        connection.execute(
            "INSERT INTO grid_boundaries (code, revision_id, geom, valid) VALUES (%s,"
            " (SELECT min(id) FROM boundary_revisions), %s, tstzrange(%s, %s))",
            (code, SQUARE, start, end),
        )


def test_a_grid_has_one_shape_at_an_instant_and_periods_may_touch(owner: Direct) -> None:
    owner.execute(
        "UPDATE grid_boundaries SET valid = tstzrange(lower(valid), %s) WHERE code = %s",
        (FIRST_DAY, GRID),
    )
    second_day = FIRST_DAY + timedelta(days=1)
    put_shape(owner, GRID, FIRST_DAY, second_day)  # half-open: one ends where the next begins
    put_shape(owner, GRID, second_day, None)
    instant = timedelta(microseconds=1)
    for start, end in (
        (FIRST_DAY - instant, FIRST_DAY),
        (second_day - instant, second_day),
        (None, EFFECTIVE_AT + instant),
        (FIRST_DAY, None),
    ):
        with pytest.raises(psycopg.errors.ExclusionViolation):
            put_shape(owner, GRID, start, end)
    put_shape(owner, GRID, None, EFFECTIVE_AT)


@pytest.mark.parametrize(
    "shape",
    [
        "SRID=4490;POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))",
        "SRID=4490;LINESTRING(0 0, 1 1)",
        "SRID=4326;POLYGON((0 0, 1 0, 1 1, 0 0))",
    ],
    ids=["self-crossing", "no polygon", "another reference system"],
)
def test_a_shape_that_is_no_boundary_is_not_stored(owner: Direct, shape: str) -> None:
    with pytest.raises(psycopg.Error), owner.transaction():
        owner.execute(
            "INSERT INTO grid_boundaries (code, revision_id, geom, valid) VALUES (%s,"
            " (SELECT min(id) FROM boundary_revisions), %s, tstzrange(NULL, %s))",
            (GRID, shape, EFFECTIVE_AT),
        )


def test_a_seat_has_one_person_at_a_time_and_a_person_one_seat(owner: Direct) -> None:
    row = owner.execute(
        "SELECT h.post_id, h.person_id, o.person_id FROM holders h, holders o"
        " WHERE upper_inf(h.valid) AND o.person_id <> h.person_id ORDER BY h.id, o.id LIMIT 1"
    ).fetchone()
    assert row is not None
    post, holder, other = row
    insert = (
        "INSERT INTO holders (id, post_id, person_id, seat, valid)"
        " VALUES (%s, %s, %s, %s, tstzrange(%s, NULL))"
    )
    for person, seat in ((other, 1), (holder, 2)):
        with pytest.raises(psycopg.errors.ExclusionViolation), owner.transaction():
            owner.execute(insert, (uuid4(), post, person, seat, FIRST_DAY))
    owner.execute(insert, (uuid4(), post, other, 2, FIRST_DAY))
    owner.execute(
        "UPDATE holders SET valid = tstzrange(lower(valid), %s) WHERE post_id = %s AND seat = 1",
        (FIRST_DAY, post),
    )
    owner.execute(insert, (uuid4(), post, holder, 1, FIRST_DAY))


def telling_points(county: CountyMap) -> tuple[np.ndarray, np.ndarray]:
    """10,000 seeded points: anywhere, on vertices, on edges, inside islands and their holes."""
    chance = np.random.default_rng(4490)
    shapes = [county.index.geometry(code) for code in county.index.codes]
    rings = shapely.get_rings(shapely.get_parts(shapes))
    vertices = shapely.get_coordinates(rings)
    picked = chance.permutation(len(vertices) - 1)
    middles = (vertices[:-1] + vertices[1:]) / 2
    parts = [part for shape in shapes if shape.geom_type == "MultiPolygon" for part in shape.geoms]
    holes = [
        shapely.Polygon(hole) for s in shapes for p in shapely.get_parts(s) for hole in p.interiors
    ]
    assert parts, "the demo county has an exclave"
    assert holes, "the demo county has an enclave"
    islands = [shapely.get_coordinates(shape.point_on_surface()) for shape in (*parts, *holes)]
    islands += [shapely.get_coordinates(shape) for shape in (*parts, *holes)]
    special = np.vstack(islands)
    west, south, east, north = county.index.bounds
    anywhere = chance.uniform((west, south), (east, north), (10_000 - 7_000 - len(special), 2))
    points = np.vstack([vertices[picked[:4_000]], middles[picked[:3_000]], special, anywhere])
    assert len(points) == 10_000
    return points[:, 0], points[:, 1]


def test_the_index_and_postgis_name_the_same_owner_for_ten_thousand_points(
    county_database: FreshDatabase, serving: Database
) -> None:
    keeper = Keeper(serving)
    county = keeper.map_at(keeper.current(), EFFECTIVE_AT)
    lons, lats = telling_points(county)
    with direct(county_database.app_url) as connection:
        rows = connection.execute(
            "SELECT min(g.code), count(g.code) FROM unnest(%s::float8[], %s::float8[])"
            " WITH ORDINALITY AS p(x, y, n) LEFT JOIN grid_boundaries g"
            " ON ST_Covers(g.geom, ST_SetSRID(ST_MakePoint(p.x, p.y), 4490))"
            " GROUP BY p.n ORDER BY p.n",
            (lons.tolist(), lats.tolist()),
        ).fetchall()
    assert [row[0] for row in rows] == county.index.owners(lons, lats).tolist()
    shared = sum(int(str(row[1])) > 1 for row in rows)
    outside = sum(row[0] is None for row in rows)
    assert shared >= 4_000  # the rule of the lowest code was really asked
    assert outside > 500


def test_each_instant_has_the_owner_of_its_time(
    county_database: FreshDatabase, serving: Database
) -> None:
    keeper, late = Keeper(serving), Keeper(serving)
    known = keeper.current()
    late.current()
    inside = keeper.map_at(known, EFFECTIVE_AT).index.geometry(GRID).point_on_surface()
    change = EFFECTIVE_AT + timedelta(days=100)
    with direct(county_database.owner_url) as connection, connection.transaction():
        exchange_grids(connection, GRID, OTHER, name="demo-2", at=change)

    def answer(at: datetime, keeper: Keeper = keeper) -> tuple[str, str | None]:
        county = keeper.map_at(keeper.current(), at)
        return county.revision, county.index.owner(lon=inside.x, lat=inside.y)

    # Until a process learns of the change its answers are the old ones, and name the old revision:
    # from a map in memory, and from one that it has to read again.
    late._maps.clear()
    assert answer(change) == (REVISION, GRID)
    assert answer(change, late) == (REVISION, GRID)
    assert keeper.refresh().revisions["boundaries"] == known.revisions["boundaries"] + 1
    instant = timedelta(microseconds=1)
    assert answer(EFFECTIVE_AT) == (REVISION, GRID)
    assert answer(change - instant) == (REVISION, GRID)
    assert answer(change) == ("demo-2", OTHER)
    assert answer(change + timedelta(days=365)) == ("demo-2", OTHER)
    with pytest.raises(Problem) as refusal:
        answer(EFFECTIVE_AT - instant)
    assert (refusal.value.slug, refusal.value.status) == ("before-first-revision", 422)
