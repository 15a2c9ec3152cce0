"""The schema is what the migrations build: up, unchanged, down to nothing, up again."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import IntegrityError

from api.db import migrate as migrating
from api.db.cluster import Cluster
from api.db.cluster_databases import create_database, drop_database
from api.db.engine import normalise_url
from api.db.migrate import MIGRATION_LOCK, current_revision, head_revision, migrate
from tests.store.waiting import wait_until

BLANK = "blank"


@pytest.fixture
def blank(cluster: Cluster) -> Iterator[str]:
    """The owner's address of a database with the extensions and nothing of ours."""
    create_database(cluster.place, BLANK)
    yield cluster.urls(BLANK).owner
    drop_database(cluster.place, BLANK)


def asked(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def catalogue(url: str) -> set[str]:
    """What the schema holds: tables, sequences, functions, policies, the serving role's rights."""
    rows = asked(
        url,
        "SELECT 'relation ' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace "
        "UNION ALL SELECT 'policy ' || polname FROM pg_policy "
        # Rights on a table go with the table; those on the schema have to be taken back.
        "UNION ALL SELECT 'right of ' || held.grantee::regrole FROM pg_namespace n, "
        "aclexplode(n.nspacl) held WHERE n.nspname = 'public'",
    )
    return {str(row[0]) for row in rows if "alembic_version" not in str(row[0])}


def alembic(url: str, action: str, *arguments: str) -> None:
    """Run one of alembic's own commands on a connection of the owner."""
    engine = create_engine(normalise_url(url))
    with engine.connect() as connection:
        config = migrating._config()
        config.attributes["connection"] = connection
        getattr(command, action)(config, *arguments)
        connection.commit()
    engine.dispose()


def history() -> list[str]:
    """The revisions of the schema, oldest first."""
    script = ScriptDirectory.from_config(migrating._config())
    return [step.revision for step in script.walk_revisions()][::-1]


def test_the_migrations_build_what_the_tables_say_and_take_all_of_it_away(blank: str) -> None:
    bare = catalogue(blank)
    migrate(blank)
    assert current_revision(blank) == head_revision()
    built = catalogue(blank)
    assert {"relation reports", "function wangge_may_create()", "policy reports_read"} <= built
    alembic(blank, "check")  # raises when tables and migrations differ
    migrate(blank, to="base")
    assert catalogue(blank) == bare
    migrate(blank)
    assert catalogue(blank) == built


def test_each_migration_can_be_taken_back_and_applied_again(blank: str) -> None:
    for revision in history():
        before = catalogue(blank)
        migrate(blank, to=revision)
        after = catalogue(blank)
        alembic(blank, "downgrade", "-1")
        assert catalogue(blank) == before
        migrate(blank, to=revision)
        assert catalogue(blank) == after


def test_no_migration_waits_long_for_a_lock(blank: str) -> None:
    """One idle reader would make every later reader wait behind a migration that waits."""
    limits: list[str] = []

    def note(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if "alembic_version" in statement and statement.startswith(("INSERT", "UPDATE")):
            with connection.connection.cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                limits.extend(cursor.fetchone() or ())

    event.listen(Engine, "before_cursor_execute", note)
    try:
        migrate(blank)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert limits == ["4s"] * len(history())


def test_services_that_start_at_once_migrate_one_after_the_other(blank: str) -> None:
    errors: list[BaseException] = []

    def start() -> None:
        try:
            migrate(blank)
        except BaseException as error:  # noqa: BLE001 - what a thread dies of must be seen
            errors.append(error)

    services = [threading.Thread(target=start) for _ in range(3)]
    for service in services:
        service.start()
    for service in services:
        service.join()
    assert errors == []
    assert current_revision(blank) == head_revision()


def test_a_migration_waits_for_the_one_that_runs(blank: str) -> None:
    with psycopg.connect(blank.replace("+psycopg", ""), autocommit=True) as running:
        running.execute("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        second = threading.Thread(target=migrate, args=(blank,))
        second.start()
        waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        wait_until(lambda: bool(asked(blank, waiting)))
        assert current_revision(blank) is None
        running.execute("SELECT pg_advisory_unlock(%s)", (MIGRATION_LOCK,))
    second.join()
    assert current_revision(blank) == head_revision()


def test_a_migration_that_fails_leaves_the_schema_of_before(blank: str) -> None:
    migrate(blank, to="0001")
    before = catalogue(blank)
    with psycopg.connect(blank.replace("+psycopg", ""), autocommit=True) as connection:
        # What the next migration writes last is refused.
        connection.execute("ALTER TABLE revisions ADD CONSTRAINT stop CHECK (kind = 'none')")
    with pytest.raises(IntegrityError):
        migrate(blank)
    assert catalogue(blank) == before
    assert current_revision(blank) == "0001"
