"""Row security holds for the serving role, whatever the service forgets to ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from api.app import create_app
from api.db.database_state import look_at
from api.db.engine import (
    NOBODY,
    SERVICE,
    Connection,
    Database,
    Scope,
    make_engine,
    serving_url,
)
from api.db.faults import DatabaseUnavailable
from tests.conftest import FreshDatabase
from tests.store.rows import direct, put_report
from tests.store.waiting import wait_until

TOWNSHIP = "150221104"
COMMUNITY = "150221104001"
GRID = "150221104001003"
NEIGHBOUR_GRID = "150221104002001"
OTHER_TOWNSHIP = "150221105"
SCOPED = ("reports", "assignments", "report_events", "people", "absences", "photos")
OFFICE = "旗综合行政执法局"


@pytest.fixture(scope="module")
def reports(county_database: FreshDatabase) -> dict[str, UUID]:
    """Five reports by what tells them apart."""
    return {
        "grid": put_report(county_database, GRID),
        "community": put_report(county_database, COMMUNITY),
        "neighbour": put_report(county_database, NEIGHBOUR_GRID, channel="hotline_12345"),
        "office": put_report(county_database, OTHER_TOWNSHIP, org=OFFICE),
        "county": put_report(county_database, "150221"),
    }


@pytest.fixture(scope="module", params=["login of its own", "owner's login, confined"])
def serving(request: pytest.FixtureRequest, county_database: FreshDatabase) -> Iterator[Database]:
    """The database as the service opens it, in both ways that the settings allow."""
    own_login = request.param == "login of its own"
    if not own_login:  # a private cluster has no need of this membership; a named one has
        with direct(county_database.superuser_url) as connection:
            connection.execute("GRANT wangge_app TO wangge_owner")
    url = serving_url(county_database.owner_url, county_database.app_url if own_login else None)
    database = Database(make_engine(url, pool_size=1))
    yield database
    database.close()
    if not own_login:
        with direct(county_database.superuser_url) as connection:
            connection.execute("REVOKE wangge_app FROM wangge_owner")


def seen(database: Database, scope: Scope) -> set[UUID]:
    with database.transaction(scope) as connection:
        rows = set(connection.execute(text("SELECT id FROM reports")).scalars())
        # What hangs on a report is seen with it, and never without it.
        for table in ("assignments", "report_events"):
            hanging = connection.execute(text(f"SELECT report_id FROM {table}")).scalars()
            assert set(hanging) == rows
        return rows


def count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_the_service_speaks_as_the_role_that_owns_nothing(serving: Database) -> None:
    with serving.transaction(NOBODY) as connection:
        role = connection.execute(
            text(
                "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
            )
        ).one()
        assert tuple(role) == ("wangge_app", False, False)
        owned = connection.execute(
            text("SELECT count(*) FROM pg_class WHERE relowner = 'wangge_app'::regrole")
        ).scalar_one()
        assert owned == 0


@pytest.fixture(scope="module")
def absences(county_database: FreshDatabase) -> None:
    """One absence of somebody of each of two communities."""
    with direct(county_database.superuser_url) as connection:
        for area in (GRID, NEIGHBOUR_GRID):
            connection.execute(
                "INSERT INTO absences (id, person_id, kind, valid) SELECT %s, id, 'sick', "
                "tstzrange(now(), now() + interval '1 day') FROM people "
                "WHERE area_code = %s LIMIT 1",
                (uuid4(), area),
            )


def test_why_somebody_is_away_is_seen_with_the_person(serving: Database, absences: None) -> None:
    def seen_by(scope: Scope) -> int:
        with serving.transaction(scope) as connection:
            return count(connection, "absences")

    assert seen_by(SERVICE) == 2
    assert seen_by(Scope(kind="areas", areas=(COMMUNITY,))) == 1
    assert seen_by(Scope(kind="areas", areas=(OTHER_TOWNSHIP,))) == 0
    assert seen_by(Scope(kind="org", org=OFFICE)) == 0


PHOTO = (
    "INSERT INTO photos (id, report_id, client_id, source_sha256, sha256, width, height, "
    "size_bytes, taken_at, clock_doubt, received_at, by_account, by_name) SELECT {id}, {report}, "
    "gen_random_uuid(), 'a', 'b', 4, 3, 12, now(), false, now(), id, 'x' FROM accounts LIMIT 1"
)


@pytest.fixture(scope="module")
def photos(county_database: FreshDatabase, reports: dict[str, UUID]) -> dict[UUID, UUID]:
    """A photo of each report, by the report."""
    made = {report: uuid4() for report in reports.values()}
    with direct(county_database.superuser_url) as connection:
        for report, photo in made.items():
            connection.execute(PHOTO.format(id="%s", report="%s").encode(), (photo, report))
    return made


@pytest.mark.parametrize(
    "scope",
    [
        SERVICE, NOBODY, Scope(kind="areas", areas=(COMMUNITY,)), Scope(kind="areas"),
        Scope(kind="channel", channel="hotline_12345"), Scope(kind="org", org=OFFICE),
    ],
    ids=str,
)  # fmt: skip
def test_a_photo_is_seen_with_its_report_and_never_without_it(
    serving: Database, photos: dict[UUID, UUID], scope: Scope
) -> None:
    with serving.transaction(scope) as connection:
        reports = set(connection.execute(text("SELECT id FROM reports")).scalars())
        seen_photos = set(connection.execute(text("SELECT id FROM photos")).scalars())
    assert seen_photos == {photo for report, photo in photos.items() if report in reports}


def test_nobody_adds_a_photo_to_a_report_out_of_sight_or_changes_one(
    serving: Database, reports: dict[str, UUID], photos: dict[UUID, UUID]
) -> None:
    put = text(PHOTO.format(id=":id", report=":report"))
    inside = Scope(kind="areas", areas=(COMMUNITY,), may_create=True)
    for scope, name in (
        (inside, "office"),
        (Scope(kind="areas", areas=(COMMUNITY,)), "grid"),
        (NOBODY, "grid"),
    ):
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            serving.transaction(scope) as connection,
        ):
            connection.execute(put, {"id": uuid4(), "report": reports[name]})
    withdraw = text("UPDATE photos SET withdrawn_reason = NULL WHERE id = :id")
    with serving.transaction(inside) as connection:
        for name, changed in (("office", 0), ("grid", 1)):
            photo = {"id": photos[reports[name]]}
            assert connection.execute(withdraw, photo).rowcount == changed
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        serving.transaction(inside) as connection,
    ):
        connection.execute(text("DELETE FROM photos"))


def test_without_a_scope_no_row_is_seen(
    serving: Database, reports: dict[str, UUID], absences: None, photos: dict[UUID, UUID]
) -> None:
    with serving.engine.begin() as connection:
        assert {table: count(connection, table) for table in SCOPED} == dict.fromkeys(SCOPED, 0)
    with serving.transaction(SERVICE) as connection:
        assert all(count(connection, table) for table in SCOPED)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (SERVICE, {"grid", "community", "neighbour", "office", "county"}),
        (NOBODY, set()),
        (
            Scope(kind="areas", areas=("150221",)),
            {"grid", "community", "neighbour", "office", "county"},
        ),
        (Scope(kind="areas", areas=(TOWNSHIP,)), {"grid", "community", "neighbour"}),
        (Scope(kind="areas", areas=(COMMUNITY,)), {"grid", "community"}),
        (Scope(kind="areas", areas=(GRID,)), {"grid"}),
        (Scope(kind="areas", areas=(GRID, NEIGHBOUR_GRID)), {"grid", "neighbour"}),
        (Scope(kind="areas", areas=()), set()),
        (Scope(kind="areas", areas=("",)), set()),
        (Scope(kind="areas", areas=("%",)), set()),
        (Scope(kind="channel", channel="hotline_12345"), {"neighbour"}),
        (Scope(kind="channel", channel=""), set()),
        (Scope(kind="org", org=OFFICE), {"office"}),
        (Scope(kind="org", org=""), set()),
        (Scope(kind="no such kind", areas=("150221",)), set()),
    ],
    ids=lambda value: (
        f"{value.kind} {value.areas or value.channel or value.org}"
        if isinstance(value, Scope)
        else ""
    ),
)
def test_a_scope_sees_its_rows_and_no_other(
    serving: Database, reports: dict[str, UUID], scope: Scope, expected: set[str]
) -> None:
    assert seen(serving, scope) == {reports[name] for name in expected}


def test_the_stream_and_the_database_agree_on_what_a_scope_sees(
    serving: Database, reports: dict[str, UUID]
) -> None:
    with serving.transaction(SERVICE) as connection:
        rows = connection.execute(text("SELECT id, area_code, channel, orgs FROM reports")).all()
    for scope in (
        SERVICE,
        NOBODY,
        Scope(kind="areas", areas=("", COMMUNITY)),
        Scope(kind="areas"),
        Scope(kind="channel", channel="app"),
        Scope(kind="org", org=OFFICE),
        Scope(kind="org"),
    ):
        in_memory = {
            row.id
            for row in rows
            if scope.covers(area_code=row.area_code, channel=row.channel, orgs=row.orgs)
        }
        assert in_memory == seen(serving, scope), scope


def test_people_are_seen_by_area_and_by_nobody_else(serving: Database) -> None:
    def areas(scope: Scope) -> set[str]:
        with serving.transaction(scope) as connection:
            return set(connection.execute(text("SELECT area_code FROM people")).scalars())

    within = areas(Scope(kind="areas", areas=(COMMUNITY,)))
    assert within
    assert all(code.startswith(COMMUNITY) for code in within)
    assert areas(Scope(kind="channel", channel="app")) == set()
    assert areas(Scope(kind="org", org=OFFICE)) == set()


def insert_report(connection: Connection, area: str) -> None:
    connection.execute(
        text(
            "INSERT INTO reports (id, number, channel, text, status, stage, decision, area_code,"
            " occurred_at, created_at, due_since, due_at, updated_at) VALUES (:id, :number, 'app',"
            " 'x', 'assigned', 'routing', 'auto', :area, now(), now(), now(), now(), now())"
        ),
        {"id": uuid4(), "number": uuid4().hex, "area": area},
    )


def test_only_who_may_create_inserts_even_into_its_own_area(serving: Database) -> None:
    own = Scope(kind="areas", areas=(COMMUNITY,))
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        serving.transaction(own) as connection,
    ):
        insert_report(connection, COMMUNITY)
    # A caller who may create may hand a report to an area that it does not see itself.
    creator = Scope(kind="areas", areas=(COMMUNITY,), may_create=True)
    with serving.engine.connect() as connection, connection.begin() as tried:
        serving.set_scope(connection, creator)
        insert_report(connection, OTHER_TOWNSHIP)
        tried.rollback()


def test_a_row_out_of_sight_is_neither_changed_nor_moved_out_of_sight(
    serving: Database, reports: dict[str, UUID]
) -> None:
    change = text("UPDATE reports SET area_code = :area WHERE id = :id")
    with serving.transaction(Scope(kind="areas", areas=(COMMUNITY,))) as connection:
        hidden = {"id": reports["office"], "area": OTHER_TOWNSHIP}
        assert connection.execute(change, hidden).rowcount == 0
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        serving.transaction(Scope(kind="areas", areas=(COMMUNITY,))) as connection,
    ):
        connection.execute(change, {"id": reports["grid"], "area": OTHER_TOWNSHIP})


def test_a_pooled_connection_forgets_the_scope(serving: Database, reports: dict[str, UUID]) -> None:
    def backend_and_rows(connection: Connection) -> tuple[int, int]:
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        return int(number), count(connection, "reports")

    with serving.transaction(SERVICE) as connection:
        before, rows = backend_and_rows(connection)
    assert rows == len(reports)
    with serving.engine.begin() as connection:
        assert backend_and_rows(connection) == (before, 0)
    with serving.read_once() as connection:
        assert backend_and_rows(connection) == (before, 0)
    with pytest.raises(DBAPIError), serving.transaction(SERVICE) as connection:
        connection.execute(text("SELECT 1/0"))
    with serving.engine.begin() as connection:
        assert backend_and_rows(connection) == (before, 0)


def test_the_owner_of_the_tables_is_held_too(
    county_database: FreshDatabase, reports: dict[str, UUID]
) -> None:
    with direct(county_database.owner_url) as connection:
        for table in SCOPED:
            found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert found == (0,), table


def test_a_login_of_its_own_cannot_become_the_owner(county_database: FreshDatabase) -> None:
    with direct(county_database.app_url) as connection:
        for way_out in ("RESET ROLE", "SET ROLE NONE", "SET SESSION AUTHORIZATION DEFAULT"):
            connection.execute(way_out.encode())
            assert connection.execute("SELECT current_user").fetchone() == ("wangge_app",)
        for refused in ("SET ROLE wangge_owner", "ALTER TABLE reports NO FORCE ROW LEVEL SECURITY"):
            with pytest.raises(Exception, match=r"permission denied|must be owner"):
                connection.execute(refused.encode())


def test_the_owners_login_leaves_its_confinement_on_purpose_only(
    county_database: FreshDatabase, reports: dict[str, UUID]
) -> None:
    """What docs/row-security.md says of a single login, word by word."""
    with direct(county_database.superuser_url) as connection:
        connection.execute("GRANT wangge_app TO wangge_owner")
    confined = serving_url(county_database.owner_url, None)
    try:
        with direct(confined.render_as_string(hide_password=False)) as connection:

            def role_after(statement: str) -> object:
                connection.execute(statement.encode())
                row = connection.execute("SELECT current_user").fetchone()
                return row and row[0]

            for harmless in ("RESET ROLE", "RESET ALL", "DISCARD ALL"):
                assert role_after(harmless) == "wangge_app", harmless
            for way_out in ("SET ROLE NONE", "SET ROLE wangge_owner"):
                assert role_after(way_out) == "wangge_owner", way_out
                assert connection.execute("SELECT count(*) FROM reports").fetchone() == (0,)
                assert role_after("RESET ROLE") == "wangge_app"
    finally:
        with direct(county_database.superuser_url) as connection:
            connection.execute("REVOKE wangge_app FROM wangge_owner")


def test_a_named_database_may_come_with_options_of_its_own(county_database: FreshDatabase) -> None:
    options = "?options=-c%20application_name%3Dours%20-c%20work_mem%3D1234kB&"
    url = county_database.app_url.replace("?", options)
    with direct(url) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("1234kB",)
    assert look_at(url).grids == 1173


def test_whoever_may_send_statements_may_also_widen_the_scope(
    county_database: FreshDatabase, reports: dict[str, UUID]
) -> None:
    """Row security is a net below forgotten conditions, not a wall against foreign statements."""
    with direct(county_database.app_url) as connection:
        connection.execute("SELECT set_config('wangge.scope', 'all', false)")
        assert connection.execute("SELECT count(*) FROM reports").fetchone() == (len(reports),)


def test_the_service_runs_on_the_owners_login_alone(
    county_database: FreshDatabase, tmp_path: Path
) -> None:
    settings = county_database.settings(tmp_path).model_copy(update={"app_database_url": None})
    with direct(county_database.superuser_url) as connection:
        connection.execute("GRANT wangge_app TO wangge_owner")
        try:
            with TestClient(create_app(settings)) as client:
                keeper = client.app.state.service.keeper  # type: ignore[attr-defined]
                answer = client.post("/v1/reports", json={"channel": "app", "text": "路灯不亮"})
                assert answer.status_code == 201
                before = keeper.current().revisions["roster"]
                connection.execute("UPDATE revisions SET number = number + 1 WHERE kind = 'roster'")
                wait_until(lambda: keeper.current().revisions["roster"] == before + 1)
        finally:
            connection.execute("REVOKE wangge_app FROM wangge_owner")


def test_an_owner_who_may_not_take_the_serving_role_is_told_so(
    county_database: FreshDatabase,
) -> None:
    refused = Database(make_engine(serving_url(county_database.owner_url, None)))
    told = pytest.raises(DatabaseUnavailable, match="permission denied to set role")
    with told, refused.transaction(NOBODY):
        pass
    refused.close()
