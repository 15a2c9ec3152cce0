"""The database itself keeps terms apart, and the old rows were carried over."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest

from api.db.cluster import Cluster
from api.db.cluster_databases import create_database, drop_database
from api.db.migrate import migrate
from tests.conftest import FreshDatabase
from tests.store.rows import Direct, direct

DAYS = "tstzrange('2026-11-01', '2026-12-01')"
LATER = "tstzrange('2026-11-30', '2027-01-01')"
AFTER = "tstzrange('2026-12-01', '2027-01-01')"


@pytest.fixture(scope="module")
def rows(county_database: FreshDatabase) -> Iterator[tuple[Direct, UUID, list[UUID]]]:
    """A connection past the service, a post of its own, and some people."""
    with direct(county_database.superuser_url) as connection:
        post = uuid4()
        connection.execute(
            "INSERT INTO posts (id, area_code, role, seats) VALUES (%s, '150221', 'mediator', 2)",
            (post,),
        )
        people = [row[0] for row in connection.execute("SELECT id FROM people LIMIT 6").fetchall()]
        yield connection, post, people  # type: ignore[misc]


@pytest.mark.parametrize(
    ("table", "columns", "same", "also_apart"),
    [
        ("holders", "seat", "1, 1", "2, 2"),
        ("covers", "rank", "1, 1", "2, 2"),
        ("overrides", "reason", "'a', 'b'", None),
        ("shifts", None, None, None),
    ],
)
def test_what_overlaps_is_refused_by_the_table_and_what_only_touches_is_not(
    rows: tuple[Direct, UUID, list[UUID]],
    table: str,
    columns: str | None,
    same: str | None,
    also_apart: str | None,
) -> None:
    connection, post, people = rows

    def put(person: UUID, period: str, value: str | None) -> None:
        named, given = (f", {columns}", f", {value}") if columns else ("", "")
        connection.execute(
            f"INSERT INTO {table} (id, post_id, person_id, valid{named}) "
            f"VALUES (%s, %s, %s, {period}{given})".encode(),
            (uuid4(), post, person),
        )

    first, second = same.split(", ") if same else (None, None)
    put(people[0], DAYS, first)
    # Whoever it is (the same person where a table keeps persons apart), not within that time.
    other = people[0] if table == "shifts" else people[1]
    with pytest.raises(psycopg.errors.ExclusionViolation):
        put(other, LATER, second)
    if also_apart:
        # One person does not take a second seat of the same post.
        with pytest.raises(psycopg.errors.ExclusionViolation):
            put(people[0], LATER, also_apart.split(", ")[0])
    put(other, AFTER, second)


def test_a_person_is_absent_once_at_a_time(rows: tuple[Direct, UUID, list[UUID]]) -> None:
    connection, _post, people = rows
    insert = "INSERT INTO absences (id, person_id, kind, valid) VALUES (%s, %s, 'annual', {})"
    connection.execute(insert.format(DAYS).encode(), (uuid4(), people[0]))
    with pytest.raises(psycopg.errors.ExclusionViolation):
        connection.execute(insert.format(LATER).encode(), (uuid4(), people[0]))
    connection.execute(insert.format(LATER).encode(), (uuid4(), people[1]))


@pytest.mark.parametrize("place", ["NULL, NULL", "'150221', (SELECT id FROM orgs LIMIT 1)"])
def test_a_post_sits_on_an_area_or_on_an_organisation(
    rows: tuple[Direct, UUID, list[UUID]], place: str
) -> None:
    connection, _post, _people = rows
    connection.execute(
        "INSERT INTO orgs (id, name, kind) SELECT %s, 'x', 'centre' "
        "WHERE NOT EXISTS (SELECT 1 FROM orgs)",
        (uuid4(),),
    )
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO posts (id, role, area_code, org_id) "
            f"VALUES (%s, 'liaison', {place})".encode(),
            (uuid4(),),
        )


def test_the_rows_of_the_old_table_are_carried_over(cluster: Cluster) -> None:
    name = "before_duty"
    create_database(cluster.place, name)
    urls = cluster.urls(name)
    migrate(urls.owner, to="0006")
    person, post = uuid4(), uuid4()
    with direct(urls.superuser) as connection:
        connection.execute(
            "INSERT INTO areas (code, level, name, official_name, kind) "
            "VALUES ('150221', 'county', 'x', 'x', 'x')"
        )
        connection.execute(
            "INSERT INTO people (id, name, area_code) VALUES (%s, '甲', '150221')", (person,)
        )
        for number in range(2):
            connection.execute(
                "INSERT INTO posts (id, area_code, role) VALUES (%s, '150221', 'x')",
                (post if number == 0 else uuid4(),),
            )
        posts = [row[0] for row in connection.execute("SELECT id FROM posts").fetchall()]
        for kind, where, period in (
            ("cover", post, DAYS),
            ("override", post, DAYS),
            # One leave was entered once for each post; it is one leave of the person.
            ("absence", posts[0], DAYS),
            ("absence", posts[1], LATER),
        ):
            connection.execute(
                "INSERT INTO duty (id, post_id, person_id, kind, reason, valid) "
                f"VALUES (%s, %s, %s, %s, 'r', {period})".encode(),
                (uuid4(), where, person, kind),
            )
    migrate(urls.owner, to="0007")
    with direct(urls.superuser) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM covers), (SELECT reason FROM overrides), "
            "(SELECT count(*) FROM absences), (SELECT number FROM people), "
            "(SELECT upper(valid) - lower(valid) FROM absences)::text"
        ).fetchone()
    assert found == (1, "r", 1, "G000001", "61 days")
    drop_database(cluster.place, name)
