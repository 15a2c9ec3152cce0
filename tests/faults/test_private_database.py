"""The private database: made, shared, repaired and stopped, whatever happened before."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from api.db import cluster_home
from api.db.cluster import (
    Cluster,
    is_running,
    open_cluster,
    remove_cluster,
    stop_cluster,
    temporary_cluster,
)
from api.db.cluster_databases import create_database, drop_database
from api.db.cluster_home import in_use, place_of
from api.db.cluster_process import first_number, server_pid
from api.db.postgres_programs import ClusterError, find_programs, installed_programs


@contextmanager
def reachable_dir() -> Iterator[Path]:
    """A directory that the server's user can reach (pytest's own are closed to others)."""
    directory = Path(tempfile.mkdtemp(prefix="wangge-faults-"))
    directory.chmod(0o755)
    yield directory / "var"
    remove_cluster(directory / "var")
    shutil.rmtree(directory)


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """A place where no database was made yet."""
    with reachable_dir() as directory:
        yield directory


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place whose database is made once and stopped after every test that uses it."""
    with reachable_dir() as directory:
        yield directory


def start(var_dir: Path) -> Cluster:
    return open_cluster(var_dir, durable=False)


def query(cluster: Cluster, statement: str, *, role: str = "superuser") -> list[tuple[object, ...]]:
    url = getattr(cluster.urls(), role).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def kill_server(var_dir: Path) -> None:
    pid = server_pid(place_of(var_dir, "cluster"))
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while server_pid(place_of(var_dir, "cluster")) is not None:
        time.sleep(0.01)


def test_the_last_user_stops_the_server_and_no_other(made: Path) -> None:
    first, second = start(made), start(made)
    assert in_use(first.place)
    assert first.close() is False
    assert query(second, "SELECT 1") == [(1,)]
    assert second.close() is True
    assert not is_running(made)
    assert not in_use(second.place)
    assert server_pid(second.place) is None


def test_the_server_is_reached_through_a_closed_directory_only(made: Path) -> None:
    cluster = start(made)
    assert query(cluster, "SHOW listen_addresses") == [("",)]
    assert stat.S_IMODE(cluster.place.socket_dir.stat().st_mode) == 0o700
    cluster.close()


def test_the_serving_role_owns_nothing_and_is_no_superuser(made: Path) -> None:
    cluster = start(made)
    rights = query(
        cluster,
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls,"
        " pg_has_role(rolname, 'wangge_owner', 'MEMBER')"
        " FROM pg_roles WHERE rolname = 'wangge_app'",
    )
    assert rights == [(False, False, False, False, False)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(cluster, "CREATE TABLE mine (n int)", role="app")
    query(cluster, "CREATE TABLE ours (n int)", role="owner")
    extensions = {row[0] for row in query(cluster, "SELECT extname FROM pg_extension")}
    assert {"postgis", "btree_gist", "pg_trgm"} <= extensions
    cluster.close()


def test_a_copy_of_a_template_holds_its_tables_and_is_dropped_again(made: Path) -> None:
    cluster = start(made)
    query(cluster, "CREATE TABLE sample AS SELECT 7 AS n", role="owner")
    create_database(cluster.place, "copy", template="wangge")
    with psycopg.connect(cluster.urls("copy").owner.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT n FROM sample").fetchall() == [(7,)]
    drop_database(cluster.place, "copy")
    names = {row[0] for row in query(cluster, "SELECT datname FROM pg_database")}
    assert "copy" not in names
    assert "wangge" in names
    cluster.close()


def test_what_was_committed_survives_a_killed_server(made: Path) -> None:
    before = open_cluster(made)
    query(before, "CREATE TABLE kept AS SELECT 42 AS n", role="owner")
    kill_server(made)
    after = open_cluster(made)
    assert query(after, "SELECT n FROM kept") == [(42,)]
    before.close()
    assert after.close() is True


def test_a_dead_server_whose_number_another_process_has_now_does_not_block(made: Path) -> None:
    before = start(made)
    kill_server(made)
    lines = before.place.pid_file.read_text("utf-8").split("\n")
    # Of the server's own user, so that PostgreSQL takes it for a server that is alive.
    bystander = subprocess.Popen(
        ["sleep", "60"], user=before.place.data.stat().st_uid if os.geteuid() == 0 else None
    )
    try:
        before.place.pid_file.write_text("\n".join([str(bystander.pid), *lines[1:]]), "utf-8")
        socket_lock = before.place.socket_dir / ".s.PGSQL.5432.lock"
        _, *rest = socket_lock.read_text("utf-8").split("\n")
        socket_lock.write_text("\n".join([str(bystander.pid), *rest]), "utf-8")
        after = start(made)
        assert query(after, "SELECT 1") == [(1,)]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    before.close()
    assert after.close() is True


def test_a_server_that_lost_its_command_is_used_again_and_stopped(made: Path) -> None:
    program = (
        "import os, pathlib, signal, sys\n"
        "from api.db.cluster import open_cluster\n"
        "open_cluster(pathlib.Path(sys.argv[1]), durable=False)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    outcome = subprocess.run([sys.executable, "-c", program, str(made)], check=False)
    assert outcome.returncode == -signal.SIGKILL
    orphan = server_pid(place_of(made, "cluster"))
    assert orphan is not None
    cluster = start(made)
    assert server_pid(cluster.place) == orphan
    assert cluster.close() is True
    assert stop_cluster(made) is False


def test_stopping_by_hand_is_refused_while_a_command_uses_the_server(made: Path) -> None:
    cluster = start(made)
    with pytest.raises(ClusterError, match="in use"):
        stop_cluster(made)
    assert query(cluster, "SELECT 1") == [(1,)]
    cluster.close()


def test_half_made_directories_are_repaired_and_nothing_is_thrown_away(var_dir: Path) -> None:
    start(var_dir).close()
    place = place_of(var_dir, "cluster")
    (place.data / "global" / "pg_control").unlink()
    (place.home / "data.new").mkdir()
    said: list[str] = []
    cluster = open_cluster(var_dir, durable=False, say=said.append)
    assert query(cluster, "SELECT 1") == [(1,)]
    assert (place.home / "data.broken.1" / "PG_VERSION").is_file()
    assert any("data.broken.1" in sentence for sentence in said)
    assert not (place.home / "data.new").exists()
    cluster.close()


def test_a_directory_deleted_under_a_running_server_starts_anew(var_dir: Path) -> None:
    lost = start(var_dir)
    ghost = server_pid(lost.place)
    lost.users.leave()
    shutil.rmtree(var_dir)
    cluster = start(var_dir)
    assert query(cluster, "SELECT 1") == [(1,)]
    assert server_pid(cluster.place) != ghost
    assert cluster.close() is True
    assert first_number(Path(f"/proc/{ghost}/stat")) is None


def test_a_path_longer_than_a_socket_may_have_works(var_dir: Path) -> None:
    deep = var_dir.parent / ("a directory with a long name " * 3).strip() / ("deep" * 20) / "var"
    cluster = start(deep)
    assert query(cluster, "SELECT 1") == [(1,)]
    assert remove_while_open_is_refused(deep)
    cluster.close()
    assert remove_cluster(deep) is not None
    assert not (deep / "cluster").exists()


def remove_while_open_is_refused(var_dir: Path) -> bool:
    with pytest.raises(ClusterError, match="in use"):
        remove_cluster(var_dir)
    return True


def test_a_checkout_below_a_closed_home_works(
    var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = var_dir.parent / "lib"
    monkeypatch.setattr(cluster_home, "FALLBACK_PARENT", elsewhere)
    closed = var_dir.parent / "home"
    closed.mkdir(mode=0o700)
    cluster = start(closed / "var")
    assert query(cluster, "SELECT 1") == [(1,)]
    if os.geteuid() == 0:  # the server dropped to a user that cannot look into the home
        assert cluster.place.home.is_relative_to(elsewhere)
        assert (closed / "var" / "cluster.path").read_text().strip() == str(cluster.place.home)
    else:
        assert cluster.place.home == closed / "var" / "cluster"
    cluster.close()
    again = start(closed / "var")
    assert again.place.home == cluster.place.home
    again.close()
    remove_cluster(closed / "var")


def test_a_socket_directory_made_by_somebody_else_is_refused(var_dir: Path) -> None:
    squatted = place_of(var_dir, "cluster").socket_dir
    squatted.write_text("not a directory")
    try:
        with pytest.raises(ClusterError, match="made by somebody else"):
            start(var_dir)
    finally:
        squatted.unlink()


def test_a_var_that_is_a_file_is_named(var_dir: Path) -> None:
    var_dir.write_text("")
    with pytest.raises(ClusterError, match="var"):
        start(var_dir)
    var_dir.unlink()


def test_without_postgresql_the_three_ways_out_are_named(tmp_path: Path) -> None:
    with pytest.raises(ClusterError) as refusal:
        find_programs(root=tmp_path)
    message = str(refusal.value)
    assert "apt-get install postgresql-15-postgis-3" in message
    assert "DATABASE_URL" in message
    assert "administrator" in message


def test_postgresql_without_postgis_is_not_enough(tmp_path: Path) -> None:
    programs = tmp_path / "usr/lib/postgresql/15/bin"
    programs.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (programs / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.9'\n")
        (programs / name).chmod(0o755)
    assert installed_programs(tmp_path) == []
    control = tmp_path / "usr/share/postgresql/15/extension/postgis.control"
    control.parent.mkdir(parents=True)
    control.write_text("")
    assert [found.major for found in installed_programs(tmp_path)] == [15]


def test_data_of_another_version_ask_for_that_version(tmp_path: Path) -> None:
    test_postgresql_without_postgis_is_not_enough(tmp_path)
    with pytest.raises(ClusterError, match="postgresql-13-postgis-3"):
        find_programs(major=13, root=tmp_path)


def test_a_temporary_database_leaves_nothing() -> None:
    with temporary_cluster() as cluster:
        assert query(cluster, "SHOW fsync") == [("off",)]
        place = cluster.place
    assert not place.home.exists()
    assert not place.var_dir.parent.exists()
    assert not place.socket_dir.exists()
