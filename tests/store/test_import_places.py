"""Import places into a real database: all or nothing, and every process knows at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.db import place_store
from api.db.engine import Connection, Database, connect_arguments, normalise_url
from api.knowledge import Keeper
from api.places.service import Outcome, import_places
from api.problems import Problem
from tests.commands import Ran, on, run_apart, run_here
from tests.conftest import FreshDatabase

HEADER = "id,name,kind,lon,lat,radius_m,area_code,aliases"
# A point of the demo county's 振华社区, in its ninth grid.
HERE, AREA = "110.5195335,40.5609691", "150221104001"
GOOD = f"mine-1,幸福里小区,compound,{HERE},20,{AREA},福里小院"
BAD = f"mine-2,错放小区,compound,{HERE},20,150221104002,"
NOW = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(county_database: FreshDatabase) -> Iterator[Database]:
    serving = county_database.serving()
    yield serving
    serving.engine.dispose()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "places.csv"


def run(database: Database, table: Path, *rows: str, **how: bool) -> Outcome:
    table.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    return import_places(database, Keeper(database), table, now=NOW, **how)


def found(keeper: Keeper, text: str) -> list[str]:
    return [place.id for place in keeper.current().matcher.match(text).places]


def test_one_bad_row_stores_nothing_and_a_dry_run_neither(database: Database, table: Path) -> None:
    refused = run(database, table, GOOD, BAD)
    assert (refused.refused, refused.stored, refused.revision) == (True, False, None)
    assert [error.line for error in refused.errors] == [3]
    dry = run(database, table, GOOD, dry_run=True)
    assert (dry.added, dry.refused, dry.stored) == (1, False, False)
    assert found(Keeper(database), "幸福里小区") == []


def test_good_rows_are_stored_when_asked_and_a_running_process_hears_of_it(
    database: Database, table: Path, county_database: FreshDatabase
) -> None:
    running = Keeper(database)
    assert found(running, "福里小院") == []
    where = connect_arguments(normalise_url(county_database.owner_url))
    with psycopg.connect(**where, autocommit=True) as listener:
        listener.execute("LISTEN wangge_revision")
        outcome = run(database, table, GOOD, BAD, skip_bad=True)
        heard = [notice.payload for notice in listener.notifies(timeout=30, stop_after=1)]
    assert (outcome.added, len(outcome.errors), outcome.stored) == (1, 1, True)
    assert heard == ["places"]
    running.refresh()
    assert running.current().revisions["places"] == outcome.revision
    assert found(running, "福里小院") == ["mine-1"]

    again = run(database, table, GOOD)
    assert (again.added, again.updated, again.unchanged, again.revision) == (0, 0, 1, None)
    renamed = run(database, table, GOOD.replace("幸福里", "安康里"))
    assert (renamed.added, renamed.updated) == (0, 1)
    assert found(Keeper(database), "安康里小区") == ["mine-1"]
    # People go on saying the name it had.
    assert found(Keeper(database), "幸福里小区") == ["mine-1"]


def test_only_bad_rows_are_a_refusal_even_when_bad_rows_may_be_skipped(
    database: Database, table: Path
) -> None:
    assert run(database, table, BAD, skip_bad=True).refused


def test_places_that_changed_meanwhile_are_not_overwritten(
    database: Database, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = GOOD.replace("mine-1", "mine-9").replace("幸福里", "和美里").replace("福里小院", "")
    upsert = place_store.upsert_places

    def after_another(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        with database.engine.begin() as other:
            place_store.raise_places_revision(other)
        upsert(connection, rows)

    monkeypatch.setattr(place_store, "upsert_places", after_another)
    with pytest.raises(Problem):
        run(database, table, row)
    assert found(Keeper(database), "和美里小区") == []


# ---- the commands


def wangge(database: FreshDatabase, *arguments: str) -> Ran:
    return run_here(*arguments, **on(database))


def test_the_command_says_which_lines_are_bad_and_ends_with_one(
    county_database: FreshDatabase, table: Path
) -> None:
    table.write_text(f"{HEADER}\n{BAD}", encoding="utf-8")
    ran = run_apart("import", "places", table, **on(county_database))
    assert ran.returncode == 1
    assert "第2行：坐标落在" in ran.stderr
    assert "没有导入" in ran.stderr
    told = wangge(county_database, "import", "places", str(table), "--json")
    assert told.returncode == 1  # a program reads the errors and still sees the refusal
    assert json.loads(told.stdout)["errors"][0]["line"] == 2


def test_the_command_imports_and_locate_finds_the_place_by_its_address(
    county_database: FreshDatabase, table: Path
) -> None:
    row = GOOD.replace("mine-1", "mine-3").replace("幸福里", "春晓苑").replace("福里小院", "")
    table.write_text(f"{HEADER}\n{row}", encoding="utf-8")
    ran = wangge(county_database, "import", "places", str(table))
    assert (ran.returncode, ran.stdout) == (0, "已导入：新增1处、更新0处、未变0处。\n")
    words = ("locate", "--address", "春晓苑小区", "--explain", "--json")
    asked = run_apart(*words, **on(county_database))
    answer = json.loads(asked.stdout)
    assert (answer["decision"], answer["grid"]["code"]) == ("auto", f"{AREA}009")
    assert answer["address_match"]["level"] == "compound"
    assert answer["receipt"]["trace"]["address"]["places"] == ["mine-3"]


def test_locate_takes_an_address_alone_or_beside_a_position(
    county_database: FreshDatabase,
) -> None:
    grid = wangge(county_database, "locate", "--address", "振华社区第三网格", "--explain")
    assert grid.returncode == 0
    assert f"{AREA}003" in grid.stdout
    assert "依据明细" in grid.stdout
    both = wangge(
        county_database, "locate", *HERE.split(","), "--crs", "cgcs2000",
        "--address", "阳光小区3号楼", "--json",
    )  # fmt: skip
    assert "位置与地址相符" in both.stdout
