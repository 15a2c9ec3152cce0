"""What happened stays written: events and audit are appended to, never changed."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from tests.conftest import FreshDatabase
from tests.store.rows import direct, put_report

TABLES = ("report_events", "audit")
CHANGES = {
    "UPDATE": "UPDATE {} SET actor = 'somebody else'",
    "DELETE": "DELETE FROM {}",
    "TRUNCATE": "TRUNCATE {}",
}


@pytest.fixture(scope="module")
def written(county_database: FreshDatabase) -> UUID:
    """A report with an event, and a row of the audit trail."""
    with direct(county_database.superuser_url) as connection:
        connection.execute("INSERT INTO audit (actor, action) VALUES ('somebody', 'looked')")
    return put_report(county_database, "150221")


@pytest.fixture(params=["app_url", "owner_url", "superuser_url"])
def login(request: pytest.FixtureRequest, county_database: FreshDatabase) -> str:
    """Each login there is: who serves, who owns, who is above all rules but triggers."""
    return str(getattr(county_database, request.param))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", CHANGES)
def test_nobody_changes_what_was_written(
    county_database: FreshDatabase, written: UUID, login: str, table: str, change: str
) -> None:
    with direct(county_database.superuser_url) as connection:
        before = connection.execute(f"SELECT * FROM {table} ORDER BY id".encode()).fetchall()
    assert before
    with direct(login) as connection:
        connection.execute("SELECT set_config('wangge.scope', 'all', false)")
        try:
            cursor = connection.execute(CHANGES[change].format(table).encode())
        except psycopg.errors.InsufficientPrivilege as refusal:
            assert "append-only" in str(refusal) or "permission denied" in str(refusal)
        else:  # row security shows the owner no row of reports that it could change
            assert (cursor.rowcount, table, login) == (
                0,
                "report_events",
                county_database.owner_url,
            )
    with direct(county_database.superuser_url) as connection:
        after = connection.execute(f"SELECT * FROM {table} ORDER BY id".encode()).fetchall()
    assert after == before


def test_the_serving_role_deletes_no_report_and_no_assignment(
    county_database: FreshDatabase, written: UUID
) -> None:
    with direct(county_database.app_url) as connection:
        connection.execute("SELECT set_config('wangge.scope', 'all', false)")
        for table in ("reports", "assignments", "people", "accounts"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"DELETE FROM {table}".encode())


PUBLISHED = ("areas", "grid_boundaries", "area_boundaries", "boundary_revisions")
DRAFTED = ("plans", "plan_operations", "plan_changes", "plan_revisions", "plan_consents")
DECIDED = ("changesets", "changeset_grids", "lineage")


def test_the_serving_role_deletes_no_boundary_plan_or_lineage(
    county_database: FreshDatabase,
) -> None:
    with direct(county_database.app_url) as connection:
        for table in (*PUBLISHED, *DRAFTED, *DECIDED):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"DELETE FROM {table}".encode())
