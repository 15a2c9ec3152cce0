"""A county's own buildings replace its table, and its households are those of the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from api.buildings.service import BuildingsOutcome, import_buildings
from api.db.engine import Database, connect_arguments, make_engine, normalise_url
from tests.commands import on, run_apart, run_here
from tests.conftest import FreshDatabase
from tests.store.rows import direct

HEADER = "编号,经度,纬度,户数,名称"
# Two points of the demo county: in the ninth grid of its 振华社区, and beside its third building.
HERE, GRID = "110.5195335,40.5609691", "150221104001009"
THERE, OTHER = "110.5101054,40.5603748", "150221104001001"
TWO = (f"b-1,{HERE},30,幸福里小区1号楼", f"b-2,{THERE},12,")
NOW = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)


@pytest.fixture
def owner(county_database: FreshDatabase) -> Iterator[Database]:
    database = Database(make_engine(normalise_url(county_database.owner_url)))
    yield database
    database.close()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "buildings.csv"


def run(owner: Database, table: Path, *rows: str, dry_run: bool = False) -> BuildingsOutcome:
    table.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    return import_buildings(owner, table, crs="cgcs2000", now=NOW, dry_run=dry_run)


def stored(database: FreshDatabase) -> dict[str, tuple[object, ...]]:
    with direct(database.superuser_url) as connection:
        rows = connection.execute(
            "SELECT id, households, place_id, community_code FROM buildings"
        ).fetchall()
    return {str(row[0]): tuple(row[1:]) for row in rows}


def households(database: FreshDatabase) -> dict[str, int]:
    with direct(database.superuser_url) as connection:
        rows = connection.execute("SELECT code, households FROM areas").fetchall()
    return {str(code): int(str(count)) for code, count in rows if count}


def test_a_bad_row_and_a_dry_run_leave_everything_as_it_was(
    owner: Database, table: Path, county_database: FreshDatabase
) -> None:
    before = stored(county_database), households(county_database)
    bad = run(owner, table, TWO[0], f"b-1,{HERE},x,", "b-3,0,0,1,", "b-4,40.5,110.5,1,", "b-5,1")
    assert not bad.stored
    assert [(error.row, error.column) for error in bad.errors] == [
        (3, "id"), (3, "households"), (4, "lon"), (5, "lat"), (6, ""),
    ]  # fmt: skip
    dry = run(owner, table, *TWO, dry_run=True)
    assert (dry.added, dry.removed, dry.stored) == (2, len(before[0]), False)
    assert run(owner, table).errors  # an empty table would empty the county
    assert (stored(county_database), households(county_database)) == before


def test_the_file_replaces_the_table_and_every_level_counts_it(
    owner: Database, table: Path, county_database: FreshDatabase
) -> None:
    where = connect_arguments(normalise_url(county_database.owner_url))
    with psycopg.connect(**where, autocommit=True) as listener:
        listener.execute("LISTEN wangge_revision")
        assert run(owner, table, *TWO).stored
        heard = {notice.payload for notice in listener.notifies(timeout=30, stop_after=2)}
    assert heard == {"boundaries", "places"}
    community = "150221104001"
    assert stored(county_database) == {
        "b-1": (30, "b-1", community),
        "b-2": (12, None, community),
    }
    assert households(county_database) == {
        GRID: 30, OTHER: 12, community: 42, community[:9]: 42, community[:6]: 42,
    }  # fmt: skip

    again = run(owner, table, *TWO)
    assert (again.added, again.updated, again.unchanged, again.removed) == (0, 0, 2, 0)
    fewer = run(owner, table, TWO[1].replace(",12,", ",13,"))
    assert (fewer.added, fewer.updated, fewer.removed) == (0, 1, 1)
    assert stored(county_database) == {"b-2": (13, None, community)}
    assert GRID not in households(county_database)
    with direct(county_database.superuser_url) as connection:
        audit = connection.execute(
            "SELECT detail FROM audit WHERE action = 'buildings_imported' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert audit == ({"file": "buildings.csv", "buildings": 1, "removed": 1},)


def test_a_place_must_be_known_and_a_name_must_be_whole(owner: Database, table: Path) -> None:
    text = (
        "id,lon,lat,households,name,place\n"
        f"b-7,{HERE},1,,no-such-place\nb-8,{HERE},1,3号楼,\nC15022110400104,{THERE},1,新楼,\n"
    )
    table.write_text(text, encoding="utf-8")
    outcome = import_buildings(owner, table, crs="cgcs2000", now=NOW)
    assert [(error.row, error.column) for error in outcome.errors] == [
        (2, "place"), (3, "name"), (4, "id"),
    ]  # fmt: skip


def test_the_command_ends_with_two_without_a_datum_with_one_for_a_bad_row_else_with_nought(
    county_database: FreshDatabase, table: Path
) -> None:
    table.write_text(f"{HEADER}\nb-1,{HERE},多,", encoding="utf-8")
    command, database = ("import", "buildings", table), on(county_database)
    assert run_here(*command, **database).returncode == 2
    bad = run_here(*command, "--crs", "cgcs2000", **database)
    assert (bad.returncode, "第2行households列：户数" in bad.stderr) == (1, True)
    table.write_text(f"{HEADER}\nb-1,{HERE},5,", encoding="utf-8")
    good = run_apart(*command, "--crs", "cgcs2000", "--json", **database)
    assert good.returncode == 0, good.stderr
    answer = json.loads(good.stdout)
    assert (answer["imported"], answer["households"], answer["errors"]) == (True, 5, [])
