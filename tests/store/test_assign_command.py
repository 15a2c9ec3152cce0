"""``wangge assign`` over a real county: the command, its words, each row at its own time."""

from __future__ import annotations

import csv
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from api.assigning.boundaries import read_boundaries
from api.cli.main import app
from api.cli.refusal import Refused
from api.db.engine import Database
from api.index_files import IndexFiles
from api.knowledge import Keeper
from api.settings import child_environment, get_settings
from geo.errors import GeoError
from tests.conftest import FreshDatabase
from tests.store.publishing import exchange_grids
from tests.store.rows import direct

FIRST, SECOND = "150221104200001", "150221104200002"
LON_LAT = ("--lon", "lon", "--lat", "lat", "--crs", "wgs84")


@pytest.fixture(scope="module")
def exchanged_at(county_database: FreshDatabase) -> datetime:
    """Two grids have exchanged their shapes an hour ago."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    with direct(county_database.owner_url) as connection, connection.transaction():
        exchange_grids(connection, FIRST, SECOND, name="exchanged", at=at)
    return at


@pytest.fixture(scope="module")
def serving(county_database: FreshDatabase, exchanged_at: datetime) -> Iterator[Database]:
    database = county_database.serving()
    yield database
    database.close()


def variables(database: FreshDatabase, var_dir: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database.owner_url,
        "WANGGE_APP_DATABASE_URL": database.app_url,
        "WANGGE_VAR_DIR": str(var_dir),
    }


@pytest.fixture(scope="module")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var")


class Wangge:
    """Run the command in this process: what is compiled is compiled once."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    def assign(self, *arguments: object) -> Result:
        asked = ["assign", *(str(one) for one in arguments)]
        get_settings.cache_clear()
        return CliRunner().invoke(app, asked, env=self._environment)


@pytest.fixture
def wangge(county_database: FreshDatabase, var_dir: Path) -> Iterator[Wangge]:
    yield Wangge(variables(county_database, var_dir))
    get_settings.cache_clear()


def inner_points(serving: Database, exchanged_at: datetime) -> dict[str, tuple[float, float]]:
    """Return a point in each of the two grids, as they were before the exchange."""
    keeper = Keeper(serving)
    county = keeper.map_at(keeper.current(), exchanged_at - timedelta(seconds=1))
    points = {code: county.index.geometry(code).representative_point() for code in (FIRST, SECOND)}
    return {code: (point.x, point.y) for code, point in points.items()}


def test_each_row_is_answered_by_the_boundaries_of_its_own_time(
    wangge: Wangge, serving: Database, exchanged_at: datetime, tmp_path: Path
) -> None:
    lon, lat = inner_points(serving, exchanged_at)[FIRST]
    before, after = exchanged_at - timedelta(microseconds=1), exchanged_at
    naive = (exchanged_at + timedelta(hours=8)).replace(tzinfo=None)
    rows: list[tuple[str, str | None, str]] = [
        (before.isoformat(), FIRST, ""),
        (after.isoformat(), SECOND, ""),
        (f"{naive:%Y-%m-%d %H:%M:%S}", SECOND, ""),
        ("2026-02-30T00:00:00+08:00", None, "时间应写作"),
        ("1980-01-01T00:00:00+08:00", None, "时间早于首版"),
        ("", None, "缺少时间"),
        ("yesterday", None, "时间应写作"),
    ]
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("lon", "lat", "taken"), *((lon, lat, taken) for taken, _, _ in rows)]
        )
    outcome = wangge.assign(
        source, "-o", out, *LON_LAT, "--at-column", "taken", "--zone", "+08:00",
        "--names", "--json",
    )  # fmt: skip
    assert outcome.exit_code == 0, outcome.output
    summary = json.loads(outcome.stdout)
    assert summary["rows"] == len(rows)
    assert summary["revisions"][-1] == "exchanged"
    assert summary["reasons"] == {"before_first": 1, "missing_time": 1, "unreadable_time": 2}
    with out.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    for (taken, grid, words), row in zip(rows, found, strict=True):
        assert (row["taken"], row["grid"]) == (taken, grid or "")
        assert row["reason"].startswith(words)
        assert row["community_name"] == ("" if grid is None else found[0]["community_name"])
    assert found[0]["grid_name"]


def test_the_answers_are_those_of_one_lookup_after_another(
    wangge: Wangge,
    serving: Database,
    exchanged_at: datetime,
    tmp_path: Path,
    var_dir: Path,
) -> None:
    keeper = Keeper(serving)
    now = datetime.now(UTC)
    index = keeper.map_at(keeper.current(), now).index
    west, south, east, north = index.bounds
    source = np.random.default_rng(7)
    table = pa.table(
        {"lon": source.uniform(west, east, 500), "lat": source.uniform(south, north, 500)}
    )
    pq.write_table(table, tmp_path / "in.parquet")
    for at in (now, exchanged_at - timedelta(days=1), now):
        # A kept index that is damaged is put aside: the third time none is believed.
        for kept in (var_dir / "index").glob("*.index"):
            content = bytearray(kept.read_bytes())
            content[len(content) // 2] ^= 0xFF
            kept.write_bytes(content)
        out = tmp_path / "out.parquet"
        outcome = wangge.assign(
            tmp_path / "in.parquet",
            "-o",
            out,
            *LON_LAT,
            "--at",
            at.isoformat(),
            "--overwrite",
        )
        assert outcome.exit_code == 0, outcome.output
        one = keeper.map_at(keeper.current(), at).index
        wanted = [one.owner(lon=x, lat=y) for x, y in zip(*table.to_pydict().values(), strict=True)]
        assert pq.read_table(out)["grid"].to_pylist() == wanted
        assert "500 行" in outcome.stdout
    by_time = read_boundaries(serving, IndexFiles(None), at=now, now=now, by_time=True).coverages
    for number, revision in enumerate(by_time.revisions):
        at = datetime.fromtimestamp(revision.starts_us / 1e6, UTC)
        assert (
            tuple(by_time.index(number)[0].codes) == keeper.map_at(keeper.current(), at).index.codes
        )


def test_what_cannot_be_done_is_told_in_a_sentence(wangge: Wangge, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("lon,lat\n110.5,40.5\n", "utf-8")
    for arguments, words in (
        (("--lon", "x", "--lat", "lat", "--crs", "wgs84"), "现有的列：lon、lat"),
        ((*LON_LAT, "--at", "1980-01-01T00:00:00Z"), "首版网格"),
        ((*LON_LAT, "--scheduler", "tcp://10.1.1.1:8786"), "tls://"),
    ):
        outcome = wangge.assign(source, "-o", out, *arguments)
        assert isinstance(outcome.exception, GeoError | Refused)
        assert words in str(outcome.exception)
        assert not out.exists()


def test_after_ctrl_c_it_says_how_to_go_on_and_goes_on(
    wangge: Wangge, county_database: FreshDatabase, tmp_path: Path, var_dir: Path
) -> None:
    rows = 30_000
    source, out = tmp_path / "in.parquet", tmp_path / "out.csv"
    numbers = np.arange(rows)
    table = pa.table({"n": numbers, "lon": 110.3 + numbers / rows, "lat": 40.3 + numbers / rows})
    pq.write_table(table, source, row_group_size=1000)
    arguments = (source, "-o", out, *LON_LAT, "--threads", "1", "--block-rows", "100")
    state = out.with_name("out.csv.part-state")
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", "assign", *(str(one) for one in arguments)],
        env=child_environment(**variables(county_database, var_dir), TERM="xterm"),
        stdout=subprocess.PIPE, stderr=terminal, text=True,
    )  # fmt: skip
    os.close(terminal)
    while process.poll() is None and not (state.exists() and state.stat().st_size > 2000):
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    shown = read_all(main)
    process.communicate()
    assert not out.exists()
    assert process.returncode == 1
    assert "--resume" in shown
    assert "rows" in shown
    assert "/s" in shown
    again = wangge.assign(*arguments, "--resume", "--json")
    assert again.exit_code == 0, again.output
    summary = json.loads(again.stdout)
    assert summary["rows"] == rows
    assert 0 < summary["resumed_rows"] < rows
    assert out.read_text("utf-8").count("\n") == rows + 1


def read_all(descriptor: int) -> str:
    """Return what a terminal was shown, to its end."""
    shown = b""
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:
            break  # nobody writes to it any more
        if not piece:
            break
        shown += piece
    os.close(descriptor)
    return shown.decode("utf-8", "replace")
