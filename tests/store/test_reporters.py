"""Reporters in the database: moved there sealed, sealed anew in batches, seen by few."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from api.cli.main import app
from api.db.cluster import Cluster
from api.db.cluster_databases import create_database, drop_database
from api.db.engine import NOBODY, SERVICE, Database, Scope
from api.db.migrate import migrate
from api.input_types import SHANGHAI
from api.privacy.erasure import erase_due
from api.privacy.key_file import add_key, make_file, read_keys
from api.privacy.rotation import rotate
from api.privacy.vault import Reporter, Vault
from api.scheduler import JOBS
from api.service_parts import build_service
from api.settings import get_settings
from tests.conftest import FreshDatabase
from tests.store.rows import Direct, direct, put_report

GRID = "150221104001003"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
CALLER = Reporter("欧阳某", "00007654321")


@pytest.fixture
def looking(county_database: FreshDatabase) -> Iterator[Direct]:
    with direct(county_database.superuser_url) as connection:
        connection.execute("DELETE FROM reporters")
        yield connection


@pytest.fixture
def database(county_database: FreshDatabase) -> Iterator[Database]:
    serving = county_database.serving()
    yield serving
    serving.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    make_file(tmp_path / "reporter-keys", NOW.date())
    return Vault(tmp_path / "reporter-keys")


def put_reporter(looking: Direct, report_id: UUID, vault: Vault) -> None:
    sealed = vault.seal(report_id, CALLER)
    looking.execute(
        "INSERT INTO reporters (report_id, state, key_id, sealed, phone_tag, changed_at) "
        "VALUES (%s, 'kept', %s, %s, %s, now())",
        (report_id, sealed.key_id, sealed.content, sealed.phone_tag),
    )


def opened(looking: Direct, vault: Vault) -> list[tuple[object, Reporter]]:
    rows = looking.execute("SELECT report_id, key_id, sealed FROM reporters").fetchall()
    return [(key, vault.open(report, key, sealed)) for report, key, sealed in rows]  # type: ignore[arg-type]


# ---- rotation


def test_a_rotation_that_was_cut_off_goes_on_where_it_was(
    county_database: FreshDatabase,
    looking: Direct,
    database: Database,
    vault: Vault,
    tmp_path: Path,
) -> None:
    for _ in range(7):
        put_reporter(looking, put_report(county_database, GRID), vault)
    tags = {row[0] for row in looking.execute("SELECT phone_tag FROM reporters").fetchall()}
    new = add_key(tmp_path / "reporter-keys", NOW.date())

    class Cut(Exception):
        """Stand for a process that ends."""

    def cut(_sentence: str) -> None:
        raise Cut

    with pytest.raises(Cut):
        rotate(database, vault, NOW, county="150221", say=cut, batch=3)
    assert [key for key, _ in opened(looking, vault)].count(new.id) == 3
    outcome = rotate(database, vault, NOW, county="150221", say=lambda _: None, batch=3)
    assert (outcome.key_id, outcome.sealed, outcome.unreadable) == (new.id, 4, {})
    assert opened(looking, vault) == [(new.id, CALLER)] * 7
    fresh = {row[0] for row in looking.execute("SELECT phone_tag FROM reporters").fetchall()}
    assert (len(fresh), fresh & tags) == (1, set())
    again = rotate(database, vault, NOW, county="150221", say=lambda _: None)
    assert again.sealed == 0
    (row,) = looking.execute(
        "SELECT detail FROM audit WHERE action = 'reporter_keys_rotated' ORDER BY id LIMIT 1"
    ).fetchall()
    assert row[0] == {"key": new.id, "sealed": 4, "unreadable": 0}


def test_what_cannot_be_opened_is_counted_and_left_as_it_is(
    county_database: FreshDatabase,
    looking: Direct,
    database: Database,
    vault: Vault,
    tmp_path: Path,
) -> None:
    lost = tmp_path / "lost-keys"
    make_file(lost, NOW.date())
    (gone,) = read_keys(lost)
    put_reporter(looking, put_report(county_database, GRID), Vault(lost))
    put_reporter(looking, put_report(county_database, GRID), vault)
    add_key(tmp_path / "reporter-keys", NOW.date())
    before = looking.execute(
        "SELECT sealed FROM reporters WHERE key_id = %s", (gone.id,)
    ).fetchall()
    outcome = rotate(database, vault, NOW, county="150221", say=lambda _: None, batch=1)
    assert (outcome.sealed, outcome.unreadable) == (1, {gone.id: 1})
    assert (
        before
        == looking.execute("SELECT sealed FROM reporters WHERE key_id = %s", (gone.id,)).fetchall()
    )


# ---- by the clock


def test_the_scheduler_erases_what_has_served_its_time(
    county_database: FreshDatabase, looking: Direct, tmp_path: Path
) -> None:
    service = build_service(county_database.settings(tmp_path))
    job = next(job for job in JOBS if job.name == "erase_reporters")
    over, young = put_report(county_database, GRID), put_report(county_database, GRID)
    for report_id, days in ((over, 181), (young, 179)):
        put_reporter(looking, report_id, service.vault)
        looking.execute(
            "UPDATE reports SET status = 'closed', closed_at = %s WHERE id = %s",
            (NOW - timedelta(days=days), report_id),
        )
    try:
        assert job.work(service, NOW) == 1
    finally:
        service.database.close()
    states = looking.execute("SELECT report_id, state FROM reporters").fetchall()
    assert set(states) == {(over, "erased"), (young, "kept")}


def test_who_called_about_several_matters_is_kept_until_the_last_of_them_has_ended(
    county_database: FreshDatabase, looking: Direct, database: Database, vault: Vault
) -> None:
    call, told = put_report(county_database, GRID), put_report(county_database, GRID)
    put_reporter(looking, call, vault)
    close = "UPDATE reports SET status = 'closed', closed_at = %s WHERE id = %s"
    looking.execute(close, (NOW - timedelta(days=200), call))
    life = json.dumps({"parts": [str(told)]})
    looking.execute("UPDATE reports SET life = %s WHERE id = %s", (life, call))
    assert erase_due(database, NOW, days=180) == 0
    looking.execute(close, (NOW - timedelta(days=10), told))
    assert erase_due(database, NOW, days=180) == 0
    assert erase_due(database, NOW + timedelta(days=171), days=180) == 1


# ---- row security


def test_a_reporter_is_seen_with_the_report_and_never_without_it(
    county_database: FreshDatabase, looking: Direct, database: Database, vault: Vault
) -> None:
    put_reporter(looking, put_report(county_database, GRID), vault)

    def seen(scope: Scope) -> int:
        with database.transaction(scope) as connection:
            return int(connection.execute(text("SELECT count(*) FROM reporters")).scalar_one())

    assert seen(SERVICE) == seen(Scope(kind="areas", areas=("150221104",))) == 1
    assert seen(NOBODY) == seen(Scope(kind="areas", areas=("150221105",))) == 0
    assert seen(Scope(kind="channel", channel="hotline_12345")) == 0


def test_nothing_can_be_kept_beside_the_word_that_it_is_gone(
    county_database: FreshDatabase, looking: Direct, vault: Vault
) -> None:
    report_id = put_report(county_database, GRID)
    put_reporter(looking, report_id, vault)
    for wrong in (
        "UPDATE reporters SET state = 'erased' WHERE report_id = %s",
        "UPDATE reporters SET sealed = NULL WHERE report_id = %s",
        "UPDATE reporters SET state = 'plain' WHERE report_id = %s",
    ):
        with pytest.raises(psycopg.errors.CheckViolation):
            looking.execute(wrong.encode(), (report_id,))


# ---- coming from before


def test_names_from_before_are_sealed_by_the_migration_and_come_back_with_it(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "var" / "reporter-keys"
    monkeypatch.setenv("WANGGE_REPORTER_KEYS", str(path))
    get_settings.cache_clear()
    create_database(cluster.place, "before")
    # Row security holds for the owner, who migrates; to look, nothing may be hidden.
    owner, url = cluster.urls("before").owner, cluster.urls("before").superuser
    kept, bare = uuid4(), uuid4()
    try:
        migrate(owner, to="0010")
        with direct(url) as connection:
            connection.execute(
                "INSERT INTO areas (code, level, name, official_name, kind) "
                "VALUES ('150221', 'county', '旗', '旗', 'county')"
            )
            for report_id, name, phone in ((kept, CALLER.name, CALLER.phone), (bare, None, "")):
                connection.execute(
                    "INSERT INTO reports (id, number, channel, text, status, stage, decision, "
                    "area_code, reporter_name, reporter_phone, occurred_at, created_at, due_since, "
                    "due_at, updated_at) VALUES (%s, %s, 'app', '路灯不亮', 'assigned', 'routing', "
                    "'auto', '150221', %s, %s, now(), now(), now(), now(), now())",
                    (report_id, report_id.hex, name, phone),
                )
            connection.execute(
                "INSERT INTO intake_keys (scope, key, body_sha256, report_id, response) "
                "VALUES ('source:app', 'A 1', 'x', %s, %s)",
                (kept, json.dumps({"reporter": {"name": "欧**", "phone": "0000****321"}})),
            )
        migrate(owner, to="0011")
        with direct(url) as connection:
            rows = connection.execute("SELECT report_id FROM reporters").fetchall()
            assert rows == [(kept,)]
            assert opened(connection, Vault(path))[0][1] == CALLER
            answers = connection.execute("SELECT response FROM intake_keys").fetchall()
            assert answers == [({"reporter": None},)]
        migrate_down(owner)
        with direct(url) as connection:
            back = connection.execute(
                "SELECT reporter_name, reporter_phone FROM reports WHERE id = %s", (kept,)
            ).fetchall()
        assert back == [(CALLER.name, CALLER.phone)]
    finally:
        get_settings.cache_clear()
        drop_database(cluster.place, "before")


def migrate_down(url: str) -> None:
    """Take the schema back to before reporters were sealed."""
    from tests.store.test_migrations import alembic

    alembic(url, "downgrade", "0010")


# ---- commands


@pytest.fixture
def shell(
    county_database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CliRunner]:
    monkeypatch.setenv("DATABASE_URL", county_database.owner_url)
    monkeypatch.setenv("WANGGE_APP_DATABASE_URL", county_database.app_url)
    monkeypatch.setenv("WANGGE_VAR_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


def test_keys_are_rotated_from_the_shell_and_the_status_tells_what_is_missing(
    county_database: FreshDatabase,
    looking: Direct,
    vault: Vault,
    tmp_path: Path,
    shell: CliRunner,
) -> None:
    put_reporter(looking, put_report(county_database, GRID), vault)
    (old,) = vault.keys()
    made = shell.invoke(app, ["reporters", "new-key"])
    assert made.exit_code == 0, made.output
    new = read_keys(tmp_path / "reporter-keys")[0]
    assert new.id in made.output

    def status() -> tuple[int, dict[str, tuple[bool, int]]]:
        answer = shell.invoke(app, ["reporters", "status", "--json"])
        facts = json.loads(answer.output)
        return answer.exit_code, {f["key"]: (f["in_file"], f["seals"]) for f in facts}

    assert status() == (0, {new.id: (True, 0), old.id: (True, 1)})
    done = shell.invoke(app, ["reporters", "rotate", "--json"])
    assert (done.exit_code, json.loads(done.output)["sealed"]) == (0, 1), done.output
    assert status() == (0, {new.id: (True, 1), old.id: (True, 0)})
    (tmp_path / "reporter-keys").unlink()
    assert status() == (1, {new.id: (False, 1)})
    make_file(tmp_path / "reporter-keys", NOW.date())
    stuck = shell.invoke(app, ["reporters", "rotate"])
    assert stuck.exit_code == 1
    assert new.id in str(stuck.exception)


def test_erasing_from_the_shell_wants_a_reason_and_a_known_number(
    county_database: FreshDatabase, looking: Direct, vault: Vault, shell: CliRunner
) -> None:
    report_id = put_report(county_database, GRID)
    put_reporter(looking, report_id, vault)
    number = report_id.hex
    for bad in (["erase", number], ["erase", "0", "--reason", "来电人要求"]):
        refused = shell.invoke(app, ["reporters", *bad])
        assert (refused.exit_code, refused.exception is not None) == (1, True)
    assert looking.execute("SELECT state FROM reporters").fetchall() == [("kept",)]
    done = shell.invoke(app, ["reporters", "erase", number, "--reason", "来电人要求"])
    assert (done.exit_code, "已删除" in done.output) == (0, True), done.output
    assert looking.execute("SELECT state, sealed FROM reporters").fetchall() == [("erased", None)]
    due = shell.invoke(app, ["reporters", "erase"])
    assert (due.exit_code, "180天" in due.output) == (0, True), due.output


def test_a_fresh_database_gets_its_key_and_one_that_lost_its_own_gets_none(
    county_database: FreshDatabase,
    looking: Direct,
    vault: Vault,
    tmp_path: Path,
    shell: CliRunner,
) -> None:
    path = tmp_path / "reporter-keys"
    path.unlink()
    before = datetime.now(SHANGHAI).date()
    assert shell.invoke(app, ["init"]).exit_code == 0
    made_on = date.fromisoformat(read_keys(path)[0].made_on)  # a day of the county's calendar
    assert before <= made_on <= datetime.now(SHANGHAI).date()
    put_reporter(looking, put_report(county_database, GRID), Vault(path))
    path.unlink()
    lost = shell.invoke(app, ["init"])
    assert lost.exit_code == 0
    assert "wangge reporters new-key" in lost.output
    assert not path.exists()
