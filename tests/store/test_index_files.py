"""Processes share the index of a set of boundaries as a file, and trust none that is not whole."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from api import county_maps
from api.db.engine import Database
from api.index_files import IndexFiles
from api.knowledge import Keeper
from geo.errors import CoverageError
from geo.locate.county_map import CountyMap
from geo.locate.index import GridIndex
from tests.conftest import FreshDatabase


@pytest.fixture(scope="module")
def database(county_database: FreshDatabase) -> Iterator[Database]:
    serving = county_database.serving()
    yield serving
    serving.engine.dispose()


def map_now(database: Database, folder: Path | None) -> CountyMap:
    keeper = Keeper(database, files=IndexFiles(folder))
    return keeper.map_at(keeper.current(), datetime.now(UTC))


def answers(county: CountyMap) -> list[str | None]:
    source = np.random.default_rng(4)
    west, south, east, north = county.index.bounds
    return county.index.owners(
        source.uniform(west, east, 5000), source.uniform(south, north, 5000)
    ).tolist()


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.index"))


def test_a_process_that_starts_maps_the_file_of_another(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = map_now(database, tmp_path)
    assert len(kept(tmp_path)) == 1

    def never(*_: object) -> None:
        raise AssertionError("the shapes are read although there is a file")

    monkeypatch.setattr(county_maps, "read_grid_shapes", never)
    opened = map_now(database, tmp_path)
    assert (opened.revision, opened.index.codes) == (built.revision, built.index.codes)
    assert answers(opened) == answers(built)


def test_a_damaged_file_is_put_aside_and_built_anew(database: Database, tmp_path: Path) -> None:
    expected = answers(map_now(database, tmp_path))
    (path,) = kept(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + b"\x01" + whole[len(whole) // 2 + 1 :])
    assert answers(map_now(database, tmp_path)) == expected
    assert path.read_bytes() == whole


def with_two_grids_exchanged(county: CountyMap) -> GridIndex:
    first, second, *_ = county.index.codes
    shapes = {code: county.index.geometry(code) for code in (first, second)}
    return county.index.changed({first: shapes[second], second: shapes[first]})


@pytest.mark.parametrize("made_of", ["", "0" * 64])
def test_a_whole_file_of_other_boundaries_is_put_aside(
    database: Database, tmp_path: Path, made_of: str
) -> None:
    county = map_now(database, tmp_path)
    (path,) = kept(tmp_path)
    whole, expected = path.read_bytes(), answers(county)
    with_two_grids_exchanged(county).save(path, made_of=made_of)
    assert path.read_bytes() != whole
    assert answers(map_now(database, tmp_path)) == expected
    assert path.read_bytes() == whole


def test_a_file_that_is_written_to_while_it_is_in_use_answers_nothing_any_more(
    database: Database, tmp_path: Path
) -> None:
    expected = answers(map_now(database, tmp_path))
    (path,) = kept(tmp_path)
    # Who may write to it is the system's matter; nobody does so by mistake.
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    keeper = Keeper(database, files=IndexFiles(tmp_path))
    before = keeper.map_at(keeper.current(), datetime.now(UTC))
    redrawn = before.index.changed({before.index.codes[0]: None})
    assert before.index.is_as_opened()
    with_two_grids_exchanged(before).save(tmp_path / "other", made_of=path.name.split(".")[0])
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.write((tmp_path / "other").read_bytes()[:-1])
    for index in (before.index, redrawn):
        with pytest.raises(CoverageError, match="被改动"):
            index.owners([110.5], [40.5])
    # Nor does what was read of it become another file.
    with pytest.raises(CoverageError, match="被改动"):
        redrawn.save(tmp_path / "redrawn.index")
    IndexFiles(tmp_path).keep("redrawn", redrawn)
    assert not [entry for entry in tmp_path.iterdir() if "redrawn" in entry.name]
    assert keeper.kept_map(keeper.current(), datetime.now(UTC)) is None
    after = keeper.map_at(keeper.current(), datetime.now(UTC))
    assert answers(after) == expected
    assert keeper.kept_map(keeper.current(), datetime.now(UTC)) is after


def test_no_redraw_is_made_of_a_file_that_was_written_to(
    database: Database, tmp_path: Path
) -> None:
    map_now(database, tmp_path)
    (path,) = kept(tmp_path)
    keeper = Keeper(database, files=IndexFiles(tmp_path))
    before = keeper.map_at(keeper.current(), datetime.now(UTC))
    shape = before.index.geometry(before.index.codes[0]).wkb
    coming = {before.index.codes[0]: shape}
    assert keeper.prepare(coming)
    os.utime(path, ns=(1, 1))
    assert not keeper.prepare(coming)


def test_a_file_that_was_never_finished_is_never_read(database: Database, tmp_path: Path) -> None:
    expected = answers(map_now(database, tmp_path))
    (path,) = kept(tmp_path)
    half = path.with_name(f".{path.name}.x.partial")
    half.write_bytes(path.read_bytes()[:5000])
    path.unlink()
    assert answers(map_now(database, tmp_path)) == expected
    assert kept(tmp_path) == [path]


def test_no_file_can_be_written_and_yet_everybody_is_answered(
    database: Database, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "index"
    in_the_way.write_text("no folder")
    assert answers(map_now(database, in_the_way)) == answers(map_now(database, None))


def test_the_file_of_a_redraw_appears_beside_the_work_and_the_oldest_go(
    database: Database, tmp_path: Path
) -> None:
    county = map_now(database, tmp_path)
    files = IndexFiles(tmp_path, after_s=0.0)
    for number in range(8):
        changed = county.index.changed({county.index.codes[number]: None})
        files.keep_beside(lambda name=f"set{number}": name, changed)
        for thread in threading.enumerate():
            if thread.daemon and "_keep_found" in thread.name:
                thread.join()
    assert len(kept(tmp_path)) == 6
    last = files.open("set7")
    assert last is not None
    assert county.index.codes[7] not in last.codes


def test_a_damaged_file_that_cannot_be_taken_away_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = IndexFiles(tmp_path)
    path = files.path_of("set")
    assert path is not None
    path.write_bytes(b"no index at all")

    def refused(_path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refused)
    assert files.open("set") is None
    assert path.exists()


def test_a_folder_of_another_account_costs_time_and_no_answer(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = answers(map_now(database, tmp_path))

    def denied(self: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "exists", denied)
    assert answers(map_now(database, tmp_path)) == expected


def test_a_file_that_is_used_is_not_pushed_out_by_questions_about_the_past(
    database: Database, tmp_path: Path
) -> None:
    county = map_now(database, tmp_path)
    (in_force,) = kept(tmp_path)
    os.utime(in_force, (1, 1))
    files = IndexFiles(tmp_path)
    for number in range(5):
        files.keep(f"past{number}", county.index)
    map_now(database, tmp_path)
    files.keep("past5", county.index)
    assert in_force in kept(tmp_path)
    assert len(kept(tmp_path)) == 6
